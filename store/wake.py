"""Waiting for fetches to end: one listener a process on the channel `ib:landed`, whose messages are part keys.

Other news, such as that a dashboard was changed, goes the same way and names itself otherwise.

A message may be lost, so a waiter also looks for itself each second, and whenever the listener has connected anew.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache

from redis.exceptions import RedisError

from store import connection

CHANNEL = "ib:landed"
LOOK_SECONDS = 1.0
SILENT_SECONDS = 5.0
RETRY_SECONDS = 0.5
SUBSCRIBE_SECONDS = 0.2


class Listener:
    """One thread that hears which parts landed and wakes who waits for them; it ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[threading.Event]] = {}
        self._hearers: list[Callable[[str | None], None]] = []
        self._thread: threading.Thread | None = None
        self.listening = threading.Event()

    def join(self, wanted: Iterable[str], event: threading.Event) -> None:
        """Set the event whenever one of the parts lands, until `quit`."""
        with self._lock:
            for key in wanted:
                self._waiting.setdefault(key, set()).add(event)
            self._begin()

    def hear(self, hearer: Callable[[str | None], None]) -> None:
        """Tell the hearer of every message for as long as the process lives; None when some may have been missed."""
        with self._lock:
            self._hearers.append(hearer)
            self._begin()

    def quit(self, wanted: Iterable[str], event: threading.Event) -> None:
        """Stop setting the event."""
        with self._lock:
            for key in wanted:
                waiting = self._waiting.get(key, set())
                waiting.discard(event)
                if not waiting:
                    self._waiting.pop(key, None)

    def wake(self, key: str) -> None:
        """Wake who waits for a part, and tell who hears all."""
        self._tell(key)
        with self._lock:
            for event in self._waiting.get(key, ()):
                event.set()

    def wake_all(self) -> None:
        """Wake everybody, since a message may have been missed."""
        self._tell(None)
        with self._lock:
            for event in set().union(*self._waiting.values()):
                event.set()

    def _begin(self) -> None:
        """Start the thread, once."""
        if self._thread is None:
            thread = threading.Thread(target=self._listen, name="wake", daemon=True)
            thread.start()
            # Only now: where the machine gives no thread, the next one to wait tries again.
            self._thread = thread

    def _tell(self, news: str | None) -> None:
        """Tell who hears all."""
        for hearer in self._hearers:
            hearer(news)

    def _listen(self) -> None:
        """Listen for ever, over any number of connections."""
        while True:
            with suppress(RedisError, OSError):
                self._hear()
            self.listening.clear()
            time.sleep(RETRY_SECONDS)

    def _hear(self) -> None:
        """Listen on one connection until it breaks or does not answer a ping."""
        with connection.client().pubsub() as channel:  # type: ignore[no-untyped-call]  # redis-py's gap
            channel.subscribe(CHANNEL)
            pinged = False
            while True:
                message = channel.get_message(timeout=SILENT_SECONDS)
                if message:
                    self._take(message)
                elif pinged:
                    return
                else:
                    channel.ping()
                pinged = message is None

    def _take(self, message: dict[str, bytes | str]) -> None:
        """Act on one message of the channel."""
        if message["type"] == "subscribe":
            self.listening.set()
            self.wake_all()
        elif message["type"] == "message" and isinstance(message["data"], bytes):
            self.wake(message["data"].decode(errors="replace"))


def wait(wanted: Sequence[str], seconds: float, landed: Callable[[], bool]) -> bool:
    """Wait at most `seconds` until `landed`, which is asked first and whenever one of the parts may have landed."""
    ends = time.monotonic() + seconds
    event = threading.Event()
    here = listener(os.getpid())
    try:
        here.join(wanted, event)
        here.listening.wait(min(seconds, SUBSCRIBE_SECONDS))
        return until(ends, event, landed)
    finally:
        here.quit(wanted, event)


def until(ends: float, event: threading.Event, landed: Callable[[], bool]) -> bool:
    """Look whenever the event is set, and each second; not near the end, since a look may take until its timeout."""
    look = True
    while True:
        if look:
            event.clear()
            if saw(landed):
                return True
        left = ends - time.monotonic()
        if left <= 0:
            return False
        look = event.wait(min(left, LOOK_SECONDS)) or ends - time.monotonic() > connection.ANSWER_SECONDS


def saw(landed: Callable[[], bool]) -> bool:
    """Look once; while Redis is away nothing is seen to land."""
    try:
        return landed()
    except connection.StoreDownError:
        return False


def announce(landed: Iterable[str]) -> None:
    """Wake who waits for these parts, in every process."""
    pipe = connection.pipeline(atomic=False)
    for key in landed:
        pipe.publish(CHANNEL, key)
    connection.execute(pipe)


@cache
def listener(pid: int) -> Listener:  # noqa: ARG001 - a thread does not survive a fork
    """Return the listener of one process."""
    return Listener()
