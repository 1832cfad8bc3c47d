"""Redis' clock is set by an hour, either way: nothing is fresh for ever, nothing storms, what is periodic goes on."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from redis import Redis

import dispatch
from store import alive, connection, demand, jobs, slots, snapshots, tokens
from store.confirming import confirm, known
from tasks.reap import reap
from tasks.warm import warm
from tests.faults.clocks import HOUR, jump
from tests.faults.protection import without
from tests.github import events
from tests.integration.tasks.conftest import ask, entry, key_of, ran
from tests.landed import land
from tests.upstream import Reply, Upstream

EVENTS = events("torvalds")
TORVALDS = key_of("github", username="torvalds")
BOTH_WAYS = pytest.mark.parametrize("seconds", [-HOUR, HOUR], ids=["back", "forwards"])

pytestmark = pytest.mark.usefixtures("redis")


def fetched() -> None:
    ran(ask("github", username="torvalds"))


def fresh() -> bool:
    found = snapshots.read([TORVALDS])
    snapshot = found.entries[TORVALDS].snapshot
    return snapshot is not None and snapshot.fresh(found.now)


@BOTH_WAYS
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


@without("store/lua/confirm_parts.lua", "if tonumber(told[2]) > tonumber(t[1]) + 5", "if false")
def test_a_copy_from_before_the_clock_was_set_back_holds_no_longer(redis: Redis) -> None:
    snapshot = land(TORVALDS, b"[]", ttl=300)
    copied = replace(snapshot, fetched_at=snapshot.fetched_at + HOUR)
    redis.hset(f"ib:snapshot:{TORVALDS}", "fetched_at", copied.fetched_at)
    who = tokens.Admission(str(uuid4()), str(uuid4()), 0)

    held = confirm(known([copied]), who, 0)[2]
    landed = land(TORVALDS, b"[]", ttl=300)

    assert not held
    assert confirm(known([landed]), who, 0)[2]


@without("store/lua/open_jobs.lua", " and tonumber(at) <= now + 5")
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


@BOTH_WAYS
@without("store/lua/claim_slot.lua", " and slot - last > -2")
def test_slots_are_claimed_once_and_at_once(redis: Redis, seconds: float) -> None:
    slots.claim("upkeep", 15)

    jump(redis, seconds)

    assert (slots.claim("upkeep", 15), slots.claim("upkeep", 15)) == (True, False)


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
@without("store/lua/open_jobs.lua", "    if state then", "    if false then")
def test_a_clock_set_forwards_has_every_key_asked_for_once(redis: Redis, upstream: Upstream) -> None:
    users = [f"user{number}" for number in range(50)]
    wanted = {key_of("github", username=user): {"username": user} for user in users}
    demand.seen("github", wanted)
    for key in wanted:
        land(key, b"[]", ttl=300)

    jump(redis, HOUR)
    for _ in range(3):
        redis.delete("ib:slot:warm")
        warm()

    flights = {key.decode().removeprefix("ib:flight:") for key in redis.scan_iter("ib:flight:*")}
    assert flights == set(wanted)
    assert redis.zcard("ib:jobs:open") == len(wanted)


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
    lose_the_message()

    jump(redis, -HOUR)
    reap()

    assert dispatch.depths()["interactive"] == 1


def lose_the_message() -> None:
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
