"""What is wanted, for the web and the tasks alike: a dashboard's layout as rules, and parts as one job fetches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from providers import registry, schema
from providers.base import Provider
from store import keys
from store.demand import Rule
from store.jobs import Batch

# Seconds between two refreshes that a dashboard may name.
LEAST_REFRESH, MOST_REFRESH = 60, 86_400

Parts = Mapping[str, Mapping[str, Any]]


def rules(layout: Iterable[Mapping[str, Any]], settings: Mapping[str, Any]) -> list[Rule]:
    """Return a rule for each part of each item; items whose provider has gone or changed since are left out."""
    zone = settings.get("timezone")
    return [
        Rule(key, item["widget"], part, item.get("refresh"), zone if isinstance(zone, str) else "UTC")
        for item in layout
        for key, part in parts(item["widget"], item.get("params") or {}).items()
    ]


def parts(widget: str, params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parts of a widget by key, in the order asked; nothing where the params are no longer valid."""
    provider = registry().get(widget)
    if provider is None:
        return {}
    try:
        whole = schema.load_params(provider, params)
    except schema.ValidationError:
        return {}
    found = [schema.as_dict(part) for part in provider.parts(whole)]
    return {keys.widget_key(widget, part): part for part in found}


def batches(provider: Provider[Any, Any], parts: Parts) -> Iterator[tuple[str | None, Parts]]:
    """Yield groups and the parts by key that one job may fetch together, at most as many as the provider takes."""
    groups: dict[str, tuple[str | None, list[str]]] = {}
    for key, part in parts.items():
        group = provider.group(schema.from_dict(provider, part))
        groups.setdefault(group or key, (group, []))[1].append(key)
    for group, keys_of_group in groups.values():
        for start in range(0, len(keys_of_group), provider.batch):
            yield group, {key: parts[key] for key in keys_of_group[start : start + provider.batch]}


def asked_for(provider: Provider[Any, Any], parts: Parts) -> list[Batch]:
    """Return the parts as batches that say what they are."""
    return [Batch(some, line(provider, some.values()), group) for group, some in batches(provider, parts)]


def line(provider: Provider[Any, Any], parts: Iterable[Mapping[str, Any]]) -> str:
    """Return what Flower shows of a fetch of these parts."""
    whole = provider.whole([schema.from_dict(provider, part) for part in parts])
    return f"{provider.name} {schema.readable(whole)}"
