"""Warming: what is wanted is asked for before it goes stale, and nothing else ever is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis import Redis

import celery_config
import dispatch
from store import connection, demand, jobs, pauses, quota, snapshots
from store.demand import Rule, Want
from tasks.outcome import lose
from tasks.reap import is_lost, is_stuck, reap
from tasks.rhythm import WARM, by_cron, own, phase
from tasks.warm import warm
from tests.github import events
from tests.integration.tasks.conftest import ask, fetched, key_of, ran
from tests.landed import land
from tests.upstream import Reply, Upstream

OSLO, ROME = key_of("weather", city="Oslo"), key_of("weather", city="Rome")
PART = {"city": "oslo", "units": "metric"}


def read_by_somebody(redis: Redis, key: str = OSLO) -> None:
    demand.seen("weather", {key: PART})
    redis.zadd("ib:due", {key: 0})


def snapshot(redis: Redis, age: float, ttl: float = 600) -> float:
    land(OSLO, b"{}", ttl=ttl)
    fetched_at = snapshots.read([OSLO]).now - age
    redis.hset(f"ib:snapshot:{OSLO}", "fetched_at", str(fetched_at))
    return fetched_at


def tick(redis: Redis) -> list[str]:
    """Run one tick as if nobody had, and return the keys in flight."""
    for slot in redis.scan_iter("ib:slot:*"):
        redis.delete(slot)
    warm()
    return [key.decode().removeprefix("ib:flight:") for key in redis.scan_iter("ib:flight:*")]


def test_what_was_read_and_is_about_to_go_stale_is_asked_for(redis: Redis) -> None:
    snapshot(redis, age=590)
    read_by_somebody(redis)

    assert tick(redis) == [OSLO]


def test_what_is_young_waits_for_its_time(redis: Redis) -> None:
    fetched_at = snapshot(redis, age=10)
    read_by_somebody(redis)

    assert tick(redis) == []
    due = redis.zscore("ib:due", OSLO)
    assert due is not None
    assert fetched_at + 600 * 0.8 <= due <= fetched_at + 600 * 0.9


def test_what_nobody_wants_is_dropped(redis: Redis) -> None:
    read_by_somebody(redis)
    redis.hset(f"ib:want:{OSLO}", "read_until", "1")

    assert tick(redis) == []
    assert redis.zscore("ib:due", OSLO) is None


def test_a_tick_that_somebody_has_taken_does_nothing(redis: Redis) -> None:
    read_by_somebody(redis)
    warm()
    # The slot after the one that was claimed, which may begin meanwhile.
    redis.incr("ib:slot:warm")
    redis.zadd("ib:due", {ROME: 0})
    warm()

    assert redis.zscore("ib:due", ROME) == 0


def test_a_key_that_was_due_a_hundred_times_is_asked_for_once(redis: Redis) -> None:
    read_by_somebody(redis)
    for _ in range(3):
        redis.zadd("ib:due", {OSLO: 0})
        tick(redis)

    assert dispatch.depths()["fetch"] == 1
    assert len(list(redis.scan_iter("ib:flight:*"))) == 1


def test_a_dashboards_refresh_replaces_the_rhythm_of_the_ttl(redis: Redis) -> None:
    fetched_at = snapshot(redis, age=590)
    read_by_somebody(redis)
    demand.place("d1", [Rule(OSLO, "weather", PART, 3600)])
    redis.zadd("ib:due", {OSLO: 0})

    assert tick(redis) == []
    assert redis.zscore("ib:due", OSLO) == pytest.approx(fetched_at + 3600, abs=1)


def test_the_most_frequent_refresh_counts(redis: Redis) -> None:
    fetched_at = snapshot(redis, age=10)
    demand.place("d1", [Rule(OSLO, "weather", PART, 3600), Rule(OSLO, "weather", PART, 120)])
    redis.zadd("ib:due", {OSLO: 0})

    tick(redis)

    assert redis.zscore("ib:due", OSLO) == pytest.approx(fetched_at + 120, abs=1)


def test_a_paused_provider_is_left_alone_until_its_pause_ends(redis: Redis) -> None:
    read_by_somebody(redis)
    pause = pauses.pause("weather", kind="provider-rate-limited", status=503, title="t", detail="d", seconds=300)

    assert tick(redis) == []
    due = redis.zscore("ib:due", OSLO)
    assert due is not None
    assert due >= pause.until


def test_a_failed_part_is_left_alone_until_it_may_be_tried(redis: Redis) -> None:
    read_by_somebody(redis)
    failure = snapshots.fail(OSLO, kind="provider-error", status=502, title="t", detail="d")

    assert tick(redis) == []
    due = redis.zscore("ib:due", OSLO)
    assert due is not None
    assert due >= failure.next_try_at


@pytest.mark.parametrize(
    ("cron", "zone", "since", "next_at"),
    [
        ("0 * * * *", "UTC", 1_000_000, 1_000_800),
        ("30 9 * * *", "Europe/Oslo", 1_763_856_000, 1_763_886_600),
        # London has 01:30 twice on 2025-10-26; at 01:10 of the second time round the first is over.
        ("30 1 * * *", "Europe/London", 1_761_441_000, 1_761_528_600),
    ],
)
def test_cron_is_read_in_the_dashboards_time_zone(cron: str, zone: str, since: float, next_at: float) -> None:
    assert by_cron(cron, zone, since) == next_at


def test_phases_spread_keys_evenly() -> None:
    tenths = [int(phase(f"weather:{number}") * 10) for number in range(10_000)]

    assert all(900 < tenths.count(tenth) < 1100 for tenth in range(10))


def overdue(job_id: str) -> jobs.Overdue:
    (found,) = [one for one in jobs.overdue() if one.job.id == job_id]
    return found


def back_date(redis: Redis, job_id: str, seconds: float) -> None:
    at = snapshots.read([]).now - seconds
    redis.hset(f"ib:job:{job_id}", "sent_at", at)
    redis.zadd("ib:jobs:open", {job_id: at})


def test_a_mere_backlog_is_no_lost_message(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    back_date(redis, job_id, 300)

    assert not is_lost(overdue(job_id), depth=7)


def test_a_job_that_waits_in_an_empty_queue_is_lost(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    back_date(redis, job_id, 31)

    assert is_lost(overdue(job_id), depth=0)


def test_a_job_that_is_claimed_while_the_reaper_looks_is_left_alone(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    back_date(redis, job_id, 300)

    # Its hash was read as queued, and its lease a moment later.
    claimed = replace(overdue(job_id), leased=True)

    assert (is_lost(claimed, depth=0), is_stuck(claimed)) == (False, False)


def test_a_job_whose_worker_died_is_sent_again_at_once(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    jobs.claim(job_id, "a")
    redis.delete(f"ib:lease:{job_id}")
    back_date(redis, job_id, 5)

    reap()

    (job,) = jobs.get([job_id])
    assert job is not None
    assert job.sent_at > job.claimed_at


def test_a_lost_job_that_was_sent_again_three_times_fails(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    for _ in range(3):
        jobs.may_resend(job_id)
    back_date(redis, job_id, 31)
    celery_config.app.control.purge()

    reap()

    (job,) = jobs.get([job_id])
    assert job is not None
    assert (job.state, (job.error or {})["kind"]) == ("failed", "provider-error")


def test_warming_that_has_used_up_its_share_leaves_the_rest_to_readers(redis: Redis, upstream: Upstream) -> None:
    for _ in range(48):
        quota.take("github", [(60, 3600)], share=0.8)
    key = key_of("github", username="torvalds")
    demand.seen("github", {key: {"username": "torvalds"}})

    put_off = ran(ask("github", queue="fetch", request_id=WARM, username="torvalds"))
    reader = ran(ask("github", username="torvalds"))

    assert (put_off.state, pauses.read("github")) == ("failed", None)
    assert reader.state == "failed"
    assert len(upstream.asked("/github")) == 1


def test_a_day_s_quota_that_is_used_up_pauses_the_provider(redis: Redis, upstream: Upstream) -> None:
    quota.take("weather", [(10_000, 86_400)])
    redis.hset("ib:quota:weather:86400", str(int(connection.now() * quota.SLOTS // 86_400)), 10_000)

    job = ran(ask("weather", city="Oslo"))

    assert (job.error or {})["kind"] == "provider-rate-limited"
    assert pauses.read("weather") is not None
    assert upstream.asked() == []


def test_an_upstream_s_poll_interval_binds_refreshes_and_forced_reads(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[], headers={"X-Poll-Interval": "600"}))
    key = key_of("github", username="torvalds")
    part = {"username": "torvalds"}
    ran(ask("github", username="torvalds"))
    demand.place("d1", [Rule(key, "github", part, 60)])
    redis.zadd("ib:due", {key: 0})

    batch = jobs.Batch({key: part}, "l")
    asked = dispatch.fetch("github", [batch], most=1, queue="interactive", request_id="r", since=9e9)
    tick(redis)

    due = redis.zscore("ib:due", key)
    assert asked == {}
    assert due is not None
    assert due >= snapshots.read([]).now + 400


def test_a_quota_that_does_not_suffice_stretches_what_dashboards_ask_for(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    demand.place("d1", [Rule(f"github:{number}", "github", {"username": str(number)}, 60) for number in range(96)])

    ran(ask("github", username="torvalds"))
    found = fetched("github", username="torvalds")

    # Warmed after 80 to 88 % of it.
    assert (found.ttl, found.apart) == (9000, 7200)


def each_minute(upstream: Upstream, *, limit: int) -> snapshots.Snapshot:
    """Fetch a part that a dashboard wants each minute, beside ten others, where an hour has so many requests."""
    upstream.on(events("torvalds"), Reply(data=[]))
    demand.seen("github", {f"github:{number}": {"username": str(number)} for number in range(10)})
    demand.place("d1", [Rule(key_of("github", username="torvalds"), "github", {"username": "torvalds"}, 60)])
    quota.learn("github", None, None, limit)
    for _ in range(2):
        ran(ask("github", username="torvalds"))
    return fetched("github", username="torvalds")


def test_a_refresh_of_a_minute_is_kept_where_the_quota_suffices_for_all(redis: Redis, upstream: Upstream) -> None:
    # Ten parts every 255 s and one every minute are 201 requests an hour, of which warming may make 80 %.
    found = each_minute(upstream, limit=260)

    assert found.apart == 0
    assert redis.zscore("ib:due", found.key) == pytest.approx(found.fetched_at + 60)


def test_a_frequent_refresh_is_put_back_before_the_others_are(redis: Redis, upstream: Upstream) -> None:
    # What the ten take, and 20 an hour more.
    found = each_minute(upstream, limit=201)

    assert found.ttl == 300
    assert found.apart == pytest.approx(3600 / (201 * 0.8 - 10 * 3600 / 255), abs=0.001)


def test_a_refresh_counts_no_longer_once_its_dashboard_is_gone(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    key = key_of("github", username="torvalds")
    demand.seen("github", {key: {"username": "torvalds"}})
    demand.place("d1", [Rule(key, "github", {"username": "torvalds"}, 60)])
    ran(ask("github", username="torvalds"))
    before = redis.zscore("ib:refresh:github", key)

    demand.remove("d1")
    ran(ask("github", username="torvalds"))

    assert before == 60
    assert redis.zscore("ib:refresh:github", key) is None


def test_two_rules_for_one_part_do_not_stretch_its_ttl_by_turns(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    key, part = key_of("github", username="torvalds"), {"username": "torvalds"}
    others = [Rule(f"github:{number}", "github", {"username": str(number)}) for number in range(9)]
    demand.place("d1", [Rule(key, "github", part), *others])
    demand.place("d2", [Rule(key, "github", part, 3600)])

    ttls = set()
    for _ in range(3):
        ran(ask("github", username="torvalds"))
        ttls.add(fetched("github", username="torvalds").ttl)

    assert ttls == {937.5}


def test_a_longer_refresh_counts_from_when_its_dashboard_was_saved(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    key, part = key_of("github", username="torvalds"), {"username": "torvalds"}
    demand.place("d1", [Rule(key, "github", part, 60)])
    ran(ask("github", username="torvalds"))
    before = demand.refreshes("github")

    demand.place("d1", [Rule(key, "github", part, 86_400)])
    redis.zadd("ib:due", {key: 0})
    tick(redis)

    assert (before, demand.refreshes("github")) == ({key: 60}, {key: 86_400})


def test_what_fails_counts_by_its_ttl(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    key = key_of("github", username="torvalds")
    demand.place("d1", [Rule(key, "github", {"username": "torvalds"}, 60)])
    ran(ask("github", username="torvalds"))

    upstream.on(events("torvalds"), Reply(404))
    ran(ask("github", username="torvalds"))

    assert demand.refreshes("github") == {}


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ([(None, "UTC")], None),
        ([(600, "UTC")], 600),
        ([(600, "UTC"), (None, "UTC")], 255),
        ([("0 * * * *", "UTC")], 3600),
        ([("0 8 * * *", "Europe/Oslo"), (7200, "UTC")], 7200),
        ([("* * * * *", "UTC")], 60),
    ],
)
def test_of_several_rules_the_most_frequent_counts(rules: list[tuple[int | str | None, str]], seconds: float) -> None:
    # Two seconds before the hour.
    assert own(Want("k", "github", {}, 0, rules), since=3598.0, ttl=300) == (seconds and pytest.approx(seconds))


def test_a_quota_that_just_suffices_stretches_no_ttl_and_spaces_the_warming(redis: Redis, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    demand.place("d1", [Rule(f"github:{number}", "github", {"username": str(number)}) for number in range(5)])

    ran(ask("github", username="torvalds"))
    found = fetched("github", username="torvalds")

    assert (found.ttl, found.apart) == (300, 375)


def coin(redis: Redis, symbol: str, *, due_in: float, currency: str = "usd") -> str:
    """Have a coin wanted that was fetched some time ago; return its key."""
    key = key_of("crypto", symbols=[symbol], currency=currency)
    demand.seen("crypto", {key: {"symbols": [symbol], "currency": currency}})
    land(key, b"{}", ttl=300, joined=True)
    now = connection.now()
    redis.hset(f"ib:snapshot:{key}", "fetched_at", str(now + due_in - 300 * (0.8 + 0.1 * phase(key))))
    redis.zadd("ib:due", {key: now + due_in})
    return key


def test_coins_that_are_due_soon_come_along_with_one_that_is(redis: Redis) -> None:
    due, soon, later = (coin(redis, name, due_in=at) for name, at in (("btc", -1), ("eth", 100), ("sol", 200)))
    other = coin(redis, "btc", due_in=100, currency="eur")
    failed = coin(redis, "xrp", due_in=100)
    snapshots.fail(failed, kind="provider-error", status=502, title="t", detail="d", keep=300)

    assert set(tick(redis)) == {due, soon}
    assert dispatch.depths()["fetch"] == 1
    assert redis.zscore("ib:due", later) == pytest.approx(connection.now() + 200, abs=2)
    assert redis.zscore("ib:due", other) == pytest.approx(connection.now() + 100, abs=2)
    assert (redis.zscore("ib:due", failed) or 0) > connection.now() + 290


def test_coins_share_their_requests_in_what_a_quota_suffices_for(redis: Redis, upstream: Upstream) -> None:
    upstream.on("/coingecko/api/v3/coins/markets", Reply(data=[]))
    many = [(f"c{number}", currency) for currency, most in (("usd", 600), ("eur", 10)) for number in range(most)]
    params = {f"crypto:{symbol}:{currency}": {"symbols": [symbol], "currency": currency} for symbol, currency in many}
    demand.place("d1", [Rule(key, "crypto", part) for key, part in params.items()])

    quota.learn("crypto", None, None, 1)

    ran(ask("crypto", symbols="btc"))
    key = key_of("crypto", symbols=["btc"])
    found = snapshots.read([key]).entries[key].snapshot

    # Three requests for 600 coins in one currency, one for ten in another, and four fifths of one a minute for warming.
    assert found is not None
    assert found.apart == pytest.approx(300)


def test_a_part_that_today_s_provider_does_not_understand_stops_no_other(redis: Redis) -> None:
    demand.seen("weather", {"weather:old": {"town": "oslo"}, OSLO: PART})
    redis.zadd("ib:due", {"weather:old": 0, OSLO: 0})

    assert tick(redis) == [OSLO]
    assert demand.read(["weather:old"]) == [None]


def test_a_job_that_was_put_back_for_long_is_not_lost_when_it_runs_at_last(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    jobs.claim(job_id, "a")
    redis.hset(f"ib:job:{job_id}", "started_at", snapshots.read([]).now - 600)
    redis.zadd("ib:jobs:open", {job_id: 0})

    reap()

    (job,) = jobs.get([job_id])
    assert job is not None
    assert job.state == "running"


def test_losing_a_job_leaves_what_has_landed_alone(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")
    land(OSLO, b"{}", ttl=600)

    lose(job_id)

    assert snapshots.read([OSLO]).entries[OSLO].failure is None


def test_whoever_sees_a_lost_job_ended_finds_its_failure_and_asks_for_nothing_anew(redis: Redis) -> None:
    job_id = ask("weather", city="Oslo")

    lose(job_id)

    failure, (job,) = snapshots.read([OSLO]).entries[OSLO].failure, jobs.get([job_id])
    assert failure is not None
    assert job is not None
    assert job.finished_at is not None
    assert failure.failed_at == job.finished_at
