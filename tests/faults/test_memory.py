"""What a process holds stays what it was: a crowd leaves nothing behind, nor does what comes late."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

import celery_config
from store import counters
from tests import servers
from tests.e2e.client import registered
from tests.faults.protection import without
from tests.servers import Service

CROWD, MOST_MIB = 16, 60
MOST_LATE_MIB = 1.5


def held(service: Service) -> float:
    """Return the memory of a service's processes in MiB."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in servers.descendants(service.process.pid)]
    return sum(int(found[1]) / 1024 for text in texts if (found := re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@without("web/passwords.py", "ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)", "pass")
def test_a_crowd_that_signs_in_leaves_no_memory_behind(database: str, redis: object) -> None:
    with servers.api() as api:
        registered(api.url)
        before = held(api)

        with ThreadPoolExecutor(CROWD) as crowd:
            list(crowd.map(registered, [api.url] * CROWD * 3))
        after = held(api)

    assert after - before < MOST_MIB


def own(service: Service) -> float:
    """Return what a worker's only child shares with nobody, in MiB."""
    (child,) = servers.descendants(service.process.pid)
    text = Path(f"/proc/{child}/smaps_rollup").read_text(encoding="utf-8")
    return int(re.findall(r"^Private_Dirty: +(\d+) kB", text, re.MULTILINE)[0]) / 1024


def ticked(task: str) -> float:
    return sum(one.value for one in counters.read().counters if one.labels.get("task") == task)


def tick(redis: Redis, task: str) -> None:
    """Have a tick done, whatever slot it is."""
    redis.delete(f"ib:slot:{task}")
    before = ticked(task)
    celery_config.app.send_task(task, queue="upkeep")
    servers.until(lambda: ticked(task) > before, 10)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@without("tasks/forking.py", "    Thread(target=ask_postgres, daemon=True).start()\n", "")
def test_a_child_does_not_grow_when_a_tick_first_has_it_ask_postgres(database: str, redis: Redis) -> None:
    with servers.worker({"WORKER_CONCURRENCY": "1"}) as worker:
        for task in ("warm", "reap") * 5:
            tick(redis, task)
        before = own(worker)

        for task in "upkeep", "reload":
            tick(redis, task)

        assert own(worker) - before < MOST_LATE_MIB
