"""From what a provider returns to JSON bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from types import NoneType
from typing import Any

from providers.base import BadAnswer, Hour

# What is JSON as it is, and is most of what there is.
PLAIN = frozenset({str, int, float, bool, NoneType})


def encode(result: Any) -> bytes:
    """Return a result as compact JSON in UTF-8; raises BadAnswer for what JSON cannot carry (NaN, half a character)."""
    try:
        return ENCODER.encode(result).encode()
    except ValueError:
        raise BadAnswer("the provider sent a value that JSON cannot carry") from None


def plain_json(value: Any) -> Any:
    """Return dataclasses, tuples and times as JSON has them; times are RFC 3339 in UTC."""
    if type(value) in PLAIN:
        return value
    found = opened(value)
    if isinstance(found, dict):
        return {name: plain_json(one) for name, one in found.items()}
    return [plain_json(one) for one in found] if isinstance(found, list) else found


def opened(value: Any) -> Any:
    """Return what JSON's own encoder does not know as what it does; what is in it may need the same."""
    kind: Any = type(value)
    if kind is Hour:
        return opened_hour(value)
    if names := names_of(kind):
        return {name: getattr(value, name) for name in names}
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    # After what most of a history is: abstract classes take their time to say no.
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


@lru_cache(maxsize=1024)
def opened_hour(hour: Hour) -> dict[str, Any]:
    """Return an hour of a history with its time in words: most checks have the same 24."""
    return {"hour": moment(hour.hour), "up": hour.up, "degraded": hour.degraded, "down": hour.down}


@lru_cache(maxsize=256)
def moment(value: datetime) -> str:
    """Return a time as RFC 3339 in UTC; the hours of histories are the same in all."""
    precision = "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


@cache
def names_of(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass' fields, none for another type; it is asked for every value."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=opened)
