"""Servers of the benchmark: our own and the rivals', each on a free port and on the core that is measured."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from embedded import postgres, redis
from launcher import parts

ROOT = Path(__file__).parents[1]
CORES = sorted(os.sched_getaffinity(0))
# What is measured has a core to itself, where there are two: load, Redis and Postgres run on the other.
MEASURED, BESIDE = (CORES[0], CORES[1]) if len(CORES) > 1 else (None, None)
THREADS = parts.API_THREADS
PRODUCTION = ROOT / "bench" / "production"
NGINX = """
daemon off; worker_processes 1; pid {home}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {home}; proxy_temp_path {home}; fastcgi_temp_path {home};
  uwsgi_temp_path {home}; scgi_temp_path {home}; keepalive_requests 1000000000; default_type application/json;
  server {{ listen 127.0.0.1:{port}; root {home}/static; }}
}}
"""


@dataclass(frozen=True)
class Served:
    """A server: its port and its first process' id."""

    port: int
    pid: int


@contextmanager
def stored(home: Path) -> Iterator[dict[str, str]]:
    """Run Postgres and Valkey, migrated and empty, and give the settings that lead to them."""
    database, running = postgres.start(home)
    cache = redis.prepare(home)
    caching = redis.run(cache)
    for server in (running, caching):
        pin(server.pid, BESIDE)
    environment = {
        "DATABASE_URL": database.url,
        "REDIS_URL": cache.url,
        "JWT_SECRET": "a secret of the benchmark, 32 bytes or more",
        "LOG_LEVEL": "warning",
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        # Where it is set, each process compiles our code anew; in the image it is compiled.
        "PYTHONDONTWRITEBYTECODE": "",
    }
    os.environ.update(environment)
    try:
        subprocess.run([sys.executable, "-m", "migrations"], cwd=ROOT, check=True, capture_output=True)
        yield environment
    finally:
        redis.stop(caching)
        postgres.stop(running)


@contextmanager
def wsgi(target: str, environment: dict[str, str], interface: str = "wsgi") -> Iterator[Served]:
    """Serve a callable with Granian as `make run` does, one process."""
    port = redis.free_port("127.0.0.1")
    command = f"-m granian {target} --interface {interface} --http 1 --no-ws --log-level error --port {port}"
    threads = f"--blocking-threads {THREADS}" if interface == "wsgi" else "--loop uvloop"
    given = environment | ({"PYTHONPATH": str(PRODUCTION)} if interface == "wsgi" else {})
    with running([sys.executable, *command.split(), *threads.split()], given, MEASURED) as process:
        wait(f"http://127.0.0.1:{port}/healthz")
        yield Served(port, process.pid)


@contextmanager
def nginx(home: Path, files: Mapping[str, bytes]) -> Iterator[Served | None]:
    """Serve static files; None where there is no nginx."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if program is None:
        yield None
        return
    port, static = redis.free_port("127.0.0.1"), home / "static"
    static.mkdir()
    for name, body in {**files, "healthz": b"ok"}.items():
        (static / name).write_bytes(body)
    config = home / "nginx.conf"
    config.write_text(
        NGINX.format(home=home, port=port) if os.getuid() else "user root;" + NGINX.format(home=home, port=port)
    )
    with running([program, "-c", str(config), "-p", str(home)], {}, MEASURED) as process:
        wait(f"http://127.0.0.1:{port}/healthz")
        yield Served(port, process.pid)


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], core: int | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command on a core, and stop it at the end."""
    process = subprocess.Popen(list(command), cwd=ROOT, env={**os.environ, **environment})
    pin(process.pid, core)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def pin(pid: int, core: int | None) -> None:
    """Keep a process, and those that it starts from now on, on one core."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


def unpin(pid: int) -> None:
    """Let a process, its threads and children run on any core again."""
    from bench import accounting  # noqa: PLC0415 - only here

    for one in accounting.tree(pid):
        for thread in accounting.threads(one):
            with suppress(ProcessLookupError):  # it has ended since
                os.sched_setaffinity(int(thread.name), CORES)


def wait(url: str, seconds: float = 30) -> None:
    """Return once the server answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own loopback server
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
