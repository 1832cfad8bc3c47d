"""What a dashboard's layout and settings may be; what is wrong in them is named by JSON pointers (RFC 6901)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from cronsim import CronSim, CronSimError

import providers
from wanted import LEAST_REFRESH, MOST_REFRESH
from web import params
from web.answers import encode
from web.bodies import depth_of
from web.pointers import WHOLE, escaped

Errors = dict[str, list[str]]

MOST_ITEMS = 200
MOST_DEPTH = 20
MOST_SETTINGS_BYTES = 64 * 1024
MOST_TITLE = 200
MOST_CELL = 10_000
CRON_FIELDS = 5
# All minutes, hours, days, months and weekdays by their numbers have 356; more only takes longer to read.
MOST_CRON = 400
# From here on Python writes a float with an exponent.
LEAST_EXPONENT = 1e16
# The database's word for a machine that has no zone.
NO_ZONE = frozenset({"Factory"})
ITEM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAMES = frozenset({"id", "widget", "params", "title", "x", "y", "w", "h", "refresh"})


def layout_errors(layout: Any) -> Errors:
    """Return what is wrong with a layout, by field or JSON pointer; nothing where it is right."""
    if not isinstance(layout, list):
        return {"layout_json": ["must be an array"]}
    if len(layout) > MOST_ITEMS:
        return {"layout_json": [f"has more than {MOST_ITEMS} items"]}
    if depth_of(layout) > MOST_DEPTH:
        return {"layout_json": [f"is nested deeper than {MOST_DEPTH} levels"]}
    found: Errors = {}
    for place, item in enumerate(layout):
        found |= {f"/layout_json/{place}{where}": said for where, said in item_errors(item)}
    return found | doubles(layout)


def doubles(layout: list[Any]) -> Errors:
    """Return the items whose id another item had before."""
    seen: set[str] = set()
    found: Errors = {}
    for place, item in enumerate(layout):
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str):
            if name in seen:
                found[f"/layout_json/{place}/id"] = ["is the id of another item too"]
            seen.add(name)
    return found


def item_errors(item: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield what is wrong with one item, by pointer below it."""
    if not isinstance(item, dict):
        yield "", ["must be an object"]
        return
    for name in item.keys() - NAMES:
        yield f"/{escaped(name)}", ["is not known"]
    for name, check in CHECKS.items():
        if (said := check(item.get(name), name in item)) is not None:
            yield f"/{name}", [said]
    yield from params_errors(item)


def params_errors(item: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield what is wrong with an item's params, where the widget is known at all."""
    name, given = item.get("widget"), item.get("params", {})
    provider = providers.registry().get(name) if isinstance(name, str) else None
    if provider is None:
        return
    if not isinstance(given, dict):
        yield "/params", ["must be an object"]
        return
    try:
        params.load(provider, given)
    except params.WrongParamsError as error:
        for where, said in flat(error.errors):
            yield f"/params{where}", said


def flat(errors: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield nested errors by pointer."""
    for name, said in errors.items():
        pointer = "" if name == WHOLE else f"/{escaped(name)}"
        if isinstance(said, Mapping):
            yield from ((pointer + below, texts) for below, texts in flat(said))
        else:
            yield pointer, [str(one) for one in (said if isinstance(said, list) else [said])]


def wrong_id(value: Any, given: bool) -> str | None:  # noqa: FBT001 - the shape of every check
    """Say what is wrong with an item's id."""
    fits = given and isinstance(value, str) and ITEM_ID.fullmatch(value)
    return None if fits else "must be 1 to 64 of A-Z, a-z, 0-9, _ and -"


def wrong_widget(value: Any, given: bool) -> str | None:  # noqa: FBT001 - the shape of every check
    """Say what is wrong with an item's widget."""
    known = given and isinstance(value, str) and value in providers.registry()
    return None if known else f"must be one of {', '.join(providers.registry())}"


def wrong_title(value: Any, _given: bool) -> str | None:  # noqa: FBT001 - the shape of every check
    """Say what is wrong with an item's title."""
    fits = value is None or (isinstance(value, str) and len(value) <= MOST_TITLE)
    return None if fits else f"must be a text of at most {MOST_TITLE} characters"


def wrong_cell(least: int) -> Callable[[Any, bool], str | None]:
    """Make the check of a place or a size on the grid."""

    def check(value: Any, given: bool) -> str | None:  # noqa: FBT001 - the shape of every check
        fits = not given or (is_whole(value) and least <= value <= MOST_CELL)
        return None if fits else f"must be a whole number from {least} to {MOST_CELL}"

    return check


def wrong_refresh(value: Any, _given: bool) -> str | None:  # noqa: FBT001 - the shape of every check
    """Say what is wrong with an item's refresh."""
    if value is None or (is_whole(value) and LEAST_REFRESH <= value <= MOST_REFRESH):
        return None
    if isinstance(value, str) and is_cron(value):
        return None
    return f"must be {LEAST_REFRESH} to {MOST_REFRESH} seconds or a five-field cron expression that comes to pass"


def is_whole(value: Any) -> bool:
    """Say whether a JSON number is whole; 4.0 is (JSON Schema 2020-12, 4.2.3), true is no number."""
    return type(value) is int or (type(value) is float and value.is_integer())


def plain(layout: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a layout that fits with its whole numbers written as such."""
    return [{name: int(one) if type(one) is float else one for name, one in item.items()} for item in layout]


def is_cron(expression: str) -> bool:
    """Say whether an expression has five fields and names a time that comes."""
    if len(expression) > MOST_CRON or len(expression.split()) != CRON_FIELDS:
        return False
    try:
        next(CronSim(expression, datetime.now(UTC)))
    except (CronSimError, StopIteration, ValueError, OverflowError):
        return False
    return True


CHECKS: dict[str, Callable[[Any, bool], str | None]] = {
    "id": wrong_id,
    "widget": wrong_widget,
    "title": wrong_title,
    "x": wrong_cell(0),
    "y": wrong_cell(0),
    "w": wrong_cell(1),
    "h": wrong_cell(1),
    "refresh": wrong_refresh,
}


def settings_errors(settings: Any) -> Errors:
    """Return what is wrong with a dashboard's settings: their size, depth and timezone; all else is free."""
    if not isinstance(settings, dict):
        return {"settings_json": ["must be an object"]}
    if depth_of(settings) > MOST_DEPTH:
        return {"settings_json": [f"is nested deeper than {MOST_DEPTH} levels"]}
    if any(len(encode(one)) > MOST_SETTINGS_BYTES for one in forms(settings)):
        return {"settings_json": [f"is larger than {MOST_SETTINGS_BYTES} bytes"]}
    zone = settings.get("timezone", "UTC")
    if not isinstance(zone, str) or zone not in timezones():
        return {"/settings_json/timezone": ["must be a name of the IANA time zone database"]}
    return {}


def forms(settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield settings as they came, then, which costs more, as they will come back."""
    yield settings
    yield written_out(settings)


def written_out(value: Any) -> Any:
    """Return JSON as it comes back from JSONB, which has no exponents: 1e308 is a whole number of 309 digits."""
    if isinstance(value, dict):
        return {name: written_out(one) for name, one in value.items()}
    if isinstance(value, list):
        return [written_out(one) for one in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and abs(value) >= LEAST_EXPONENT else value


@cache
def timezones() -> frozenset[str]:
    """Return the names of the IANA time zone database that are the same place and time everywhere.

    The package lists them; zoneinfo would open each of the machine's 600 files.
    """
    return frozenset((resources.files("tzdata") / "zones").read_text("ascii").split()) - NO_ZONE
