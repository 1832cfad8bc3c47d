"""What GitHub is asked for a user's events, by us and by a client of ours, and what it answers."""

from __future__ import annotations

from typing import Any


def event(name: str) -> dict[str, Any]:
    """Return an event of a user, whose id is the user's name."""
    return {
        "id": name,
        "type": "WatchEvent",
        "actor": {"login": name, "avatar_url": "https://avatars.example.org/1"},
        "repo": {"name": "git/git"},
        "payload": {"action": "started"},
        "created_at": "2026-11-01T10:00:00Z",
    }


def read(name: str) -> str:
    """Return the path by which a client reads a user's events."""
    return f"/api/data/github?username={name}"


def events(name: str) -> str:
    """Return the path by which the upstream of the tests is asked for them."""
    return f"/github/users/{name}/events/public"
