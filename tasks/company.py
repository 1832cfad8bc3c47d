"""The jobs that a process takes along: they wait behind one that it was sent, and run in threads beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Self

from celery.exceptions import SoftTimeLimitExceeded
from structlog.contextvars import bound_contextvars

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

    def start(self, jobs: Mapping[str, str]) -> None:
        """Start these jobs, given with their requests' ids, as far as the machine gives threads.

        Their own messages still come.
        """
        if not jobs:
            return
        pool = ThreadPoolExecutor(len(jobs), thread_name_prefix="fetch")
        with suppress(RuntimeError):
            for job_id, request_id in jobs.items():
                self.running.append(pool.submit(self.take, job_id, request_id))
        pool.shutdown(wait=False)

    def take(self, job_id: str, request_id: str) -> None:
        """Run a job in its thread; what breaks it off is told, and breaks off no other."""
        with bound_contextvars(request_id=request_id, job_id=job_id):
            try:
                self.run(job_id)
            except StoreDownError as error:
                log.error("a job taken along broke off", why=repr(error))  # noqa: TRY400 - an outage is no bug
            except Exception:
                log.exception("a job taken along broke off")

    def __exit__(self, *_: object) -> None:
        """Wait for all; what goes on past the soft time limit ends with this process by the hard one."""
        try:
            wait(self.running)
        except SoftTimeLimitExceeded:
            wait(self.running)
