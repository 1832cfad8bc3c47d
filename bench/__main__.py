"""`make bench`: start the servers and their rivals, measure in interleaved rounds, print and write the tables.

`python -m bench --short` measures hardly anything, and writes nothing: it shows that the benchmark runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench import stack, tables

BEGIN, END = "<!-- the tables of `make bench` begin -->", "<!-- they end -->"


@dataclass(frozen=True)
class Effort:
    """How long is measured: rounds of so many seconds, by so many users, and how often the rest is repeated."""

    rounds: int
    seconds: float
    users: int
    sequential: int
    known: tuple[int, ...]
    ticks: int
    urls: int


WHOLE = Effort(5, 1.0, 600, 55, (1_000, 10_000, 100_000), 12, 1000)
SHORT = Effort(1, 0.2, 40, 5, (1_000,), 2, 100)


def main(words: list[str]) -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure reads and fetches on this machine.")
    parser.add_argument("--short", action="store_true", help="measure hardly anything and write nothing")
    effort = SHORT if parser.parse_args(words).short else WHOLE
    with tempfile.TemporaryDirectory(prefix="ib-bench-") as folder, stack.stored(Path(folder)) as environment:
        if effort is SHORT:
            # Where no figure counts, a Redis that is slow to answer is waited for.
            environment["REDIS_URL"] += "?socket_timeout=10"
            os.environ.update(environment)
        text = measure(Path(folder), environment, effort)
    print(text)
    if effort is WHOLE:
        tables.write(text, BEGIN, END)


def measure(home: Path, environment: dict[str, str], effort: Effort) -> str:
    """Measure everything and return the tables."""
    from bench import fetches, growth, reads, report  # noqa: PLC0415 - settings are complete only now

    cases = reads.measure(home, environment, effort.rounds, effort.seconds, effort.users)
    with fetches.outside() as outside:
        environment |= outside.settings()
        os.environ.update(environment)
        rows = [*api_rows(environment, effort), *check_rows(environment, fetches.kinds(outside, effort.urls))]
    grown = [growth.measure(known, effort.ticks) for known in effort.known]
    rest = tables.table(["case", "measured", "bar"], rows)
    return f"{report.reads(cases)}\n\n{rest}\n\n{report.growth(grown)}"


def api_rows(environment: dict[str, str], effort: Effort) -> list[list[str]]:
    """Measure what one API process and one worker do together."""
    from bench import accounting, crowd, data, fetches, report  # noqa: PLC0415 - settings are complete only now

    started = statistics.median(start_seconds(environment) for _ in range(effort.rounds))
    with stack.wsgi("wsgi:app", environment) as api:
        stack.unpin(api.pid)
        data.warm()
        beside = crowd.beside_waiting(api)
        login_ms, login_cpu = crowd.logins(api, effort.sequential)
        peak = crowd.peak_mib(api)
        with fetches.workers(environment, "worker") as worker:
            cold = fetches.cold(api, data.users(8, "").tokens, effort.sequential)
            worker_mib = accounting.pss_mib(worker.pid)
        enqueue = fetches.enqueue_us(effort.sequential * 4)
    return [
        *report.cold(cold),
        ["warm read beside 200 waiting clients, p99", f"{beside.p99_ms:.0f} ms", "≤ 25 ms"],
        ["login", f"{login_ms:.0f} ms, {login_cpu:.0f} ms of CPU", ""],
        ["enqueue one fetch", f"{enqueue:.0f} µs of CPU", ""],
        ["API process, four who sign in at once", f"{peak:.0f} MiB at most", "≤ 130 MiB"],
        ["worker with its children (PSS)", f"{worker_mib:.0f} MiB", "≤ 200 MiB"],
        ["API process, start to `/healthz`", f"{started:.2f} s", "≤ 1 s"],
    ]


def start_seconds(environment: dict[str, str]) -> float:
    """Start an API process, and return the seconds until it answers."""
    began = time.monotonic()
    with stack.wsgi("wsgi:app", environment):
        return time.monotonic() - began


def check_rows(environment: dict[str, str], kinds: Iterable[tuple[str, list[str], str]]) -> list[list[str]]:
    """Measure a thousand checks of each kind."""
    from bench import fetches, report  # noqa: PLC0415 - settings are complete only now

    with fetches.workers(environment, "checks") as worker:
        return [
            report.checked(name, fetches.checks(worker, urls), fetches.alone_ms(urls), bar) for name, urls, bar in kinds
        ]


if __name__ == "__main__":
    main(sys.argv[1:])
