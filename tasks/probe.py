"""Many checks at once, started no faster than a core can time them: a URL that hangs holds up no other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import SimpleQueue
from time import monotonic, process_time, sleep

from providers.base import Sample
from providers.urls import Policy
from tasks.visit import MAX_BYTES, Seen, Terms, visit

MAX_THREADS = 256
BEAT_SECONDS = 0.005
STARTS_A_BEAT = 2
# Of a core: beyond it checks would wait for each other, and what they time would be that wait.
BUSY = 0.5
# To look up, connect and shake hands takes a processor, and where others have it too, more at once would wait for each
# other. What takes longer than that waits for its server.
OPENING = 4
OPENING_SECONDS = 0.02
GATHER_SECONDS = 0.05


def probe(
    urls: Sequence[str], policy: Policy, *, seconds: float = 5.0, max_bytes: int = MAX_BYTES
) -> Iterator[list[Sample]]:
    """Check every URL once, at most `seconds` and `max_bytes` each, and yield the samples as they come."""
    return checked(urls, Terms(policy, seconds=seconds, max_bytes=max_bytes))


def checked(urls: Sequence[str], terms: Terms) -> Iterator[list[Sample]]:
    """Check every URL on these terms; samples that end within GATHER_SECONDS of those before come together."""
    waiting, running, found = deque(urls), 0, list[Sample]()
    ended: SimpleQueue[Sample] = SimpleQueue()
    pace, gathered = Pace(), 0.0
    pool = ThreadPoolExecutor(max(1, min(len(waiting), MAX_THREADS)), thread_name_prefix="check")
    try:
        while waiting or running or found:
            for _ in range(min(len(waiting), MAX_THREADS - running, pace.room())):
                # With the context of the job, which the lines of the log carry.
                pool.submit(copy_context().run, check, waiting.popleft(), terms, pace.opened(), ended)
                running += 1
            came = taken(ended, BEAT_SECONDS if waiting or found else None)
            running -= len(came)
            found += came
            if found and monotonic() >= gathered + GATHER_SECONDS:
                yield found
                found, gathered = [], monotonic()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def check(url: str, terms: Terms, seen: Seen, ended: SimpleQueue[Sample]) -> None:
    """Check one URL and hand in its sample."""
    ended.put(visit(url, terms, seen))


def taken(ended: SimpleQueue[Sample], seconds: float | None) -> list[Sample]:
    """Take what has ended when `seconds` have passed, or as soon as something has."""
    found = [ended.get()] if seconds is None else []
    sleep(seconds or 0.0)
    while not ended.empty():
        found.append(ended.get())
    return found


class Pace:
    """How many checks may start: so many a beat, none while this process is busy or opens as many as it can."""

    def __init__(self, clock: Callable[[], float] = monotonic, work: Callable[[], float] = process_time) -> None:
        """Take what tells the time and the processor time of this process, in seconds; begin after a beat of rest."""
        self.clock, self.work = clock, work
        self.at, self.used = clock() - BEAT_SECONDS, work()
        self.opening: list[tuple[float, Seen]] = []

    def opened(self) -> Seen:
        """Return what a check is to see that starts now."""
        seen = Seen()
        self.opening.append((self.clock(), seen))
        return seen

    def room(self) -> int:
        """Return how many checks may start now."""
        at, used = self.clock(), self.work()
        passed, worked = at - self.at, used - self.used
        self.at, self.used = at, used
        still = [(since, seen) for since, seen in self.opening if not seen.asked and at < since + OPENING_SECONDS]
        self.opening = still
        return min(STARTS_A_BEAT, OPENING - len(still)) if worked <= BUSY * passed else 0
