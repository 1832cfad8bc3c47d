"""Times as the API writes them: RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate
from typing import overload


def moment(at: datetime) -> str:
    """Return a time with a zone as RFC 3339 has it, to the microsecond."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@overload
def epoch(at: float) -> str: ...
@overload
def epoch(at: None) -> None: ...
def epoch(at: float | None) -> str | None:
    """Return epoch seconds as RFC 3339 has them, to the millisecond; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(at: float) -> str:
    """Return epoch seconds as HTTP's headers have them (RFC 9110, 5.6.7)."""
    return formatdate(at, usegmt=True)
