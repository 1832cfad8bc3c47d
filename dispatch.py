"""The only door from HTTP to the queue: opens a job and sends its message, once for any number of askers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from kombu.exceptions import OperationalError

from settings import load
from store import StoreDownError, jobs
from store.connection import Breaker

if TYPE_CHECKING:
    from celery import Celery
    from kombu.connection import Connection

QueueName = Literal["interactive", "fetch", "checks"]
LOST_BROKER = (OperationalError, OSError)
# A broker that is frozen costs each try its timeout; while it rests, only one asker in a second pays for it.
BREAKER = Breaker()


class BrokerDownError(Exception):
    """The broker did not take a message or did not answer; nothing was left open."""


@cache
def producer() -> Celery:
    """Return this process's app for sending, which gives up within a second when the broker is away."""
    from celery_config import make_app  # noqa: PLC0415 - an API process starts without Celery, and loads it then (prepare)

    return make_app(load(), "api")


def prepare() -> None:
    """Load what the first message needs, so that its sender need not wait for that; nothing is connected."""
    producer().connection_for_write().get_transport_cls()


def fetch(
    provider: str,
    parts: Mapping[str, Mapping[str, Any]],
    *,
    group: str | None,
    batch: int,
    queue: QueueName,
    line: str,
    request_id: str,
    since: float,
) -> dict[str, str]:
    """Have every part fetched once, whoever else asks: return the job id by part key.

    `since` is when the asker last looked, in epoch seconds of Redis' clock: what has landed after it gets no job.

    `group` names the parts that one job may fetch together, at most `batch`; `line` is what Flower shows.
    Raises BrokerDownError when the message could not be sent, StoreDownError when Redis is away.
    """
    opened = str(uuid4())
    asked = jobs.open_job(
        opened,
        provider,
        parts,
        group=group,
        batch=batch,
        queue=queue,
        line=line,
        request_id=request_id,
        since=since,
    )
    try:
        # The new job comes last: the others were joined, and have a message already.
        for job_id in asked.to_send:
            send(job_id, queue, line, request_id)
    except BrokerDownError:
        if opened in asked.to_send:
            jobs.abandon(opened)
        raise
    return asked.job_ids


def send(job_id: str, queue: str, line: str, request_id: str, *, countdown: float | None = None) -> None:
    """Send the message of a job; it carries the id only, since a message can be read by whoever sees the queue."""
    with answering():
        producer().send_task(
            "fetch",
            args=[job_id],
            argsrepr=line,
            kwargsrepr="",
            task_id=job_id,
            queue=queue,
            countdown=countdown,
            headers={"request_id": request_id},
        )


@contextmanager
def answering() -> Iterator[None]:
    """Ask the breaker first, tell it what happened, and turn every way the broker can be away into BrokerDownError."""
    try:
        BREAKER.enter()
        yield
    except LOST_BROKER as error:
        BREAKER.failed()
        raise BrokerDownError(type(error).__name__) from None
    except StoreDownError:
        raise BrokerDownError("the broker did not answer a moment ago") from None
    BREAKER.succeeded()


def depths() -> dict[str, int]:
    """Return how many messages wait in each queue, whatever the broker; raises BrokerDownError."""
    with answering(), producer().connection_for_read() as connection:
        return {queue.name: depth(connection, queue.name) for queue in producer().conf.task_queues}


def depth(connection: Connection, queue: str) -> int:
    """Return how many messages wait in a queue; one that does not exist (Redis keeps no empty list) has none."""
    try:
        with connection.channel() as channel:  # type: ignore[no-untyped-call]  # kombu's gap
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except connection.channel_errors:
        return 0
