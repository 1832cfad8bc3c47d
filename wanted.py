"""What a dashboard wants kept warm: its layout as rules, for the web that saves it and the task that reloads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from providers import registry, schema
from store import keys
from store.demand import Rule


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
