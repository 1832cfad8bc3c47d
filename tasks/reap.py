"""Every job reaches an end: send lost messages again, end what nobody can finish."""

from __future__ import annotations

from structlog.contextvars import bound_contextvars

import dispatch
import logs
from celery_config import JOB_SECONDS, TICK_SECONDS, app
from store import StoreDownError, jobs
from tasks import outcome, ticks

LOST_SECONDS = 30
RUNNING_SECONDS = 8 * JOB_SECONDS

log = logs.get("reap")


@app.task(name="reap", ignore_result=True, Request="tasks.ticks:Tick", throws=StoreDownError)
def reap() -> None:
    """Look at every open job whose message is not fresh; several beats may ask, one looks."""
    if not ticks.mine("reap", TICK_SECONDS):
        return
    try:
        depths = dispatch.depths()
    except dispatch.BrokerDownError:
        return
    for one in jobs.overdue():
        with bound_contextvars(request_id=one.job.request_id):
            if is_lost(one, depths.get(one.job.queue, 0)):
                send_again(one.job)
            elif is_stuck(one):
                outcome.lose(one.job.id)


def is_lost(one: jobs.Overdue, depth: int) -> bool:
    """Say whether no message will ever start this job: a mere backlog is no reason to send another."""
    if one.leased:
        return False
    if one.orphaned and one.job.sent_at <= one.job.claimed_at:
        return True
    return one.waited > LOST_SECONDS and (depth == 0 or one.overtaken)


def is_stuck(one: jobs.Overdue) -> bool:
    """Say whether a living worker has held this job for too long; one claimed while we looked is queued here."""
    return one.job.state == "running" and one.leased and one.now - one.job.claimed_at > RUNNING_SECONDS


def send_again(job: jobs.Job) -> None:
    """Send the job's message again, or end it when that has not helped."""
    allowed = jobs.may_resend(job.id)
    if allowed is None:
        return
    if job.starts >= jobs.MAX_STARTS or not allowed:
        outcome.lose(job.id)
        return
    log.warning("sent again", job_id=job.id, state=job.state, starts=job.starts)
    try:
        dispatch.send({job.id: job.line}, job.queue, job.request_id)
    except dispatch.BrokerDownError:
        log.warning("broker away", job_id=job.id)
