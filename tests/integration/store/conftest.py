from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

import settings
from embedded import redis as embedded_redis
from store import connection


@dataclass
class Server:
    """A Redis server of one test's own, which the test may freeze, thaw and kill."""

    url: str
    pid: int

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """Start a server, let the settings name it for this test, and stop it."""
    prepared = embedded_redis.prepare(home)
    running = embedded_redis.run(prepared)
    with Redis.from_url(prepared.url) as client:
        started = Server(prepared.url, int(client.info("server")["process_id"]))
    before = os.environ["REDIS_URL"]
    use(prepared.url)
    yield started
    started.thaw()
    connection.client().close()
    use(before)
    embedded_redis.stop(running)


def use(url: str) -> None:
    """Let the settings name another Redis."""
    os.environ["REDIS_URL"] = url
    settings.load.cache_clear()
