"""Memory and file descriptors of every process, as time goes by."""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests import servers

EVERY_SECONDS = 10.0
MOST_GROWTH, LEAST_GROWTH_MIB = 1.10, 1.0
MOST_DESCRIPTORS = 5
# A process has about 30 open by itself; its threads, 16 to a worker's child and 32 to an API, share two pools of
# connections to Redis and one to Postgres, which a fault may fill at any time. What leaks goes on beyond that.
MOST_POOLED = 64
# Their processes come and go with our connections and share most of what they hold, so each is followed as a whole.
WHOLE = {"postgres", "cache", "broker"}


@dataclass(frozen=True)
class Sample:
    """One look at one process: seconds of the monotonic clock, proportional memory in KiB, open descriptors."""

    at: float
    memory: int
    descriptors: int


@dataclass
class Life:
    """All looks at one process."""

    part: str
    pid: int
    samples: list[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.samples[-1].at - self.samples[0].at

    def fifth(self, number: int, what: Callable[[Sample], int]) -> float:
        """Return the median of one fifth of its life, 0 to 4."""
        size = len(self.samples) / 5
        return statistics.median(map(what, self.samples[int(number * size) : int((number + 1) * size) or None]))

    @property
    def memories(self) -> tuple[float, float]:
        """Its memory in KiB once it was warm, and at the end."""
        return self.fifth(1, lambda one: one.memory), self.fifth(4, lambda one: one.memory)

    @property
    def growth(self) -> float:
        before, after = self.memories
        return after / before

    @property
    def flat(self) -> bool:
        """Say whether it grew by no more than 10 % or, where that is less, 1 MiB."""
        before, after = self.memories
        return after <= max(before * MOST_GROWTH, before + LEAST_GROWTH_MIB * 1024)

    @property
    def descriptors(self) -> tuple[float, float]:
        """The most it had open in the first half of its life, and what it had at the end.

        A fault makes all threads wait at once and so fills the pools of connections: that is a peak, a leak passes it.
        """
        half = self.samples[: len(self.samples) // 2]
        return max(one.descriptors for one in half), self.fifth(4, lambda one: one.descriptors)

    @property
    def leaks(self) -> bool:
        """Say whether it has more open than before, and more than its pools explain."""
        return self.more_descriptors > MOST_DESCRIPTORS and self.descriptors[1] > MOST_POOLED

    @property
    def more_descriptors(self) -> float:
        before, after = self.descriptors
        return after - before


class Sampler(threading.Thread):
    """Looks at all processes every ten seconds until it is stopped."""

    def __init__(self, roots: Callable[[], Mapping[str, int]], also: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.roots, self.also = roots, also
        self.lives: dict[tuple[int, str], Life] = {}
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(EVERY_SECONDS):
            for part, root in self.roots().items():
                self.look(part, root)
            self.also()

    def look(self, part: str, root: int) -> None:
        """Look at a part's processes; at those of a server together."""
        found = {pid: seen for pid in [root, *servers.descendants(root)] if (seen := sample(pid))}
        if part in WHOLE and found:
            whole = Sample(
                time.monotonic(),
                sum(one.memory for one in found.values()),
                max(one.descriptors for one in found.values()),
            )
            found = {root: whole}
        for pid, one in found.items():
            self.lives.setdefault((pid, born(pid)), Life(part, pid)).samples.append(one)

    def table(self) -> str:
        """Return all samples as CSV."""
        rows = [
            f"{life.part},{life.pid},{one.at:.0f},{one.memory},{one.descriptors}\n"
            for life in self.lives.values()
            for one in life.samples
        ]
        return "part,process,seconds,KiB,descriptors\n" + "".join(rows)

    def followed(self, seconds: float) -> list[Life]:
        """Return the processes that lived so long, and for two samples in each fifth."""
        return [life for life in self.lives.values() if life.seconds >= seconds and len(life.samples) >= 10]


def sample(pid: int) -> Sample | None:
    """Look at one process; None where it has just ended."""
    try:
        return Sample(time.monotonic(), memory(pid), len(list(Path(f"/proc/{pid}/fd").iterdir())))
    except OSError:
        return None


def memory(pid: int) -> int:
    """Return what a process holds in KiB, its share of what it shares included."""
    said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    found = re.search(r"^Pss:\s+(\d+) kB", said, re.MULTILINE)
    return int(found[1]) if found else 0


def born(pid: int) -> str:
    """Return when a process was started, in the kernel's ticks: numbers of processes are given again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""
