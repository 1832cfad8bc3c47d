"""Ticks: several beats may send the same one, and one worker does it."""

from __future__ import annotations

from store import counters, slots


def mine(task: str, period: float) -> bool:
    """Claim the present slot of a periodic task, `period` in seconds, and count it; false when it is taken."""
    claimed = slots.claim(task, period)
    if claimed:
        counters.add("ticks", {"task": task})
    return claimed
