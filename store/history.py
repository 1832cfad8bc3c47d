"""How the checks of a URL ended, hour by hour, for the last 24 hours."""

from __future__ import annotations

from pathlib import Path

from store import connection

HOURS = 24
HOUR_SECONDS = 3600

COUNT = connection.script((Path(__file__).parent / "lua" / "count_check.lua").read_text())


def count(key: str, status: str, at: float | None = None) -> list[tuple[int, int, int, int]]:
    """Count a check made at `at`, epoch seconds, by default now, and return 24 hours up to then, the oldest first.

    `status` is up, degraded or down. An hour is its beginning in epoch seconds and how many checks ended each way.
    """
    asked = "" if at is None else int(at // HOUR_SECONDS)
    hour, *flat = COUNT(key, asked, status, HOURS)
    counts = {field.decode(): int(number) for field, number in zip(flat[::2], flat[1::2], strict=True)}
    return [row(counts, one) for one in range(hour - HOURS + 1, hour + 1)]


def row(counts: dict[str, int], hour: int) -> tuple[int, int, int, int]:
    """Return one hour's beginning and counts."""
    up, degraded, down = (counts.get(f"{hour}:{status}", 0) for status in ("up", "degraded", "down"))
    return hour * HOUR_SECONDS, up, degraded, down
