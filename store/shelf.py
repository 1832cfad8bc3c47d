"""The snapshots this process read last, for when Redis is away: bounded in bytes, the longest unread goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

SHELF_BYTES = 16 * 1024 * 1024
# What a snapshot costs beside its bytes: the object, its fields, its place in the dictionary.
OVERHEAD_BYTES = 1024


class Sized(Protocol):
    """What can be put on a shelf."""

    @property
    def key(self) -> str:
        """The key it is found by."""
        ...

    @property
    def size(self) -> int:
        """Its size in bytes."""
        ...


S = TypeVar("S", bound=Sized)


class Shelf(Generic[S]):
    """A dictionary of at most `max_bytes`, safe for threads."""

    def __init__(self, max_bytes: int = SHELF_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._held: OrderedDict[str, S] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, things: Iterable[S]) -> None:
        """Keep things, each in place of an older one with its key; beyond the limit the longest unread go."""
        with self._lock:
            for thing in things:
                self._drop(thing.key)
                self._held[thing.key] = thing
                self._bytes += thing.size + OVERHEAD_BYTES
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._held)))

    def get(self, key: str) -> S | None:
        """Return what is held under the key, or None."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def _drop(self, key: str) -> None:
        """Forget one thing."""
        thing = self._held.pop(key, None)
        if thing is not None:
            self._bytes -= thing.size + OVERHEAD_BYTES
