"""What is looked at is kept warm: reads are noted once a minute for each part and process."""

from __future__ import annotations

import threading
import time

from store import StoreDownError, demand
from web.reading import Widget

EVERY_SECONDS = 60
MOST = 20_000


class Noted:
    """When parts were last noted, on the process' own clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: dict[str, float] = {}

    def due(self, keys: list[str]) -> list[str]:
        """Return the keys that were not noted in the last minute, and take them for noted."""
        now = time.monotonic()
        with self._lock:
            if len(self._at) > MOST:
                self._at = {key: at for key, at in self._at.items() if now - at < EVERY_SECONDS}
            found = [key for key in keys if now - self._at.get(key, -EVERY_SECONDS) >= EVERY_SECONDS]
            self._at.update(dict.fromkeys(found, now))
        return found

    def forget(self, keys: list[str]) -> None:
        """Take the keys for not noted."""
        with self._lock:
            for key in keys:
                self._at.pop(key, None)


NOTED = Noted()


def note(widget: Widget) -> None:
    """Note that a widget was read; while Redis is away the next read notes it."""
    keys = NOTED.due(list(widget.parts))
    if not keys:
        return
    try:
        demand.seen(widget.provider.name, {key: widget.parts[key] for key in keys})
    except StoreDownError:
        NOTED.forget(keys)
