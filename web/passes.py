"""Who may come in without asking Redis: tokens that it let in less than a second ago, for a part of what is left."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from store.tokens import Verdict
from web.session import Key
from web.tokens import Identity

LIVE_SECONDS = 1.0
MOST = 4096
# Of the requests that a user has left, this process lets in so many before it asks again: others count too.
MOST_AT_ONCE = 64
SHARE = 8
WINDOW_SECONDS = 60


@dataclass(slots=True)
class Pass:
    """What is known of one token: until when, on the process' own clock, and for how many requests it is let in.

    `used` are those that Redis has not counted yet.
    """

    identity: Identity
    until: float = 0.0
    left: int = 0
    used: int = 0
    limit: int = 0
    remaining: int = 0
    resets_at: float = 0.0

    def enter(self, now: float) -> bool:
        """Let a request in, if that needs no asking."""
        if now >= self.until or self.left <= 0:
            return False
        self.left -= 1
        self.used += 1
        return True

    def renew(self, verdict: Verdict, now: float) -> None:
        """Take over what Redis said of a request that was let in, which it has counted."""
        self.until = now + LIVE_SECONDS
        self.left = min(MOST_AT_ONCE, verdict.remaining // SHARE)
        self.limit, self.remaining, self.used = verdict.limit, verdict.remaining, 0
        self.resets_at = now + verdict.reset_s

    def owed(self, now: float) -> int:
        """Return how many requests Redis has yet to count, once; what was let in before its minute ended is past."""
        used, self.used = self.used, 0
        self.left = 0
        return used if now < self.resets_at else 0


class Passes:
    """Passes by what says who asks; the longest unknown go first."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, Pass] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Pass | None:
        """Return what is known of a token."""
        return self._held.get(key)

    def add(self, key: Key, identity: Identity) -> Pass:
        """Begin to know a token."""
        with self._lock:
            made = self._held.setdefault(key, Pass(identity))
            while len(self._held) > MOST:
                self._held.popitem(last=False)
            return made

    def owed(self, key: Key | None, now: float) -> int:
        """Return how many requests of a token Redis has yet to count, once."""
        known = self._held.get(key) if key else None
        return known.owed(now) if known else 0

    def clear(self) -> None:
        """Let nobody in without asking, since somebody is out from now on."""
        with self._lock:
            for one in self._held.values():
                one.until = 0.0


PASSES = Passes()


def limits(limit: int, remaining: int, reset_s: float) -> list[tuple[str, str]]:
    """Return the RateLimit fields (draft-ietf-httpapi-ratelimit-headers)."""
    return [
        ("RateLimit-Policy", f'"requests";q={limit};w={WINDOW_SECONDS}'),
        ("RateLimit", f'"requests";r={remaining};t={round(reset_s)}'),
    ]
