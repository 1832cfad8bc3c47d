"""A widget as its parts, and what one look into Redis says of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from providers import schema
from store import keys
from store.pauses import Pause
from store.snapshots import Entry, Failure, Reading, Snapshot
from web.params import AnyProvider
from web.problems import Problem
from web.times import http_date
from web.warm import Warm, tag_of

State = Literal["fresh", "stale", "pending", "error"]
NOT_FOUND = "provider-not-found"
DAY = 86_400


@dataclass(frozen=True)
class Widget:
    """A provider and canonical params: what it is made of, by part key, in the order asked."""

    provider: AnyProvider
    params: Any
    parts: dict[str, dict[str, Any]]

    @property
    def key(self) -> str:
        """The key of the whole, which for a widget of one part is that part's."""
        return keys.widget_key(self.provider.name, schema.as_dict(self.params))


def widget(provider: AnyProvider, params: Any) -> Widget:
    """Take a widget apart."""
    found = [schema.as_dict(part) for part in provider.parts(params)]
    return Widget(provider, params, {keys.widget_key(provider.name, part): part for part in found})


@dataclass
class Look:
    """What is known of a widget at one moment; `jobs` are the running jobs by part key."""

    widget: Widget
    reading: Reading
    jobs: dict[str, str] = field(default_factory=dict)
    detail: str | None = None

    def __post_init__(self) -> None:
        running = {entry.key: entry.job_id for entry in self.entries if entry.job_id}
        self.jobs = running | self.jobs

    @property
    def now(self) -> float:
        """Redis' time of the look, in epoch seconds."""
        return self.reading.now

    @cached_property
    def entries(self) -> list[Entry]:
        """The parts, in the order asked."""
        return [self.reading.entries[key] for key in self.widget.parts]

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        """What is there, in the order asked."""
        return [entry.snapshot for entry in self.entries if entry.snapshot]

    @property
    def complete(self) -> bool:
        """Whether every part is there."""
        return all(entry.snapshot for entry in self.entries)

    @property
    def pause(self) -> Pause | None:
        """Why the provider is left alone altogether."""
        return self.reading.pauses.get(self.widget.provider.name)

    @property
    def cold(self) -> list[str]:
        """The parts to be fetched because there is nothing."""
        return self.askable(entry for entry in self.entries if not entry.snapshot)

    @property
    def stale(self) -> list[str]:
        """The parts to be fetched because they are too old, and nobody does yet."""
        old = (one for one in self.entries if one.snapshot and not one.snapshot.fresh(self.now))
        return [key for key in self.askable(old) if key not in self.jobs]

    @property
    def forced(self) -> list[str]:
        """The parts that a client may have fetched although they are there."""
        return self.askable(self.entries)

    @property
    def fresh(self) -> bool:
        """Whether every part is younger than its TTL."""
        return all(one.snapshot and one.snapshot.fresh(self.now) for one in self.entries)

    @property
    def pending(self) -> bool:
        """Whether a part that is not there is being fetched."""
        return any(not entry.snapshot and entry.key in self.jobs for entry in self.entries)

    @property
    def job(self) -> str | None:
        """The first running job, of a missing part where there is one."""
        missing = [entry.key for entry in self.entries if not entry.snapshot]
        return next((self.jobs[key] for key in [*missing, *self.widget.parts] if key in self.jobs), None)

    @property
    def failure(self) -> Failure | None:
        """The newest failure since the last success: of a missing part where there is one."""
        failed = [entry for entry in self.entries if entry.failure]
        missing = [entry for entry in failed if not entry.snapshot]
        found = [entry.failure for entry in missing or failed if entry.failure]
        return max(found, key=lambda one: one.failed_at, default=None)

    @property
    def oldest(self) -> Snapshot:
        """The part that turns stale first; its age and TTL are the widget's."""
        return min(self.snapshots, key=lambda one: one.expires_at)

    @property
    def newest_at(self) -> float:
        """When the part that was fetched last was fetched, in epoch seconds."""
        return max(one.fetched_at for one in self.snapshots)

    @property
    def state(self) -> State:
        """The widget's state in one word; what is known of a list is not lost over a part that cannot be had."""
        if self.complete:
            return "fresh" if self.fresh else "stale"
        if self.pending and not self.pause:
            return "pending"
        return "stale" if self.snapshots else "error"

    @property
    def body(self) -> bytes:
        """The payload, as far as it is there, as JSON."""
        if self.widget.provider.joined:
            return b"[" + b",".join(one.body for one in self.snapshots) + b"]"
        return self.snapshots[0].body if self.snapshots else b"null"

    @property
    def bodies(self) -> dict[str, bytes]:
        """The payload by content coding, as far as that was prepared."""
        if self.widget.provider.joined or not self.snapshots:
            return {"": self.body}
        only = self.snapshots[0]
        return {"": only.body, **({"gzip": only.gzip} if only.gzip else {}), **({"br": only.br} if only.br else {})}

    @property
    def tag(self) -> str:
        """The opaque tag of the payload, made from the parts' in their order."""
        if not self.widget.provider.joined:
            return self.snapshots[0].etag
        return tag_of(" ".join(one.etag for one in self.snapshots).encode())

    def warm(self) -> Warm:
        """Return the widget's answer, ready to be sent, of what is there."""
        oldest, reason = self.oldest, self.pause or self.failure
        modified_at = min(self.newest_at, time.time())
        return Warm(
            self.tag,
            self.bodies,
            f"private, max-age={int(oldest.ttl)}, stale-while-revalidate={DAY}",
            modified=http_date(modified_at),
            modified_at=modified_at,
            fetched_at=oldest.fetched_at,
            expires_at=oldest.expires_at,
            aged=True,
            detail=self.detail or (reason.kind if reason else ""),
        )

    def askable(self, entries: Iterable[Entry]) -> list[str]:
        """Leave out the parts that are left alone for now."""
        if self.pause:
            return []
        return [one.key for one in entries if not (one.failure and one.failure.active(self.now))]

    def problem(self) -> Problem | None:
        """Return why there is nothing, or nothing new."""
        if self.pause:
            return problem_of(self.pause, self.pause.until - self.now)
        failure = self.failure
        if failure is None:
            return None
        wait = None if failure.kind == NOT_FOUND else max(0.0, failure.next_try_at - self.now)
        return problem_of(failure, wait)


def problem_of(said: Failure | Pause, retry_after: float | None) -> Problem:
    """Return a provider's failure as a problem."""
    return Problem(said.status, said.detail, kind=said.kind, title=said.title, retry_after=retry_after)
