"""Redis was emptied: the revocations are given back to it once in a process, for all requests that wait for them."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import logs
from models import revocations
from store import StoreDownError, tokens

# Within which a process opens its first connection to Postgres, too.
WAIT_SECONDS = 2.5

log = logs.get("loading")


class Loading:
    """The load that runs, if any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Future[None] | None = None

    def join(self) -> None:
        """Return once the revocations are loaded, by this request or by one that began before it.

        Raises StoreDownError where that one takes too long or Redis was emptied again, and DatabaseDownError for all.
        """
        with self._lock:
            running, mine = self._running, Future[None]()
            self._running = running or mine
        if running is None:
            self.load(mine)
        try:
            (running or mine).result(WAIT_SECONDS)
        except TimeoutError:
            raise StoreDownError("the revocations are still being loaded") from None

    def load(self, outcome: Future[None]) -> None:
        """Copy the record of revoked tokens to Redis, and let all who wait know."""
        try:
            # Who found the copy lost may have come to join only after another had loaded it.
            if not tokens.loaded():
                tokens.load(revocations.tokens(), revocations.generations())
                log.info("revocations loaded")
        except Exception as error:  # noqa: BLE001 - it is raised again for each that waits
            outcome.set_exception(error)
        else:
            outcome.set_result(None)
        finally:
            with self._lock:
                self._running = None


LOADING = Loading()
