"""Start the servers side by side, measure in interleaved rounds, and print one table of ratios."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from bench.load import Case, ask, cost
from embedded import postgres, redis

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "2000"))
BODY_BYTES = 34_000
USERS = 400


def main() -> None:
    """Run the benchmark and print its table."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ib-bench-")))
        environment = stack.enter_context(servers(home))
        os.environ.update(environment)
        subprocess.run([sys.executable, "-m", "migrations"], cwd=ROOT, check=True)
        port, pid = stack.enter_context(served("wsgi:app", environment))
        floor_port, floor_pid = stack.enter_context(served("bench.floor:app", environment))
        show(measure(cases(port, pid, floor_port, floor_pid)))


@contextmanager
def servers(home: Path) -> Iterator[Mapping[str, str]]:
    """Run Postgres and Valkey for the benchmark, and give the settings that lead to them."""
    database, process = postgres.start(home)
    cache = redis.prepare(home)
    running = redis.run(cache)
    try:
        yield {
            "DATABASE_URL": database.url,
            "REDIS_URL": cache.url,
            "JWT_SECRET": "a secret of the benchmark, 32 bytes or more",
            "LOG_LEVEL": "error",
            "BENCH_BODY_BYTES": str(BODY_BYTES),
        }
    finally:
        redis.stop(running)
        postgres.stop(process)


@contextmanager
def served(target: str, environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Serve a WSGI callable as `make run` does, and give its port and process id."""
    port = redis.free_port("127.0.0.1")
    command = f"-m granian {target} --interface wsgi --http 1 --no-ws --log-level error --port {port}"
    words = [sys.executable, *command.split(), "--blocking-threads", "4"]
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait(f"http://127.0.0.1:{port}/healthz")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait(url: str, seconds: float = 30) -> None:
    """Return once the server answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own loopback server
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def cases(port: int, pid: int, floor_port: int, floor_pid: int) -> list[Case]:
    """Prepare users and a warm widget; the first case is the floor that the others are compared with."""
    users = tokens(USERS)
    path = "/api/data/github?username=torvalds"
    tag = warm()
    return [
        Case("bare WSGI callable, same bytes (floor)", floor_port, floor_pid, "/", {}),
        Case("warm read, 34 KB", port, pid, path, {}, users),
        Case("warm read, gzip", port, pid, path, {"Accept-Encoding": "gzip"}, users),
        Case("warm read, 304", port, pid, path, {"If-None-Match": f'"{tag}"'}, users, 304),
        Case("list of dashboards (asks Postgres)", port, pid, "/api/dashboards", {}, users),
    ]


def tokens(count: int) -> tuple[str, ...]:
    """Issue tokens of so many users: one user alone would soon meet the limit of requests."""
    from web import create_app  # noqa: PLC0415 - settings are complete only now
    from web.tokens import issue  # noqa: PLC0415 - the same

    with create_app().app_context():
        return tuple(issue(uuid4(), 0) for _ in range(count))


def warm() -> str:
    """Write the snapshot that is read, and return its ETag."""
    from store import keys, snapshots  # noqa: PLC0415 - settings are complete only now

    key = keys.widget_key("github", {"username": "torvalds"})
    body = json.dumps([{"id": str(number), "summary": "s" * 300} for number in range(100)]).encode()
    return snapshots.write(key, body.ljust(BODY_BYTES), ttl=86_400, validators={}).etag


def measure(found: list[Case]) -> dict[str, list[float]]:
    """Warm every case up, then measure all of them in each round, so that a busy machine is busy for all."""
    for case in found:
        ask(case, 50)
    costs: dict[str, list[float]] = {case.name: [] for case in found}
    for _ in range(ROUNDS):
        for case in found:
            costs[case.name].append(cost(case, REQUESTS))
    return costs


def show(costs: Mapping[str, list[float]]) -> None:
    """Print medians and what they are to the first row."""
    medians = {name: statistics.median(found) for name, found in costs.items()}
    floor = next(iter(medians.values()))
    print("| case | CPU µs a request | times the floor |\n| --- | --- | --- |")
    for name, median in medians.items():
        print(f"| {name} | {median:.0f} | {median / floor:.2f} |")


if __name__ == "__main__":
    main()
