"""For how long an upstream asks to be left alone, as its headers (lower-case names) say it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

LEAST_SECONDS = 1.0
MOST_SECONDS = 86_400.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return Retry-After (RFC 9110, 10.2.3) in seconds from 0 to a day; None where it is missing or malformed."""
    raw = headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return min(float(raw), MOST_SECONDS)
    until = epoch_of(raw)
    return None if until is None else min(max(until - sent_at(headers), 0.0), MOST_SECONDS)


def wait_of(headers: Mapping[str, str], usual: float) -> float:
    """Return Retry-After in seconds from 1 to a day, or the usual seconds where the upstream does not say."""
    told = retry_after(headers)
    return bounded(usual if told is None else told)


def bounded(seconds: float) -> float:
    """Return a wait in seconds, at least one and at most a day."""
    return min(max(seconds, LEAST_SECONDS), MOST_SECONDS)


def sent_at(headers: Mapping[str, str]) -> float:
    """Return when the upstream answered, in epoch seconds by its own clock where it says so."""
    said = epoch_of(headers.get("date", ""))
    return time.time() if said is None else said


def epoch_of(raw: str) -> float | None:
    """Return an HTTP-date (RFC 9110, 5.6.7) in epoch seconds; None for all else."""
    try:
        found = parsedate_to_datetime(raw)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
