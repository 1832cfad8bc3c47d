from __future__ import annotations

import time

import pytest
from redis import Redis

from store import alive, connection, counters, history, memory, runs

pytestmark = pytest.mark.usefixtures("redis")


def run_at(at: float) -> runs.Run:
    return runs.Run(at, "failed", "the provider answered 500", 500, 120, "request")


def test_the_last_twenty_fetches_of_a_part_are_kept_newest_first(redis: Redis) -> None:
    for number in range(25):
        runs.record("weather:a", run_at(number))

    assert runs.read("weather:a") == [run_at(number) for number in range(24, 4, -1)]
    assert runs.read("weather:b") == []
    assert redis.ttl("ib:runs:weather:a") > 0


def test_checks_are_counted_by_the_hour_for_24_hours() -> None:
    noon = 1_800_000_000 // 3600 * 3600
    history.count([("status:a", "down")], noon - 23 * 3600)
    history.count([("status:a", "degraded")], noon - 3600 + 1)
    history.count([("status:a", "up")], noon)

    (hours,) = history.count([("status:a", "up")], noon + 3599.9)

    assert [hour for hour, *_ in hours] == [noon - ago * 3600 for ago in range(23, -1, -1)]
    assert (hours[0][1:], hours[22][1:], hours[23][1:]) == ((0, 0, 1), (0, 1, 0), (2, 0, 0))
    assert all(counts == (0, 0, 0) for _, *rest in hours[1:22] for counts in [tuple(rest)])


def test_hours_older_than_a_day_are_dropped(redis: Redis) -> None:
    history.count([("status:a", "down")], 1_800_000_000)

    (hours,) = history.count([("status:a", "up")], 1_800_000_000 + 86_400)

    assert sum(down for *_, down in hours) == 0
    assert redis.hlen("ib:history:status:a") == 1


def test_checks_of_many_urls_are_counted_apart() -> None:
    history.count([("status:a", "up"), ("status:b", "down")])

    counted = history.count([("status:b", "up"), ("status:a", "up")])

    assert [hours[-1][1:] for hours in counted] == [(1, 0, 1), (2, 0, 0)]
    assert history.count([]) == []


def test_a_fact_is_kept_for_its_time_and_for_its_provider() -> None:
    memory.set("crypto", "id:btc", "bitcoin", 0.5)

    assert memory.get("crypto", "id:btc") == "bitcoin"
    assert memory.get("news", "id:btc") is None
    time.sleep(0.51)
    assert memory.get("crypto", "id:btc") is None


def test_heartbeats_are_told_by_their_age_and_forgotten_after_a_day(redis: Redis) -> None:
    alive.beat("beat")
    redis.hset("ib:alive", "worker", connection.now() - 30)
    redis.hset("ib:alive", "gone", connection.now() - 86_401)

    ages = alive.ages()

    assert ages == {"beat": pytest.approx(0, abs=1), "worker": pytest.approx(30, abs=1)}
    assert redis.hlen("ib:alive") == 2


def test_a_counter_adds_up_by_labels_in_any_order() -> None:
    counters.add("fetches", {"provider": "weather", "outcome": "failed"})
    counters.add("fetches", {"outcome": "failed", "provider": "weather"}, 2)
    counters.add("fetches", {"provider": "news", "outcome": "failed"})

    assert counters.read() == counters.Metrics(
        [
            counters.Counter("fetches", {"outcome": "failed", "provider": "news"}, 1),
            counters.Counter("fetches", {"outcome": "failed", "provider": "weather"}, 3),
        ],
        [],
    )


def test_a_histogram_counts_up_to_each_bound() -> None:
    for seconds in (0.005, 0.2, 60):
        counters.observe("upstream", {"provider": "weather"}, seconds)

    (found,) = counters.read().histograms

    assert (found.name, found.labels, found.count) == ("upstream", {"provider": "weather"}, 3)
    assert found.total_s == pytest.approx(60.205)
    assert dict(found.buckets)[0.005] == 1
    assert dict(found.buckets)[0.25] == dict(found.buckets)[30.0] == 2
    assert found.buckets[-1] == (float("inf"), 3)


def test_nothing_was_counted_yet() -> None:
    assert counters.read() == counters.Metrics([], [])
