"""Redis' clock is set by an hour, either way: nothing is fresh for ever, nothing storms, nobody is locked out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis import Redis

import dispatch
from models import revocations
from store import alive, connection, demand, jobs, lanes, pauses, quota, rates, slots, snapshots, tokens
from tasks.reap import reap
from tasks.warm import warm
from tests.faults.clocks import HOUR, jump
from tests.faults.protection import without
from tests.integration.tasks.conftest import ask, entry, key_of, ran
from tests.upstream import Reply, Upstream

EVENTS = "/github/users/torvalds/events/public"
TORVALDS = key_of("github", username="torvalds")
LIMITED = {"kind": "provider-rate-limited", "status": 503, "title": "limited", "detail": "later"}
BACK = pytest.mark.parametrize("seconds", [-HOUR, HOUR], ids=["back", "forwards"])

pytestmark = pytest.mark.usefixtures("redis")


def fetched() -> None:
    ran(ask("github", username="torvalds"))


def fresh() -> bool:
    found = snapshots.read([TORVALDS])
    snapshot = found.entries[TORVALDS].snapshot
    return snapshot is not None and snapshot.fresh(found.now)


@BACK
@without("store/snapshots.py", "now - float(ttl) if connection.ahead(float(fetched_at), now) else float(fetched_at)",
         "float(fetched_at)")  # fmt: skip
def test_what_was_fresh_is_stale_and_fetched_once_more(redis: Redis, upstream: Upstream, seconds: float) -> None:
    upstream.on(EVENTS, Reply(data=[]))
    fetched()

    jump(redis, seconds)
    before = fresh()
    fetched()

    assert not before
    assert fresh()
    assert len(upstream.asked(EVENTS)) == 2


@without("store/lua/open_job.lua", " and tonumber(at) <= now + 5")
def test_what_landed_before_the_clock_was_set_back_does_not_keep_readers_from_asking(
    redis: Redis, upstream: Upstream
) -> None:
    upstream.on(EVENTS, Reply(500, {}))
    fetched()

    jump(redis, -HOUR)
    upstream.on(EVENTS, Reply(data=[]))
    fetched()

    assert fresh()


@without("store/snapshots.py", " and not connection.ahead(failure.failed_at, now)")
def test_a_failure_is_forgotten_when_the_clock_is_set_back(redis: Redis, upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(500, {}))
    fetched()
    failed = entry(TORVALDS).failure

    jump(redis, -HOUR)

    assert failed
    assert entry(TORVALDS).failure is None


@without("store/lua/open_job.lua", "<= tonumber(rest)", ">= 0")
def test_a_rest_the_upstream_asked_for_does_not_grow(redis: Redis) -> None:
    snapshots.write(TORVALDS, b"[]", ttl=300)
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


@BACK
@without("store/lua/claim_slot.lua", " and slot - last > -2")
def test_slots_are_claimed_once_and_at_once(redis: Redis, seconds: float) -> None:
    slots.claim("upkeep", 60)

    jump(redis, seconds)

    assert (slots.claim("upkeep", 60), slots.claim("upkeep", 60)) == (True, False)


@without("store/lua/claim_due.lua", "if back > 5 then", "if false then")
def test_what_is_due_is_due_at_the_same_distance_when_the_clock_is_set_back(redis: Redis) -> None:
    demand.seen("github", {TORVALDS: {"username": "torvalds"}})
    demand.schedule({TORVALDS: connection.now() + 300})
    demand.claim_due(1)

    jump(redis, -HOUR)
    due = demand.claim_due(1)

    assert due == []
    assert redis.zscore("ib:due", TORVALDS) == pytest.approx(connection.now() + 300, abs=5)


@without("store/lua/claim_due.lua", "for _, key in ipairs(due) do redis.call('ZADD', 'ib:due', now + ARGV[2], key) end")
@without("store/lua/open_job.lua", "\n  if state then", "\n  if false then")
def test_a_clock_set_forwards_has_every_key_asked_for_once(redis: Redis, upstream: Upstream) -> None:
    users = [f"user{number}" for number in range(50)]
    wanted = {key_of("github", username=user): {"username": user} for user in users}
    demand.seen("github", wanted)
    for key in wanted:
        snapshots.write(key, b"[]", ttl=300)

    jump(redis, HOUR)
    for _ in range(3):
        redis.delete("ib:slot:warm")
        warm()

    opened = [key for job in jobs.overdue() for key in job.job.keys] + flying(redis)
    assert sorted(set(opened)) == sorted(wanted)
    assert redis.zcard("ib:jobs:open") == len(wanted)


def flying(redis: Redis) -> list[str]:
    return [key.decode().removeprefix("ib:flight:") for key in redis.scan_iter("ib:flight:*")]


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

    assert 0 < quota.take("github", [(1, 60)]) <= 60 + 60 / quota.SLOTS


@without(
    "store/lua/take_quota.lua", "if remaining and reset_at - now > (tonumber(fields[4] or '') or 0) + 5", "if false"
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


@without("store/jobs.py", "0 < left <= LEASE_SECONDS * 1000", "left > 0")
@without("store/lua/claim_job.lua", " and left <= tonumber(ARGV[3])")
def test_a_job_whose_worker_died_is_taken_up(redis: Redis, upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[]))
    job_id = ask("github", username="torvalds")
    jobs.claim(job_id, "a worker that dies")

    jump(redis, -HOUR)
    reap()

    assert jobs.may_resend(job_id)
    assert ran(job_id).state == "succeeded"


@without("store/jobs.py", "ids = [*waiting, *ahead]", "ids = waiting")
def test_a_message_that_was_lost_is_sent_again(redis: Redis) -> None:
    ask("github", username="torvalds")
    redis_of_broker_emptied()

    jump(redis, -HOUR)
    reap()

    assert dispatch.depths()["interactive"] == 1


def redis_of_broker_emptied() -> None:
    with dispatch.producer().connection_for_write() as broker:
        broker.default_channel.queue_purge("interactive")


@without("store/lua/claim_job.lua", " or tonumber(passed) > now + 5")
def test_a_mere_backlog_is_not_taken_for_lost(redis: Redis, upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[]))
    fetched()

    jump(redis, -HOUR)
    fetched()
    waiting = ask("github", username="gvanrossum")
    jump(redis, 10)

    (found,) = [one for one in jobs.overdue() if one.job.id == waiting]
    assert not found.overtaken


@without("store/lua/read_alive.lua", "math.abs(now - fields[i + 1])", "math.max(0, now - fields[i + 1])")
def test_a_beat_that_died_does_not_look_alive(redis: Redis) -> None:
    alive.beat("beat")

    jump(redis, -HOUR)

    assert alive.ages()["beat"] > HOUR / 2


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
