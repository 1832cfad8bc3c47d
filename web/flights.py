"""Having parts fetched: how many a user may cause, by which queue, and in which batches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import dispatch
import wanted
from dispatch import QueueName
from store import asked, rates
from wanted import Parts
from web import admission
from web.params import AnyProvider
from web.problems import Problem
from web.reading import Look, Widget
from web.requests import request_id

FETCHES, WINDOW_SECONDS = 300, 60
# So many parts that each take a request of their own count as one fetch: it is what one widget may have.
PARTS = 50


def ask(look: Look, keys: Sequence[str], *, waited_for: bool) -> bool:
    """Have parts fetched, and note their jobs; false when one has landed meanwhile, so that a new look is due.

    `waited_for` puts the fetch before those that only refresh. Raises BrokerDownError and StoreDownError.
    """
    provider, found = look.widget.provider, dict[str, str]()
    if keys:
        found = dispatch.fetch(
            provider.name,
            wanted.asked_for(provider, {key: look.widget.parts[key] for key in keys}),
            most=provider.batch,
            queue=queue_of(provider, waited_for=waited_for),
            request_id=request_id(),
            since=look.now,
        )
    look.jobs |= found
    if provider.joined:
        asked.note(str(admission.identity().user_id), look.jobs)
    return found.keys() >= set(keys)


def batches(widget: Widget, keys: Iterable[str]) -> Iterator[tuple[str | None, Parts]]:
    """Yield the parts of a widget that one job may fetch together, and their group."""
    return wanted.batches(widget.provider, {key: widget.parts[key] for key in keys})


def queue_of(provider: AnyProvider, *, waited_for: bool) -> QueueName:
    """Return the queue of a provider's fetch."""
    if provider.queue == "checks":
        return "checks"
    return "interactive" if waited_for else "fetch"


def count(look: Look, keys: Sequence[str], user_id: str) -> None:
    """Count the fetches that a user causes by asking for these parts; raises Problem (429) beyond the limit."""
    new = [key for key in keys if key not in look.jobs]
    provider = look.widget.provider
    cost = sum(1 if provider.shares else math.ceil(len(parts) / PARTS) for _, parts in batches(look.widget, new))
    if not cost:
        return
    rate = rates.take(f"fetches:{user_id}", FETCHES, WINDOW_SECONDS, cost)
    if not rate.allowed:
        limits = {
            "RateLimit-Policy": f'"fetches";q={FETCHES};w={WINDOW_SECONDS}',
            "RateLimit": f'"fetches";r={rate.remaining};t={round(rate.reset_s)}',
        }
        raise Problem(
            429, f"A user may cause {FETCHES} fetches a minute.", kind="too-many-fetches", retry_after=rate.reset_s,
            headers=limits,
        )  # fmt: skip
