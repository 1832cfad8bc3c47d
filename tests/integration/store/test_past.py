"""The made-up day of the demo: the hours without a check are filled, those with one stay as they were."""

from __future__ import annotations

import pytest

from demo import past
from demo.upstream import SITES
from store import history

pytestmark = pytest.mark.usefixtures("redis")
BASE = "http://127.0.0.1:1"
NOON = 1_800_000_000 // 3600 * 3600


def test_every_hour_of_a_new_demo_has_a_check() -> None:
    past.fill(BASE, NOON)

    days = history.count([(history.key(BASE + site), "up") for site in SITES], NOON)

    assert all(sum(counted) for hours in days for _, *counted in hours)
    assert [any(down for *_, down in hours) for hours in days] == [False, False, False, True, True]


def test_what_was_checked_stays_and_is_not_filled_twice() -> None:
    key = history.key(BASE + SITES[0])
    history.count([(key, "down")], NOON - 3600)

    past.fill(BASE, NOON)
    past.fill(BASE, NOON)

    (hours,) = history.count([(key, "up")], NOON)
    assert hours[-2] == (NOON - 3600, 0, 0, 1)
    assert all(hour[1:] == (1, 0, 0) for hour in hours[:-2])
