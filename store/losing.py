"""A job is lost: nobody can finish it, so that it ends, and its parts are left alone for a while."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from store import connection
from store.jobs import ENDED_SECONDS
from store.snapshots import FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS, REMEMBERED_SECONDS

NOTE, CLOSE, LOSE_ONE = (
    (Path(__file__).parent / "lua" / name).read_text()
    for name in ("write_failure.lua", "close_job.lua", "lose_job.lua")
)
# As functions of their own ARGV, since each reads it by its places.
LOSE = connection.script(
    f"local function note(ARGV)\n{NOTE}\nend\nlocal function close(ARGV)\n{CLOSE}\nend\n{LOSE_ONE}"
)


def lose(job_id: str, problem: Mapping[str, Any]) -> bool:
    """End a job as failed, with its failure at each part that nobody has answered; false where it has ended already."""
    waits = (FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS, REMEMBERED_SECONDS)
    return bool(LOSE(job_id, json.dumps(problem), ENDED_SECONDS, *waits))
