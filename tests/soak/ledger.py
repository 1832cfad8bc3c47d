"""The accounts: every job that was opened, how it ended, and when a cache was emptied under it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from redis import Redis, RedisError

from tests.e2e.client import Client

# A cache that is killed may have lost what it was told last: its file is written once a second.
UNWRITTEN_SECONDS = 2.0
ENDED = {"succeeded", "failed"}


@dataclass
class Ledger:
    """Every job since a client was given it or it was seen in Redis, in seconds of the monotonic clock."""

    given: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    losses: list[tuple[float, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def give(self, job_id: str) -> None:
        """Note that a client was given a job."""
        with self.lock:
            self.given.setdefault(job_id, time.monotonic())

    def recent(self) -> list[str]:
        """Return the jobs that clients were given last."""
        with self.lock:
            return list(self.given)[-20:]

    def emptied(self) -> None:
        """Note that all the cache held until now is gone."""
        self.losses.append((0.0, time.monotonic()))

    def shortened(self, killed: float) -> None:
        """Note that what the cache was told shortly before it was killed may be gone."""
        self.losses.append((killed - UNWRITTEN_SECONDS, time.monotonic()))

    def excused(self, job_id: str) -> bool:
        """Say whether a job may be unknown: the cache lost what it held when that job was opened."""
        # Someone may be given an old job by an answer that was on its way while the cache was emptied.
        return self.lost_since(min(self.given.get(job_id, float("inf")), self.seen.get(job_id, float("inf"))))

    def lost_since(self, at: float) -> bool:
        """Say whether the cache has lost something that it was told then."""
        return any(begin <= at <= end + UNWRITTEN_SECONDS for begin, end in self.losses)

    def scan(self, cache: Redis) -> None:
        """Note every job that Redis knows, and those that have ended."""
        try:
            found = [key.decode() for key in cache.scan_iter("ib:job:*", count=1000) if not key.endswith(b":parts")]
            ids = [key.removeprefix("ib:job:") for key in found]
            self.note(ids, cache)
        except RedisError:
            return

    def note(self, ids: Iterable[str], cache: Redis) -> None:
        """Note the states of jobs that have not ended yet as far as is known."""
        unknown = [job_id for job_id in ids if job_id not in self.ended]
        with cache.pipeline(transaction=False) as pipe:
            for job_id in unknown:
                pipe.hget(f"ib:job:{job_id}", "state")
            states = pipe.execute()
        for job_id, state in zip(unknown, states, strict=True):
            self.seen.setdefault(job_id, time.monotonic())
            if state and state.decode() in ENDED:
                self.ended[job_id] = state.decode()

    def ask(self, client: Client) -> dict[str, str]:
        """Ask the API for every job that a client was given and that is not known to have ended; return the states."""
        open_ids = [job_id for job_id in list(self.given) if job_id not in self.ended]
        states = dict.fromkeys(open_ids, "unknown")
        for start in range(0, len(open_ids), 100):
            got = client.get(f"/api/jobs?ids={','.join(open_ids[start : start + 100])}")
            found = got.json() if got.status == 200 else []
            states |= {job["id"]: job["state"] for job in found}
        self.ended |= {job_id: state for job_id, state in states.items() if state in ENDED}
        return {job_id: state for job_id, state in states.items() if state not in ENDED}

    def lost(self) -> list[str]:
        """Return the jobs that did not end because they went with a cache."""
        return [job_id for job_id in self.known() if job_id not in self.ended and self.excused(job_id)]

    def unended(self) -> list[str]:
        """Return the jobs that neither ended nor went with a cache."""
        return [job_id for job_id in self.known() if job_id not in self.ended and not self.excused(job_id)]

    def known(self) -> set[str]:
        """Return every job."""
        return set(self.given) | set(self.seen)
