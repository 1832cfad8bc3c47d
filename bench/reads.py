"""Reads: CPU time a request, in interleaved rounds, ours beside the rivals'."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import accounting, data, load, stack
from bench.data import Group
from bench.load import Job, Load
from bench.stack import Served

PACKED = {"Accept-Encoding": "gzip, deflate, br"}
WARM_SECONDS = 0.2
OWNERS = 150
FLOOR, NGINX, CACHED, RAW = "bare WSGI callable", "nginx, static file", "FastAPI, same copies", "FastAPI, Redis"


@dataclass
class Case:
    """One kind of request to one server, and what its rounds came to."""

    name: str
    served: Served
    group: Group
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    costs: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        """Measure once, after a moment of the same: a copy's first read is measured in rows of its own."""
        job = Job(self.served.port, self.group.paths, self.headers, self.group.tokens, self.status, seconds=seconds)
        load.drive(replace(job, seconds=WARM_SECONDS), stack.BESIDE)
        before = accounting.cpu_seconds(self.served.pid)
        done = load.drive(job, stack.BESIDE)
        self.costs.append((accounting.cpu_seconds(self.served.pid) - before) / done.answers * 1e6)
        self.loads.append(done)

    @property
    def cost(self) -> float:
        """CPU microseconds a request, the median of the rounds."""
        return statistics.median(self.costs)


def measure(home: Path, environment: dict[str, str], rounds: int, seconds: float, users: int) -> list[Case]:
    """Start all servers, then measure every case once in each round, so that a busy machine is busy for all."""
    with ExitStack() as servers:
        found = list(cases(servers, home, environment, users))
        for case in found:
            case.round(min(seconds, 0.3))
            case.costs.clear()
            case.loads.clear()
        for _ in range(rounds):
            for case in found:
                case.round(seconds)
        return found


def cases(servers: ExitStack, home: Path, environment: dict[str, str], users: int) -> Iterator[Case]:
    """Prepare what is read and who reads it; the first case is the floor."""
    tag = data.warm()
    path, small = f"/api/data/github?username={data.LARGE}", f"/api/data/github?username={data.SMALL}"
    sized = {**environment, "BENCH_BODY_BYTES": str(data.LARGE_BYTES)}
    floor = servers.enter_context(stack.wsgi("bench.rivals.floor:app", sized))
    api = servers.enter_context(stack.wsgi("wsgi:app", environment))
    missed = servers.enter_context(stack.wsgi("bench.rivals.uncopied:app", environment))
    raw = servers.enter_context(stack.wsgi("bench.rivals.fastapi_raw:app", environment, "asgi"))
    cached = servers.enter_context(stack.wsgi("bench.rivals.fastapi_cached:app", environment, "asgi"))
    plain = servers.enter_context(stack.wsgi("bench.rivals.smorest_plain:app", environment))
    static = servers.enter_context(stack.nginx(home, {"large.json": data.large()}))
    nobody = Group([], ["/"])
    listing = data.owners(OWNERS, "/api/dashboards")
    boards, unchanged, composed = (data.owners(OWNERS, "/api/dashboards/{}/data") for _ in range(3))
    yield Case(FLOOR, floor, nobody)
    if static:
        yield Case(NGINX, static, Group([], ["/large.json"]))
    yield Case("warm read, 34 KB", api, data.users(users, path))
    yield Case("warm read, 300 B", api, data.users(users, small))
    yield Case("warm read, compressed", api, data.users(users, path), PACKED)
    yield Case("warm read, 304", api, data.users(users, path), {"If-None-Match": f'"{tag}"'}, 304)
    yield Case(CACHED, cached, data.users(users, path))
    yield Case("warm read, copy missed", missed, data.users(users, path))
    yield Case(RAW, raw, data.users(users, path))
    yield Case("plain smorest, dumps", plain, data.users(users, path))
    yield Case("stale read", api, data.users(users, f"/api/data/github?username={data.STALE}"))
    yield Case("dashboard /data, 20 widgets", api, boards)
    yield Case("dashboard /data, 304", api, unchanged, {"If-None-Match": "*"}, 304)
    yield Case("dashboard /data, copy missed", missed, composed)
    yield Case("dashboards list", api, listing)
    yield Case("plain smorest, dashboards list", plain, listing)
