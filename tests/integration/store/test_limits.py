from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from store import connection, lanes, quota, rates, slots

pytestmark = pytest.mark.usefixtures("redis")


def test_a_rate_allows_its_limit_over_all_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: rates.take("forced:user", 30, 60), range(50)))

    assert sum(one.allowed for one in taken) == 30
    assert all(one.limit == 30 and 0 < one.reset_s <= 60 for one in taken)


def test_a_cost_beyond_the_limit_is_refused_whole_and_not_counted() -> None:
    rates.take("forced:user", 10, 60, cost=8)

    assert not rates.take("forced:user", 10, 60, cost=3).allowed
    fitting = rates.take("forced:user", 10, 60, cost=2)
    assert (fitting.allowed, fitting.remaining) == (True, 0)


def test_a_window_ends_by_itself() -> None:
    assert rates.take("name", 1, 0.5).allowed
    assert not rates.take("name", 1, 0.5).allowed
    time.sleep(0.51)
    assert rates.take("name", 1, 0.5).allowed


def test_failures_are_counted_without_a_limit_and_looked_at_without_counting() -> None:
    assert rates.peek("login", 2) == rates.Rate(allowed=True, limit=2, remaining=2, reset_s=0.0)

    assert [rates.count("login", 900) for _ in range(3)] == [1, 2, 3]

    looked = rates.peek("login", 2)
    assert (looked.allowed, looked.remaining) == (False, 0)
    assert looked.reset_s == pytest.approx(900, abs=1)
    assert rates.count("login", 900) == 4


def test_what_was_counted_too_much_is_given_back_and_never_more() -> None:
    rates.take("login", 2, 60, cost=2)

    rates.give_back("login")
    assert rates.peek("login", 2).remaining == 1
    rates.give_back("login", 5)
    assert rates.peek("login", 2).remaining == 2


def test_a_counter_without_an_end_gets_one(redis: Redis) -> None:
    redis.set("ib:rate:name", 1)

    rates.take("name", 5, 60)

    assert 0 < redis.ttl("ib:rate:name") <= 60


def test_a_quota_is_taken_until_it_is_used_up_and_then_tells_the_wait() -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: quota.take("news", [(20, 86_400)]), range(30)))

    assert waits.count(0.0) == 20
    assert all(86_400 <= wait <= 91_000 for wait in waits if wait)


def test_a_request_is_taken_from_every_window_or_from_none(redis: Redis) -> None:
    quotas = [(5, 60), (2, 86_400)]
    waits = [quota.take("news", quotas) for _ in range(4)]

    assert waits[:2] == [0.0, 0.0]
    assert all(86_400 <= wait <= 91_000 for wait in waits[2:])
    assert [sum(int(count) for count in redis.hvals(f"ib:quota:news:{seconds}")) for seconds in (60, 86_400)] == [2, 2]


def test_no_stretch_as_long_as_the_window_holds_more_than_the_limit() -> None:
    taken: list[tuple[float, float]] = []
    while len(taken) < 20:
        before = time.monotonic()
        wait = quota.take("news", [(10, 1)], share=quota.WARMING)
        # The window's second, and the twentieth of it that is a slot.
        assert wait < 1.1
        if wait:
            time.sleep(wait)
        else:
            taken.append((before, time.monotonic()))

    assert all(after - before > 0.99 for (before, _), (_, after) in zip(taken, taken[8:], strict=False))


def test_warming_leaves_a_fifth_of_a_quota_to_readers() -> None:
    warmed = [quota.take("news", [(10, 86_400)], share=quota.WARMING) for _ in range(10)]

    assert warmed.count(0.0) == 8
    assert [quota.take("news", [(10, 86_400)]) > 0 for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(("seconds", "served"), [(60, 30), (43_200, 30), (86_400, 20), (30 * 86_400, 20)])
def test_readers_are_refused_by_no_documented_quota_that_is_shorter_than_a_day(seconds: int, served: int) -> None:
    waits = [quota.take("news", [(20, seconds)]) for _ in range(30)]

    assert waits.count(0.0) == served


def test_what_readers_take_beyond_a_documented_quota_is_taken_from_warming() -> None:
    for _ in range(30):
        quota.take("news", [(20, 60)])

    # A slot of the window, three seconds, may begin between the takes.
    assert 57 <= quota.take("news", [(20, 60)], share=quota.WARMING) <= 66
    assert quota.take("news", [(20, 60)]) == 0.0


def test_a_provider_that_states_no_quota_is_not_held_back() -> None:
    assert quota.take("status", []) == 0.0


def test_what_a_provider_says_remains_is_obeyed_until_its_reset() -> None:
    quota.learn("github", 1, connection.now() + 0.3, limit=60)

    assert quota.take("github", []) == 0.0
    wait = quota.take("github", [])
    assert 0.0 < wait <= 0.3
    time.sleep(wait + 0.01)
    assert quota.take("github", []) == 0.0


@pytest.mark.parametrize(("remaining", "limit", "waits"), [(12, 60, True), (13, 60, False), (1, None, False)])
def test_warming_stops_before_what_a_provider_says_remains_is_gone(
    remaining: int,
    limit: int | None,
    waits: bool,  # noqa: FBT001 - a table's column
) -> None:
    quota.learn("github", remaining, connection.now() + 60, limit)

    assert (quota.take("github", [], share=quota.WARMING) > 0) is waits


def test_a_limit_is_known_from_an_answer_before_where_the_last_one_said_only_what_remains() -> None:
    quota.learn("github", None, None, limit=60)
    quota.learn("github", 12, connection.now() + 60)

    assert quota.take("github", [], share=quota.WARMING) > 0
    assert quota.take("github", []) == 0.0


@pytest.mark.parametrize(
    ("quotas", "limit", "believed"),
    [
        ([(60, 3600)], 5000, [(5000, 3600)]),
        ([(60, 3600)], 30, [(30, 3600)]),
        ([(60, 3600)], None, [(60, 3600)]),
        ([(60, 3600)], 0, [(60, 3600)]),
        ([(600, 60), (5000, 3600)], 1000, [(600, 60), (5000, 3600)]),
        ([], 5000, []),
    ],
)
def test_the_limit_that_a_provider_says_replaces_the_only_one_that_is_documented(
    quotas: list[tuple[int, int]], limit: int | None, believed: list[tuple[int, int]]
) -> None:
    assert quota.corrected(quotas, limit) == believed


def test_warming_and_readers_keep_to_the_limit_that_was_said() -> None:
    said = quota.corrected([(2, 86_400)], 10)

    assert [quota.take("news", said, share=quota.WARMING) for _ in range(9)].count(0.0) == 8
    assert [quota.take("news", said) > 0 for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(("ahead", "wait"), [(-1, 0), (10_000_000, 86_400)])
def test_a_reset_in_the_past_or_far_ahead_is_not_believed(ahead: float, wait: float) -> None:
    quota.learn("github", 0, connection.now() + ahead)

    assert quota.take("github", []) == pytest.approx(wait, abs=2)


@pytest.mark.parametrize(
    ("refreshes", "cost", "quotas", "seconds"),
    [
        ({255: 10}, 1, [], 0),
        ({255: 10}, 1, [(60, 3600)], 750),
        ({255: 10}, 2, [(60, 3600)], 1500),
        ({255: 10}, 1, [(1_000_000, 3600), (100, 86_400)], 10_800),
        ({}, 1, [(60, 3600)], 0),
        pytest.param({60: 1, 510: 20}, 1, [(10_000, 86_400)], 0, id="one is frequent and the quota suffices for all"),
        pytest.param({86_400: 100, 255: 3}, 1, [(60, 3600)], 0, id="what is seldom refreshed costs little"),
        pytest.param({60: 1, 1000: 10}, 1, [(1500, 80_000)], 200, id="the most frequent is put back first"),
        pytest.param({60: 1, 90: 1, 1000: 10}, 1, [(1500, 80_000)], 400, id="then the next"),
        pytest.param({60: 1, 1000: 10}, 1, [(550, 80_000)], 2000, id="and in the end all alike"),
    ],
)
def test_warming_takes_four_fifths_of_the_tightest_quota_and_no_more(
    refreshes: dict[float, int], cost: float, quotas: list[tuple[int, int]], seconds: float
) -> None:
    assert quota.apart(refreshes, cost, quotas) == pytest.approx(seconds)


def test_a_lane_has_its_places_and_no_more() -> None:
    tokens = [lanes.enter("open-meteo", 2, 60) for _ in range(3)]

    assert [bool(token) for token in tokens] == [True, True, False]
    lanes.leave("open-meteo", tokens[0] or "")
    assert lanes.enter("open-meteo", 2, 60)


def test_a_place_whose_holder_died_is_free_again() -> None:
    assert lanes.enter("open-meteo", 1, 0.5)
    assert not lanes.enter("open-meteo", 1, 0.5)
    time.sleep(0.51)
    assert lanes.enter("open-meteo", 1, 0.5)


def test_a_late_holder_cannot_give_back_the_place_of_the_next() -> None:
    late = lanes.enter("open-meteo", 1, 0.05) or ""
    time.sleep(0.06)
    lanes.enter("open-meteo", 1, 60)

    lanes.leave("open-meteo", late)

    assert not lanes.enter("open-meteo", 1, 60)


def test_each_slot_is_claimed_once_over_all_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: slots.claim("warm", 86_400), range(50)))

    assert claimed.count(True) == 1
    assert slots.claim("upkeep", 86_400)


def test_the_next_period_is_a_slot_of_its_own() -> None:
    began = time.monotonic()
    claimed = 0
    while (took := time.monotonic() - began) < 1:
        claimed += slots.claim("warm", 0.2)

    assert 2 <= claimed <= took / 0.2 + 2
