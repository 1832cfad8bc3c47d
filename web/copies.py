"""Copies of warm answers in this process: used for a second at a time, and not once they are known to be outdated."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from models.dashboards import Version
from store import wake
from store.confirming import Known, known
from web.reading import Look, Widget
from web.warm import Warm

COPIES_BYTES = 16 * 1024 * 1024
LIVE_SECONDS = 1.0
# What a copy costs beside its bytes.
OVERHEAD_BYTES = 2048
MOST_CHARACTERS = 2048
DROPPED = float("-inf")

Name = tuple[str, str, str]


@dataclass(slots=True)
class Copy:
    """A warm answer, of what it is made, and when it was read on the process' own clock.

    `offset` makes Redis' time of that clock, in seconds. It is of a `widget`, or of a `board`, after which Postgres is
    asked; `known`, by which Redis is asked whether it still holds, is None where a view has to read it anew.
    `counted` are the bytes by which it counts while it is kept.
    """

    warm: Warm
    made_of: tuple[str, ...]
    read_at: float
    offset: float
    route: str
    widget: Widget | None = None
    board: Version | None = None
    known: Known | None = None
    counted: int = 0

    @property
    def dropped(self) -> bool:
        """Whether something that it shows is known to have changed."""
        return self.read_at == DROPPED

    def live(self, now: float) -> bool:
        """Say whether it may be sent at a time of the process' own clock."""
        return now - self.read_at < LIVE_SECONDS and not self.past(now)

    def past(self, now: float) -> bool:
        """Say whether what it shows has turned stale at a time of the process' own clock."""
        return now + self.offset >= self.warm.expires_at


class Copies:
    """Copies by who may see them, path and query: at most `max_bytes`, those that were kept the longest ago go first.

    Reading one does not move it to the end, as `store.shelf` does: every warm read would pay for it.
    """

    def __init__(self, max_bytes: int = COPIES_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._held: OrderedDict[Name, Copy] = OrderedDict()
        self._shown: dict[str, set[Name]] = {}
        self._lock = threading.Lock()
        self._hearing = 0

    def get(self, name: Name) -> Copy | None:
        """Return the copy of that name, live or not."""
        return self._held.get(name)

    def put(self, name: Name, copy: Copy) -> None:
        """Keep a copy in place of an older one; a state that is the same keeps what was compressed of it."""
        if len(name[1]) + len(name[2]) > MOST_CHARACTERS:
            return
        self._hear()
        with self._lock:
            before = self._forget(name)
            if before and before.warm.tag == copy.warm.tag:
                copy.warm.bodies = before.warm.bodies | copy.warm.bodies
            self._held[name] = copy
            # Later it may have more packed forms, so that its size is no measure of what was counted.
            copy.counted = copy.warm.size + OVERHEAD_BYTES
            self._bytes += copy.counted
            for part in copy.made_of:
                self._shown.setdefault(part, set()).add(name)
            while self._bytes > self._max_bytes:
                self._forget(next(iter(self._held)))

    def renew(self, copy: Copy, before: float, now: float, offset: float) -> None:
        """Let a copy live another second, unless somebody has dropped or renewed it since it was read at `before`."""
        with self._lock:
            if copy.read_at == before:
                copy.read_at, copy.offset = now, offset

    def drop(self, part: str | None) -> None:
        """Use no copy any more that shows a part or a dashboard; None: no copy at all, since news may be missed."""
        with self._lock:
            for name in list(self._held) if part is None else self._shown.get(part, ()):
                self._held[name].read_at = DROPPED

    def _hear(self) -> None:
        """Have this process hear of what changes."""
        if self._hearing != os.getpid():
            self._hearing = os.getpid()
            wake.listener(os.getpid()).hear(self.drop)

    def _forget(self, name: Name) -> Copy | None:
        """Forget one copy, and return it."""
        gone = self._held.pop(name, None)
        if gone is None:
            return None
        self._bytes -= gone.counted
        for part in gone.made_of:
            names = self._shown.get(part, set())
            names.discard(name)
            if not names:
                self._shown.pop(part, None)
        return gone


COPIES = Copies()


def keep(name: Name, look: Look, ready: Warm, route: str) -> Copy:
    """Have the front answer with what was read of a widget just now; return the copy."""
    now = time.monotonic()
    parts = known(look.snapshots) if not ready.detail else None
    made = Copy(ready, tuple(look.widget.parts), now, look.now - now, route, look.widget, known=parts)
    COPIES.put(name, made)
    return made


def of_widget(path: str, query: str) -> Name:
    """Name a widget's answer, which is the same for everybody."""
    return "", path, query


def of_dashboard(user_id: str, path: str, query: str) -> Name:
    """Name a dashboard's answer, which only its owner may see."""
    return user_id, path, query


def news_of(dashboard_id: object) -> str:
    """Return the word by which processes tell each other that a dashboard was changed."""
    return f"dashboard:{dashboard_id}"
