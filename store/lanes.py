"""Lanes: at most so many at once, over all workers; a place whose holder died is free again after its time."""

from __future__ import annotations

import secrets
from pathlib import Path

from store import connection

ENTER = connection.script((Path(__file__).parent / "lua" / "enter_lane.lua").read_text())


def enter(name: str, limit: int, hold_s: float) -> str | None:
    """Take one of `limit` places for at most `hold_s` seconds and return its token; None when all are taken."""
    token = secrets.token_hex(8)
    return token if ENTER(name, token, limit, hold_s) else None


def leave(name: str, token: str) -> None:
    """Give the place back."""
    connection.call(lambda client: client.zrem(f"ib:lane:{name}", token))
