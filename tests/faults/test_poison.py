"""A fetch that kills its process at each start ends as failed, and harms no other."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import cast

from redis import Redis

from tests import servers
from tests.e2e.client import registered
from tests.faults.protection import without
from tests.github import event, events, read
from tests.upstream import Asked, Reply, Upstream

ALONG = 15
NEIGHBOURS = [f"neighbour{number}" for number in range(40)]


@without("store/jobs.py", "MAX_STARTS = 3", "MAX_STARTS = 30")
def test_a_poisoned_fetch_is_started_three_times_then_failed_and_its_neighbours_are_unharmed(
    database: str, redis: Redis, upstream: Upstream
) -> None:
    def kill_who_asks(_: Asked) -> Reply:
        owner = cast("bytes", redis.hget(f"ib:job:{poisoned}", "owner"))
        os.kill(int(owner.split(b":")[1]), signal.SIGKILL)
        return Reply(data=[event("poison")])

    upstream.on(events("poison"), kill_who_asks)
    for name in NEIGHBOURS:
        upstream.on(events(name), Reply(data=[event(name)], delay=0.2))
    given = {"WORKER_CONCURRENCY": "2", "GITHUB_API_TOKEN": "made-up"}
    with servers.api(given) as api:
        client = registered(api.url)
        poisoned = client.cold(read("poison"))
        jobs = [client.cold(read(name)) for name in NEIGHBOURS]
        with servers.worker(given), servers.beat(given):
            neighbours = [client.job(job) for job in jobs]
            ended = client.job(poisoned, 60)
            shown = client.get(read("poison"))

    assert (ended["state"], ended["error"]["status"]) == ("failed", 502)
    assert shown.json()["type"].endswith("provider-error")
    assert len(upstream.asked(events("poison"))) == 3
    assert {one["state"] for one in neighbours} == {"succeeded"}
    # Those that it took along were being fetched when it killed their process for the first time; then it runs alone.
    again = Counter(len(upstream.asked(events(name))) for name in NEIGHBOURS)
    assert again.keys() <= {1, 2}
    assert again[2] <= ALONG
