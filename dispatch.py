"""The only door from HTTP to the queue: opens a job and sends its message, once for any number of askers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from kombu.exceptions import BatchPublishError, OperationalError

from settings import load
from store import StoreDownError, jobs
from store.connection import Breaker
from store.jobs import Batch

if TYPE_CHECKING:
    from celery import Celery
    from kombu.connection import Connection
    from kombu.messaging import Producer

QueueName = Literal["interactive", "fetch", "checks"]
LOST_BROKER = (OperationalError, BatchPublishError, OSError)
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
    provider: str, batches: Sequence[Batch], *, most: int, queue: QueueName, request_id: str, since: float
) -> dict[str, str]:
    """Have every part of some batches fetched once, whoever else asks: return the job id by part key.

    A job fetches at most `most` parts. `since` is when the asker last looked, in epoch seconds of Redis' clock: what
    has landed after it gets no job. One round trip to the cache and one to the broker, whatever the number of batches.
    Raises BrokerDownError when the messages could not be sent, StoreDownError when Redis is away.
    """
    asked = jobs.open_jobs(provider, batches, most=most, queue=queue, request_id=request_id, since=since)
    try:
        send(asked.to_send, queue, request_id)
    except BrokerDownError:
        # Those that were joined have a message already.
        for job_id in asked.opened:
            jobs.abandon(job_id)
        raise
    return asked.job_ids


def send(lines: Mapping[str, str], queue: str, request_id: str, *, countdown: float | None = None) -> None:
    """Send the messages of jobs, given with the line of each, in one round trip where the broker is Redis.

    A message carries the job's id only, since it can be read by whoever sees the queue. Raises BrokerDownError.
    """
    if not lines:
        return
    # Who has waited for a place asks the breaker only then: those before may have found the broker frozen.
    with producer().producer_pool.acquire(block=True) as publisher, answering():
        options = {"queue": queue, "countdown": countdown, "headers": {"request_id": request_id}}
        try:
            publish(publisher, lines, options)
        except BatchPublishError:
            # The broker has closed an idle connection since; a message that was sent after all ends its double at once.
            publish(publisher, lines, options)


def publish(publisher: Producer, lines: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Publish the messages of jobs together; raises BatchPublishError."""
    with publisher.batch():  # type: ignore[no-untyped-call]  # kombu's gap
        for job_id, line in lines.items():
            told = {"args": [job_id], "argsrepr": line, "kwargsrepr": "", "task_id": job_id}
            producer().send_task("fetch", producer=publisher, **told, **options)


@contextmanager
def answering(lost: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Ask the breaker first, tell it what happened, and turn every way the broker can be away into BrokerDownError.

    `lost` are the errors of its transport, which kombu translates only where it publishes.
    """
    try:
        BREAKER.enter()
        yield
    except LOST_BROKER + lost as error:
        BREAKER.failed()
        raise BrokerDownError(type(error).__name__) from None
    except StoreDownError:
        raise BrokerDownError("the broker did not answer a moment ago") from None
    BREAKER.succeeded()


def depths() -> dict[str, int]:
    """Return how many messages wait in each queue, whatever the broker; raises BrokerDownError."""
    connection = producer().connection_for_read()
    lost = connection.connection_errors + connection.channel_errors
    # Every server that is named is tried once; left to itself, kombu rests two seconds and tries again.
    once = {"max_retries": max(len(connection.alt) - 1, 0), "reraise_as_library_errors": False}
    with answering(lost), connection:
        connection.ensure_connection(**once)
        return {queue.name: depth(connection, queue.name) for queue in producer().conf.task_queues}


def depth(connection: Connection, queue: str) -> int:
    """Return how many messages wait in a queue; one that does not exist (Redis keeps no empty list) has none."""
    try:
        with connection.channel() as channel:  # type: ignore[no-untyped-call]  # kombu's gap
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except connection.channel_errors:
        return 0
