"""A job's lease: while it is renewed, its worker is alive; when it runs out, the job may be started again."""

from __future__ import annotations

import os
import socket
import threading
from typing import Self
from uuid import uuid4

from store import StoreDownError, jobs

RENEW_SECONDS = 1.0


class Lease:
    """Says every second, from a thread of its own, that this process still works on the job."""

    def __init__(self, job_id: str) -> None:
        """Name the owner so that a log shows who it was, and so that no two starts are ever the same."""
        self.job_id = job_id
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.ended = threading.Event()
        self.lost = threading.Event()
        self.thread = threading.Thread(target=self.renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        """Return the lease; nothing is held before `hold`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop renewing."""
        self.ended.set()

    def hold(self) -> None:
        """Start renewing what the claim has set."""
        self.thread.start()

    def held(self) -> bool:
        """Say whether nobody has taken the job over."""
        return not self.lost.is_set()

    def sure(self) -> bool:
        """Ask whether nobody has taken the job over: a process that was frozen has not been told yet."""
        if self.held() and not jobs.renew(self.job_id, self.owner):
            self.lost.set()
        return self.held()

    def renew(self) -> None:
        """Renew until ended; a Redis that is away for a moment does not lose the job, another owner does."""
        while not self.ended.wait(RENEW_SECONDS):
            try:
                if not jobs.renew(self.job_id, self.owner):
                    self.lost.set()
                    return
            except StoreDownError:
                continue
