"""How the checks of a URL ended, hour by hour, for the last 24 hours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from store import connection, keys

HOURS = 24
HOUR_SECONDS = 3600
PLACES = {b"up": 1, b"degraded": 2, b"down": 3}

COUNT = connection.script((Path(__file__).parent / "lua" / "count_checks.lua").read_text())

Row = tuple[int, int, int, int]


def key(url: str) -> str:
    """Return the key under which the checks of a URL are counted."""
    return keys.widget_key("history", {"url": url})


def count(checks: Sequence[tuple[str, str]], at: float | None = None) -> list[list[Row]]:
    """Count checks made at `at`, epoch seconds, by default now, and return each one's 24 hours, the oldest first.

    A check is a key and how it ended: up, degraded or down. An hour is its beginning in epoch seconds and how many
    checks ended each way. One round trip, whatever the number; raises StoreDownError.
    """
    asked = "" if at is None else int(at // HOUR_SECONDS)
    hour, *counted = COUNT(asked, HOURS, *(word for check in checks for word in check))
    return [rows(hour, flat) for flat in counted]


def read(keys_of_urls: Sequence[str], at: float) -> list[list[Row]]:
    """Return the 24 hours of each URL that end with the one of `at`, epoch seconds; raises StoreDownError."""
    pipe = connection.pipeline(atomic=False)
    for one in keys_of_urls:
        pipe.hgetall(f"ib:history:{one}")
    found = connection.execute(pipe)
    return [rows(int(at // HOUR_SECONDS), [word for pair in counted.items() for word in pair]) for counted in found]


def rows(hour: int, flat: Sequence[bytes]) -> list[Row]:
    """Return the 24 hours that end with this one from what Redis has counted: fields `hour:status` and numbers."""
    found = {one: [one * HOUR_SECONDS, 0, 0, 0] for one in range(hour - HOURS + 1, hour + 1)}
    for field, number in zip(flat[::2], flat[1::2], strict=True):
        at, _, status = field.partition(b":")
        if int(at) in found:
            found[int(at)][PLACES[status]] = int(number)
    return [(begins, up, degraded, down) for begins, up, degraded, down in found.values()]
