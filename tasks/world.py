"""The world of one job: everything a provider is handed, and what its upstream said meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import settings
from providers import schema
from providers.base import Context, Hour, Provider
from providers.waits import sent_at
from store import connection, counters, demand, history, jobs, memory, quota
from tasks import rhythm
from tasks.http import Client, Hooks, Limits
from tasks.lane import lane, spend
from tasks.policy import policy
from tasks.probe import probe
from wanted import batches


class World:
    """Builds the Context of a job and notes its tries, the upstream's last status and its advice, and what is due."""

    def __init__(self, provider: Provider[Any, Any], claim: jobs.Claim, ends: float) -> None:
        """Take what was claimed and when it has to end, on the monotonic clock in seconds."""
        self.provider, self.job, self.ends = provider, claim.job, ends
        self.ttl = provider.ttl.total_seconds()
        self.warmed, self.validators = claim.warmed, claim.validators
        self.began = time.monotonic()
        self.attempts = 0
        self.status_code: int | None = None
        self.poll_seconds = 0.0
        self.took: list[float] = []
        self.due: dict[str, demand.Due] = {}
        chosen = settings.load()
        self.credentials = {name: getattr(chosen, name) for name in provider.credentials}
        documented = [(one.limit, one.seconds) for one in provider.quotas(self.credentials)]
        self.quotas = quota.corrected(documented, claim.limit)
        self.client = Client(Limits(job_ends=ends), Hooks(self.gate, self.on_answer))
        self.context = Context(
            http=self.client,
            probe=lambda urls: probe(urls, policy(chosen)),
            credentials=self.credentials,
            base_urls={name: getattr(chosen, name) for name in provider.base_urls},
            now=lambda: datetime.fromtimestamp(connection.now(), UTC),
            memory=Remembered(provider.name),
            history=hours,
            explain=provider.explain,
        )

    @cached_property
    def refreshes(self) -> Counter[float]:
        """How many refreshes warming makes, by the seconds between: one for each part, or for all that share one."""
        usual, own = rhythm.usual(self.ttl), demand.refreshes(self.provider.name)
        if not self.provider.shares:
            return Counter(own.values()) + Counter({usual: self.warmed - len(own)})
        known = {
            key: part for key, part in demand.parts(self.provider.name).items() if schema.fits(self.provider, part)
        }
        return Counter(min(own.get(key, usual) for key in together) for _, together in batches(self.provider, known))

    def begin(self) -> None:
        """Start a try: it is conditional by the snapshot that is there, not by an answer that came to nothing."""
        self.client.validators = {url: dict(said) for url, said in self.validators.items()}

    def close(self) -> None:
        """Count how long the upstream took, and close the connections that were kept open for another request."""
        self.client.close()
        for seconds in self.took:
            counters.observe("upstream", {"provider": self.provider.name}, seconds)

    def seconds_left(self) -> float:
        """Return how long the job still has, in seconds."""
        return self.ends - time.monotonic()

    def elapsed_ms(self) -> int:
        """Return how long the job has run, in milliseconds."""
        return round((time.monotonic() - self.began) * 1000)

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Stand before each upstream request: in the lane, and within the budget."""
        with lane(self.provider.name, self.provider.lane_for(self.credentials)):
            spend(self.provider.name, self.quotas, warming=self.job.request_id == rhythm.WARM)
            yield

    def on_answer(self, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """Note what an upstream answer says beside its body."""
        self.status_code = status
        self.took.append(seconds)
        poll_seconds = min(number(headers.get("x-poll-interval")) or 0, quota.MOST_BELIEVED_SECONDS)
        self.poll_seconds = max(self.poll_seconds, poll_seconds)
        names = ("x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit")
        remaining, reset, limit = (number(headers.get(name)) for name in names)
        self.quotas = quota.corrected(self.quotas, limit)
        # The upstream means its own clock, which may be far from Redis'.
        until = None if reset is None else connection.now() + reset - sent_at(headers)
        if remaining is not None or limit is not None:
            quota.learn(self.provider.name, remaining, until, limit)


class Remembered:
    """A provider's own small facts, kept in Redis (implements providers.base.Memory)."""

    def __init__(self, provider: str) -> None:
        """Take the provider's name: providers do not see each other's facts."""
        self.provider = provider

    def get(self, name: str) -> str | None:
        """Return what was kept under the name, or None."""
        return memory.get(self.provider, name)

    def set(self, name: str, value: str, ttl: timedelta) -> None:
        """Keep the value for ttl."""
        memory.set(self.provider, name, value, ttl.total_seconds())


def hours(checks: Sequence[tuple[str, str]]) -> list[list[Hour]]:
    """Count one check each of URLs and return the last 24 hours of each, the oldest first."""
    named = [(history.key(url), status) for url, status in checks]
    return [[clock_hour(*row) for row in rows] for rows in history.count(named)]


@lru_cache(maxsize=1024)
def clock_hour(at: int, up: int, degraded: int, down: int) -> Hour:
    """Return an hour and its counts, of which most URLs' histories have the same."""
    return Hour(datetime.fromtimestamp(at, UTC), up, degraded, down)


def number(raw: str | None) -> int | None:
    """Return a header's number of plain digits, else None."""
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) <= 12 else None  # noqa: PLR2004 - epoch
