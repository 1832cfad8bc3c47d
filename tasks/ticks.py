"""Ticks: several beats may send the same one, and one worker does it."""

from __future__ import annotations

from store import counters, slots
from tasks.delivery import Delivery


class Tick(Delivery):
    """A tick's message.

    Its `expires` is a time by beat's clock: compared with that of a worker whose clock is some seconds ahead, every
    tick would come too late. A late one finds its slot taken, by Redis' clock, and does nothing.
    """

    def maybe_expire(self) -> bool:
        """Never drop a tick unseen."""
        return False


def mine(task: str, period: float) -> bool:
    """Claim the present slot of a periodic task, `period` in seconds, and count it; false when it is taken."""
    claimed = slots.claim(task, period)
    if claimed:
        counters.add("ticks", {"task": task})
    return claimed
