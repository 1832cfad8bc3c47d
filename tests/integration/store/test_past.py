"""The made-up day of the demo: the hours without a check are filled, those with one stay as they were."""

from __future__ import annotations

import pytest

from demo import past
from demo.upstream import SITES
from store import history

pytestmark = pytest.mark.usefixtures("redis")
BASE = "http://127.0.0.1:1"
NOON = 1_800_000_000 // 3600 * 3600


def test_every_hour_of_a_new_demo_but_the_present_one_has_a_check() -> None:
    past.fill(BASE, NOON)

    days = history.read([history.key(BASE + site) for site in SITES], NOON)

    assert [[sum(counted) for _, *counted in hours] for hours in days] == [[1] * 23 + [0]] * len(SITES)
    assert [any(down for *_, down in hours) for hours in days] == [False, False, False, True, True]


def test_what_was_checked_stays_and_is_not_filled_twice() -> None:
    key = history.key(BASE + SITES[0])
    history.count([(key, "down")], NOON - 3600)

    past.fill(BASE, NOON)
    past.fill(BASE, NOON)

    (hours,) = history.read([key], NOON)
    assert hours[-2:] == [(NOON - 3600, 0, 0, 1), (NOON, 0, 0, 0)]
    assert all(hour[1:] == (1, 0, 0) for hour in hours[:-2])
