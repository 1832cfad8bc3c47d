"""Redis' clock is set by an hour: nobody is locked out, and nothing is refused for longer than was said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from models import revocations
from store import connection, lanes, pauses, quota, rates, snapshots, tokens
from tests.faults.clocks import HOUR, jump
from tests.faults.protection import without
from tests.github import events
from tests.integration.tasks.conftest import ask, key_of, ran
from tests.landed import land
from tests.upstream import Reply, Upstream

TORVALDS = key_of("github", username="torvalds")
LIMITED = {"kind": "provider-rate-limited", "status": 503, "title": "limited", "detail": "later"}

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
def upstream_ahead(upstream: Upstream) -> Iterator[Upstream]:
    """Give an upstream whose clock is an hour ahead."""
    usual: Any = upstream.server.RequestHandlerClass
    dated = {"date_time_string": lambda *_: formatdate(time.time() + HOUR, usegmt=True)}
    upstream.server.RequestHandlerClass = type("Ahead", (usual,), dated)
    yield upstream
    upstream.server.RequestHandlerClass = usual


@without("tasks/world.py", "connection.now() + reset - sent_at(headers)", "reset")
def test_when_a_quota_begins_anew_is_told_by_the_upstreams_own_clock(upstream_ahead: Upstream) -> None:
    said = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Reset": f"{time.time() + HOUR + 60:.0f}",
    }
    upstream_ahead.on(events("torvalds"), Reply(data=[], headers=said))

    ran(ask("github", username="torvalds"))

    assert 50 < quota.take("github", []) < 70


@without("store/lua/open_jobs.lua", "<= tonumber(rest)", ">= 0")
def test_a_rest_the_upstream_asked_for_does_not_grow(redis: Redis) -> None:
    land(TORVALDS, b"[]", ttl=300)
    snapshots.rest(TORVALDS, 60)

    jump(redis, -HOUR)

    assert ask("github", username="torvalds")


@without("store/pauses.py", " and not connection.ahead(self.until - self.seconds, now)")
def test_a_paused_provider_is_not_paused_for_an_hour_more_than_said(redis: Redis) -> None:
    pauses.pause("github", **LIMITED, seconds=60)  # type: ignore[arg-type]  # a table
    paused = snapshots.read([TORVALDS]).pauses

    jump(redis, -HOUR)

    assert paused
    assert not snapshots.read([TORVALDS]).pauses


@without("store/lua/write_pause.lua", " and till - seconds <= now + 5")
def test_a_provider_that_limits_us_again_is_paused_for_what_it_says_now(redis: Redis) -> None:
    pauses.pause("github", **LIMITED, seconds=60)  # type: ignore[arg-type]  # a table

    jump(redis, -HOUR)
    pause = pauses.pause("github", **LIMITED, seconds=30)  # type: ignore[arg-type]  # a table

    assert pause.until - connection.now() <= 30
    assert snapshots.read([TORVALDS]).pauses


@without("store/lua/admit.lua", " or left > 60000")
def test_who_made_too_many_requests_waits_no_longer_than_a_minute(redis: Redis) -> None:
    tokens.load([], [])
    who = tokens.Admission(str(uuid4()), str(uuid4()), 0, limit=1)
    states = [tokens.admit(who).state, tokens.admit(who).state]

    jump(redis, -HOUR)
    tokens.admit(who)

    assert states == ["admitted", "limited"]
    assert tokens.admit(who).reset_s <= 60


@without("store/lua/take_rate.lua", " or left > window")
def test_who_tried_to_log_in_too_often_waits_no_longer_than_the_window(redis: Redis) -> None:
    rates.take("login:somebody", 1, 900)

    jump(redis, -HOUR)
    rates.take("login:somebody", 1, 900)

    assert rates.take("login:somebody", 1, 900).reset_s <= 900


@without("store/lua/take_quota.lua", "if slot > current then", "if false then")
def test_a_used_up_quota_is_refused_for_one_window_and_no_longer(redis: Redis) -> None:
    quota.take("github", [(1, 60)])

    jump(redis, -HOUR)

    assert 0 < quota.take("github", [(1, 60)], share=quota.WARMING) <= 60 + 60 / quota.SLOTS


@without(
    "store/lua/take_quota.lua", "if remaining and reset_at - now > (tonumber(fields[3] or '') or 0) + 5", "if false"
)
def test_what_a_provider_said_of_its_quota_is_not_believed_for_longer_than_it_said(redis: Redis) -> None:
    quota.learn("github", 0, connection.now() + 60, 60)
    waits = quota.take("github", [])

    jump(redis, -HOUR)

    assert waits > 0
    assert quota.take("github", []) == 0


@without("store/lua/enter_lane.lua", "redis.call('ZREMRANGEBYSCORE', lane, now + ARGV[4] + 5, '+inf')")
def test_a_place_whose_holder_died_is_free_again(redis: Redis) -> None:
    lanes.enter("github", 1, 8)

    jump(redis, -HOUR)

    assert lanes.enter("github", 1, 8)


@without("store/tokens.py", "SPARE_SECONDS = 86_400", "SPARE_SECONDS = 0")
def test_a_token_that_was_refused_stays_so_though_the_clock_was_ahead_for_a_while(redis: Redis) -> None:
    tokens.load([], [])
    who = tokens.Admission(str(uuid4()), str(uuid4()), 0)
    tokens.revoke(who.jti, connection.now() + HOUR / 2)

    jump(redis, HOUR)
    tokens.prune()
    jump(redis, -HOUR)

    assert tokens.admit(who).state == "revoked"


@pytest.mark.usefixtures("database")
@without("models/revocations.py", "SPARE = timedelta(days=1)", "SPARE = timedelta(0)")
def test_the_record_of_a_refused_token_outlives_a_clock_that_is_ahead() -> None:
    jti = str(uuid4())
    revocations.refuse_token(jti, datetime.now(UTC) - timedelta(seconds=HOUR / 2))

    revocations.prune()

    assert [name for name, _ in revocations.tokens()] == [jti]
