"""The last fetches of each part, which tell why it is stale."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from store import connection

KEPT = 20
KEPT_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Run:
    """One fetch of one part: when it ended in epoch seconds, how, what the upstream answered, how long it took.

    `outcome` is succeeded, not_modified, failed or timed_out.
    """

    at: float
    outcome: str
    detail: str | None
    status_code: int | None
    duration_ms: int
    request_id: str | None


def record(key: str, run: Run) -> None:
    """Add a fetch; the last 20 are kept for a week."""
    name = f"ib:runs:{key}"
    pipe = connection.pipeline()
    pipe.lpush(name, json.dumps(asdict(run)))
    pipe.ltrim(name, 0, KEPT - 1)
    pipe.expire(name, KEPT_SECONDS)
    connection.execute(pipe)


def read(key: str) -> list[Run]:
    """Return the last fetches, newest first."""
    found = connection.call(lambda client: client.lrange(f"ib:runs:{key}", 0, KEPT - 1))
    return [Run(**json.loads(text)) for text in found]
