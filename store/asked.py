"""Who asked for which parts of a job that several share: nobody is shown what others have put into it.

Keys: `ib:asked:{job id}:{user id}` (set of part keys), with a TTL; where one was evicted, its user is told no parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from store import connection
from store.jobs import ENDED_SECONDS

# A job is known for an hour after its end.
KEPT_SECONDS = 2 * ENDED_SECONDS


def note(user_id: str, job_ids: Mapping[str, str]) -> None:
    """Note that a user asked for parts, given with the job of each; raises StoreDownError."""
    if not job_ids:
        return
    pipe = connection.pipeline(atomic=False)
    for key, job_id in job_ids.items():
        pipe.sadd(name(job_id, user_id), key)
    for job_id in set(job_ids.values()):
        pipe.expire(name(job_id, user_id), KEPT_SECONDS)
    connection.execute(pipe)


def read(user_id: str, job_ids: Sequence[str]) -> list[set[str]]:
    """Return the parts of each job that the user asked for, in one round trip; raises StoreDownError."""
    if not job_ids:
        return []
    pipe = connection.pipeline(atomic=False)
    for job_id in job_ids:
        pipe.smembers(name(job_id, user_id))
    return [{key.decode() for key in found} for found in connection.execute(pipe)]


def name(job_id: str, user_id: str) -> str:
    """Return the key of what a user asked for of a job."""
    return f"ib:asked:{job_id}:{user_id}"
