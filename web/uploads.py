"""A body on its way in: who sends it slowly holds a thread of the server, so few may, and readers are served still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from flask import request

from web.problems import Problem
from web.proxies import network

# How many of the server's threads (launcher/parts.py, Dockerfile) bodies may hold, and how many of them one client's:
# there is no deadline, since a read of Granian's that is given up brings its process to a standstill. A proxy in front
# that buffers bodies has one.
PLACES, EACH = 16, 4
# Nearly every body is there when its headers are, and leaves its place within a millisecond.
WAIT_SECONDS = 0.25
changed = Condition()
senders: Counter[str] = Counter()


def read() -> bytes:
    """Return the current request's body; raises Problem (503) while too many are on their way."""
    with place(network(request.remote_addr or "")):
        return request.get_data(cache=False)


@contextmanager
def place(sender: str) -> Iterator[None]:
    """Hold one of a client's places; raises Problem (503)."""
    with changed:
        if not changed.wait_for(lambda: senders[sender] < EACH and senders.total() < PLACES, WAIT_SECONDS):
            raise Problem(503, "Too many send slowly at once.", kind="too-many-slow-bodies", retry_after=1)
        senders[sender] += 1
    try:
        yield
    finally:
        with changed:
            senders[sender] -= 1
            if not senders[sender]:
                del senders[sender]
            changed.notify_all()
