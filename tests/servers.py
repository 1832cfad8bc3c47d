"""Our own processes in tests: real workers, real API processes, real launchers; all of them end with the test."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import settings
from embedded import process
from embedded import redis as embedded_redis
from launcher import parts

ROOT = Path(__file__).parent.parent
# Not where a launcher looks for a free port, which may be one that a test has chosen for it and nobody listens on yet;
# and beyond 10080, which browsers refuse.
PORTS = range(10_081, 15_000)
QUIET = {"PYTHONWARNINGS": "ignore:::celery.platforms", "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    """Return a port that is free, and that no other test is given."""
    return embedded_redis.free_port(ports=PORTS)


@dataclass(frozen=True)
class Service:
    """One running process and the file that holds what it prints."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """End it and its children as the kernel would when memory runs out."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Return once it has printed the text (a regular expression)."""
        until(
            lambda: bool(re.search(text, self.printed())), seconds, lambda: f"no {text!r} in:\n{self.printed()[-4000:]}"
        )


def until(true: Callable[[], object], seconds: float, why: Callable[[], str] = lambda: "it did not happen") -> None:
    """Return as soon as the condition holds, or fail after so many seconds and a look at their end.

    What stands still for a moment stands still for this one too: each round counts half a second at most, and the whole
    may take twice as long.
    """
    left, end = seconds, time.monotonic() + 2 * seconds
    while True:
        began = time.monotonic()
        if true():
            return
        assert left > 0, why()
        assert began < end, why()
        time.sleep(0.05)
        left -= min(time.monotonic() - began, 0.5)


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, port: int = 0, stop: float = 20.0
) -> Iterator[Service]:
    """Run a command from the repository's root, and stop it by SIGTERM, or SIGKILL after `stop` seconds."""
    descriptor, name = tempfile.mkstemp(prefix="ib-log-")
    with os.fdopen(descriptor, "wb") as output:
        started = subprocess.Popen(
            process.tied(command),
            cwd=ROOT,
            env={**os.environ, **QUIET, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    service = Service(started, Path(name), port)
    try:
        yield service
    finally:
        started.terminate()
        with suppress(subprocess.TimeoutExpired):
            started.wait(stop)
        service.kill()
        service.log.unlink()


@contextmanager
def api(environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Serve the API on a free port with the tests' settings."""
    port = free_port()
    given = settings.read({**os.environ, **(environment or {}), "APP_PORT": str(port)})
    with running(parts.api(given, ()).command, environment, port=port) as service:
        until(lambda: get(port, "/healthz") == http.client.OK, 30, service.printed)
        yield service


@contextmanager
def worker(environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Run the worker that fetches and warms; it is ready when it has printed so."""
    given = settings.read({**os.environ, **(environment or {})})
    with celery(parts.worker(given, ()), environment) as service:
        yield service


@contextmanager
def checks(environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Run the worker that checks URLs."""
    with celery(parts.checks(()), environment) as service:
        yield service


@contextmanager
def celery(part: parts.Part, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Run a worker until its banner line says that it is ready."""
    # Two workers of one machine need names of their own: RabbitMQ locks a worker's queue of commands.
    named = [word.replace("@%h", f"{uuid4().hex[:8]}@%h") for word in part.command]
    command = [*named[:-1], "info"]
    with running(command, {"LOG_LEVEL": "info", **(environment or {})}) as service:
        service.wait_for(r"@\S+ ready")
        yield service


def beat(environment: Mapping[str, str] | None = None) -> AbstractContextManager[Service]:
    """Run beat."""
    return running(parts.beat(()).command, environment)


@contextmanager
def flower(environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Run Flower on a free port."""
    port = free_port()
    given = settings.read({**os.environ, **(environment or {}), "FLOWER_PORT": str(port)})
    part = parts.flower(given, ())
    with running(part.command, environment, port=port) as service:
        until(part.ready, 30, service.printed)
        yield service


def get(port: int, path: str) -> int:
    """Return the status of a GET on loopback, or 0 without an answer."""
    return parts.status("127.0.0.1", port, path)


def table() -> dict[int, tuple[int, str]]:
    """Return parent and command line of every process that is no zombie, by id."""
    if not Path("/proc/self").exists():
        listed = subprocess.run(["ps", "-wwaxo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = (line.split(None, 2) for line in listed.splitlines())
        return {int(row[0]): (int(row[1]), row[-1]) for row in rows}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            # The program's name stands in parentheses and may contain anything.
            state, parent = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(folder.name)] = (int(parent), command)
    return found


def descendants(pid: int) -> dict[int, str]:
    """Return the command lines of all processes below a process, by id."""
    rows = table()
    found: dict[int, str] = {}
    wanted = {pid}
    while wanted:
        below = {child: command for child, (parent, command) in rows.items() if parent in wanted}
        found |= below
        wanted = set(below)
    return found


def alive(pids: Mapping[int, str]) -> dict[int, str]:
    """Return those of the processes that still run the same command."""
    rows = table()
    return {pid: command for pid, command in pids.items() if rows.get(pid, (0, ""))[1] == command}


@contextmanager
def launcher(environment: Mapping[str, str], *arguments: str) -> Iterator[Service]:
    """Run `make run`'s launcher with nothing set but what is given; embedded servers are its own."""
    unset = dict.fromkeys(settings.NAMES, "")
    with running([sys.executable, "dev.py", *arguments], {**unset, **environment}) as service:
        yield service
