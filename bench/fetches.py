"""Fetches: from a cold request to its answer, a thousand checks, what enqueueing costs, and memory."""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import settings
from bench import accounting, stack
from bench.stack import Served
from launcher import parts

if TYPE_CHECKING:
    from store.snapshots import Reading

CERTIFICATES = stack.ROOT / "tests" / "unit" / "outside" / "certificates"
READY_SECONDS = 30
PATIENCE_SECONDS = 60
HANGS_EACH = 20
CONCURRENT = 50
ALONE = 12


@dataclass(frozen=True)
class Outside:
    """Where the slow upstream listens."""

    port: int
    secure_port: int

    def settings(self) -> dict[str, str]:
        """Return the settings that lead to it."""
        return {
            "HACKERNEWS_API_URL": f"http://127.0.0.1:{self.port}",
            "SSL_CERT_FILE": str(CERTIFICATES / "authority.pem"),
        }


@contextmanager
def outside() -> Iterator[Outside]:
    """Run the upstream."""
    command = [sys.executable, "-m", "bench.outside", str(CERTIFICATES / "good.pem")]
    with subprocess.Popen(command, cwd=stack.ROOT, stdout=subprocess.PIPE, text=True) as process:
        stack.pin(process.pid, stack.BESIDE)
        assert process.stdout is not None
        plain, secure = process.stdout.readline().split()
        try:
            yield Outside(int(plain), int(secure))
        finally:
            process.terminate()


@contextmanager
def workers(environment: Mapping[str, str], kind: str) -> Iterator[Served]:
    """Run one kind of worker as `make run` does, until it has printed that it is ready."""
    chosen = settings.load()
    part = parts.worker(chosen, ()) if kind == "worker" else parts.checks(())
    command = [*part.command[:-1], "info"]
    with stack.running(command, environment, None) as process:
        from store import alive  # noqa: PLC0415 - settings are complete only now

        end = time.monotonic() + READY_SECONDS
        while not alive.ages().get("worker", 99) < 1:
            assert time.monotonic() < end, "no worker"
            time.sleep(0.05)
        yield Served(0, process.pid)


@dataclass(frozen=True)
class Cold:
    """From request to answer in milliseconds: one after the other, and many at once."""

    alone: list[float]
    together: list[float]


def cold(api: Served, tokens: list[str], count: int) -> Cold:
    """Read what nobody has read before, and wait for it."""
    alone = [read(api, tokens[number % len(tokens)]) for number in range(count + 3)][3:]
    together: list[float] = []
    with ThreadPoolExecutor(CONCURRENT) as readers:
        for _ in range(3):
            together += readers.map(lambda number: read(api, tokens[number % len(tokens)]), range(CONCURRENT))
    return Cold(sorted(alone), sorted(together))


def read(api: Served, token: str) -> float:
    """Make one cold read, again until it is answered with 200; return how long that took, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=10"}
    path = f"/api/data/news?topic=t{uuid4().hex[:12]}"
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_SECONDS:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == http.client.OK:
            return (time.perf_counter() - began) * 1000
        assert answer.status in {http.client.ACCEPTED, http.client.SERVICE_UNAVAILABLE}, answer.status
        time.sleep(0.05)
    raise AssertionError(answer.status)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of the sorted values lies."""
    return values[min(len(values) - 1, int(len(values) * share))]


@dataclass(frozen=True)
class Checked:
    """A thousand checks: seconds until the last, checks a CPU-second of the worker, the median time in ms."""

    wall: float
    per_cpu_second: float
    median_ms: float


def kinds(outside: Outside, count: int) -> Iterator[tuple[str, list[str], str]]:
    """Yield each kind of so many URLs, all of which take 50 ms, with its bar."""
    plain, secure = f"http://localhost:{outside.port}", f"https://localhost:{outside.secure_port}"
    honest = "median 50 ms ± 10 %"
    yield "HTTP", [f"{plain}/{number}" for number in range(count)], f"≥ 1,000, {honest}"
    yield "TLS", [f"{secure}/{number}" for number in range(count)], f"≥ 450, {honest}"
    mixed = [f"{plain}/{'hang' if number % HANGS_EACH == 0 else 'mixed'}/{number}" for number in range(count)]
    yield "5 % of them hanging", mixed, "≤ 8 s"


def enqueue_us(count: int) -> float:
    """Have so many keys fetched by nobody; return the CPU time of asking for one, in microseconds."""
    import dispatch  # noqa: PLC0415 - settings are complete only now
    from store import connection  # noqa: PLC0415 - the same
    from store.jobs import Batch  # noqa: PLC0415 - the same

    since, names = connection.now(), [f"news:{uuid4().hex}" for _ in range(count)]
    before = time.process_time()
    for name in names:
        batch = Batch({name: {"topic": name, "language": "en"}}, "bench")
        dispatch.fetch("news", [batch], most=1, queue="fetch", request_id="bench", since=since)
    return (time.process_time() - before) / count * 1e6


def checks(worker: Served, urls: Sequence[str]) -> Checked:
    """Have every URL checked through the queue, and count what that takes."""
    before, began = accounting.cpu_seconds(worker.pid), time.perf_counter()
    times = checked(urls)
    wall = time.perf_counter() - began
    used = accounting.cpu_seconds(worker.pid) - before
    return Checked(wall, len(urls) / used, statistics.median(times))


def alone_ms(urls: Sequence[str]) -> float:
    """Return the median time of a check with nobody beside it, in milliseconds: what a crowd is measured against."""
    return statistics.median(took for url in urls[1:ALONE] for took in checked([f"{url}/alone"]))


def checked(urls: Iterable[str]) -> list[float]:
    """Have every URL checked, as a tick of warming does; return how long each took that was up, in milliseconds."""
    import dispatch  # noqa: PLC0415 - settings are complete only now
    import providers  # noqa: PLC0415 - the same
    import wanted  # noqa: PLC0415 - the same
    from providers import schema  # noqa: PLC0415 - the same
    from store import connection, keys, snapshots  # noqa: PLC0415 - the same

    provider = providers.registry()["status"]
    asked = {}
    for url in urls:
        part = schema.as_dict(provider.parts(schema.load_params(provider, {"urls": [url]}))[0])
        asked[keys.widget_key("status", part)] = part
    since = connection.now()
    parts = wanted.asked_for(provider, asked)
    opened = dispatch.fetch("status", parts, most=provider.batch, queue="checks", request_id="bench", since=since)
    wait_for_jobs(set(opened.values()), 60)
    return response_times(snapshots.read(list(asked)), since)


def wait_for_jobs(ids: Iterable[str], seconds: float) -> None:
    """Wait until every job has ended: to read a thousand results again and again would take what makes them."""
    from store import jobs  # noqa: PLC0415 - settings are complete only now

    end = time.monotonic() + seconds
    while any(job and job.finished_at is None for job in jobs.get(ids)):
        assert time.monotonic() < end, "the checks did not end"
        time.sleep(0.05)


def response_times(reading: Reading, since: float) -> list[float]:
    """Return how long each check took that was up, in milliseconds; all of them must have landed."""
    found = [one.snapshot for one in reading.entries.values() if one.snapshot and one.snapshot.fetched_at >= since]
    assert len(found) == len(reading.entries), "not every check has landed"
    bodies = [json.loads(one.body) for one in found]
    return [one["response_time_ms"] for one in bodies if one["status"] == "up"]
