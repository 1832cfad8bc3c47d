"""Tokens are revoked in Postgres first; Redis' copy follows at once, or as soon as Redis answers again."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache
from uuid import UUID

from store import StoreDownError, tokens
from web.passes import PASSES
from web.tokens import Identity

RETRY_SECONDS = 0.5
Telling = Callable[[], None]


class Later:
    """What Redis has to be told as soon as it answers; one thread a process, only while there is something."""

    def __init__(self) -> None:
        self._waiting: deque[Telling] = deque()
        self._lock = threading.Lock()
        self._running = False

    def add(self, telling: Telling) -> None:
        """Try again every half second until it is told."""
        with self._lock:
            self._waiting.append(telling)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="revoking", daemon=True).start()

    def _run(self) -> None:
        """Tell one after the other, in order, until nothing is left."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                telling = self._waiting[0]
            try:
                telling()
            except StoreDownError:
                time.sleep(RETRY_SECONDS)
            else:
                self._waiting.popleft()


def token(who: Identity) -> None:
    """Have Redis refuse one token."""
    tell(lambda: tokens.revoke(who.jti, who.expires_at))


def user(user_id: UUID, generation: int) -> None:
    """Have Redis refuse a user's tokens of lower generations."""
    tell(lambda: tokens.raise_generation(str(user_id), generation))


def tell(telling: Telling) -> None:
    """Tell Redis now, or later while it is away: until then every process asks Postgres anyway."""
    PASSES.clear()
    try:
        telling()
    except StoreDownError:
        later(os.getpid()).add(telling)


@cache
def later(pid: int) -> Later:  # noqa: ARG001 - a thread does not survive a fork
    """Return what one process has to tell."""
    return Later()
