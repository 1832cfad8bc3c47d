"""A body on its way in: who sends it slowly holds a thread of the server, so few may, and readers are served still."""

from __future__ import annotations

import threading

from flask import request

from web.problems import Problem

# A quarter of the server's threads (launcher/parts.py, Dockerfile). There is no deadline: a read of Granian's that is
# given up brings its process to a standstill. A proxy in front that buffers bodies has one.
PLACES = threading.BoundedSemaphore(4)
# Nearly every body is there when its headers are, and leaves its place within a millisecond.
WAIT_SECONDS = 0.25


def read() -> bytes:
    """Return the current request's body; raises Problem (503) while too many are on their way."""
    if not PLACES.acquire(timeout=WAIT_SECONDS):
        raise Problem(503, "Too many send slowly at once.", kind="too-many-slow-bodies", retry_after=1)
    try:
        return request.get_data(cache=False)
    finally:
        PLACES.release()
