"""Demand: what was read or stands on a dashboard is known, due once, and forgotten when nobody wants it."""

from __future__ import annotations

import time

import pytest
from redis import Redis

from store import connection, demand
from store.demand import Rule

OSLO = {"weather:oslo": {"city": "oslo"}}

pytestmark = pytest.mark.usefixtures("redis")


def rule(key: str = "weather:oslo", refresh: int | str | None = None) -> Rule:
    return Rule(key, "weather", {"city": key}, refresh)


def want(key: str = "weather:oslo") -> demand.Want:
    (found,) = demand.read([key])
    assert found is not None
    return found


def test_a_part_that_was_read_is_wanted_for_a_day() -> None:
    demand.seen("weather", OSLO)

    assert want().read_until == pytest.approx(time.time() + 86_400, abs=60)
    assert (want().provider, want().part, want().rules) == ("weather", {"city": "oslo"}, [])


def test_a_dashboard_wants_its_parts_by_their_rules() -> None:
    demand.place("d1", [rule(refresh=600), rule(refresh="*/5 * * * *"), rule("weather:rome")])

    assert want().rules == [(600, "UTC"), ("*/5 * * * *", "UTC")]
    assert want("weather:rome").rules == [(None, "UTC")]
    assert want().read_until == 0


def test_placing_again_replaces_what_the_dashboard_wanted() -> None:
    demand.place("d1", [rule(), rule("weather:rome")])
    demand.place("d1", [rule("weather:rome", 900)])

    assert demand.read(["weather:oslo"]) == [None]
    assert want("weather:rome").rules == [(900, "UTC")]


def test_removing_a_dashboard_leaves_what_others_want() -> None:
    demand.place("d1", [rule(refresh=600)])
    demand.place("d2", [rule(refresh=900)])

    demand.remove("d1")

    assert want().rules == [(900, "UTC")]


def test_what_is_due_is_taken_by_one_caller_only(redis: Redis) -> None:
    demand.seen("weather", OSLO)
    redis.zadd("ib:due", {"weather:oslo": 0})

    assert [demand.claim_due(10), demand.claim_due(10)] == [["weather:oslo"], []]


def test_what_was_taken_and_not_scheduled_comes_back(redis: Redis) -> None:
    redis.zadd("ib:due", {"weather:oslo": 0})
    demand.claim_due(10)

    again = redis.zscore("ib:due", "weather:oslo")

    assert again == pytest.approx(time.time() + demand.CLAIM_SECONDS, abs=5)


def test_a_part_nobody_wants_cannot_be_scheduled(redis: Redis) -> None:
    demand.schedule({"weather:oslo": 1.0})

    assert redis.zcard("ib:due") == 0


def test_a_dropped_part_leaves_nothing_behind(redis: Redis) -> None:
    demand.seen("weather", OSLO)
    demand.plan("weather", {"weather:oslo": demand.Due(1.0, refresh=60)})
    before = demand.refreshes("weather")

    demand.drop("weather", ["weather:oslo"])

    assert before == {"weather:oslo": 60}
    assert redis.keys() == []


def test_the_refresh_of_what_nobody_wants_any_more_counts_no_longer(redis: Redis) -> None:
    demand.seen("weather", OSLO)
    demand.plan("weather", {"weather:oslo": demand.Due(1.0, refresh=86_400)})

    redis.zadd("ib:wanted:weather", {"weather:oslo": connection.now() - 1})

    assert demand.refreshes("weather") == {}


def test_the_reload_mark_goes_with_redis(redis: Redis) -> None:
    demand.mark_loaded()
    before = demand.loaded()
    redis.flushall()

    assert (before, demand.loaded()) == (True, False)


def test_the_fields_of_dashboards_that_nobody_opens_are_dropped(redis: Redis) -> None:
    demand.place("d1", [rule()])
    demand.place("d2", [rule()])
    redis.hset("ib:want:weather:oslo", "on:d1", '{"until": 1, "rules": [[null, "UTC"]]}')

    demand.read(["weather:oslo"])

    assert redis.hexists("ib:want:weather:oslo", "on:d2")
    assert not redis.hexists("ib:want:weather:oslo", "on:d1")
