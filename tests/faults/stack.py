"""An API and its servers, each of which a test may kill, freeze, fill and empty without harming other tests."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from redis import Redis

from embedded import postgres, process
from embedded import redis as embedded_redis
from tests import servers
from tests.e2e.client import Client, registered

FAST = {"fsync": "off"}
OSLO = "/api/data/weather?city=Oslo"
STORE = """
import sys
from tests.integration.web.test_data import key_of, put
put(key_of("weather", city="Oslo"), {"temp": 3}, ttl=float(sys.argv[1]))
"""


@dataclass(frozen=True)
class Servers:
    """A Postgres, a cache and a broker, and the settings that lead to them."""

    environment: dict[str, str]
    database: subprocess.Popen[bytes]
    cache: subprocess.Popen[bytes]
    broker: subprocess.Popen[bytes]

    def put(self, ttl: float) -> None:
        """Store a snapshot as a worker would."""
        command = [sys.executable, "-c", STORE, str(ttl)]
        subprocess.run(command, cwd=servers.ROOT, env={**os.environ, **self.environment}, check=True)


@dataclass(frozen=True)
class Stack(Servers):
    """An API on servers of its own, which a test may stop and freeze."""

    api: servers.Service
    client: Client

    @property
    def url(self) -> str:
        return self.api.url


@cache
def tables() -> Path:
    """Make a data folder of Postgres with all tables, once: a copy of it is there sooner than a new one."""
    home = Path(tempfile.mkdtemp(prefix="ib-tables-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    server, running = postgres.start(home, FAST)
    migrate = [sys.executable, "-m", "migrations"]
    subprocess.run(migrate, cwd=servers.ROOT, env={**os.environ, "DATABASE_URL": server.url}, check=True)
    postgres.stop(running)
    return server.data


@contextmanager
def served(home: Path) -> Iterator[Servers]:
    """Start Postgres, with its tables, a cache and a broker."""
    homes = {name: process.private_folder(home / name) for name in ("database", "cache", "broker")}
    shutil.copytree(tables(), postgres.planned(homes["database"]).data)
    database, running = postgres.start(homes["database"], FAST)
    cache, broker = embedded_redis.prepare(homes["cache"]), embedded_redis.prepare(homes["broker"])
    caching, queueing = embedded_redis.run(cache), embedded_redis.run(broker)
    for url in (cache.url, broker.url):
        with Redis.from_url(url) as client:
            # As in tests/conftest.py.
            client.config_set("appendfsync", "no")
    environment = {"DATABASE_URL": database.url, "REDIS_URL": cache.url, "CELERY_BROKER_URL": broker.url}
    try:
        yield Servers(environment, running, caching, queueing)
    finally:
        for server in (caching, queueing):
            embedded_redis.stop(server)
        postgres.stop(running)


@contextmanager
def stacked(home: Path, **environment: str) -> Iterator[Stack]:
    """Start the servers and one API process; nothing fetches until a test starts a worker."""
    with served(home) as given, servers.api(given.environment | environment) as api:
        yield Stack(given.environment, given.database, given.cache, given.broker, api, registered(api.url))


@contextmanager
def frozen(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop a server's processes without ending them: connections stay open and say nothing."""
    pids = [server.pid, *servers.descendants(server.pid)]
    try:
        for pid in pids:
            with suppress(ProcessLookupError):  # Postgres' children come and go
                os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
