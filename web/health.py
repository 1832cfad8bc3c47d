"""Whether this process can serve, and whether all that it stands on is there."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

import dispatch
from dispatch import BrokerDownError
from models import DatabaseDownError, session
from store import StoreDownError, alive, connection

SILENT_SECONDS = 30

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer 200 as long as the process serves."""
    return plain({"status": "ok"}, 200)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Answer 200 when database, redis, broker, worker and beat are there, else 503, with one line for each."""
    checks = {"database": database, "redis": redis, "broker": broker, "worker": worker, "beat": beat}
    found = {name: told(check) for name, check in checks.items()}
    ready = all(line.startswith("ok") for line in found.values())
    return plain({"status": "ok" if ready else "unavailable", **found}, 200 if ready else 503)


def told(check: Callable[[], str]) -> str:
    """Return what a check says; an error says only what does not answer."""
    try:
        return check()
    except (DatabaseDownError, StoreDownError, BrokerDownError):
        return "does not answer"


def database() -> str:
    """Ask Postgres."""
    session.answers()
    return "ok"


def redis() -> str:
    """Ask the cache."""
    connection.now()
    return "ok"


def broker() -> str:
    """Ask the broker for its queues."""
    waiting = sum(dispatch.depths().values())
    return f"ok, {waiting} waiting"


def worker() -> str:
    """Tell when the last worker's heart beat."""
    return age("worker", "last heartbeat")


def beat() -> str:
    """Tell when beat last ticked."""
    return age("beat", "last tick")


def age(part: str, what: str) -> str:
    """Tell how long ago a part was alive."""
    seconds = alive.ages().get(part)
    if seconds is None:
        return f"no {what} yet"
    line = f"{what} {seconds:.0f} s ago"
    return f"ok, {line}" if seconds < SILENT_SECONDS else line


def plain(said: dict[str, str], status: int) -> Response:
    """Answer with JSON that has one line for each member."""
    lines = ",\n".join(f'  "{name}": "{line}"' for name, line in said.items())
    answer = Response(f"{{\n{lines}\n}}\n", status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
