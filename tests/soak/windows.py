"""When a fault was going on, and whether an answer may have suffered from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

AFTER_SECONDS = 10.0


@dataclass
class Window:
    """One fault: when it began and was over, in seconds of the monotonic clock."""

    name: str
    began: float
    ended: float = float("inf")


@dataclass
class Windows:
    """All faults so far."""

    faults: list[Window] = field(default_factory=list)

    @contextmanager
    def open(self, name: str) -> Iterator[None]:
        """Note a fault while it lasts."""
        window = Window(name, time.monotonic())
        self.faults.append(window)
        try:
            yield
        finally:
            window.ended = time.monotonic()

    def excuse(self, began: float, ended: float) -> bool:
        """Say whether a request from `began` to `ended` met a fault or the ten seconds after one."""
        return any(one.began <= ended and began <= one.ended + AFTER_SECONDS for one in list(self.faults))
