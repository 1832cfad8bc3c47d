"""The jobs that a process takes along: they wait behind one that it was sent, and run in threads beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Self

from celery.exceptions import SoftTimeLimitExceeded

import logs
from store import StoreDownError

# Threads of a fetch cost little memory, processes ten MiB each.
ALONG = 15

log = logs.get("fetch")


class Company:
    """Runs jobs in threads, and waits for them at its end."""

    def __init__(self, run: Callable[[str], None]) -> None:
        """Take what runs a job by its id."""
        self.run = run
        self.running: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Return the company; nobody is in it yet."""
        return self

    def start(self, job_ids: Iterable[str]) -> None:
        """Start these jobs, as far as the machine gives threads: their own messages still come."""
        ids = list(job_ids)
        if not ids:
            return
        pool = ThreadPoolExecutor(len(ids), thread_name_prefix="fetch")
        with suppress(RuntimeError):
            for job_id in ids:
                self.running.append(pool.submit(self.run, job_id))
        pool.shutdown(wait=False)

    def __exit__(self, *_: object) -> None:
        """Wait for all; what goes on past the soft time limit ends with this process by the hard one."""
        try:
            wait(self.running)
        except SoftTimeLimitExceeded:
            wait(self.running)
        for job in self.running:
            if error := job.exception():
                expected = isinstance(error, StoreDownError)
                log.error("a job taken along broke off", why=repr(error), exc_info=None if expected else error)
