"""Many checks at once: a URL that hangs keeps its thread, but not the place that others need."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic

from providers.base import Sample
from providers.urls import Policy
from tasks.visit import MAX_BYTES, Terms, visit

AT_ONCE = 32
MAX_THREADS = 256
PATIENCE = 0.25


def probe(
    urls: Sequence[str],
    policy: Policy,
    *,
    seconds: float = 5.0,
    at_once: int = AT_ONCE,
    max_bytes: int = MAX_BYTES,
) -> Iterator[Sample]:
    """Check every URL once, at most `seconds` and `max_bytes` each, and yield each sample as soon as it is there."""
    return checked(urls, Terms(policy, seconds=seconds, max_bytes=max_bytes), at_once)


def checked(urls: Sequence[str], terms: Terms, at_once: int = AT_ONCE) -> Iterator[Sample]:
    """Check every URL on these terms.

    At most `at_once` checks are young at a time, since more would inflate each other's response times; one that has
    waited for over a quarter of a second only waits, and gives its place to the next.
    """
    waiting, running = deque(urls), dict[Future[Sample], float]()
    ended: SimpleQueue[Future[Sample]] = SimpleQueue()
    pool = ThreadPoolExecutor(max(1, min(len(waiting), MAX_THREADS)), thread_name_prefix="check")
    try:
        while waiting or running:
            while waiting and room(running, at_once):
                future = pool.submit(visit, waiting.popleft(), terms)
                running[future] = monotonic()
                future.add_done_callback(ended.put)
            if (future_ended := next_of(ended, PATIENCE if waiting else None)) is not None:
                del running[future_ended]
                yield future_ended.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def room(running: dict[Future[Sample], float], at_once: int) -> bool:
    """Say whether another check may start: the dict holds the start of each that runs, oldest first."""
    newest_first = reversed(running.values())
    last_of_the_young = next(islice(newest_first, at_once - 1, None), None)
    waits_only = last_of_the_young is None or monotonic() - last_of_the_young > PATIENCE
    return waits_only and len(running) < MAX_THREADS


def next_of(ended: SimpleQueue[Future[Sample]], seconds: float | None) -> Future[Sample] | None:
    """Return the next check that ended, or None after `seconds`."""
    try:
        return ended.get(timeout=seconds)
    except Empty:
        return None
