"""Copies of warm answers stay within their bytes, and those that were kept the longest ago go first."""

from __future__ import annotations

import os

from redis import Redis

from web import warm
from web.copies import OVERHEAD_BYTES, Copies, Copy, Name, of_widget
from web.warm import Warm

BODY = 10_000
ROOM_FOR = 8


def names(count: int) -> list[Name]:
    return [of_widget("/api/data/weather", f"city={number}") for number in range(count)]


def copy(tag: str, part: str = "weather:oslo") -> Copy:
    """Return a copy whose body does not shrink, so that its packed form is as large again."""
    return Copy(Warm(tag, {"": os.urandom(BODY)}, "private"), (part,), 0.0, 0.0, "/api/data/weather")


def test_those_that_were_kept_the_longest_ago_go_first(redis: Redis) -> None:
    kept, wanted = Copies(ROOM_FOR * (BODY + OVERHEAD_BYTES)), names(20)

    for name in wanted:
        kept.put(name, copy("a"))

    assert [name for name in wanted if kept.get(name)] == wanted[-ROOM_FOR:]


def test_the_bound_holds_after_many_states_that_were_packed_after_they_were_kept(redis: Redis) -> None:
    kept, wanted = Copies(ROOM_FOR * (BODY + OVERHEAD_BYTES)), names(20)
    for number in range(50):
        one = copy(f"{number}")
        kept.put(wanted[0], one)
        assert warm.coding_for(one.warm.bodies, "gzip") == "gzip"

    for name in wanted:
        kept.put(name, copy("a"))

    assert len([name for name in wanted if kept.get(name)]) == ROOM_FOR


def test_a_state_that_is_the_same_keeps_what_was_packed_of_it(redis: Redis) -> None:
    kept, (name,) = Copies(), names(1)
    before, after = copy("a"), copy("a")
    kept.put(name, before)
    warm.coding_for(before.warm.bodies, "gzip")

    kept.put(name, after)

    assert after.warm.bodies["gzip"] == before.warm.bodies["gzip"]
