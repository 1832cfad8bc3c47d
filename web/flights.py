"""Having parts fetched: how many a user may cause, by which queue, and in which batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dispatch
from dispatch import QueueName
from providers import schema
from store import rates
from web.params import AnyProvider
from web.problems import Problem
from web.reading import Look, Widget
from web.requests import request_id

FETCHES, WINDOW_SECONDS = 300, 60


def ask(look: Look, keys: Sequence[str], *, waited_for: bool) -> bool:
    """Have parts fetched, and note their jobs; false when one has landed meanwhile, so that a new look is due.

    `waited_for` puts the fetch before those that only refresh. Raises BrokerDownError and StoreDownError.
    """
    found: dict[str, str] = {}
    for group, chunk in batches(look.widget, keys):
        found |= send(look.widget.provider, look, group, chunk, queue_of(look.widget.provider, waited_for=waited_for))
    look.jobs |= found
    return found.keys() >= set(keys)


def send(
    provider: AnyProvider, look: Look, group: str | None, chunk: Sequence[str], queue: QueueName
) -> dict[str, str]:
    """Have one batch fetched; return the job id by part key."""
    parts = {key: look.widget.parts[key] for key in chunk}
    whole = provider.whole([schema.from_dict(provider, part) for part in parts.values()])
    return dispatch.fetch(
        provider.name,
        parts,
        group=group,
        batch=provider.batch,
        queue=queue,
        line=f"{provider.name} {schema.readable(whole)}",
        request_id=request_id(),
        since=look.now,
    )


def batches(widget: Widget, keys: Sequence[str]) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the parts that one job may fetch together, at most as many as the provider takes."""
    groups: dict[str, tuple[str | None, list[str]]] = {}
    for key in keys:
        group = widget.provider.group(schema.from_dict(widget.provider, widget.parts[key]))
        groups.setdefault(group or key, (group, []))[1].append(key)
    size = widget.provider.batch
    for group, found in groups.values():
        for start in range(0, len(found), size):
            yield group, found[start : start + size]


def queue_of(provider: AnyProvider, *, waited_for: bool) -> QueueName:
    """Return the queue of a provider's fetch."""
    if provider.queue == "checks":
        return "checks"
    return "interactive" if waited_for else "fetch"


def count(look: Look, keys: Sequence[str], user_id: str) -> None:
    """Count the fetches that a user causes by asking for these parts; raises Problem (429) beyond the limit."""
    new = [key for key in keys if key not in look.jobs]
    cost = sum(1 for _ in batches(look.widget, new))
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
