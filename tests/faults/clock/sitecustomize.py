"""Python imports this before anything else in a process that `clocks.Clock` started: its wall clock may be set.

A double of the machine's clock, not of our code: time.time and datetime's "now" are off by the seconds that the file
WALL_CLOCK says, from when it says so; time.monotonic goes on as on a real machine.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

FILE = Path(os.environ["WALL_CLOCK"])
real_time = time.time
RealDatetime = dt.datetime


def off() -> float:
    """Return how many seconds the clock is off."""
    return float(FILE.read_text(encoding="ascii"))


def moved_time() -> float:
    """Stand for time.time."""
    return real_time() + off()


class Kind(type):
    """Takes every datetime, those made in C too, for one of ours."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, RealDatetime)


class Moved(RealDatetime, metaclass=Kind):
    """Stands for datetime.datetime."""

    __slots__ = ()

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        """Return the time on the moved clock."""
        return cls.fromtimestamp(moved_time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        """Return the time on the moved clock, without a zone."""
        return cls.fromtimestamp(moved_time(), dt.UTC).replace(tzinfo=None)


Moved.__module__, Moved.__name__, Moved.__qualname__ = "datetime", "datetime", "datetime"
time.time, dt.datetime = moved_time, Moved  # type: ignore[misc]
