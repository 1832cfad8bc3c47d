"""Pauses: a provider that limits us, or refuses our credentials, is left alone for all its keys until a given time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store import connection

WRITE = connection.script((Path(__file__).parent / "lua" / "write_pause.lua").read_text())


@dataclass(frozen=True)
class Pause:
    """Why nothing is asked of a provider, as a problem's fields, until when in epoch seconds, for how many seconds."""

    kind: str
    status: int
    title: str
    detail: str
    until: float
    seconds: float

    @property
    def problem(self) -> dict[str, Any]:
        """What a client is told of it."""
        return {"kind": self.kind, "status": self.status, "title": self.title, "detail": self.detail}

    def active(self, now: float) -> bool:
        """Say whether it lasts; never for longer than was said, though the clock be set back meanwhile."""
        return now < self.until and not connection.ahead(self.until - self.seconds, now)


def pause(provider: str, *, kind: str, status: int, title: str, detail: str, seconds: float) -> Pause:
    """Leave a provider alone for so many seconds, or for as long as an earlier, longer pause says."""
    problem = {"kind": kind, "status": status, "title": title, "detail": detail}
    return parse(WRITE(provider, json.dumps(problem), seconds))


def read(provider: str) -> Pause | None:
    """Return the provider's pause; None when it has none."""
    text = connection.call(lambda client: client.get(f"ib:pause:{provider}"))
    return parse(text) if isinstance(text, bytes) else None


def lift(provider: str) -> None:
    """End the provider's pause."""
    connection.call(lambda client: client.delete(f"ib:pause:{provider}"))


def parse(text: bytes) -> Pause:
    """Build a pause from what Redis holds."""
    until, seconds, problem = text.split(b" ", 2)
    return Pause(**json.loads(problem), until=float(until), seconds=float(seconds))
