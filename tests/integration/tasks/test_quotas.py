"""What a provider documents binds warming, what its upstream says binds everybody, and readers go first."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from redis import Redis

from store import connection, demand, jobs, pauses
from tasks.rhythm import WARM
from tests.github import events
from tests.integration.tasks.conftest import ask, fetched, key_of, ran
from tests.upstream import Reply, Upstream

# One more than GitHub documents for an hour without a token.
USERS = [f"user{number}" for number in range(61)]


def limits(*, remaining: int) -> dict[str, str]:
    """Return what an upstream says that allows 5,000 requests, so many of which remain for a quarter of an hour."""
    reset = f"{time.time() + 900:.0f}"
    return {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset}


def read_by_many(upstream: Upstream, said: Mapping[str, str]) -> list[jobs.Job]:
    """Have every user read and fetched, by an upstream that says this of its limits."""
    for user in USERS:
        upstream.on(events(user), Reply(data=[], headers=said))
    demand.seen("github", {key_of("github", username=user): {"username": user} for user in USERS})
    return [ran(ask("github", username=user)) for user in USERS]


def test_readers_are_fetched_for_beyond_what_is_documented_and_before_warming(redis: Redis, upstream: Upstream) -> None:
    read = read_by_many(upstream, {})
    upstream.on(events("torvalds"), Reply(data=[]))

    warmed = ran(ask("github", queue="fetch", request_id=WARM, username="torvalds"))
    reader = ran(ask("github", username="torvalds"))

    assert {job.state for job in read} == {"succeeded"}
    assert (warmed.state, reader.state, pauses.read("github")) == ("failed", "succeeded", None)
    assert len(upstream.asked(events("torvalds"))) == 1


def test_the_limit_that_the_upstream_says_replaces_the_documented_one(redis: Redis, upstream: Upstream) -> None:
    said = limits(remaining=4900)
    read = read_by_many(upstream, said)
    upstream.on(events("torvalds"), Reply(data=[], headers=said))

    warmed = ran(ask("github", queue="fetch", request_id=WARM, username="torvalds"))

    assert {job.state for job in read} == {"succeeded"}
    assert (warmed.state, pauses.read("github")) == ("succeeded", None)
    found = [fetched("github", username=user) for user in USERS]
    assert {(one.ttl, one.apart < 300) for one in found} == {(300, True)}


def test_a_limit_that_was_said_holds_where_a_later_answer_says_none(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[], headers={"X-RateLimit-Limit": "5000"}))
    ran(ask("github", username="torvalds"))

    read_by_many(upstream, {})

    assert {fetched("github", username=user).ttl for user in USERS} == {300}


def test_what_the_upstream_says_is_used_up_refuses_readers_until_its_reset(redis: Redis, upstream: Upstream) -> None:
    said = limits(remaining=0)
    upstream.on(events("torvalds"), Reply(data=[], headers=said))
    ran(ask("github", username="torvalds"))

    refused = ran(ask("github", username="gvanrossum"))
    pause = pauses.read("github")

    assert (refused.error or {})["kind"] == "provider-rate-limited"
    assert pause is not None
    assert pause.until - connection.now() == pytest.approx(900, abs=5)
    assert upstream.asked(events("gvanrossum")) == []


def test_readers_have_what_remains_once_warming_has_had_its_share(redis: Redis, upstream: Upstream) -> None:
    said = limits(remaining=1000)
    upstream.on(events("torvalds"), Reply(data=[], headers=said))
    ran(ask("github", username="torvalds"))
    upstream.on(events("gvanrossum"), Reply(data=[], headers=said))

    warmed = ran(ask("github", queue="fetch", request_id=WARM, username="gvanrossum"))
    reader = ran(ask("github", username="gvanrossum"))

    assert (warmed.state, reader.state) == ("failed", "succeeded")


def test_all_coins_are_fetched_that_readers_ask_for_while_the_upstream_refuses_nothing(upstream: Upstream) -> None:
    upstream.on("/coingecko/api/v3/coins/markets", Reply(data=[]))

    read = [ran(ask("crypto", symbols=f"coin{number}")) for number in range(11)]

    assert {job.state for job in read} == {"succeeded"}
    assert len(upstream.asked("/coingecko")) > 10
