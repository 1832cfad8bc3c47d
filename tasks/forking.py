"""A worker and the processes that it forks: they share the memory of what was loaded before, and none outlives it."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress
from typing import Any

from celery import signals

import providers
from tasks import guard

FORKED_BY = "INSIGHTBOARD_FORKED_BY"
# How many new objects let the collector look: at Python's own 700 it takes a twentieth of a check.
COLLECT_AFTER = 10_000
# And how many of those looks let it look at what is older: what was left behind by a fetch may be a body of megabytes.
LOOKS = 5, 2
# mallopt(3): how many heaps the threads of a process share. Of its own accord glibc gives the first sixteen threads one
# each, and every heap keeps what its threads needed at most.
M_ARENA_MAX, HEAPS = -8, 2


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
    gc.set_threshold(COLLECT_AFTER, *LOOKS)
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)


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
