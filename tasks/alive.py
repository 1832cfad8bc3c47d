"""Signs of life: workers and beat mark that they are there, and log in our format."""

from __future__ import annotations

from typing import Any

from celery import signals

import logs
import settings
from store import StoreDownError, alive

BEAT = "beat"


@signals.setup_logging.connect
def configure_logs(**_: Any) -> None:
    """Take Celery's logging over: one format for all parts."""
    logs.configure(settings.load())


@signals.heartbeat_sent.connect
def mark_worker(**_: Any) -> None:
    """Mark the worker with each heartbeat that Flower sees, every two seconds."""
    mark("worker")


@signals.worker_ready.connect
def mark_ready(**_: Any) -> None:
    """Mark the worker once it takes messages."""
    mark("worker")


@signals.beat_init.connect
def watch_beat(**_: Any) -> None:
    """Mark beat at its start and whenever it sends a tick: a scheduler that hangs sends none."""
    mark_beat()
    signals.before_task_publish.connect(mark_beat, weak=False)


def mark_beat(**_: Any) -> None:
    """Mark beat (a signal's receiver)."""
    mark(BEAT)


def mark(part: str) -> None:
    """Mark a part; while Redis is away nobody can read the mark either."""
    try:
        alive.beat(part)
    except StoreDownError:
        logs.get("alive").debug("mark skipped", part=part)
