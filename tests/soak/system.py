"""All processes of an InsightBoard on servers of its own; what dies is started again, as the launcher would do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from embedded import postgres, process
from embedded import redis as embedded_redis
from tests import servers
from tests.servers import Service

STOP_SECONDS = 25.0


@dataclass
class Keeper:
    """One of our processes, and how to start it again."""

    name: str
    open: Callable[[], AbstractContextManager[Service]]
    stack: ExitStack = field(default_factory=ExitStack)
    logs: list[str] = field(default_factory=list)
    service: Service | None = None

    @property
    def pid(self) -> int:
        assert self.service, self.name
        return self.service.process.pid

    @property
    def dead(self) -> bool:
        return self.service is not None and self.service.process.poll() is not None

    def start(self) -> None:
        self.service = self.stack.enter_context(self.open())

    def stop(self) -> None:
        """Keep what it printed, and stop it, if it runs."""
        if self.service:
            self.logs.append(self.service.printed())
        self.service = None
        self.stack.close()

    def kill(self) -> None:
        """Kill it with all its children and start it again."""
        assert self.service, self.name
        self.service.kill()
        self.stop()
        self.start()

    def restart(self) -> None:
        """Ask it to end, wait until it has, and start it again."""
        assert self.service, self.name
        self.service.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.service.process.wait(STOP_SECONDS)
        self.stop()
        self.start()

    def children(self) -> list[int]:
        return list(servers.descendants(self.pid))


@dataclass
class Store:
    """A Valkey that may be killed and comes back on its port with what its file holds."""

    server: embedded_redis.Redis
    running: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.running.pid

    def kill(self) -> None:
        """Kill it and start it again: what it was told in the last second may be gone."""
        self.running.kill()
        self.running.wait()
        self.running = embedded_redis.run(self.server)

    def stop(self) -> None:
        embedded_redis.stop(self.running)

    def client(self, database: int = 0) -> Redis:
        """Return a client that does not wait for a frozen server."""
        return Redis.from_url(f"{self.server.url.removesuffix('/0')}/{database}", socket_timeout=2)


@dataclass(frozen=True)
class System:
    """Everything that runs."""

    database: subprocess.Popen[bytes]
    cache: Store
    broker: Store
    kept: Mapping[str, Keeper]

    @property
    def urls(self) -> list[str]:
        return [one.service.url for name, one in self.kept.items() if name.startswith("api") and one.service]

    def roots(self) -> dict[str, int]:
        """Return the first process of each part by name."""
        ours = {name: one.service.process.pid for name, one in self.kept.items() if one.service}
        return ours | {"postgres": self.database.pid, "cache": self.cache.pid, "broker": self.broker.pid}

    def revive(self) -> list[str]:
        """Start what has died by itself again; return the names."""
        gone = [name for name, one in self.kept.items() if one.dead]
        for name in gone:
            self.kept[name].stop()
            self.kept[name].start()
        return gone


@contextmanager
def started(home: Path, environment: Mapping[str, str]) -> Iterator[System]:
    """Start the servers, then all of ours, with `environment` for every process."""
    with ExitStack() as stack:
        database, running = postgres.start(process.private_folder(home / "database"))
        stack.callback(postgres.stop, running)
        cache, broker = (store(stack, home / name) for name in ("cache", "broker"))
        urls = {
            "DATABASE_URL": database.url,
            "REDIS_URL": cache.server.url,
            "CELERY_BROKER_URL": broker.server.url,
        }
        os.environ.update({**environment, **urls})
        subprocess.run([sys.executable, "-m", "migrations"], cwd=servers.ROOT, check=True)
        kept = {name: Keeper(name, opened) for name, opened in ours().items()}
        for keeper in kept.values():
            stack.callback(keeper.stop)
            keeper.start()
        yield System(running, cache, broker, kept)


def ours() -> dict[str, Callable[[], AbstractContextManager[Service]]]:
    """Return what opens each of our processes."""
    return {
        "api-1": servers.api,
        "api-2": servers.api,
        "worker": servers.worker,
        "checks": servers.checks,
        "beat-1": servers.beat,
        "beat-2": servers.beat,
    }


def store(stack: ExitStack, home: Path) -> Store:
    """Start one Valkey."""
    server = embedded_redis.prepare(process.private_folder(home))
    found = Store(server, embedded_redis.run(server))
    stack.callback(found.stop)
    return found


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a server's processes without ending them: connections stay open and say nothing."""
    pids = [pid, *servers.descendants(pid)]
    tell(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        tell(pids, signal.SIGCONT)


def tell(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to processes, some of which may just have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def freeze(pid: int, seconds: float) -> None:
    """Freeze a server for so many seconds."""
    with frozen(pid):
        time.sleep(seconds)
