"""An API and its servers, each of which a test may kill, freeze, fill and empty without harming other tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded import postgres, process
from embedded import redis as embedded_redis
from tests import servers
from tests.e2e.client import Client, registered

FAST = {"fsync": "off"}
STORE = """
import sys
from tests.integration.web.test_data import key_of, put
put(key_of("weather", city="Oslo"), {"temp": 3}, ttl=float(sys.argv[1]))
"""


@dataclass(frozen=True)
class Stack:
    """An API on servers of its own, which a test may stop and freeze."""

    url: str
    client: Client
    environment: dict[str, str]
    database: subprocess.Popen[bytes]
    cache: subprocess.Popen[bytes]
    broker: subprocess.Popen[bytes]

    def put(self, ttl: float) -> None:
        """Store a snapshot as a worker would."""
        command = [sys.executable, "-c", STORE, str(ttl)]
        subprocess.run(command, cwd=servers.ROOT, env={**os.environ, **self.environment}, check=True)


@contextmanager
def stacked(home: Path) -> Iterator[Stack]:
    """Start Postgres, a cache, a broker and one API process; nothing fetches until a test starts a worker."""
    homes = {name: process.private_folder(home / name) for name in ("database", "cache", "broker")}
    database, running = postgres.start(homes["database"], FAST)
    cache, broker = embedded_redis.prepare(homes["cache"]), embedded_redis.prepare(homes["broker"])
    caching, queueing = embedded_redis.run(cache), embedded_redis.run(broker)
    environment = {"DATABASE_URL": database.url, "REDIS_URL": cache.url, "CELERY_BROKER_URL": broker.url}
    try:
        migrate = [sys.executable, "-m", "migrations"]
        subprocess.run(migrate, cwd=servers.ROOT, env={**os.environ, **environment}, check=True)
        with servers.api(environment) as api:
            yield Stack(api.url, registered(api.url), environment, running, caching, queueing)
    finally:
        for server in (caching, queueing):
            embedded_redis.stop(server)
        postgres.stop(running)


@contextmanager
def frozen(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop a server's processes without ending them: connections stay open and say nothing."""
    pids = [server.pid, *servers.descendants(server.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
