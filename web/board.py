"""All widgets of a dashboard in one answer, from one look into Redis."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask import Response, request

import providers
from dispatch import BrokerDownError
from models.dashboards import Dashboard, Version
from store import StoreDownError, snapshots
from store.confirming import known as known_of
from store.snapshots import Reading
from web import admission, answers, copies, etags, flights, params, warm
from web.copies import COPIES, Copy
from web.problems import Problem, broker_down, store_down, unprocessable
from web.reading import Look, Widget, widget
from web.times import epoch
from web.warm import Warm

Item = Mapping[str, Any]
# How many widgets' params are kept, and of how many characters.
REMEMBERED, MOST_REMEMBERED = 2048, 8192


@dataclass
class Board:
    """The widgets by item id, the items that are none, and what went wrong with a provider's fetches by its name."""

    widgets: dict[str, Widget]
    broken: dict[str, Problem]
    looks: dict[str, Look] = field(default_factory=dict)
    cold_problems: dict[str, Problem] = field(default_factory=dict)
    stale_problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """Every part, once."""
        return list(dict.fromkeys(key for one in self.widgets.values() for key in one.parts))


def answer(dashboard: Dashboard) -> Response:
    """Answer with a dashboard's data; raises Problem (401, 429) and StoreDownError when nothing at all is known."""
    items = list(dashboard.layout_json)
    found = sorted_out(items)
    look(found)
    told = {item["id"]: state_of(found, item["id"]) for item in items}
    pieces = [answers.encode(name) + b":" + answers.joined(said, data) for name, (said, data) in told.items()]
    body = b'{"widgets":{' + b",".join(pieces) + b"}}"
    # Weak: the seconds to wait count down in the body, and are no change that a client has to hear of.
    steady = [(name, without_wait(said), data) for name, (said, data) in told.items()]
    ready = Warm(warm.tag_of(repr(steady).encode()), {"": body}, answers.PRIVATE, weak=True)
    if not found.broken and all(one.state == "fresh" and one.detail is None for one in found.looks.values()):
        keep(found, ready, dashboard)
    return etags.ready(ready, time.time())


def keep(found: Board, ready: Warm, dashboard: Dashboard) -> None:
    """Let the front answer the same request for a while, but no longer than until the first widget is stale."""
    looks = found.looks.values()
    here = time.monotonic()
    now = max((one.now for one in looks), default=here)
    ready.expires_at = min((one.oldest.expires_at for one in looks), default=float("inf"))
    made_of = (copies.news_of(dashboard.id), *found.keys)
    name = copies.of_dashboard(str(dashboard.user_id), request.path, request.environ["QUERY_STRING"])
    parts = {one.key: one for each in looks for one in each.snapshots}
    version = Version(dashboard.user_id, dashboard.id, dashboard.updated_at)
    COPIES.put(
        name,
        Copy(ready, made_of, here, now - here, str(request.url_rule), board=version, known=known_of(parts.values())),
    )


def sorted_out(items: Iterable[Item]) -> Board:
    """Take the widgets apart; an item whose provider has gone or changed since it was saved is broken."""
    found = Board({}, {})
    for item in items:
        provider = providers.registry().get(item["widget"])
        if provider is None:
            found.broken[item["id"]] = unprocessable({"widget": ["is not known any more"]})
            continue
        try:
            found.widgets[item["id"]] = known(provider.name, json.dumps(item.get("params", {})))
        except params.WrongParamsError as error:
            found.broken[item["id"]] = unprocessable(error.errors)
    return found


def known(provider: str, given: str) -> Widget:
    """Return the widget of a layout's item, whose params are JSON; raises WrongParamsError.

    Checking params costs more than all else on a dashboard, and the same ones come with every poll. Those of 50 long
    URLs are 100 KiB, though, and are not kept.
    """
    return remembered(provider, given) if len(given) <= MOST_REMEMBERED else checked(provider, given)


def checked(provider: str, given: str) -> Widget:
    """Check params; raises WrongParamsError."""
    found = providers.registry()[provider]
    return widget(found, params.load(found, json.loads(given)))


remembered = lru_cache(maxsize=REMEMBERED)(checked)


def look(found: Board) -> None:
    """Read every part in one round trip, the token's admission included, and have fetched what is cold or stale."""
    try:
        reading = admission.read(found.keys)
    except StoreDownError:
        admission.admit_by_record()
        from_memory(found)
        return
    see(found, reading)
    complete = [refresh(found, one) for one in by_provider(found, reading)]
    if not all(complete):
        see(found, snapshots.read(found.keys))


def see(found: Board, reading: Reading) -> None:
    """Look at each widget in one reading."""
    for name, one in found.widgets.items():
        found.looks[name] = Look(one, reading)


def from_memory(found: Board) -> None:
    """Look at what this process read last; raises StoreDownError when it holds nothing of the board."""
    held = snapshots.held(found.keys)
    if held is None:
        raise StoreDownError("nothing is held of this board")
    see(found, held)
    for one in found.widgets.values():
        found.cold_problems[one.provider.name] = found.stale_problems[one.provider.name] = store_down()


def by_provider(found: Board, reading: Reading) -> list[Look]:
    """Put the parts of all widgets of one provider together, so that they share jobs."""
    merged: dict[str, Widget] = {}
    for one in found.widgets.values():
        name = one.provider.name
        before = merged[name].parts if name in merged else {}
        merged[name] = Widget(one.provider, one.params, before | one.parts)
    return [Look(one, reading) for one in merged.values()]


def refresh(found: Board, merged: Look) -> bool:
    """Have a provider's parts fetched; false when one landed meanwhile. What goes wrong is told beside the data."""
    name, user_id = merged.widget.provider.name, str(admission.identity().user_id)

    def cold() -> bool:
        flights.count(merged, merged.cold, user_id)
        return flights.ask(merged, merged.cold, waited_for=True)

    asked = [
        attempt(cold, found.cold_problems, name),
        attempt(lambda: flights.ask(merged, merged.stale, waited_for=False), found.stale_problems, name),
    ]
    for one in found.looks.values():
        one.jobs |= {key: merged.jobs[key] for key in one.widget.parts if key in merged.jobs}
    return all(asked)


def attempt(ask: Callable[[], bool], problems: dict[str, Problem], name: str) -> bool:
    """Ask, or note why that could not be done."""
    try:
        return ask()
    except BrokerDownError:
        problems[name] = broker_down()
    except StoreDownError:
        problems[name] = store_down()
    except Problem as problem:
        problems[name] = problem
    return True


def state_of(found: Board, name: str) -> tuple[dict[str, Any], bytes]:
    """Return one widget's state and its data as JSON bytes."""
    if name in found.broken:
        return envelope("error", problem=found.broken[name]), b"null"
    one = found.looks[name]
    provider = one.widget.provider.name
    told = one.problem() or (found.stale_problems if one.complete else found.cold_problems).get(provider)
    if not one.complete and not one.pending:
        told = told or broker_down()
    problem = None if one.state in {"fresh", "pending"} else told
    return envelope(one.state, one, problem), one.body if one.snapshots else b"null"


def envelope(state: str, one: Look | None = None, problem: Problem | None = None) -> dict[str, Any]:
    """Return what is told of a widget beside its data."""
    there = one is not None and bool(one.snapshots) and state != "error"
    return {
        "state": state,
        "fetched_at": epoch(one.oldest.fetched_at) if one and there else None,
        "expires_at": epoch(one.oldest.expires_at) if one and there else None,
        "error": members(problem) if problem else None,
        "job": one.job if one else None,
    }


def members(problem: Problem) -> dict[str, Any]:
    """Return a problem with the seconds to wait."""
    wait = problem.retry_after
    return problem.members() | ({} if wait is None else {"retry_after": max(1, math.ceil(wait))})


def without_wait(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a widget's state without the seconds to wait."""
    error = said["error"] and {name: value for name, value in said["error"].items() if name != "retry_after"}
    return {**said, "error": error}
