"""A worker and the processes that it forks: they share the memory of what was loaded before, and none outlives it."""

from __future__ import annotations

import gc
import os
from typing import Any

from celery import signals

import providers
from tasks import guard

FORKED_BY = "INSIGHTBOARD_FORKED_BY"
# How many new objects let the collector look: at Python's own 700 it takes a twentieth of a check.
COLLECT_AFTER = 10_000


@signals.worker_init.connect
def before_forking(**_: Any) -> None:
    """Load what every child would load for itself, and take all of it out of the collector's sight.

    The collector's marks would give each child a copy of every page that it looks at.
    """
    providers.registry()
    guard.trust()
    os.environ[FORKED_BY] = str(os.getpid())
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


@signals.worker_process_init.connect
def after_forking(**_: Any) -> None:
    """Keep out of the collector's sight what Celery made of its own between loading and forking, too."""
    gc.freeze()


@signals.worker_process_init.connect
def end_when_orphaned(**_: Any) -> None:
    """End a child whose worker died before the child had asked the kernel to be killed with it, as Celery does."""
    worker = os.environ.get(FORKED_BY)
    if worker is not None and os.getppid() != int(worker):
        os._exit(1)
