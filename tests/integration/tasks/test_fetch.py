"""One fetch, from the asked part to what a reader finds in Redis."""

from __future__ import annotations

import json
import math

import pytest
from redis import Redis

import providers
from providers.base import NotFound
from store import jobs, pauses, runs, snapshots
from tasks.fetch import encoded
from tests.github import event, events
from tests.integration.tasks.conftest import ask, entry, key_of, ran
from tests.upstream import Asked, Reply, Upstream

EVENTS = events("torvalds")
TORVALDS = key_of("github", username="torvalds")
EVENT = event("torvalds")


def make_stale(redis: Redis, key: str) -> None:
    redis.hset(f"ib:snapshot:{key}", "fetched_at", "1000000000")


def test_a_fetch_writes_the_snapshot_and_ends_its_job(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]))

    job = ran(ask("github", username="torvalds"))
    found = entry(TORVALDS)

    assert (job.state, job.attempts, job.error) == ("succeeded", 1, None)
    assert found.snapshot is not None
    assert [event["repo"] for event in json.loads(found.snapshot.body)] == ["git/git"]
    assert found.job_id is None


def test_a_message_that_comes_twice_causes_one_request(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]))
    job_id = ask("github", username="torvalds")

    ran(job_id)
    ran(job_id)

    assert len(upstream.asked(EVENTS)) == 1


def test_a_fetch_takes_along_what_waits_behind_it(upstream: Upstream) -> None:
    others = [ask("github", username=name) for name in ("gvanrossum", "antirez")]
    for name in ("torvalds", "gvanrossum", "antirez"):
        upstream.on(events(name), Reply(data=[EVENT]))

    ran(ask("github", username="torvalds"))

    assert [one and one.state for one in jobs.get(others)] == ["succeeded", "succeeded"]
    ran(others[0])
    assert len(upstream.asked(events("gvanrossum"))) == 1


def test_one_that_fails_leaves_those_that_it_took_along(upstream: Upstream) -> None:
    other = ask("github", username="gvanrossum")
    upstream.on(events("gvanrossum"), Reply(data=[EVENT]))
    upstream.on(EVENTS, Reply(404))

    assert ran(ask("github", username="torvalds")).state == "failed"
    assert ran(other).state == "succeeded"


def test_a_304_renews_the_snapshot(upstream: Upstream, redis: Redis) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT], headers={"ETag": '"e1"'}), Reply(304))
    ran(ask("github", username="torvalds"))
    make_stale(redis, TORVALDS)

    ran(ask("github", username="torvalds"))
    found, reading = entry(TORVALDS), snapshots.read([TORVALDS])

    assert upstream.asked(EVENTS)[1].headers["if-none-match"] == '"e1"'
    assert found.snapshot is not None
    assert found.snapshot.fresh(reading.now)
    assert [run.outcome for run in runs.read(TORVALDS)] == ["not_modified", "succeeded"]


def test_a_snapshot_that_is_lost_while_its_304_is_on_the_way_is_asked_for_again(
    upstream: Upstream, redis: Redis
) -> None:
    def lost(_: Asked) -> Reply:
        redis.delete(f"ib:snapshot:{TORVALDS}")
        return Reply(304)

    upstream.on(EVENTS, Reply(data=[EVENT], headers={"ETag": '"e1"'}), lost, Reply(data=[EVENT]))
    ran(ask("github", username="torvalds"))
    make_stale(redis, TORVALDS)

    job = ran(ask("github", username="torvalds"))

    assert (job.state, job.attempts) == ("succeeded", 2)
    assert ["if-none-match" in one.headers for one in upstream.asked(EVENTS)] == [False, True, False]
    assert entry(TORVALDS).snapshot is not None


def test_a_304_without_a_snapshot_is_a_failure_that_is_kept_ever_longer(upstream: Upstream, redis: Redis) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT], headers={"ETag": '"e1"'}), Reply(304))
    ran(ask("github", username="torvalds"))
    redis.delete(f"ib:snapshot:{TORVALDS}")

    found = [(ran(ask("github", username="torvalds")), entry(TORVALDS).failure) for _ in range(2)]

    assert [(job.state, job.attempts, job.error and job.error["kind"]) for job, _ in found] == [
        ("failed", 1, "provider-error")
    ] * 2
    assert [round(one.next_try_at - one.failed_at) for _, one in found if one] == [15, 30]
    assert ["if-none-match" in one.headers for one in upstream.asked(EVENTS)] == [False] * 3
    assert [(run.outcome, run.status_code) for run in runs.read(TORVALDS)][:2] == [("failed", 304)] * 2


@pytest.mark.parametrize(
    ("reply", "kind", "tries"),
    [
        (Reply(404, {"message": "Not Found"}), "provider-not-found", 1),
        (Reply(401, {"message": "Bad credentials"}), "provider-credentials", 1),
        (Reply(429, {}, headers={"Retry-After": "77"}), "provider-rate-limited", 1),
        (Reply(500, {}), "provider-error", 2),
        (Reply(200, body=b"<html>"), "provider-error", 1),
        (Reply(200, {"message": "no list"}), "provider-error", 1),
        (Reply(422, {}), "provider-error", 1),
    ],
)
def test_a_failure_is_told_apart_and_tried_again_only_where_that_may_help(
    upstream: Upstream, reply: Reply, kind: str, tries: int
) -> None:
    upstream.on(EVENTS, reply)

    job = ran(ask("github", username="torvalds"))
    failure = entry(TORVALDS).failure

    assert (job.state, job.attempts) == ("failed", tries)
    assert job.error is not None
    assert job.error["kind"] == kind
    assert failure is not None
    assert failure.kind == kind
    assert len(upstream.asked(EVENTS)) == tries


def test_a_failure_leaves_the_last_good_data(upstream: Upstream, redis: Redis) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]), Reply(500, {}))
    ran(ask("github", username="torvalds"))
    make_stale(redis, TORVALDS)

    ran(ask("github", username="torvalds"))
    found = entry(TORVALDS)

    assert found.snapshot is not None
    assert b"git/git" in found.snapshot.body
    assert found.failure is not None
    assert found.failure.count == 1


def test_a_success_forgets_the_failures(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(404, {}), Reply(data=[EVENT]))
    ran(ask("github", username="torvalds"))

    ran(ask("github", username="torvalds"))

    assert entry(TORVALDS).failure is None


def test_a_rate_limit_pauses_the_whole_provider_for_as_long_as_it_says(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(429, {}, headers={"Retry-After": "77"}))

    ran(ask("github", username="torvalds"))
    pause, now = pauses.read("github"), snapshots.read([TORVALDS]).now

    assert pause is not None
    assert pause.until - now == pytest.approx(77, abs=3)


def test_what_waited_while_its_provider_was_paused_asks_nothing(upstream: Upstream) -> None:
    waiting = ask("github", username="torvalds")
    pauses.pause("github", kind="provider-rate-limited", status=503, title="t", detail="d", seconds=77)

    job = ran(waiting)

    assert (job.state, (job.error or {})["kind"]) == ("failed", "provider-rate-limited")
    assert upstream.asked(EVENTS) == []
    assert entry(TORVALDS).failure is None


def test_an_upstream_rests_for_a_day_at_most_whatever_it_says(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT], headers={"X-Poll-Interval": "999999999999"}))

    ran(ask("github", username="torvalds"))
    found = entry(TORVALDS).snapshot

    assert found is not None
    assert found.ttl == 86_400


def test_an_error_of_one_user_does_not_pause_the_provider(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(404, {}))

    ran(ask("github", username="torvalds"))

    assert pauses.read("github") is None


def test_every_fetch_is_in_the_part_s_history(upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(404, {"message": "Not Found"}))

    ran(ask("github", username="torvalds"))
    (run,) = runs.read(TORVALDS)

    assert (run.outcome, run.status_code, run.request_id) == ("failed", 404, "r1")


def test_a_job_that_killed_its_worker_three_times_fails(redis: Redis) -> None:
    job_id = ask("github", username="torvalds")
    for owner in "abc":
        jobs.claim(job_id, owner)
        redis.delete(f"ib:lease:{job_id}")

    job = ran(job_id)

    assert job.state == "failed"
    assert entry(TORVALDS).failure is not None


def test_a_job_whose_part_was_fetched_meanwhile_asks_nobody(upstream: Upstream, redis: Redis) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]))
    late = ask("github", username="torvalds")
    redis.delete(f"ib:flight:{TORVALDS}")
    ran(ask("github", username="torvalds"))

    job = ran(late)

    assert job.state == "succeeded"
    assert len(upstream.asked(EVENTS)) == 1


def test_a_result_that_json_cannot_carry_takes_no_other_along() -> None:
    provider = providers.registry()["crypto"]
    parts = [provider.params((symbol,)) for symbol in ("btc", "eth", "sol")]

    said = [{"price": math.nan}, {"price": 1}, NotFound("no sol")]

    results, error = encoded(provider, list(zip(parts, said, strict=True)))

    assert results == {key_of("crypto", symbols="eth"): b'{"price":1}'}
    assert isinstance(error, NotFound)


def test_all_waiting_coins_of_a_currency_are_asked_for_in_one_request(upstream: Upstream) -> None:
    markets = "/coingecko/api/v3/coins/markets"
    upstream.on(markets, Reply(data=[]))
    first = ask("crypto", symbols="btc,eth")
    second = ask("crypto", symbols="eth,sol")

    ran(first)

    assert second == first
    symbols = [one.query.get("symbols") for one in upstream.asked(markets) if "symbols" in one.query]
    assert [set(str(one).split(",")) for one in symbols] == [{"btc", "eth", "sol"}]
