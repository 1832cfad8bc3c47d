"""Heartbeats: when beat, and each kind of worker, last showed that it works."""

from __future__ import annotations

from pathlib import Path

from store import connection

FORGOTTEN_SECONDS = 86_400

LUA = Path(__file__).parent / "lua"
BEAT = connection.script((LUA / "beat_alive.lua").read_text())
AGES = connection.script((LUA / "read_alive.lua").read_text())


def beat(part: str) -> None:
    """Note that a part of the system, such as `beat` or `worker`, is alive now."""
    BEAT(part)


def ages() -> dict[str, float]:
    """Return how many seconds ago each part was last alive; one that was silent for a day is forgotten."""
    flat = [item.decode() for item in AGES(FORGOTTEN_SECONDS)]
    return {part: float(age) for part, age in zip(flat[::2], flat[1::2], strict=True)}
