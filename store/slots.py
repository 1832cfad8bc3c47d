"""Slots: something periodic happens once in each period, however many beats ask for it."""

from __future__ import annotations

from pathlib import Path

from store import connection

CLAIM = connection.script((Path(__file__).parent / "lua" / "claim_slot.lua").read_text())


def claim(name: str, period_s: float) -> bool:
    """Claim the present slot of a period in seconds, by Redis' clock; false when somebody has it already."""
    return bool(CLAIM(name, period_s))
