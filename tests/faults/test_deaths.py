"""Any part may be killed with 500 jobs in flight: every job ends, each key is fetched and stored once."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tests import servers
from tests.conftest import UPSTREAM
from tests.faults.protection import without
from tests.faults.storm import storm
from tests.github import read
from tests.servers import Service, free_port
from tests.upstream import Upstream

POOL = 8
# What one process fetches at a time: the job it was sent, and 15 that it took along.
TOGETHER = 16
# Well before the broker gives a message to another worker by itself, which is after 120 s.
LONGEST = 75.0
COMMANDS = {
    "worker": "worker@%h",
    "beat": "celery.beat:Scheduler",
    "API": "granian wsgi:app",
    "Redis": "(valkey|redis)-server",
    "Postgres": r"postgres\S* -D",
}
STARTED_AGAIN = without("launcher/supervise.py", "        await asyncio.sleep(pause)", "        return")
SENT_AGAIN = without("tasks/reap.py", "if is_lost(one, depths.get(one.job.queue, 0)):", "if not one.job:")


@dataclass(frozen=True)
class House:
    """Everything that `make run` starts, and a client of its Redis."""

    launch: Service
    url: str
    redis: Redis
    home: Path

    def pids(self, part: str) -> list[int]:
        """Return the process of a part, or all below it: `pool children` and `API workers`."""
        below = servers.descendants(self.launch.process.pid)
        parent = {"pool children": "worker", "API workers": "API"}.get(part)
        pid = min(pid for pid, command in below.items() if re.search(COMMANDS[parent or part], command))
        return list(servers.descendants(pid)) if parent else [pid]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home, port = tmp_path_factory.mktemp("house"), free_port()
    given = {"INSIGHTBOARD_HOME": str(home), "APP_PORT": str(port), "FLOWER_PORT": str(free_port())}
    chosen = {"WORKER_CONCURRENCY": str(POOL), "GITHUB_API_TOKEN": "made-up"}
    with servers.launcher({**given, **chosen, **UPSTREAM.settings()}) as launch:
        launch.wait_for("InsightBoard is running", 90)
        password = (home / "redis" / "password").read_text(encoding="ascii")
        words = (home / "redis" / "redis.conf").read_text(encoding="utf-8").split()
        with Redis(port=int(words[words.index("port") + 1]), password=password) as redis:
            yield House(launch, f"http://127.0.0.1:{port}", redis, home)


@pytest.mark.parametrize(
    "killed",
    [
        pytest.param(["pool children"], marks=SENT_AGAIN, id="pool children"),
        # What died with the children is sent again by the beat that was started in place of the dead one.
        pytest.param(["beat", "pool children"], marks=STARTED_AGAIN, id="beat"),
        pytest.param(
            ["API workers"],
            marks=[STARTED_AGAIN, without("launcher/parts.py", " --respawn-failed-workers")],
            id="API workers",
        ),
        pytest.param(["Postgres"], marks=STARTED_AGAIN, id="Postgres"),
        pytest.param(["worker"], marks=SENT_AGAIN, id="worker"),
        pytest.param(
            ["Redis"], marks=without("embedded/redis.py", '"appendonly": "yes"', '"appendonly": "no"'), id="Redis"
        ),
    ],
)
def test_500_jobs_end_with_their_results_though_a_part_is_killed(
    house: House, upstream: Upstream, killed: list[str]
) -> None:
    asked = storm(house.url, upstream)
    asked.until_some_asked(0.2)

    for part in killed:
        for pid in house.pids(part):
            os.kill(pid, signal.SIGKILL)
    jobs = asked.until_all_ended(LONGEST)

    assert len(jobs) == 500
    assert {one["state"] for one in jobs.values()} == {"succeeded"}
    asked.all_stored(house.redis)
    # Asked for twice: at most what was being fetched when its process died.
    assert max(asked.requests().values()) <= 2
    assert sum(asked.requests().values()) <= 500 + POOL * TOGETHER


@SENT_AGAIN
def test_redis_may_lose_its_last_second_and_every_job_ends_or_is_unknown(house: House, upstream: Upstream) -> None:
    asked = storm(house.url, upstream)
    asked.until_some_asked(0.2)
    (log,) = (house.home / "redis" / "appendonlydir").glob("*.incr.aof")
    a_second_ago = log.stat().st_size
    late = storm(house.url, upstream, widgets=10)
    late.until_some_asked(0)

    (pid,) = house.pids("Redis")
    os.kill(pid, signal.SIGSTOP)
    # In the middle of a command, as a machine that loses power leaves it.
    os.truncate(log, a_second_ago - 3)
    os.kill(pid, signal.SIGKILL)
    jobs = asked.until_all_ended(LONGEST)
    unknown = {late.clients[0].get(f"/api/jobs/{job}").status for job in late.jobs.values()}
    client, name = late.clients[1], next(iter(late.jobs))
    again = client.until_ok(read(name))

    assert {one["state"] for one in jobs.values()} == {"succeeded"}
    assert unknown == {404}
    assert again.json()[0]["actor"] == name
    asked.all_stored(house.redis)
