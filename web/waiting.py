"""`Prefer: wait=N` (RFC 7240): a reader who waits for a fetch holds a thread, so few may."""

from __future__ import annotations

import re
import threading

from flask import request

from store import snapshots, wake
from web.reading import Look

MOST_SECONDS = 10
# How many of the server's threads may wait (launcher/parts.py, Dockerfile).
PLACES = threading.BoundedSemaphore(24)
WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?([0-9]+)"?\s*(?=[,;]|$)', re.IGNORECASE)


def preferred() -> int:
    """Return for how many seconds the client prefers to wait, at most ten; 0 where it says nothing we understand."""
    found = WAIT.search(",".join(request.headers.getlist("Prefer")))
    if not found:
        return 0
    # By the length first: Python refuses to read numbers of thousands of digits.
    digits = found[1].lstrip("0") or "0"
    return min(int(digits), MOST_SECONDS) if len(digits) <= len(str(MOST_SECONDS)) else MOST_SECONDS


def wait(look: Look, seconds: int) -> Look | None:
    """Wait for the look's jobs to end and look again; None when that takes too long or too many wait."""
    if not look.jobs or seconds <= 0 or not PLACES.acquire(blocking=False):
        return None
    asked = dict(look.jobs)
    seen = look

    def landed() -> bool:
        nonlocal seen
        seen = Look(look.widget, snapshots.read(list(look.widget.parts)))
        return not any(seen.jobs.get(key) == job for key, job in asked.items())

    try:
        return seen if wake.wait(list(asked), seconds, landed) else None
    finally:
        PLACES.release()
