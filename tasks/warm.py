"""Beat's tick: have fetched what is wanted and about to go stale, before anybody waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import dispatch
import logs
import providers
from celery_config import TICK_SECONDS, app
from providers import schema
from providers.base import Provider
from store import StoreDownError, demand, snapshots
from store.demand import Due, Want
from store.keys import provider_of
from store.snapshots import Reading
from tasks import rhythm, ticks
from wanted import Parts, asked_for

AT_ONCE = 200
# How long before its time, in TTLs, a part comes along with another whose request it shares: each part has a rhythm of
# its own, and the request would be made for each of them.
ALONG = 0.5

log = logs.get("warm")


@app.task(name="warm", ignore_result=True, Request="tasks.ticks:Tick", throws=StoreDownError)
def warm() -> None:
    """Go through what is due, at most for one tick; several beats may ask, one tick does it."""
    if not ticks.mine("warm", TICK_SECONDS):
        return
    until = time.monotonic() + TICK_SECONDS - 1
    while keys := demand.claim_due(AT_ONCE):
        refresh(keys)
        if len(keys) < AT_ONCE or time.monotonic() > until:
            return


def refresh(keys: list[str]) -> None:
    """Drop what nobody wants, put off what may wait, and ask for the rest."""
    early = along(keys)
    keys = [*keys, *early]
    wants = demand.read(keys)
    reading = snapshots.read_times(keys)
    known = providers.registry()
    wanted = [
        want for want in wants if want and want.provider in known and schema.fits(known[want.provider], want.part)
    ]
    gone = set(keys) - {want.key for want in wanted}
    for key in gone:
        demand.drop(provider_of(key), [key])
    times = {want.key: when(want, reading) for want in wanted}
    due = [want for want in wanted if times[want.key] <= reading.now]
    shared = {(want.provider, group(want)) for want in due} if early else set()
    soon = [want for want in wanted if want.key in early and times[want.key] > reading.now]
    along_now = (want for want in soon if (want.provider, group(want)) in shared)
    asked = [*due, *(want for want in along_now if comes_along(want, times, reading))]
    taken = {want.key for want in asked}
    leave([want for want in wanted if want.key not in taken], times, reading)
    ask(asked, reading.now)


def leave(wants: Iterable[Want], times: Mapping[str, float], reading: Reading) -> None:
    """Schedule parts that may wait: a dashboard that was saved may want them at another time than before."""
    dues: dict[str, dict[str, Due]] = {}
    for want in wants:
        ttl, failure = providers.registry()[want.provider].ttl.total_seconds(), reading.entries[want.key].failure
        refresh = None if failure and failure.active(reading.now) else rhythm.own(want, reading.now, ttl)
        dues.setdefault(want.provider, {})[want.key] = Due(times[want.key], refresh)
    for name, some in dues.items():
        demand.plan(name, some)


def along(keys: Iterable[str]) -> set[str]:
    """Take what is due soon and shares a request with what is due."""
    due = set(keys)
    sharing = [one for name, one in providers.registry().items() if one.shares and name in map(provider_of, due)]
    soon = [key for one in sharing for key in demand.claim_along(one.name, ahead(one))]
    return set(soon) - due


def group(want: Want) -> str | None:
    """Name what the part shares a request with."""
    provider = providers.registry()[want.provider]
    return provider.group(schema.from_dict(provider, want.part))


def comes_along(want: Want, times: Mapping[str, float], reading: Reading) -> bool:
    """Say whether a part may be fetched before it is due: it is soon, and nothing but its rhythm holds it back."""
    entry = reading.entries[want.key]
    held_back = (entry.failure and entry.failure.active(reading.now)) or want.provider in reading.pauses
    return not held_back and times[want.key] <= reading.now + ahead(providers.registry()[want.provider])


def ahead(provider: Provider[Any, Any]) -> float:
    """Return how long before its time a part comes along, in seconds."""
    return provider.ttl.total_seconds() * ALONG


def when(want: Want, reading: Reading) -> float:
    """Return when a part is to be fetched, in epoch seconds; a time that has passed means now."""
    entry = reading.entries[want.key]
    at = rhythm.due(want, entry.snapshot) if entry.snapshot else 0.0
    if entry.failure and entry.failure.active(reading.now):
        at = max(at, rhythm.again(want.key, entry.failure.next_try_at))
    if pause := reading.pauses.get(want.provider):
        at = max(at, rhythm.again(want.key, pause.until))
    return at


def ask(wants: Iterable[Want], since: float) -> None:
    """Open jobs for parts, as few as their providers allow."""
    parts: dict[str, dict[str, Mapping[str, Any]]] = {}
    for want in wants:
        parts.setdefault(want.provider, {})[want.key] = want.part
    for name, found in parts.items():
        open_jobs(providers.registry()[name], found, since)


def open_jobs(provider: Provider[Any, Any], parts: Parts, since: float) -> None:
    """Open a provider's jobs; a broker that is away is tried again when the parts' claim runs out."""
    try:
        dispatch.fetch(
            provider.name,
            asked_for(provider, parts),
            most=provider.batch,
            queue=provider.queue,
            request_id=rhythm.WARM,
            since=since,
        )
    except dispatch.BrokerDownError:
        log.warning("broker away", parts=len(parts))
