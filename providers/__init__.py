"""One file for each provider; the registry finds them, and nothing else has to be edited to add one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from providers.base import Provider

# What providers stand on; packages in this folder are that too.
SHARED = frozenset({"base", "encoding", "schema", "text", "urls", "waits"})


@cache
def registry() -> Mapping[str, Provider[Any, Any]]:
    """Return every provider by name; raises TypeError for a file without a `provider` of the file's own name."""
    names = sorted(one.name for one in iter_modules(__path__) if not one.ispkg and one.name not in SHARED)
    return MappingProxyType({name: load(name) for name in names})


def load(name: str) -> Provider[Any, Any]:
    """Return the `provider` object of one file; raises TypeError when it has none, or one of another name."""
    found = getattr(import_module(f"providers.{name}"), "provider", None)
    if not isinstance(found, Provider) or found.name != name:
        raise TypeError(f"providers/{name}.py has no object `provider` whose name is {name!r}")
    return found
