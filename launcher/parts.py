"""The parts of a running InsightBoard: their commands, what each needs first, and how to see that it is ready."""

from __future__ import annotations

import http.client
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embedded import postgres, process, redis
from settings import Settings

PYTHON = (sys.executable, "-m")
CELERY = (*PYTHON, "celery", "-A", "celery_config", "--quiet")
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
# 16 may be in Postgres (models/session.py), 24 wait for a fetch (web/waiting.py), 16 for a body (web/uploads.py).
API_THREADS = 60
CHECKS_PROCESSES = 2
KILL_SECONDS = 8
# Which setting leads to each server that /readyz tells of.
SERVERS = {"database": "DATABASE_URL", "redis": "REDIS_URL", "broker": "CELERY_BROKER_URL"}


def at_once() -> bool:
    """Be ready as soon as it runs; /readyz tells the rest."""
    return True


@dataclass(frozen=True)
class Part:
    """One process: `needs` names the parts that must be ready first; `once` means that it ends by itself.

    `stop` asks it to end; `environment` is what it alone is told. A line with `mute` in it is not shown.
    """

    name: str
    command: Sequence[str]
    needs: tuple[str, ...] = ()
    ready: Callable[[], bool] = at_once
    once: bool = False
    server: bool = False
    mute: str = ""
    stop: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)


def api(settings: Settings, needs: tuple[str, ...]) -> Part:
    """Serve HTTP with Granian; our own access log is the one that is on."""
    command = f"""granian wsgi:app --interface wsgi --http 1 --no-ws --no-access-log --log-level warning
        --host {settings.app_host} --port {settings.app_port} --workers {settings.api_processes}
        --blocking-threads {API_THREADS} --workers-kill-timeout {KILL_SECONDS} --respawn-failed-workers"""
    folder = metrics_folder(settings.insightboard_home.resolve())
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(folder)} if settings.api_processes > 1 else {}
    # Granian counts threads against cores, which is no measure for threads that wait.
    return Part(
        "api",
        (*PYTHON, *command.split()),
        needs,
        lambda: answers(settings, "/healthz"),
        mute="Configuration allows spawning",
        environment=shared,
    )


def metrics_folder(home: Path) -> Path:
    """Return where several API processes add up their metrics; whoever is told of it adds its own."""
    return home / "metrics"


def worker(settings: Settings, needs: tuple[str, ...]) -> Part:
    """Fetch for readers, refresh and warm, and do the housekeeping."""
    return celery(f"worker -Q upkeep,interactive,fetch -P prefork -c {settings.worker_concurrency} -n worker@%h", needs)


def checks(needs: tuple[str, ...]) -> Part:
    """Check URLs; each process fans out in threads of its own."""
    return celery(f"worker -Q checks -P prefork -c {CHECKS_PROCESSES} -n checks@%h", needs, name="checks")


def beat(needs: tuple[str, ...]) -> Part:
    """Send the ticks; the schedule is in memory, since every slot is claimed in Redis."""
    return celery("beat -S celery.beat:Scheduler", needs)


def celery(arguments: str, needs: tuple[str, ...], name: str = "") -> Part:
    """Make a part of a celery command; without mingling with other workers it is ready a second earlier."""
    words = arguments.split()
    mingle = ("--without-mingle", "--without-gossip") if words[0] == "worker" else ()
    # Ctrl-C reaches the launcher only, so Celery's advice about it would mislead.
    return Part(name or words[0], (*CELERY, *words, *mingle, "--loglevel", "warning"), needs, mute="Hitting Ctrl+C")


def flower(settings: Settings, needs: tuple[str, ...]) -> Part:
    """Watch the workers, on loopback."""
    command = (*PYTHON, "launcher.flower", "--address=127.0.0.1", f"--port={settings.flower_port}")
    port = settings.flower_port
    # It asks for workers before there are any.
    return Part(
        "flower",
        command,
        needs,
        lambda: status("127.0.0.1", port, "/healthcheck") == http.client.OK,
        mute="Inspect method",
    )


def migrate(needs: tuple[str, ...]) -> Part:
    """Bring the tables up to date."""
    return Part("migrate", (*PYTHON, "migrations"), needs, once=True)


def database(home: Path) -> tuple[Part, Mapping[str, str]]:
    """Prepare the embedded Postgres; return its part and the setting that leads to it."""
    server = postgres.prepare(home)
    # What our own question whether it is ready yet makes it say.
    mute = "the database system is starting up"
    part = Part("postgres", postgres.command(server), ready=server.ready, server=True, mute=mute, stop=signal.SIGINT)
    return part, {"DATABASE_URL": server.url}


def cache(home: Path) -> tuple[Part, Mapping[str, str]]:
    """Prepare the embedded Redis; return its part and the setting that leads to it."""
    server = redis.prepare(home)
    # A hint about a kernel setting for servers far larger than this one, at every start.
    part = Part("redis", redis.command(server), ready=server.ready, server=True, mute="overcommit_memory")
    return part, {"REDIS_URL": server.url}


def application(settings: Settings, servers: Sequence[Part]) -> list[Part]:
    """Return what runs besides the servers; the workers load while the tables are brought up to date."""
    stored = tuple(part.name for part in servers)
    queued = tuple(name for name in stored if name == "redis")
    after = (*queued, "migrate")
    return [
        migrate(tuple(name for name in stored if name == "postgres")),
        api(settings, after),
        worker(settings, after),
        checks(after),
        beat(after),
        flower(settings, queued),
    ]


def tied(part: Part) -> list[str]:
    """Return the part's command, made to end when the launcher ends; the servers' commands are so already.

    Asked to end instead of killed, Granian would be asked by each thread of a killed launcher, and stand still if a
    second signal comes into the first one's handler.
    """
    return list(part.command) if part.server else process.tied(part.command, death=signal.SIGKILL)


def answers(settings: Settings, path: str) -> bool:
    """Say whether the API answers the path with 200."""
    return status(settings.app_host, settings.app_port, path) == http.client.OK


def missing(settings: Settings) -> dict[str, str]:
    """Return what /readyz says of all that is not ready, by the setting that leads there, or by its name.

    Where a server is missing that is all: the rest stands on it.
    """
    try:
        found = json.loads(asked(settings.app_host, settings.app_port, "/readyz")[1])
    except ValueError:
        return {"api": "does not answer"}
    lines = {SERVERS.get(name, name): line for name, line in found.items() if name != "status"}
    wrong = {name: line for name, line in lines.items() if not line.startswith("ok")}
    return {name: line for name, line in wrong.items() if name in SERVERS.values()} or wrong


def status(host: str, port: int, path: str) -> int:
    """Return the status of a GET, or 0 when there was no answer within 2 s."""
    return asked(host, port, path)[0]


def asked(host: str, port: int, path: str) -> tuple[int, bytes]:
    """Return status and body of a GET; 0 and nothing when there was no answer within 2 s."""
    connection = http.client.HTTPConnection(ANY_ADDRESS.get(host, host), port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
