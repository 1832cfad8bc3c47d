"""Growth: what a tick of warming costs when many keys are known and a tenth of them is due each minute."""

from __future__ import annotations

import time
from dataclasses import dataclass

from celery_config import TICK_SECONDS
from store import connection, demand, keys
from tasks import warm

URL = "https://example.org/{}"
TICKS_A_MINUTE = 60 / TICK_SECONDS
AT_ONCE = 250


@dataclass(frozen=True)
class Grown:
    """How many keys are known, how many a tick finds due, its CPU time, and Redis' memory for each key."""

    known: int
    due: int
    tick_ms: float
    key_bytes: float

    @property
    def share(self) -> float:
        """The share of one core that ticks take."""
        return self.tick_ms / 1000 / TICK_SECONDS


def measure(known: int, ticks: int) -> Grown:
    """Know so many URLs, have a tenth of them due each minute, and run ticks."""
    connection.call(lambda client: client.flushdb())
    know(known)
    grown = memory_bytes()
    due = max(1, round(known / 10 / TICKS_A_MINUTE))
    spent = 0.0
    for number in range(ticks):
        make_due(number * due, due)
        connection.call(lambda client: client.delete("ib:slot:warm"))
        began = time.process_time()
        warm.warm()
        spent += time.process_time() - began
    return Grown(known, due, spent / ticks * 1000, grown / known)


def know(count: int) -> None:
    """Note that so many URLs were read, none of which is due for an hour."""
    for start in range(0, count, AT_ONCE):
        parts = [{"urls": [URL.format(number)]} for number in range(start, min(count, start + AT_ONCE))]
        demand.seen("status", {keys.widget_key("status", part): part for part in parts})
    later = connection.now() + 3600
    for start in range(0, count, AT_ONCE):
        demand.schedule({key_of(number): later for number in range(start, min(count, start + AT_ONCE))})


def make_due(start: int, count: int) -> None:
    """Have some of them due now."""
    now = connection.now() - 1
    demand.schedule({key_of(number): now for number in range(start, start + count)})


def key_of(number: int) -> str:
    """Return the key of one URL."""
    return keys.widget_key("status", {"urls": [URL.format(number)]})


def memory_bytes() -> int:
    """Return what all keys of the database take in Redis, in bytes, each looked at whole."""
    names = connection.call(lambda client: list(client.scan_iter(count=AT_ONCE)))
    total = 0
    for start in range(0, len(names), AT_ONCE):
        with connection.pipeline(atomic=False) as pipe:
            for name in names[start : start + AT_ONCE]:
                pipe.memory_usage(name, samples=0)
            total += sum(connection.execute(pipe))
    return total
