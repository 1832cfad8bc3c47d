"""Fetch the parts of one job: claim it, ask its provider, write what was found, end it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from structlog.contextvars import bound_contextvars

import dispatch
import logs
import providers
from celery_config import JOB_SECONDS, app
from providers import encoding, schema
from providers.base import BadAnswer, Found, NotModified, Provider, ProviderError, RateLimited, TimedOut, Unavailable
from store import StoreDownError, connection, jobs, keys
from tasks import outcome
from tasks.company import ALONG, Company
from tasks.lane import LaneBusyError, PutOffError
from tasks.lease import Lease
from tasks.world import World

TRIES = 2
RETRY_SECONDS = 0.5
LANE_SECONDS = 1
# What broken or unforeseen upstream shapes raise inside a provider's code (DESIGN, 3).
SHAPE_ERRORS = (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError)

log = logs.get("fetch")


@app.task(bind=True, name="fetch", ignore_result=True, Request="tasks.delivery:Delivery", throws=StoreDownError)
def fetch(self: Task, job_id: str) -> None:
    """Run a job, and beside it those that wait behind it: most of the time that a fetch takes is its upstream's."""
    with bound_contextvars(request_id=self.request.get("request_id")), Company(start) as company:
        start(job_id, company)


def start(job_id: str, company: Company | None = None) -> None:
    """Run a job with its company, unless it has ended, runs elsewhere, or has killed its worker too often."""
    with Lease(job_id) as lease:
        claim = jobs.claim(job_id, lease.owner, company=ALONG if company else 0)
        if isinstance(claim, str):
            if claim == "spent":
                outcome.lose(job_id)
            log.info("not started", job_id=job_id, why=claim)
            return
        if company:
            company.start(claim.company)
        with bound_contextvars(request_id=claim.job.request_id, job_id=claim.job.id):
            if claim.pause and claim.unanswered:
                outcome.put_off(claim.job, claim.unanswered, lease.owner, claim.pause.until, claim.pause.problem)
                return
            lease.hold()
            run(claim, lease)


def run(claim: jobs.Claim, lease: Lease) -> None:
    """Give the job a world of its own, for JOB_SECONDS."""
    provider = providers.registry()[claim.job.provider]
    with closing(World(provider, claim, time.monotonic() + JOB_SECONDS)) as world:
        work(provider, outcome.unanswered(claim), world, lease)


def work(provider: Provider[Any, Any], left: dict[str, Any], world: World, lease: Lease) -> None:
    """Ask until every part that is left has an outcome, at most TRIES times, then end the job."""
    job = world.job
    error: ProviderError | None = None
    for attempt in range(1, TRIES + 1):
        try:
            error = ask(provider, left, world, lease)
        except LaneBusyError:
            wait_for_lane(job, lease)
            return
        except PutOffError as put_off:
            why = RateLimited("warming has used up its share of the provider's quota")
            outcome.put_off(job, left, lease.owner, connection.now() + put_off.seconds, outcome.problem(why))
            return
        world.attempts = attempt
        again = left and error and error.again and lease.held()
        if not again or world.seconds_left() < RETRY_SECONDS * 2:
            break
        time.sleep(RETRY_SECONDS * attempt)
    if not (lease.sure() if left else lease.held()):
        return
    if left and error:
        outcome.fail(job, left, error, world)
    outcome.end(job, lease.owner, error if len(left) == len(job.keys) else None, world)


def ask(provider: Provider[Any, Any], left: dict[str, Any], world: World, lease: Lease) -> ProviderError | None:
    """Ask the provider for the parts that are left, taking each out as it is answered; return what stopped it."""
    world.begin()
    error: ProviderError | None = None
    try:
        for found in answers(provider, list(left.values()), world):
            results, failed = encoded(provider, found)
            error = failed or error
            answered = {key: body for key, body in results.items() if key in left}
            if answered and lease.held():
                if not outcome.succeed(answered, world, lease.owner):
                    lease.lost.set()
                    return None
                for key in answered:
                    del left[key]
    except NotModified:
        for key in [one for one in left if lease.sure() and outcome.renew(one, world)]:
            del left[key]
        if left:
            error = nothing_stored(world)
    except ProviderError as raised:
        error = raised
    except SoftTimeLimitExceeded:
        error = TimedOut(f"not done within {JOB_SECONDS} seconds")
    return error


def nothing_stored(world: World) -> ProviderError:
    """Return what a 304 is that renews nothing; where we lost what it was about, a second try has no conditions."""
    kind = Unavailable if world.validators else BadAnswer
    world.validators = {}
    return kind("the provider says that nothing has changed, but nothing is stored", status_code=304)


def encoded(provider: Provider[Any, Any], found: Found[Any, Any]) -> tuple[dict[str, bytes], ProviderError | None]:
    """Return the results by key as JSON bytes, and the last error of those that are none."""
    results: dict[str, bytes] = {}
    error: ProviderError | None = None
    for part, result in found:
        try:
            if isinstance(result, ProviderError):
                raise result
            results[keys.widget_key(provider.name, schema.as_dict(part))] = encoding.encode(result)
        except ProviderError as one:
            error = one
    return results, error


def answers(provider: Provider[Any, Any], parts: list[Any], world: World) -> Iterator[Found[Any, Any]]:
    """Yield what the provider yields; a shape that its code did not expect becomes BadAnswer, its traceback logged."""
    try:
        yield from provider.fetch_parts(parts, world.context)
    except SHAPE_ERRORS:
        log.exception("unexpected shape", provider=provider.name)
        raise BadAnswer("the provider's answer has an unexpected shape", status_code=world.status_code) from None


def wait_for_lane(job: jobs.Job, lease: Lease) -> None:
    """Put the job back until the provider's lane is free, so that it holds no worker meanwhile."""
    if jobs.put_back(job.id, lease.owner):
        dispatch.send({job.id: job.line}, job.queue, job.request_id, countdown=LANE_SECONDS)
