"""How a fetch ends: what is written to Redis for a result, for an unchanged one, for a failure, for a lost job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import logs
import providers
from providers import schema
from providers.base import BadAnswer, CredentialsRefused, NotFound, ProviderError, RateLimited, TimedOut
from store import connection, counters, demand, jobs, landing, losing, packing, pauses, quota, runs, snapshots
from tasks import rhythm
from tasks.world import World
from wanted import LEAST_REFRESH

PAUSE_SECONDS = 60
CREDENTIALS_SECONDS = 300
# A month's quota that is used up may be another key's tomorrow.
MOST_PAUSE_SECONDS = 86_400

log = logs.get("fetch")


def unanswered(claim: jobs.Claim) -> dict[str, Any]:
    """Return the job's parts by key, without those that another job has answered since this one was asked for."""
    provider = providers.registry()[claim.job.provider]
    parts = dict(zip(claim.job.keys, claim.job.parts, strict=True))
    return {key: schema.from_dict(provider, parts[key]) for key in claim.unanswered}


def succeed(results: Mapping[str, bytes], world: World, owner: str) -> bool:
    """Write the snapshots of parts by key, wake who waits for them, and remember when they are due again.

    False where the job is not the owner's any more.
    """
    provider = world.provider
    validators = world.client.validators if not provider.joined else {}
    fresh, waits = ttl(world), apart(world)
    packed = [
        packing.pack(key, body, ttl=fresh, apart=waits, validators=validators, joined=provider.joined)
        for key, body in results.items()
    ]
    labels = {"provider": provider.name, "outcome": "succeeded"}
    landed = landing.land(world.job.id, owner, packed, run(world, "succeeded"), labels, world.poll_seconds)
    for one in landed or ():
        if one.want:
            world.due[one.want.key] = planned(one.want, one.snapshot, world)
    return landed is not None


def renew(key: str, world: World) -> bool:
    """Make the stored snapshot young again: the upstream says that it is still current; false where there is none."""
    if not snapshots.renew(key, ttl=ttl(world), apart=apart(world)):
        return False
    snapshots.rest(key, world.poll_seconds)
    snapshot, want = snapshots.read_times([key]).entries[key].snapshot, demand.read([key])[0]
    if want and snapshot:
        world.due[key] = planned(want, snapshot, world)
    settle(key, "not_modified", None, world)
    return True


def planned(want: demand.Want, snapshot: snapshots.Snapshot, world: World) -> demand.Due:
    """Return when a part that has this snapshot is warmed next, and how often."""
    return demand.Due(rhythm.due(want, snapshot), rhythm.own(want, snapshot.fetched_at, world.ttl))


def fail(job: jobs.Job, left: dict[str, Any], error: ProviderError, world: World) -> None:
    """Note the failure for each part that is left, and pause the provider when it asked for that."""
    pause_seconds = pause(job.provider, error)
    keep = ttl(world) if isinstance(error, NotFound) else pause_seconds
    outcome = "timed_out" if isinstance(error, TimedOut) else "failed"
    for key in left:
        failure = snapshots.fail(key, **problem(error), keep=keep)
        world.due[key] = demand.Due(rhythm.again(key, failure.next_try_at))
        settle(key, outcome, error, world)


def pause(provider: str, error: ProviderError) -> float | None:
    """Pause a provider that limits or refuses us; return for how many seconds, None for other errors."""
    if not isinstance(error, RateLimited | CredentialsRefused):
        return None
    usual = PAUSE_SECONDS if isinstance(error, RateLimited) else CREDENTIALS_SECONDS
    seconds = min(max(1.0, error.retry_after or usual), MOST_PAUSE_SECONDS)
    pauses.pause(provider, **problem(error), seconds=seconds)
    return seconds


def settle(key: str, outcome: str, error: ProviderError | None, world: World) -> None:
    """Keep the run, count it, and end the part's flight."""
    runs.record(key, replace(run(world, outcome, error), at=connection.now()))
    counters.add("fetches", {"provider": world.provider.name, "outcome": outcome})
    jobs.land(world.job.id, [key])


def run(world: World, outcome: str, error: ProviderError | None = None) -> runs.Run:
    """Return what is kept of a fetch, but for its time."""
    return runs.Run(
        at=0.0,
        outcome=outcome,
        detail=error.detail if error else None,
        status_code=(error.status_code if error else None) or world.status_code,
        duration_ms=world.elapsed_ms(),
        request_id=world.job.request_id,
    )


def end(job: jobs.Job, owner: str, error: ProviderError | None, world: World) -> None:
    """End the job, failed when none of its parts has a result, and say when its parts are warmed next."""
    demand.plan(world.provider.name, world.due)
    state: jobs.State = "failed" if error else "succeeded"
    jobs.close(job.id, owner, state, error=problem(error) if error else None, attempts=world.attempts)
    log.info(
        "fetch",
        line=job.line,
        state=state,
        duration_ms=world.elapsed_ms(),
        attempts=world.attempts,
        **({"error": error.detail} if error else {}),
    )


def put_off(job: jobs.Job, left: Iterable[str], owner: str, until: float, why: Mapping[str, Any]) -> None:
    """End a job that may not ask now: its parts are due again at `until`, epoch seconds; no failure of theirs is kept.

    `why` is told by the job alone: a reader is told of the provider's pause, or, of a job of warming, nothing.
    """
    demand.schedule({key: rhythm.again(key, until) for key in left})
    jobs.close(job.id, owner, "failed", error=why)
    log.info("put off", line=job.line, until=round(until))


def lose(job_id: str) -> None:
    """End a job that nobody can finish, and keep its parts from being asked for again at once."""
    if losing.lose(job_id, problem(BadAnswer("the fetch was lost, its worker did not survive it"))):
        log.error("job lost", job_id=job_id)


def problem(error: ProviderError) -> dict[str, Any]:
    """Return what a client is told of an error, in the fields of store.snapshots.Failure."""
    return {"kind": error.kind, "status": error.status, "title": error.title, "detail": error.detail}


def ttl(world: World) -> float:
    """Return for how many seconds a result is fresh: the TTL, stretched where no whole quota would suffice for all."""
    plain = max(world.ttl, world.poll_seconds)
    # What the quota spaces by more than a TTL is warmed in the same part of it as everything else.
    return max(plain, apart(world) / rhythm.EARLIEST) if apart(world, share=quota.READERS) > plain else plain


def apart(world: World, *, share: float = quota.WARMING) -> float:
    """Return how many seconds have to lie between two refreshes by warming: what quota and upstream ask for."""
    cost = world.provider.cost(world.credentials)
    # Nobody reads who wants what refreshed how often where all of it could be refreshed that often.
    most_frequent = min(LEAST_REFRESH, rhythm.usual(world.ttl))
    suffices = not quota.apart({most_frequent: world.warmed}, cost, world.quotas, share=share)
    spread = 0.0 if suffices else quota.apart(world.refreshes, cost, world.quotas, share=share)
    return max(world.poll_seconds, spread)
