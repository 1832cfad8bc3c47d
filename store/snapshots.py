"""Snapshots: the last good result of each part, what failed since, and all that a reader must know in one round trip.

Keys: `ib:snapshot:{part key}` (hash), `ib:failure:{part key}` (text), both with a TTL: either may be
evicted, which costs one fetch.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from store import connection, keys, pauses, tokens
from store.shelf import Shelf

DAY = 86_400
FIRST_WAIT_SECONDS = 15
MOST_WAIT_SECONDS = 300
REMEMBERED_SECONDS = 600
HEAD_FIELDS, PART_FIELDS = 4, 9
NOBODY = ("", "", "", "", "")
NO_BODY = "*"

LUA = Path(__file__).parent / "lua"
READ_TEXT = (LUA / "read_parts.lua").read_text()
READ = connection.script(f"local verdict = false\n{READ_TEXT}")
READ_ADMITTED = tokens.admitting(READ_TEXT)
RENEW = connection.script((LUA / "renew_snapshot.lua").read_text())
FAIL = connection.script((LUA / "write_failure.lua").read_text())


@dataclass(frozen=True)
class Snapshot:
    """The last good result of a part: JSON bytes, their hash, compressed (empty where not prepared), times in seconds.

    `apart` is how long warming has to wait after it, whatever a dashboard asks for.
    """

    key: str
    body: bytes
    etag: str
    gzip: bytes
    br: bytes
    fetched_at: float
    ttl: float
    apart: float = 0.0

    @property
    def expires_at(self) -> float:
        """When it turns stale, in epoch seconds."""
        return self.fetched_at + self.ttl

    @property
    def size(self) -> int:
        """What it holds, in bytes."""
        return len(self.body) + len(self.gzip) + len(self.br)

    def age(self, now: float) -> float:
        """Return its age in seconds (RFC 9111, 4.2.3)."""
        return max(0.0, now - self.fetched_at)

    def fresh(self, now: float) -> bool:
        """Say whether it is younger than its TTL."""
        return now < self.expires_at


@dataclass(frozen=True)
class Failure:
    """The failures of a part since its last success: the newest as a problem's fields, their count, epoch seconds."""

    kind: str
    status: int
    title: str
    detail: str
    count: int
    failed_at: float
    next_try_at: float

    def active(self, now: float) -> bool:
        """Say whether the part is still left alone."""
        return now < self.next_try_at


@dataclass(frozen=True)
class Entry:
    """What Redis knows of a part; `job_id` is the running job, if one is."""

    key: str
    snapshot: Snapshot | None = None
    failure: Failure | None = None
    job_id: str | None = None


@dataclass(frozen=True)
class Reading:
    """One read: Redis' time, the parts by key, those of their providers that pause, the admission if asked."""

    now: float
    entries: dict[str, Entry]
    pauses: dict[str, pauses.Pause] = field(default_factory=dict)
    verdict: tokens.Verdict | None = None


def read(wanted: Sequence[str], admission: tokens.Admission | None = None, used: int = 0) -> Reading:
    """Read parts by key, their providers' pauses and the admission in one round trip; raises StoreDownError.

    `used` are the requests of the admission's user that this process let in without counting them.
    """
    unique = list(dict.fromkeys(wanted))
    here = memory(os.getpid())
    shelved = [here.shelf.get(key) for key in unique]
    reading = ask(unique, shelved, [one.etag if one else "" for one in shelved], admission, used)
    remember(reading)
    return reading


def read_times(wanted: Sequence[str]) -> Reading:
    """Read parts as `read` does, but with empty bodies: who refreshes them answers nobody, and keeps nothing of them.

    Raises StoreDownError.
    """
    unique = list(dict.fromkeys(wanted))
    return ask(unique, [None] * len(unique), [NO_BODY] * len(unique))


def ask(
    wanted: Sequence[str],
    shelved: Sequence[Snapshot | None],
    tags: Sequence[str],
    admission: tokens.Admission | None = None,
    used: int = 0,
) -> Reading:
    """Read parts, each but for the body that its tag names."""
    providers = sorted({keys.provider_of(key) for key in wanted})
    asked = [word for pair in zip(wanted, tags, strict=True) for word in pair]
    who = tokens.arguments(admission, used) if admission else NOBODY
    answer = (READ_ADMITTED if admission else READ)(*who, len(wanted), *asked, *providers)
    return parse(wanted, shelved, providers, answer, admission)


def parse(
    wanted: Sequence[str],
    shelved: Sequence[Snapshot | None],
    providers: Sequence[str],
    answer: Sequence[Any],
    admission: tokens.Admission | None,
) -> Reading:
    """Build a reading from the script's answer."""
    told, seconds, micros, _ = answer[:HEAD_FIELDS]
    now = connection.seconds_of((int(seconds), int(micros)))
    entries = {}
    for number, (key, one) in enumerate(zip(wanted, shelved, strict=True)):
        start = HEAD_FIELDS + number * PART_FIELDS
        job, failure, *fields = answer[start : start + PART_FIELDS]
        entries[key] = Entry(key, snapshot_of(key, fields, now, one), failure_of(failure, now), job and job.decode())
    paused = zip(providers, answer[HEAD_FIELDS + len(wanted) * PART_FIELDS :], strict=True)
    stopped = {name: pauses.parse(text) for name, text in paused if text}
    verdict = tokens.verdict(admission, told) if admission else None
    return Reading(now, entries, {name: one for name, one in stopped.items() if one.active(now)}, verdict)


def snapshot_of(key: str, fields: Sequence[bytes | None], now: float, held: Snapshot | None) -> Snapshot | None:
    """Build a snapshot from its fields, with the bodies of the one that is held where they are the same.

    One from before the clock was set back is of unknown age: it counts as having just turned stale.
    """
    tag, fetched_at, ttl, apart, body, packed, br = fields
    if tag is None or fetched_at is None or ttl is None:
        return None
    at = now - float(ttl) if connection.ahead(float(fetched_at), now) else float(fetched_at)
    times = at, float(ttl), float(apart or 0)
    if held and held.etag == tag.decode():
        return Snapshot(key, held.body, held.etag, held.gzip, held.br, *times)
    return None if body is None else Snapshot(key, body, tag.decode(), packed or b"", br or b"", *times)


def failure_of(text: bytes | None, now: float) -> Failure | None:
    """Build a failure from what Redis holds, if anything; one from before the clock was set back is forgotten."""
    failure = parse_failure(text) if text else None
    return failure if failure and not connection.ahead(failure.failed_at, now) else None


def parse_failure(text: bytes) -> Failure:
    """Build a failure from what Redis holds."""
    count, failed_at, next_try_at, problem = text.split(b" ", 3)
    return Failure(**json.loads(problem), count=int(count), failed_at=float(failed_at), next_try_at=float(next_try_at))


def renew(key: str, *, ttl: float, apart: float = 0.0) -> bool:
    """Make a snapshot fresh again for `ttl` seconds (304) and forget the part's failures; false where there is none."""
    return bool(RENEW(key, ttl, kept_seconds(ttl), apart))


def rest(key: str, seconds: float) -> None:
    """Have nobody, forced reads included, ask the upstream for the part again for so many seconds, as it asked us."""
    if seconds > 0:
        connection.call(lambda client: client.set(f"ib:rest:{key}", int(seconds * 1000), px=int(seconds * 1000)))


def kept_seconds(ttl: float) -> int:
    """Return how long Redis keeps a snapshot."""
    return int(max(DAY + ttl, 6 * ttl))


def fail(key: str, *, kind: str, status: int, title: str, detail: str, keep: float | None = None) -> Failure:
    """Note that a part's fetch failed: left alone for `keep` seconds, or 15 s doubling up to 5 min with each failure.

    The count outlives the wait by 10 minutes, so that a part nobody asks for at once does not start anew.
    """
    problem = json.dumps({"kind": kind, "status": status, "title": title, "detail": detail})
    wait = "" if keep is None else keep
    return parse_failure(FAIL(key, problem, wait, FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS, REMEMBERED_SECONDS))


def held(wanted: Sequence[str]) -> Reading | None:
    """Return what this process read last of the parts, for when Redis is away; None when it holds nothing of them."""
    here = memory(os.getpid())
    entries = {key: Entry(key, here.shelf.get(key)) for key in wanted}
    if not any(entry.snapshot for entry in entries.values()):
        return None
    return Reading(time.monotonic() + here.offset, entries)


def remember(reading: Reading) -> None:
    """Keep what was read, and how far Redis' clock is from this process' own."""
    here = memory(os.getpid())
    here.offset = reading.now - time.monotonic()
    here.shelf.put(entry.snapshot for entry in reading.entries.values() if entry.snapshot)


@dataclass
class Memory:
    """What one process holds for when Redis is away; its monotonic clock plus `offset` is Redis' time in seconds."""

    offset: float = 0.0
    shelf: Shelf[Snapshot] = field(default_factory=Shelf)


@cache
def memory(pid: int) -> Memory:  # noqa: ARG001 - a forked child begins anew: the parent's lock may be taken for ever
    """Return the memory of one process."""
    return Memory()
