"""What was answered: counted, and judged against what may be answered at that moment."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.e2e.client import Got
from tests.soak.windows import Windows

# What a provider said is told apart by its type from what an API says of its own servers while one of them is away.
TOLD = "urn:insightboard:problem:provider-"


@dataclass
class Tally:
    """Counts by what was done and how it was answered; `broken` has a line for everything that must not happen."""

    windows: Windows
    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def got(self, what: str, got: Got, began: float, ended: float, expected: set[int]) -> None:
        """Count an answer."""
        kind = kind_of(got)
        with self.lock:
            self.seconds.append(ended - began)
            self.counts[kind] += 1
        if got.status in expected or kind == "a provider's error":
            return
        if kind in {"503", "no answer"} and self.windows.excuse(began, ended):
            return
        self.wrong(f"{what}: {got.status} {got.body[:200].decode(errors='replace')}")

    def count(self, name: str) -> None:
        """Count something else."""
        with self.lock:
            self.counts[name] += 1

    def wrong(self, line: str) -> None:
        """Note what must not happen."""
        with self.lock:
            self.broken.append(line)

    def quantile(self, share: float) -> float:
        """Return how many seconds so many of the answers took at most."""
        ordered = sorted(self.seconds)
        return ordered[int(share * (len(ordered) - 1))] if ordered else 0.0


def kind_of(got: Got) -> str:
    """Name an answer as the report does."""
    if got.status == 0:
        return "no answer"
    if got.status < 500:
        return f"{got.status // 100}xx"
    said = got.json().get("type", "") if got.headers.get("content-type", "").endswith("json") else ""
    if said.startswith(TOLD):
        return "a provider's error"
    return "503" if got.status == 503 else "5xx"
