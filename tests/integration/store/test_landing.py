"""Good results land together."""

from __future__ import annotations

import pytest
from redis import Redis

from store import StoreDownError, counters, jobs, landing, packing, runs, snapshots
from store.runs import Run

pytestmark = pytest.mark.usefixtures("redis")

LABELS = {"provider": "status", "outcome": "succeeded"}
RUN = Run(0.0, "succeeded", None, 200, 12, "request")


def land(*keys: str) -> list[landing.Landed]:
    landed = landing.land("job", "me", [packing.pack(key, b"1", ttl=60) for key in keys], RUN, LABELS, 0)
    assert landed is not None
    return landed


def test_every_result_leaves_what_one_alone_leaves(redis: Redis) -> None:
    redis.set("ib:flight:status:a", "job")
    redis.set("ib:flight:status:b", "another")

    landed = land("status:a", "status:b")

    read = snapshots.read(["status:a", "status:b"]).entries
    assert [one.snapshot for one in landed] == [read[key].snapshot for key in ("status:a", "status:b")]
    assert [read[key].job_id for key in ("status:a", "status:b")] == [None, "another"]
    assert [len(runs.read(key)) for key in ("status:a", "status:b")] == [1, 1]
    assert [one.value for one in counters.read().counters if one.name == "fetches"] == [2]


def test_a_result_that_redis_refuses_takes_no_other_along(redis: Redis) -> None:
    redis.set("ib:snapshot:status:b", "no hash")

    with pytest.raises(StoreDownError, match=r"1 of 3 results \(WRONGTYPE"):
        land("status:a", "status:b", "status:c")

    redis.delete("ib:snapshot:status:b")
    read = snapshots.read(["status:a", "status:b", "status:c"]).entries
    assert [bool(read[key].snapshot) for key in read] == [True, False, True]


def test_who_was_frozen_lands_nothing_once_another_has_the_job(redis: Redis) -> None:
    batch = jobs.Batch({"status:a": {}}, "status")
    (job,) = jobs.open_jobs("status", [batch], most=1, queue="checks", request_id="r", since=9e9).opened
    jobs.claim(job, "frozen")
    redis.delete(f"ib:lease:{job}")
    jobs.claim(job, "other")

    late = landing.land(job, "frozen", [packing.pack("status:a", b"old", ttl=60)], RUN, LABELS, 0)
    entry = snapshots.read(["status:a"]).entries["status:a"]

    assert (late, entry.snapshot, entry.job_id) == (None, None, job)
    assert landing.land(job, "other", [packing.pack("status:a", b"new", ttl=60)], RUN, LABELS, 0)
