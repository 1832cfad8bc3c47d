"""When a part is warmed next: before its snapshot goes stale, or by its own refresh."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from store import demand
from store.demand import Want
from store.snapshots import Snapshot
from wanted import LEAST_REFRESH

# What stands in place of a request's id in the jobs that nobody asked for; no request can have it (web/requests.py).
WARM = "(warm)"
# Warmed between 80 and 90 % of the TTL: the spread keeps what was fetched together from staying together.
EARLIEST = 0.8
SPREAD = 0.1
# What has to wait for the same thing does not come back all at once.
APART_SECONDS = 10


def again(key: str, next_try_at: float) -> float:
    """Return when a part that failed is tried again: not before its failure has run out, and spread."""
    return next_try_at + phase(key) * APART_SECONDS


def due(want: Want, snapshot: Snapshot) -> float:
    """Return the earliest time that any rule names, but not before quota and upstream allow.

    A dashboard's refresh replaces the rhythm of the TTL.
    """
    rules = want.rules or [(None, "UTC")]
    earliest = min(by_rule(want.key, refresh, zone, snapshot) for refresh, zone in rules)
    return max(earliest, snapshot.fetched_at + snapshot.apart * (1 + SPREAD * phase(want.key)))


def own(want: Want, since: float, ttl: float) -> float | None:
    """Return after how many seconds dashboards want a part refreshed; None where it goes by its TTL alone.

    `since` is what a cron expression is counted from, in epoch seconds, `ttl` the provider's, in seconds.
    """
    if not any(refresh for refresh, _ in want.rules):
        return None
    return min(interval(refresh, zone, since, ttl) for refresh, zone in want.rules)


def interval(refresh: int | str | None, zone: str, since: float, ttl: float) -> float:
    """Return the seconds between two refreshes by one rule."""
    if isinstance(refresh, int):
        return refresh
    if refresh:
        first = by_cron(refresh, zone, since)
        return max(LEAST_REFRESH, by_cron(refresh, zone, first) - first)
    return usual(ttl)


def usual(ttl: float) -> float:
    """Return after how many seconds a part is refreshed by its TTL, on average."""
    return ttl * (EARLIEST + SPREAD / 2)


def by_rule(key: str, refresh: int | str | None, zone: str, snapshot: Snapshot) -> float:
    """Return when one rule asks for the part after this snapshot."""
    if isinstance(refresh, int):
        return snapshot.fetched_at + refresh
    if refresh:
        return by_cron(refresh, zone, snapshot.fetched_at)
    return snapshot.fetched_at + snapshot.ttl * (EARLIEST + SPREAD * phase(key))


def by_cron(expression: str, zone: str, since: float) -> float:
    """Return the first time after `since`, epoch seconds, that a five-field cron expression names in the zone."""
    try:
        start = datetime.fromtimestamp(since, UTC).astimezone(ZoneInfo(zone))
        times = (one.timestamp() for one in CronSim(expression, start))
        # In the hour that a zone has twice it names times of the first one during the second, too.
        return next(at for at in times if at > since)
    except (CronSimError, StopIteration, KeyError, ValueError):
        return since + demand.READ_SECONDS


def phase(key: str) -> float:
    """Return a number from 0 to 1 that is the key's own, to spread load by."""
    return zlib.crc32(key.encode()) / 0xFFFFFFFF
