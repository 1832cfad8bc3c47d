"""Metrics that workers write and the API shows: counters and histograms that only grow, summed over all processes."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from store import connection

NAME = "ib:metrics"
OBSERVE = connection.script((Path(__file__).parent / "lua" / "observe_duration.lua").read_text())
# Upper bounds in seconds; the last one is everything.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, float("inf"))


@dataclass(frozen=True)
class Counter:
    """How often something happened."""

    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class Histogram:
    """How long something took: (upper bound in seconds, how many took at most that), the sum in seconds, the count."""

    name: str
    labels: dict[str, str]
    buckets: list[tuple[float, int]]
    total_s: float
    count: int


@dataclass(frozen=True)
class Metrics:
    """Everything that was counted."""

    counters: list[Counter]
    histograms: list[Histogram]


def add(name: str, labels: Mapping[str, str], by: float = 1) -> None:
    """Add to a counter."""
    connection.call(lambda client: client.hincrbyfloat(NAME, field(name, labels, "value"), by))


def observe(name: str, labels: Mapping[str, str], seconds: float) -> None:
    """Add one duration in seconds to a histogram."""
    OBSERVE(field(name, labels, str(bisect_left(BOUNDS, seconds))), field(name, labels, "sum"), seconds)


def field(name: str, labels: Mapping[str, str], what: str) -> str:
    """Return the name of one number: of a counter its value, of a histogram its sum or one bucket by place."""
    return json.dumps([name, sorted(labels.items()), what], separators=(",", ":"))


def read() -> Metrics:
    """Return everything that was counted, by name and labels."""
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, float]] = {}
    for raw, number in sorted(connection.call(lambda client: client.hgetall(NAME)).items()):
        name, labels, what = json.loads(raw)
        groups.setdefault((name, tuple((key, value) for key, value in labels)), {})[what] = float(number)
    return Metrics(
        [Counter(name, dict(labels), said["value"]) for (name, labels), said in groups.items() if "value" in said],
        [histogram(name, dict(labels), said) for (name, labels), said in groups.items() if "sum" in said],
    )


def histogram(name: str, labels: dict[str, str], said: Mapping[str, float]) -> Histogram:
    """Sum a histogram's buckets up to each bound."""
    counts = list(accumulate(int(said.get(str(place), 0)) for place in range(len(BOUNDS))))
    return Histogram(name, labels, list(zip(BOUNDS, counts, strict=True)), said["sum"], counts[-1])
