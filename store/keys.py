"""The name under which a part of a widget is known everywhere in Redis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

DIGEST_CHARACTERS = 32


def canonical(params: Mapping[str, Any]) -> str:
    """Return params as compact JSON with sorted names, so that equal params are equal text."""
    return json.dumps(params, sort_keys=True, separators=(",", ":"), allow_nan=False)


def widget_key(provider: str, params: Mapping[str, Any]) -> str:
    """Return the key of one part of a widget: the provider's name and a hash of its canonical params (SHA-256)."""
    digest = hashlib.sha256(canonical(params).encode()).hexdigest()
    return f"{provider}:{digest[:DIGEST_CHARACTERS]}"


def provider_of(key: str) -> str:
    """Return the provider's name that a widget key begins with."""
    return key.partition(":")[0]
