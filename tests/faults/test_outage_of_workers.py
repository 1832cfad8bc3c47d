"""The workers are away for ten minutes: readers keep the old data, and afterwards each key is fetched once."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from redis import Redis

import celery_config
from store import counters
from tests import github, servers
from tests.e2e.client import Client, registered
from tests.faults.clocks import Clock, jump
from tests.faults.protection import without
from tests.upstream import Reply, Upstream

AWAY_SECONDS = 600
USERS = [f"user{number}" for number in range(6)]


def read(client: Client) -> list[int]:
    """Read every user's widget; return the statuses."""
    return [client.get(github.read(user)).status for user in USERS]


def asked(upstream: Upstream) -> dict[str, int]:
    """Return how often the upstream was asked for each user."""
    return {user: len(upstream.asked(f"/github/users/{user}/")) for user in USERS}


def send_the_ticks_of(seconds: float) -> None:
    """Put into the queue what beat sends meanwhile."""
    for entry in celery_config.schedule().values():
        for _ in range(int(seconds / entry["schedule"].run_every.total_seconds())):
            celery_config.app.send_task(entry["task"], **entry["options"])


def ticked() -> float:
    return sum(one.value for one in counters.read().counters if one.labels.get("task") == "warm")


@without("store/lua/open_jobs.lua", "    if state then", "    if false then")
@without("store/jobs.py", " if known.get(key, 0.0) < job.enqueued_at]", "]")
def test_ten_minutes_without_workers_cost_one_fetch_of_each_key(
    processes: ExitStack, redis: Redis, upstream: Upstream, tmp_path: Path
) -> None:
    for user in USERS:
        upstream.on(github.events(user), Reply(data=[]))
    # With a token the hour's quota is large, and does not stretch the TTL beyond the outage.
    clock = Clock(tmp_path / "clock")
    given = {**clock.settings(), "GITHUB_API_TOKEN": "made-up"}
    client = registered(processes.enter_context(servers.api(given)).url)
    with servers.worker(given):
        read(client)
        servers.until(lambda: read(client) == [200] * len(USERS), 20)
    before = asked(upstream)

    jump(redis, AWAY_SECONDS)
    clock.set(AWAY_SECONDS)
    meanwhile = [status for _ in range(20) for status in read(client)]
    send_the_ticks_of(AWAY_SECONDS)
    processes.enter_context(servers.worker(given))
    processes.enter_context(servers.beat(given))
    servers.until(lambda: all(asked(upstream)[user] > before[user] for user in USERS), 20)
    counted = ticked()
    servers.until(lambda: ticked() > counted, 20)

    assert set(meanwhile) == {200}
    assert {user: asked(upstream)[user] - before[user] for user in USERS} == dict.fromkeys(USERS, 1)
