"""What is kept, and what is answered, when Redis has no room left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from redis import Redis

import settings
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.protection import without
from tests.faults.stack import OSLO, Stack, served

BERGEN = "/api/data/weather?city=Bergen"
TASKS = 1000
# What a large installation does in a day: jobs are asked for, then snapshots by the thousand are written.
ASK = """
import sys
import dispatch
from store.jobs import Batch
for number in range(int(sys.argv[1])):
    batch = Batch({f"weather:{number}": {"city": str(number), "units": "metric"}}, "weather")
    dispatch.fetch("weather", [batch], most=1, queue="interactive", request_id="r", since=0)
"""
FILL = """
import os
from store import connection
from tests.landed import land
number, evicted = 0, 0
while evicted < 6000:
    for _ in range(200):
        land(f"github:{number}", os.urandom(900).hex()[:1000].encode(), ttl=60)
        number += 1
    evicted = connection.call(lambda client: client.info("stats"))["evicted_keys"]
"""


@dataclass(frozen=True)
class Single:
    """An API on one Redis for cache and broker, as `make run` starts it."""

    client: Client
    gone: Client
    cache: Redis
    queue: Redis


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Single]:
    """Give a Redis that has dropped what it may, after jobs were asked for and tokens were revoked."""
    with served(tmp_path_factory.mktemp("single")) as given:
        cache = given.environment["REDIS_URL"]
        environment = given.environment | {"CELERY_BROKER_URL": settings.broker_beside(cache)}
        with (
            servers.api(environment) as api,
            Redis.from_url(cache) as client,
            Redis.from_url(environment["CELERY_BROKER_URL"]) as queue,
        ):
            gone, stays = registered(api.url), registered(api.url)
            gone.ask("POST", "/api/auth/logout")
            run(ASK, environment, str(TASKS))
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 2 * 1024 * 1024)
            run(FILL, environment)
            yield Single(stays, gone, client, queue)


def run(code: str, environment: dict[str, str], *arguments: str) -> None:
    """Run code on the store as a worker or an API would."""
    command = [sys.executable, "-c", code, *arguments]
    subprocess.run(command, cwd=servers.ROOT, env={**os.environ, **environment}, check=True, timeout=120)


@without("embedded/redis.py", '"volatile-lru"', '"allkeys-lru"')
def test_a_full_redis_keeps_every_message_and_every_revocation(full: Single) -> None:
    # A message whose answer came late was sent once more; its double ends at once.
    assert full.queue.llen("interactive") >= TASKS
    assert full.gone.get("/api/me").status == 401
    assert full.client.get("/api/me").status == 200


@without(
    "store/lua/open_jobs.lua",
    "'request_id', request, 'line', line)",
    "'request_id', request, 'line', line) redis.call('EXPIRE', 'ib:job:' .. id, open_s)",
)
def test_a_full_redis_keeps_every_job_that_has_not_ended(full: Single) -> None:
    found: Any = full.cache.zrange("ib:jobs:open", 0, -1)
    waiting = [job.decode() for job in found]

    assert len(waiting) == TASKS
    assert full.cache.exists(*[f"ib:job:{job}" for job in waiting]) == TASKS
    assert full.cache.exists(*[f"ib:job:{job}:parts" for job in waiting]) == TASKS


@contextmanager
def stuffed(server: Redis) -> Iterator[None]:
    """Leave no room, and nothing that may be dropped."""
    server.config_set("maxmemory-policy", "noeviction")
    server.config_set("maxmemory", 1)
    yield
    server.config_set("maxmemory", 0)


@contextmanager
def demoted(server: Redis) -> Iterator[None]:
    """Make it a replica, as a failover does with a master that comes back."""
    server.replicaof("127.0.0.1", "1")
    yield
    server.replicaof("NO", "ONE")


Refusing = Callable[[Redis], AbstractContextManager[None]]


@pytest.mark.parametrize("refusing", [stuffed, demoted])
@without("store/connection.py", "        except RedisError as error:\n", "        except ZeroDivisionError as error:\n")
def test_a_cache_that_takes_no_writes_is_as_good_as_away(warm: Stack, refusing: Refusing) -> None:
    with Redis.from_url(warm.environment["REDIS_URL"]) as cache, refusing(cache):
        held, cold = warm.client.get(OSLO), warm.client.get(BERGEN)
        me = warm.client.get("/api/me")

    assert (held.status, cold.status, me.status) == (200, 503, 200)
    assert "detail=cache-down" in held.headers["cache-status"]
    assert cold.headers["retry-after"]
    servers.until(lambda: warm.client.get(BERGEN).status == 202, 10)


@pytest.mark.parametrize("refusing", [stuffed, demoted])
@without("dispatch.py", "LOST_BROKER = (OperationalError, BatchPublishError, OSError)", "LOST_BROKER = (OSError,)")
def test_a_broker_that_takes_no_messages_costs_only_what_nobody_has_read(warm: Stack, refusing: Refusing) -> None:
    warm.put(0.01)

    with Redis.from_url(warm.environment["CELERY_BROKER_URL"]) as broker, refusing(broker):
        stale, cold = warm.client.get(OSLO), warm.client.get(f"{BERGEN}-{refusing.__name__}")

    assert (stale.status, cold.status) == (200, 503)
    assert stale.headers["cache-status"].endswith("detail=broker-down")
    assert cold.headers["retry-after"]
    servers.until(lambda: warm.client.get(f"{BERGEN}-{refusing.__name__}").status == 202, 10)
