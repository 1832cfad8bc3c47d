"""What is read in the benchmark: snapshots, users and dashboards, written by our own code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

import providers
from providers import schema
from store import connection, keys, tokens
from tests.landed import land
from web import create_app
from web.tokens import issue

DAY = 86_400
LARGE_BYTES, SMALL_BYTES, WIDGETS, DASHBOARDS = 34_700, 300, 20, 10
LARGE, SMALL, STALE = "torvalds", "small", "stale"


@dataclass(frozen=True)
class Group:
    """Users of one case, so that no case uses up another one's requests a minute; with the path of each."""

    tokens: list[str]
    paths: list[str]


def large() -> bytes:
    """Return a payload of events, as large as GitHub's."""
    events = [{"id": str(number), "summary": f"event {number} " + "s" * 300} for number in range(105)]
    return json.dumps(events).encode().ljust(LARGE_BYTES)


def warm() -> str:
    """Write the snapshots that are read, for us and for the rivals, and return the large one's ETag."""
    tokens.load([], [])
    small = b"[" + b" " * (SMALL_BYTES - 2) + b"]"
    put(SMALL, small)
    put(STALE, large(), ttl=0.001)
    for number in range(WIDGETS):
        land(weather_key(number), json.dumps({"temp": number, "text": "w" * 1500}).encode(), ttl=DAY)
    return put(LARGE, large())


def put(name: str, body: bytes, ttl: float = DAY) -> str:
    """Write one snapshot and, for the rivals, the same bytes; return its ETag."""
    etag = land(keys.widget_key("github", {"username": name}), body, ttl=ttl).etag
    held: Any = {"body": body, "etag": etag}
    connection.call(lambda client: client.hset(f"bench:github:{name}", mapping=held))
    return etag


def weather_key(number: int) -> str:
    """Return the key of one widget of the dashboard."""
    provider = providers.registry()["weather"]
    params = schema.load_params(provider, {"city": f"City {number}"})
    return keys.widget_key("weather", schema.as_dict(provider.parts(params)[0]))


def users(count: int, path: str) -> Group:
    """Return users who exist by their tokens only, who all ask for one path."""
    with create_app().app_context():
        return Group([issue(uuid4(), 0) for _ in range(count)], [path] * count)


def owners(count: int, path: str) -> Group:
    """Return users with dashboards, who all ask for one path, in which `{}` stands for the first of their own."""
    from models.dashboards import Dashboard  # noqa: PLC0415 - settings are complete only now
    from models.session import transaction  # noqa: PLC0415 - the same
    from models.users import User  # noqa: PLC0415 - the same

    ids = [uuid4() for _ in range(count)]
    boards = {user: uuid4() for user in ids}
    with transaction() as db:
        db.execute(insert(User), [{"id": one, "email": f"{one}@example.org", "password_hash": "-"} for one in ids])
        db.execute(insert(Dashboard), [row(user, boards[user], number) for user in ids for number in range(DASHBOARDS)])
    with create_app().app_context():
        found = [issue(one, 0) for one in ids]
    return Group(found, [path.format(boards[one]) for one in ids])


def row(user: UUID, first: UUID, number: int) -> dict[str, Any]:
    """Return one dashboard of twenty widgets."""
    layout = [
        {
            "id": str(one),
            "widget": "weather",
            "params": {"city": f"City {one}", "units": "metric"},
            "x": 0,
            "y": one,
            "w": 4,
            "h": 4,
        }
        for one in range(WIDGETS)
    ]
    return {"id": uuid4() if number else first, "user_id": user, "name": f"Board {number}", "layout_json": layout}
