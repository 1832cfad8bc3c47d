"""Who may come in without asking Redis: tokens that it let in less than a second ago, for a part of what is left."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakValueDictionary

from store.tokens import Verdict
from web.session import Key
from web.tokens import Identity

LIVE_SECONDS = 1.0
MOST = 4096
# Of the requests that a user has left, this process lets in so many before it asks again: others count too.
MOST_AT_ONCE = 64
SHARE = 8
WINDOW_SECONDS = 60


@dataclass(slots=True, weakref_slot=True)
class Count:
    """How many requests a user is let in for, whatever the token; `used` are those that Redis has not counted yet."""

    left: int = 0
    used: int = 0
    limit: int = 0
    remaining: int = 0
    resets_at: float = 0.0


@dataclass(slots=True)
class Pass:
    """What is known of one token: until when it is let in, on the process' own clock, and its user's count."""

    identity: Identity
    count: Count
    until: float = 0.0

    def enter(self, now: float) -> bool:
        """Let a request in, if that needs no asking."""
        if now >= self.until or self.count.left <= 0:
            return False
        self.count.left -= 1
        self.count.used += 1
        return True

    def renew(self, verdict: Verdict, now: float) -> None:
        """Take over what Redis said of a request that was let in, which it has counted."""
        self.until = now + LIVE_SECONDS
        count = self.count
        count.left = min(MOST_AT_ONCE, verdict.remaining // SHARE)
        count.limit, count.remaining, count.used = verdict.limit, verdict.remaining, 0
        count.resets_at = now + verdict.reset_s

    def owed(self, now: float) -> int:
        """Return how many requests Redis has yet to count, once; what was let in before its minute ended is past."""
        count = self.count
        used, count.used, count.left = count.used, 0, 0
        return used if now < count.resets_at else 0


class Passes:
    """Passes by what says who asks; the longest unknown go first."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, Pass] = OrderedDict()
        # By user, for as long as one of their tokens is known.
        self._counts: WeakValueDictionary[UUID, Count] = WeakValueDictionary()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Pass | None:
        """Return what is known of a token."""
        return self._held.get(key)

    def add(self, key: Key, identity: Identity) -> Pass:
        """Begin to know a token."""
        with self._lock:
            count = self._counts.setdefault(identity.user_id, Count())
            made = self._held.setdefault(key, Pass(identity, count))
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
