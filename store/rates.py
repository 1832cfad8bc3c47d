"""Counters in fixed windows, shared by all processes: how often something may happen, and how often it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from store import connection

LUA = Path(__file__).parent / "lua"
TAKE = connection.script((LUA / "take_rate.lua").read_text())
RETURN = connection.script((LUA / "return_rate.lua").read_text())


@dataclass(frozen=True)
class Rate:
    """Whether it is allowed, how many remain in this window, and after how many seconds the next begins."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: float


def take(name: str, limit: int, window_s: float, cost: int = 1) -> Rate:
    """Count `cost` if the limit allows it; the window of `window_s` seconds begins with its first count."""
    allowed, used, left_ms = TAKE(name, window_s, cost, limit)
    return Rate(bool(allowed), limit, max(0, limit - used), left_ms / 1000)


def give_back(name: str, cost: int = 1) -> None:
    """Take back what was counted, such as a login's attempt that turned out to be right."""
    RETURN(name, cost)


def count(name: str, window_s: float) -> int:
    """Count one without a limit, and return the window's count."""
    return int(TAKE(name, window_s, 1, "")[1])


def peek(name: str, limit: int) -> Rate:
    """Say whether one more would be allowed, without counting it."""
    pipe = connection.pipeline()
    pipe.get(f"ib:rate:{name}")
    pipe.pttl(f"ib:rate:{name}")
    used, left_ms = connection.execute(pipe)
    return Rate(int(used or 0) < limit, limit, max(0, limit - int(used or 0)), max(0, left_ms) / 1000)
