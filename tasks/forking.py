"""A worker and the processes that it forks: they share the memory of what was loaded before, and none outlives it."""

from __future__ import annotations

import ctypes
import gc
import linecache
import os
import time
from contextlib import suppress
from threading import Thread
from typing import Any

from billiard import pool
from celery import signals

import providers
from celery_config import app
from models import dashboards, revocations, session
from tasks import guard

FORKED_BY = "INSIGHTBOARD_FORKED_BY"
# How many new objects let the collector look: at Python's own 700 it takes a twentieth of a check.
COLLECT_AFTER = 10_000
# And how many of those looks let it look at what is older: what was left behind by a fetch may be a body of megabytes.
LOOKS = 5, 2
# mallopt(3): how many heaps the threads of a process share, and from how many bytes on a piece of memory is one of its
# own, which goes back to the system. Of its own accord glibc gives the first sixteen threads a heap each, and puts what
# is as large as the largest piece so far into them; every heap keeps what was needed at most.
M_ARENA_MAX, HEAPS = -8, 2
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 256 * 1024
TIDY_SECONDS = 10.0
# Each a tenth of a second. A child that ends waits for its worker to read that its last task has ended, by default for
# 30 s, and a worker that stops may have read for the last time. What is not read comes again, to a job that has ended.
UNREAD_TRIES = 20
LIBC = ctypes.CDLL(None)
tidied = 0.0


@signals.worker_init.connect
def before_forking(**_: Any) -> None:
    """Load what every child would load for itself, and take all of it out of the collector's sight.

    The collector's marks would give each child a copy of every page that it looks at. What SQLAlchemy makes when it is
    first asked, the engine above all, is 4 MiB a child.
    """
    providers.registry()
    guard.trust()
    ask_postgres()
    session.engine().dispose()
    # Celery looks through the metadata of all packages for it when a first task ends.
    _ = app.backend
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = UNREAD_TRIES
    os.environ[FORKED_BY] = str(os.getpid())
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *LOOKS)
    with suppress(AttributeError):
        LIBC.mallopt(M_ARENA_MAX, HEAPS)
        LIBC.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


@signals.worker_process_init.connect
def after_forking(**_: Any) -> None:
    """Keep out of the collector's sight what Celery made of its own between loading and forking, too.

    And touch now what the ticks that need Postgres touch: 5 MiB of shared pages become a child's own then, which would
    otherwise look like a leak, since it may take minutes until such a tick falls to it. A thread does it, so that a
    child is up in time while Postgres is away.
    """
    gc.freeze()
    Thread(target=ask_postgres, daemon=True).start()


def ask_postgres() -> None:
    """Do once what those ticks do, of which nothing is needed yet: one that finds Postgres away will say so."""
    with suppress(Exception):
        for record in revocations.tokens(), revocations.generations():
            next(record, None)
        dashboards.opened_since(0)
        revocations.prune()


@signals.task_postrun.connect
def tidy(**_: Any) -> None:
    """Now and then give back what tasks left behind; between two of them no other thread of this process works.

    That is free memory, and the source files of each traceback that was logged, of which Python lets go of its own
    accord never (megabytes: `linecache`).
    """
    global tidied  # noqa: PLW0603 - one time for the process
    if time.monotonic() < tidied + TIDY_SECONDS:
        return
    tidied = time.monotonic()
    linecache.clearcache()
    with suppress(AttributeError):
        LIBC.malloc_trim(0)


@signals.worker_process_init.connect
def end_when_orphaned(**_: Any) -> None:
    """End a child whose worker died before the child had asked the kernel to be killed with it, as Celery does."""
    worker = os.environ.get(FORKED_BY)
    if worker is not None and os.getppid() != int(worker):
        os._exit(1)
