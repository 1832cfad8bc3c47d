"""What the benchmark found, as its tables' rows, each beside its bar."""

from __future__ import annotations

import statistics

from bench.fetches import Checked, Cold, percentile
from bench.growth import Grown
from bench.reads import CACHED, FLOOR, NGINX, RAW, Case
from bench.tables import table

BARS = {
    "warm read, 34 KB": [(FLOOR, 1.2), (CACHED, 1.0), (NGINX, 2.0)],
    "warm read, compressed": [(FLOOR, 1.1)],
    "warm read, 304": [(FLOOR, 1.1)],
    "warm read, copy missed": [(RAW, 0.35)],
    "dashboards list": [("plain smorest, dashboards list", 0.5)],
    "dashboard /data, 20 widgets": [("warm read, 34 KB", 5.0)],
    "dashboard /data, 304": [("warm read, 34 KB", 2.0)],
}


def reads(cases: list[Case]) -> str:
    """Return the table of reads, with each bar and whether it is met."""
    costs = {case.name: case.cost for case in cases}
    rows = [
        [
            case.name,
            f"{case.cost:.0f}",
            f"{case.cost / costs[FLOOR]:.2f}",
            f"{statistics.median(one.answers / one.seconds for one in case.loads):.0f}",
            f"{statistics.median(one.p50_ms for one in case.loads):.2f}",
            f"{statistics.median(one.p99_ms for one in case.loads):.1f}",
            bars(case.name, costs),
        ]
        for case in cases
    ]
    head = ["case", "CPU µs a request", "x bare WSGI", "requests a second", "p50 ms", "p99 ms", "bar"]
    return table(head, rows)


def bars(name: str, costs: dict[str, float]) -> str:
    """Return what a case is measured against, and what it came to."""
    found = [(other, bar) for other, bar in BARS.get(name, []) if other in costs]
    return "; ".join(f"{costs[name] / costs[other]:.2f} x {other} (≤ {bar})" for other, bar in found)


def cold(measured: Cold) -> list[list[str]]:
    """Return the rows of cold reads over an upstream of 50 ms."""
    return [
        ["cold read alone, p50", f"{percentile(measured.alone, 0.5):.0f} ms", "≤ 62 ms"],
        ["cold read alone, p99", f"{percentile(measured.alone, 0.99):.0f} ms", "≤ 95 ms"],
        ["50 cold keys at once, p99", f"{percentile(measured.together, 0.99):.0f} ms", "≤ 250 ms"],
    ]


def checked(name: str, measured: Checked, alone_ms: float, bar: str) -> list[str]:
    """Return the row of a thousand checks, and of what each of them takes alone."""
    times = f"median {measured.median_ms:.0f} ms, alone {alone_ms:.0f} ms"
    said = f"{measured.per_cpu_second:.0f} a worker CPU-second, {measured.wall:.1f} s, {times}"
    return [f"1,000 checks, {name}", said, bar]


def growth(measured: list[Grown]) -> str:
    """Return the table of ticks by how much is known."""
    rows = [
        [f"{one.known:,}", str(one.due), f"{one.tick_ms:.1f}", f"{one.share:.2%}", f"{one.key_bytes:.0f}"]
        for one in measured
    ]
    return table(["known keys", "due in a tick", "CPU ms a tick", "of one core", "Redis bytes a key"], rows)
