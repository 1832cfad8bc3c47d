"""JSON from outside, read strictly (RFC 8259, I-JSON): what another reader would understand differently is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import Request, request
from webargs.flaskparser import FlaskParser

from web import uploads
from web.problems import Problem, unprocessable

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64


class BodyParser(FlaskParser):
    """webargs' parser with a strict reading of JSON."""

    def load_json(self, req: Request, schema: Any) -> Any:  # noqa: ARG002 - webargs' signature
        """Return the request's JSON; raises Problem."""
        return read()


def read() -> Any:
    """Return the current request's JSON; raises Problem (413, 415, 422, 503)."""
    if request.mimetype != "application/json":
        raise Problem(415, "The body has to be application/json.", headers={"Accept": "application/json"})
    raw = uploads.read()
    # A body without Content-Length is cut at Flask's MAX_CONTENT_LENGTH, which is one byte more than a body may have.
    if len(raw) > MAX_BYTES:
        raise too_large()
    return loads(raw)


def too_large() -> Problem:
    """Return the problem for a body that is over the limit."""
    return Problem(413, f"A body has at most {MAX_BYTES} bytes.")


def loads(raw: bytes) -> Any:
    """Parse JSON; raises Problem (422) for what is not JSON or not acceptable."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=unique,
            parse_constant=refuse_constant,
            parse_float=finite,
            parse_int=whole,
        )
    except (ValueError, RecursionError):
        refuse("The body is not valid JSON in UTF-8.")
    check(value)
    return value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; a name that is there twice is refused."""
    made = dict(pairs)
    if len(made) != len(pairs):
        refuse("An object in the body has the same name twice.")
    return made


def refuse_constant(text: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON does not have."""
    refuse(f"{text} is not JSON.")


def finite(text: str) -> float:
    """Parse a number with a fraction or exponent; one that is too large is refused."""
    value = float(text)
    if not math.isfinite(value):
        refuse("A number in the body is too large.")
    return value


def whole(text: str) -> int:
    """Parse a whole number; one that is no finite float elsewhere is refused."""
    if not math.isfinite(float(text)):
        refuse("A number in the body is too large.")
    return int(text)


def check(value: Any) -> None:
    """Refuse what is nested too deeply, and text that Postgres cannot store: NUL and half characters."""
    for depth, level in enumerate(levels(value)):
        if depth > MAX_DEPTH:
            refuse(f"The body is nested deeper than {MAX_DEPTH} levels.")
        if not all(storable(item) for item in level if isinstance(item, str)):
            refuse("A text in the body has a NUL or half of a surrogate pair.")


def levels(value: Any) -> Iterator[list[Any]]:
    """Yield the values at each depth, names included; an object or array around them counts one."""
    level = [value]
    while level:
        yield level
        arrays = [one for item in level if isinstance(item, list) for one in item]
        level = arrays + [one for item in level if isinstance(item, dict) for pair in item.items() for one in pair]


def depth_of(value: Any) -> int:
    """Return how many objects and arrays lie around the innermost one, itself included."""
    return sum(any(isinstance(item, dict | list) for item in level) for level in levels(value))


def storable(text: str) -> bool:
    """Say whether text can be stored and sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def refuse(detail: str) -> NoReturn:
    """Refuse the body."""
    raise unprocessable({}, detail)
