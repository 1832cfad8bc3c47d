"""How errors name what they are about: a field by its name, what is inside one by JSON pointer (RFC 6901)."""

from __future__ import annotations

from collections.abc import Sequence

# marshmallow's word for what is wrong with the body as a whole.
WHOLE = "_schema"


def named(way: Sequence[str | int]) -> str:
    """Return the name of what lies that way, by names and places, from the body."""
    if not way:
        return WHOLE
    first = way[0]
    if len(way) == 1 and isinstance(first, str):
        return first
    return "".join(f"/{escaped(str(step))}" for step in way)


def escaped(name: str) -> str:
    """Return a name as a JSON pointer has it."""
    return name.replace("~", "~0").replace("/", "~1")
