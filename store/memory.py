"""Small facts that a provider keeps between fetches; losing one costs a question."""

from __future__ import annotations

from store import connection


def get(provider: str, name: str) -> str | None:
    """Return what was kept under the name, or None."""
    found = connection.call(lambda client: client.get(f"ib:memory:{provider}:{name}"))
    return found.decode() if isinstance(found, bytes) else None


def set(provider: str, name: str, value: str, ttl_s: float) -> None:  # noqa: A001 - read as memory.set
    """Keep the value for `ttl_s` seconds."""
    connection.call(lambda client: client.set(f"ib:memory:{provider}:{name}", value, px=max(1, int(ttl_s * 1000))))
