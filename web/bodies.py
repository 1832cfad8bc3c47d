"""JSON from outside, read strictly (RFC 8259, I-JSON): what another reader would understand differently is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Request, request
from webargs.flaskparser import FlaskParser

from web import uploads
from web.pointers import named
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
            parse_constant=lambda text: Fault(f"is {text}, which JSON does not have"),
            parse_float=finite,
            parse_int=whole,
        )
    except (ValueError, RecursionError):
        refuse([], "The body is not valid JSON in UTF-8, or nested far too deeply.")
    check(value)
    return value


@dataclass(frozen=True)
class Fault:
    """Stands in the place of a value that no body may have, since the parser cannot tell where that is."""

    why: str


TOLD = (str, Fault)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; a name that is there twice is a fault."""
    made = dict(pairs)
    if len(made) != len(pairs):
        times = Counter(name for name, _ in pairs)
        made |= {name: Fault("is there twice") for name in made if times[name] > 1}
    return made


def finite(text: str) -> float | Fault:
    """Parse a number with a fraction or exponent; one that is too large is a fault."""
    value = float(text)
    return value if math.isfinite(value) else Fault("is too large a number")


def whole(text: str) -> int | Fault:
    """Parse a whole number; one that is no finite float elsewhere is a fault."""
    return int(text) if math.isfinite(float(text)) else Fault("is too large a number")


def check(value: Any) -> None:
    """Refuse faults, what is nested too deeply, and text that Postgres cannot store: NUL and half characters."""
    for depth, level in enumerate(levels(value)):
        if depth > MAX_DEPTH:
            refuse(way_to_depth(value), f"is nested deeper than {MAX_DEPTH} levels")
        if any(fault(item) for item in level if isinstance(item, TOLD)):
            refuse(*next(faults(value, depth)))


def fault(item: Any) -> str | None:
    """Say what is wrong with one value, or with one name of an object."""
    if isinstance(item, str) and not storable(item):
        return "has a NUL or half of a surrogate pair"
    return item.why if isinstance(item, Fault) else None


def faults(value: Any, depth: int) -> Iterator[tuple[list[str | int], str]]:
    """Yield what is wrong with a value, at most so deep inside it, and the way there; of a name, that to its object."""
    own = [value, *value] if isinstance(value, dict) else [value]
    yield from (([], why) for one in own if (why := fault(one)))
    if depth:
        yield from (([name, *way], why) for name, one in inside(value) for way, why in faults(one, depth - 1))


def way_to_depth(value: Any) -> list[str | int]:
    """Return the way to the field that is nested too deeply."""
    deep = (name for name, one in inside(value) if any(depth == MAX_DEPTH for depth, _ in enumerate(levels(one))))
    return [next(deep)]


def inside(value: Any) -> Iterable[tuple[str | int, Any]]:
    """Return the values of an object by name, of an array by place."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


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


def refuse(way: Sequence[str | int], why: str) -> NoReturn:
    """Refuse the body for what lies that way."""
    raise unprocessable({named(way): [why]})
