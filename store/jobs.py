"""Jobs and single flight: a job is one request for work that a client can poll; every job reaches an end.

Keys: `ib:job:{id}` (hash), `ib:job:{id}:parts` (part key -> params), `ib:flight:{part key}` -> the running job,
`ib:batch:{provider}:{group}` -> the queued job that still takes parts, `ib:lease:{id}` -> its worker is alive,
`ib:jobs:open` (by the time they were last sent). A job has no TTL before its end, so that a full Redis cannot drop it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from uuid import uuid4

from store import connection, pauses

State = Literal["queued", "running", "succeeded", "failed"]
Refusal = Literal["unknown", "ended", "running", "spent"]

# A job that waits out an outage of the workers must keep its flight, or the same would be asked for twice.
OPEN_SECONDS = 86_400
ENDED_SECONDS = 3600
LEASE_SECONDS = 4
MAX_STARTS = 3
MAX_RESENDS = 3

LUA = Path(__file__).parent / "lua"
OPEN = connection.script((LUA / "open_jobs.lua").read_text())
READ = connection.script((LUA / "read_jobs.lua").read_text())
TAKE_ALONG, CLAIM_ONE = ((LUA / name).read_text() for name in ("take_along.lua", "claim_job.lua"))
CLAIM = connection.script(f"local company = (function()\n{TAKE_ALONG}\nend)()\n{CLAIM_ONE}")
RENEW = connection.script((LUA / "renew_lease.lua").read_text())
LAND = connection.script((LUA / "land_parts.lua").read_text())
CLOSE = connection.script((LUA / "close_job.lua").read_text())
PUT_BACK = connection.script((LUA / "put_back_job.lua").read_text())
RESEND = connection.script((LUA / "resend_job.lua").read_text())


@dataclass(frozen=True)
class Job:
    """One request for work; times in epoch seconds, `error` as the problem that a client is shown."""

    id: str
    provider: str
    state: State
    queue: str
    line: str
    request_id: str
    parts: list[dict[str, Any]]
    keys: list[str]
    enqueued_at: float
    sent_at: float
    claimed_at: float
    started_at: float | None
    finished_at: float | None
    attempts: int
    starts: int
    error: dict[str, Any] | None


@dataclass(frozen=True)
class Claim:
    """A job that is ours to run, and what its worker must know beside it.

    `landed` is when each part was fetched last, in epoch seconds, `validators` are the only part's by URL, `warmed` is
    how many parts of the provider are kept warm, `limit` is the one that the provider said (store/quota.py), `company`
    are the fresh jobs that wait in the same queue, with their requests' ids, `pause` keeps the provider from being
    asked at all.
    """

    job: Job
    landed: dict[str, float]
    validators: dict[str, dict[str, str]]
    warmed: int
    limit: int | None
    company: dict[str, str]
    pause: pauses.Pause | None

    @property
    def unanswered(self) -> list[str]:
        """The keys of the parts that nobody has answered since the job was asked for."""
        return unanswered(self.job, self.landed, self.job.claimed_at)


@dataclass(frozen=True)
class Batch:
    """Parts by key that one job may fetch, together with others of their group; `line` is what Flower shows of them."""

    parts: Mapping[str, Mapping[str, Any]]
    line: str
    group: str | None = None


@dataclass(frozen=True)
class Asked:
    """What asking for parts led to: the job of each part key, and the line of each job whose message has to be sent.

    `opened` are those of them that nobody has asked for before.
    """

    job_ids: dict[str, str]
    to_send: dict[str, str]
    opened: list[str]


@dataclass(frozen=True)
class Overdue:
    """A job that has waited or run for long: its message may be lost, or its worker dead."""

    job: Job
    leased: bool
    passed_at: float
    now: float

    @property
    def orphaned(self) -> bool:
        """Say whether it runs without a living worker."""
        return self.job.state == "running" and not self.leased

    @property
    def waited(self) -> float:
        """Return how long ago its message was sent, in seconds; for ever, where the clock was set back since."""
        return math.inf if connection.ahead(self.job.sent_at, self.now) else self.now - self.job.sent_at

    @property
    def overtaken(self) -> bool:
        """Say whether its queue has moved past it: jobs that were sent later have been started."""
        return (self.job.state == "queued" or self.orphaned) and self.passed_at > self.job.sent_at


def open_jobs(
    provider: str, batches: Iterable[Batch], *, most: int, queue: str, request_id: str, since: float
) -> Asked:
    """Join the jobs that fetch these parts already, and open one of at most `most` parts for the rest of each batch.

    A part that has landed after `since`, epoch seconds, gets no job: the asker has only to look again. One round trip,
    whatever the number of batches.
    """
    new = {str(uuid4()): batch for batch in batches}
    words = [word for job_id, batch in new.items() for word in batch_words(job_id, batch)]
    answer, send = OPEN(provider, most, queue, request_id, OPEN_SECONDS, since, *words)
    job_ids, to_send = paired(answer), paired(send)
    return Asked(job_ids, to_send, [job_id for job_id in to_send if job_id in new])


def batch_words(job_id: str, batch: Batch) -> list[str | int]:
    """Return what the script takes of a batch."""
    pairs = [item for key, part in batch.parts.items() for item in (key, json.dumps(part))]
    return [job_id, batch.group or "", batch.line, len(batch.parts), *pairs]


def paired(flat: Sequence[bytes]) -> dict[str, str]:
    """Return a flat list of names and values as a dict."""
    texts = [item.decode() for item in flat]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def unanswered(job: Job, landed: Mapping[str, float], now: float) -> list[str]:
    """Return the keys of a job's parts that nobody has answered since it was asked for; times in epoch seconds."""
    known = {key: at for key, at in landed.items() if not connection.ahead(at, now)}
    return [key for key in job.keys if known.get(key, 0.0) < job.enqueued_at]


def claim(job_id: str, owner: str, *, company: int = 0) -> Claim | Refusal:
    """Start a job, or say why not: unknown, ended, running (elsewhere), spent (too many starts).

    Up to `company` jobs that wait in its queue are told with it, each to one caller only; their messages still come.
    """
    answer = CLAIM(job_id, owner, LEASE_SECONDS * 1000, MAX_STARTS, company)
    if isinstance(answer, bytes):
        return cast("Refusal", answer.decode())
    fields, parts, landed, validators, warmed, limit, others, paused = answer
    (job,) = parsed([fields, parts])
    if job is None:
        return "unknown"
    times = {key: float(at) for key, at in zip(job.keys, landed, strict=True) if at}
    said = json.loads(validators) if validators else {}
    told = int(limit) if limit else None
    pause = pauses.parse(paused) if paused else None
    active = pause if pause and pause.active(job.claimed_at) else None
    return Claim(job, times, said, int(warmed), told, company_of(others), active)


def company_of(flat: Sequence[bytes]) -> dict[str, str]:
    """Read jobs and their requests from what the script answered."""
    return {job_id.decode(): said.decode() for job_id, said in zip(flat[::2], flat[1::2], strict=True)}


def renew(job_id: str, owner: str) -> bool:
    """Say that the job's worker is alive; false when the job is no longer its own."""
    return bool(RENEW(job_id, owner, LEASE_SECONDS * 1000))


def land(job_id: str, keys: Sequence[str]) -> None:
    """End the flights of parts that are done and wake who waits for them."""
    LAND(job_id, *keys)


def close(job_id: str, owner: str, state: State, *, error: Mapping[str, Any] | None = None, attempts: int = 0) -> bool:
    """End a job, if it is still the owner's: a late loser cannot overwrite a winner."""
    return bool(CLOSE(job_id, owner, state, json.dumps(error), attempts, ENDED_SECONDS))


def abandon(job_id: str) -> None:
    """End a job whose message could not be sent, whoever owns it."""
    close(job_id, "", "failed")


def put_back(job_id: str, owner: str) -> bool:
    """Return a running job to its queue without counting the start; the caller sends its message again."""
    return bool(PUT_BACK(job_id, owner))


def may_resend(job_id: str) -> bool | None:
    """Count one more sending of a job's message; false after MAX_RESENDS, None when the job has ended meanwhile."""
    answer = int(RESEND(job_id, MAX_RESENDS))
    return None if answer < 0 else bool(answer)


def get(ids: Iterable[str]) -> list[Job | None]:
    """Read jobs by id, in the order asked, None for unknown or expired ones."""
    return parsed(READ(*ids))


def parsed(answer: Sequence[Sequence[bytes]]) -> list[Job | None]:
    """Build jobs from two flat hashes each."""
    found = [dict(zip(flat[::2], flat[1::2], strict=True)) for flat in answer]
    return [parse(fields, parts) for fields, parts in zip(found[::2], found[1::2], strict=True)]


def parse(fields: Mapping[bytes, bytes], parts: Mapping[bytes, bytes]) -> Job | None:
    """Build a job from its two hashes; None where either was evicted or never was."""
    if b"state" not in fields or not parts:
        return None
    said = {name.decode(): value.decode() for name, value in fields.items()}
    return Job(
        id=said["id"],
        provider=said["provider"],
        state=cast("State", said["state"]),
        queue=said["queue"],
        line=said["line"],
        request_id=said["request_id"],
        parts=[json.loads(part) for part in parts.values()],
        keys=[key.decode() for key in parts],
        enqueued_at=float(said["enqueued_at"]),
        sent_at=float(said["sent_at"]),
        claimed_at=float(said.get("claimed_at", 0)),
        started_at=float(said["started_at"]) if "started_at" in said else None,
        finished_at=float(said["finished_at"]) if "finished_at" in said else None,
        attempts=int(said["attempts"]),
        starts=int(said["starts"]),
        error=json.loads(said.get("error", "null")),
    )


def overdue(limit: int = 1000) -> list[Overdue]:
    """Read open jobs sent more than a lease ago, the oldest first, then those sent before the clock was set back."""
    now = connection.now()
    with connection.pipeline() as pipe:
        pipe.zrangebyscore("ib:jobs:open", "-inf", now - LEASE_SECONDS, start=0, num=limit)
        pipe.zrangebyscore("ib:jobs:open", now + connection.AHEAD_SECONDS, "+inf", start=0, num=limit)
        pipe.hgetall("ib:queues:passed")
        waiting, ahead, passed = connection.execute(pipe)
    ids = [*waiting, *ahead]
    found = get(job_id.decode() for job_id in ids)
    # After the jobs: one that is claimed in between would seem to run without a lease.
    with connection.pipeline() as pipe:
        for job_id in ids:
            pipe.pttl(f"ib:lease:{job_id.decode()}")
        leases = connection.execute(pipe)
    forget([job_id for job_id, job in zip(ids, found, strict=True) if job is None])
    return [
        Overdue(job, 0 < left <= LEASE_SECONDS * 1000, float(passed.get(job.queue.encode(), 0)), now)
        for job, left in zip(found, leases, strict=True)
        if job is not None
    ]


def forget(ids: Sequence[bytes]) -> None:
    """Drop evicted jobs from the list of open ones."""
    if ids:
        with connection.pipeline() as pipe:
            pipe.zrem("ib:jobs:open", *ids)
            connection.execute(pipe)


def oldest_waiting() -> float | None:
    """Return how long the oldest queued job has waited, in seconds; None when none waits."""
    waits = [one.now - one.job.sent_at for one in overdue(100) if one.job.state == "queued" and one.waited < math.inf]
    return max(waits, default=None)
