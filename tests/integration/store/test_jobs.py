"""Jobs: one flight for each part, one owner for each start, an end for every job."""

from __future__ import annotations

import pytest
from redis import Redis

from store import connection, demand, jobs, losing, quota, snapshots
from store.jobs import Asked
from tests.landed import land

OSLO = {"weather:oslo": {"city": "oslo"}}
COINS = {"crypto:btc": {"symbol": "btc"}, "crypto:eth": {"symbol": "eth"}}

pytestmark = pytest.mark.usefixtures("redis")


def ask(
    parts: dict[str, dict[str, str]],
    *,
    provider: str = "weather",
    group: str | None = None,
    batch: int = 1,
    queue: str = "interactive",
    since: float = 9e9,
) -> Asked:
    asked = jobs.Batch(parts, "weather", group)
    return jobs.open_jobs(provider, [asked], most=batch, queue=queue, request_id="r", since=since)


def only(asked: Asked) -> str:
    (job_id,) = set(asked.job_ids.values())
    return job_id


def read(job_id: str) -> jobs.Job:
    (job,) = jobs.get([job_id])
    assert job is not None
    return job


def claim(job_id: str, owner: str) -> str:
    found = jobs.claim(job_id, owner)
    return found if isinstance(found, str) else "claimed"


def started(job_id: str, *, company: int = 0) -> jobs.Claim:
    found = jobs.claim(job_id, "a", company=company)
    assert not isinstance(found, str), found
    return found


def test_the_first_asker_opens_a_job_and_the_others_join_it() -> None:
    first, second = ask(OSLO), ask(OSLO)

    assert first.to_send == {only(first): "weather"}
    assert second.to_send == {}
    assert only(second) == only(first)


def test_many_batches_are_asked_for_at_once_each_with_a_job_of_its_own() -> None:
    flying = only(ask(OSLO))
    cities = [jobs.Batch({f"weather:{city}": {"city": city}}, f"weather {city}") for city in ("oslo", "rome", "bern")]

    asked = jobs.open_jobs("weather", cities, most=1, queue="interactive", request_id="r", since=9e9)

    assert list(asked.job_ids) == ["weather:oslo", "weather:rome", "weather:bern"]
    assert asked.job_ids["weather:oslo"] == flying
    assert list(asked.to_send.values()) == ["weather rome", "weather bern"]
    assert asked.opened == list(asked.to_send)


def test_a_new_job_is_queued_and_knows_its_parts() -> None:
    job = read(only(ask(OSLO)))

    assert (job.state, job.keys, job.parts) == ("queued", ["weather:oslo"], [{"city": "oslo"}])
    assert (job.started_at, job.finished_at, job.error, job.attempts) == (None, None, None, 0)


def test_parts_of_a_group_wait_in_one_job_until_it_starts() -> None:
    first = ask({"crypto:btc": {}}, group="crypto:usd", batch=50)
    second = ask({"crypto:eth": {}}, group="crypto:usd", batch=50)
    jobs.claim(only(first), "a")
    third = ask({"crypto:sol": {}}, group="crypto:usd", batch=50)

    assert only(second) == only(first)
    assert second.to_send == {}
    assert only(third) != only(first)


def test_groups_of_two_providers_that_are_called_the_same_wait_apart() -> None:
    checks = ask({"status:a": {}}, provider="status", group="all", batch=50)
    leks = ask({"crypto:btc:all": {}}, provider="crypto", group="all", batch=50)

    assert only(leks) != only(checks)


def test_a_part_that_landed_after_a_waiting_job_was_asked_for_does_not_join_it() -> None:
    waiting = ask({"status:a": {}}, provider="status", group="all", batch=50)
    land("status:b", b"1", ttl=60)

    forced = ask({"status:b": {}}, provider="status", group="all", batch=50)

    assert only(forced) != only(waiting)
    assert started(only(forced)).unanswered == ["status:b"]


def test_a_full_batch_opens_another_job() -> None:
    first = ask(COINS, group="crypto:usd", batch=2)
    second = ask({"crypto:sol": {}}, group="crypto:usd", batch=2)

    assert only(second) != only(first)


def test_parts_that_are_in_flight_are_not_asked_for_twice() -> None:
    flying = ask({"crypto:btc": {}}, group="crypto:usd", batch=50)
    jobs.claim(only(flying), "a")

    both = ask(COINS, group="crypto:usd", batch=50)

    assert both.job_ids["crypto:btc"] == only(flying)
    assert read(both.job_ids["crypto:eth"]).keys == ["crypto:eth"]


def test_a_reader_pulls_a_warming_job_into_the_readers_queue_once() -> None:
    warming = ask(OSLO, queue="fetch")

    assert ask(OSLO).to_send == {only(warming): "weather"}
    assert ask(OSLO).to_send == {}
    assert read(only(warming)).queue == "interactive"


def test_who_starts_a_job_is_told_all_of_it() -> None:
    job_id = only(ask(OSLO))

    claimed = started(job_id)

    assert claimed.job == read(job_id)
    assert (claimed.job.state, claimed.job.starts) == ("running", 1)
    assert (claimed.landed, claimed.unanswered, claimed.validators) == ({}, ["weather:oslo"], {})


def test_who_starts_a_job_is_told_what_has_landed_and_by_which_validators_to_ask() -> None:
    said = {"https://a": {"etag": '"1"'}}
    before = land("weather:oslo", b"[]", ttl=60, validators=said)
    old = started(only(ask(OSLO)))
    job_id = only(ask({"weather:rome": {"city": "rome"}}))
    after = land("weather:rome", b"[]", ttl=60)
    new = started(job_id)

    assert (old.landed, old.unanswered, old.validators) == ({"weather:oslo": before.fetched_at}, ["weather:oslo"], said)
    assert (new.landed, new.unanswered, new.validators) == ({"weather:rome": after.fetched_at}, [], {})


def test_who_starts_a_job_of_several_parts_is_told_no_validators() -> None:
    parts = {"weather:oslo": {"city": "oslo"}, "weather:rome": {"city": "rome"}}
    land("weather:oslo", b"[]", ttl=60, validators={"https://a": {"etag": '"1"'}})

    claimed = started(only(ask(parts)))

    assert (claimed.unanswered, claimed.validators) == (["weather:oslo", "weather:rome"], {})


def test_who_starts_a_job_is_told_how_many_parts_of_its_provider_are_warmed() -> None:
    demand.seen("weather", OSLO)
    demand.place("d1", [demand.Rule(f"weather:{city}", "weather", {"city": city}) for city in ("oslo", "rome")])

    assert started(only(ask(OSLO))).warmed == 2
    assert started(only(ask({"news:a": {"topic": "a"}}, provider="news"))).warmed == 0


def test_who_starts_a_job_is_told_the_limit_that_its_provider_said_in_the_last_day(redis: Redis) -> None:
    quota.learn("weather", None, None, limit=60)
    redis.expire("ib:quota:weather:limit", 5)
    quota.learn("weather", None, None, limit=5000)
    quota.learn("weather", 7, connection.now() + 60)

    assert started(only(ask(OSLO))).limit == 5000
    assert started(only(ask({"news:a": {"topic": "a"}}, provider="news"))).limit is None
    assert 86_390 < redis.ttl("ib:quota:weather:limit") <= 86_400


def test_a_doubled_message_does_not_start_a_job_twice() -> None:
    job_id = only(ask(OSLO))

    assert [claim(job_id, "a"), claim(job_id, "b")] == ["claimed", "running"]


def test_jobs_that_wait_behind_one_are_taken_along_once_the_oldest_first() -> None:
    first, second, third = (only(ask({f"weather:{city}": {"city": city}})) for city in ("oslo", "rome", "bern"))

    assert started(second, company=1).company == {first: "r"}
    assert started(third, company=9).company == {}
    assert claim(first, "a") == "claimed"
    assert claim(second, "b") == "running"


def test_nothing_is_taken_along_that_was_started_before_or_stands_in_another_queue(redis: Redis) -> None:
    killer, other, warming = (
        only(ask({f"weather:{city}": {"city": city}}, queue=queue))
        for city, queue in (("oslo", "interactive"), ("rome", "interactive"), ("bern", "fetch"))
    )
    jobs.claim(killer, "a")
    redis.delete(f"ib:lease:{killer}")

    assert started(killer, company=9).company == {}
    assert started(other, company=9).company == {}
    assert started(warming, company=9).company == {}


def test_a_batch_of_checks_takes_no_other_along() -> None:
    first, _ = (only(ask({f"status:{name}": {"url": name}}, queue="checks")) for name in "ab")

    assert started(first, company=9).company == {}


def test_a_job_whose_worker_died_is_started_again_at_most_three_times(redis: Redis) -> None:
    job_id = only(ask(OSLO))

    starts = []
    for owner in "abcd":
        starts.append(claim(job_id, owner))
        redis.delete(f"ib:lease:{job_id}")

    assert starts == ["claimed", "claimed", "claimed", "spent"]


def test_closing_ends_the_flight_and_the_job() -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "a")

    assert jobs.close(job_id, "a", "succeeded", attempts=1)
    assert read(job_id).state == "succeeded"
    assert only(ask(OSLO)) != job_id
    assert claim(job_id, "b") == "ended"


def test_a_late_loser_cannot_end_the_winners_job(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "loser")
    redis.delete(f"ib:lease:{job_id}")
    jobs.claim(job_id, "winner")

    assert not jobs.close(job_id, "loser", "failed")
    assert not jobs.renew(job_id, "loser")
    assert jobs.close(job_id, "winner", "succeeded")
    assert not jobs.close(job_id, "winner", "failed")
    assert read(job_id).state == "succeeded"


def test_a_part_that_landed_is_free_before_its_job_ends() -> None:
    flying = ask(COINS, group="crypto:usd", batch=50)
    jobs.claim(only(flying), "a")

    jobs.land(only(flying), ["crypto:btc"])
    again = ask(COINS, group="crypto:usd", batch=50)

    assert again.job_ids["crypto:eth"] == only(flying)
    assert again.job_ids["crypto:btc"] != only(flying)


def test_a_job_that_is_put_back_has_not_been_started(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "a")

    assert jobs.put_back(job_id, "a")
    assert (read(job_id).state, read(job_id).starts) == ("queued", 0)
    assert not redis.exists(f"ib:lease:{job_id}")
    assert claim(job_id, "b") == "claimed"


def test_a_lost_job_is_failed_with_its_error() -> None:
    job_id = only(ask(OSLO))

    losing.lose(job_id, {"kind": "provider-error"})

    assert (read(job_id).state, read(job_id).error) == ("failed", {"kind": "provider-error"})


def test_a_job_that_has_ended_is_not_lost_and_no_longer_looked_for(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.abandon(job_id)
    redis.zadd("ib:jobs:open", {job_id: 0})

    assert not losing.lose(job_id, {"kind": "provider-error"})

    assert read(job_id).error is None
    assert redis.zcard("ib:jobs:open") == 0
    assert not redis.exists(f"ib:failure:{OSLO}")


def test_unknown_jobs_are_none_in_the_order_asked() -> None:
    job_id = only(ask(OSLO))

    known, unknown = jobs.get([job_id, "no such job"])

    assert known is not None
    assert known.id == job_id
    assert unknown is None


def test_a_message_may_be_sent_again_three_times() -> None:
    job_id = only(ask(OSLO))

    assert [jobs.may_resend(job_id) for _ in range(4)] == [True, True, True, False]


def test_overdue_jobs_show_whether_their_worker_lives(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "a")
    redis.zadd("ib:jobs:open", {job_id: 0})

    (leased,) = jobs.overdue()
    redis.delete(f"ib:lease:{job_id}")
    (orphaned,) = jobs.overdue()

    assert (leased.leased, leased.orphaned) == (True, False)
    assert (orphaned.leased, orphaned.orphaned) == (False, True)


def test_a_queue_has_overtaken_a_job_when_a_later_one_was_started(redis: Redis) -> None:
    lost, later = only(ask(OSLO)), only(ask({"weather:rome": {}}))
    jobs.claim(later, "a")
    redis.zadd("ib:jobs:open", {lost: 0, later: 0})

    found = {one.job.id: one for one in jobs.overdue()}

    assert found[lost].overtaken
    assert not found[later].overtaken


def test_an_evicted_job_is_forgotten_and_its_part_can_be_asked_for(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    redis.delete(f"ib:job:{job_id}")
    redis.zadd("ib:jobs:open", {job_id: 0})

    assert jobs.overdue() == []
    assert redis.zcard("ib:jobs:open") == 0
    assert only(ask(OSLO)) != job_id


def test_what_landed_after_the_asker_looked_is_not_asked_for_again() -> None:
    looked = connection.now()
    land("weather:oslo", b"{}", ttl=60)
    snapshots.fail("weather:rome", kind="provider-error", status=502, title="t", detail="d")

    both = ask(OSLO | {"weather:rome": {}}, since=looked)

    assert (both.job_ids, both.to_send) == ({}, {})
    assert only(ask(OSLO, since=connection.now()))


def test_a_late_loser_does_not_hide_the_job_from_the_reaper(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "loser")
    redis.delete(f"ib:lease:{job_id}")
    jobs.claim(job_id, "winner")

    jobs.close(job_id, "loser", "succeeded")

    assert redis.zscore("ib:jobs:open", job_id) is not None


def test_a_lease_that_ran_out_is_taken_up_again_by_its_owner_only(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "a")
    redis.delete(f"ib:lease:{job_id}")

    assert not jobs.renew(job_id, "b")
    assert jobs.renew(job_id, "a")
    assert claim(job_id, "b") == "running"


def test_a_reader_who_joins_a_batch_that_waits_for_warming_pulls_it_forward() -> None:
    warming = ask({"crypto:btc": {}}, group="crypto:usd", batch=50, queue="fetch")

    reader = ask({"crypto:eth": {}}, group="crypto:usd", batch=50)

    assert reader.to_send == {only(warming): "weather"}
    assert read(only(warming)).queue == "interactive"


def test_a_job_of_which_half_was_evicted_is_as_good_as_ended(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    redis.delete(f"ib:job:{job_id}:parts")

    assert only(ask(OSLO)) != job_id


def test_the_message_of_an_ended_job_is_not_sent_again(redis: Redis) -> None:
    job_id = only(ask(OSLO))
    jobs.claim(job_id, "a")
    jobs.close(job_id, "a", "succeeded")

    assert jobs.may_resend(job_id) is None
    assert redis.zscore("ib:jobs:open", job_id) is None
