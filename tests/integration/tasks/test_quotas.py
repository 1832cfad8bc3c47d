"""What a provider documents binds warming, what its upstream says binds everybody, and readers go first."""

from __future__ import annotations

from collections.abc import Mapping

from redis import Redis

from store import demand, jobs, pauses
from tasks.rhythm import WARM
from tests.github import events
from tests.integration.tasks.conftest import ask, key_of, ran
from tests.upstream import Reply, Upstream

# One more than GitHub documents for an hour without a token.
USERS = [f"user{number}" for number in range(61)]


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


def test_all_coins_are_fetched_that_readers_ask_for_while_the_upstream_refuses_nothing(upstream: Upstream) -> None:
    upstream.on("/coingecko/api/v3/coins/markets", Reply(data=[]))

    read = [ran(ask("crypto", symbols=f"coin{number}")) for number in range(11)]

    assert {job.state for job in read} == {"succeeded"}
    assert len(upstream.asked("/coingecko")) > 10
