"""Who may see what: without a token nothing but the front door, with one nothing of anybody else's."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis

from tests.e2e.client import Client, Got
from tests.faults.protection import without
from tests.faults.wire import JSON, Operation, ask, operations

# A new path is private until it is named here.
PUBLIC = {
    "/",
    "/<location:path>",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/docs",
    "/api/docs/",
    "/api/docs/assets/start.js",
    "/api/docs/assets/<name>",
    "/api/openapi.json",
    "/api/auth/register",
    "/api/auth/login",
}
# Jobs belong to keys, not to users: who asks for the same widget polls the same job.
SHARED = {"/api/jobs/<uuid:job_id>", "/api/docs/assets/<name>", "/<location:path>"}
BODY = b'{"name": "mine now"}'
# What is said of the request, not of what it was for.
OF_THE_REQUEST = {"x-request-id", "ratelimit", "date"}


def made(client: Client) -> str:
    layout = [{"id": "a", "widget": "weather", "params": {"city": "Oslo"}}]
    return str(client.ask("POST", "/api/dashboards", {"name": "Home", "layout_json": layout}).json()["id"])


def with_ids(app: Flask, dashboard_id: str) -> list[Operation]:
    """Return the operations on one thing of somebody's, which has this id whatever kind of thing it is."""
    found = operations(app, {"dashboard_id": dashboard_id})
    assert all("<uuid:dashboard_id>" in one.rule for one in found if "<" in one.rule and one.rule not in SHARED), (
        "say here what somebody owns by this new id"
    )
    return [one for one in found if "<" in one.rule and one.rule not in SHARED]


def told(got: Got) -> tuple[int, dict[str, str], bytes]:
    return got.status, {name: value for name, value in got.headers.items() if name not in OF_THE_REQUEST}, got.body


@without("web/catalog.py", "@admission.signed_in\n")
def test_every_path_but_the_front_door_wants_a_token_before_all_else(app: Flask, api: str, redis: Redis) -> None:
    private = [one for one in operations(app) if one.rule not in PUBLIC]

    found = {
        str(one): ask(Client(api), one.method, f"{one.path}?x=%00", [("Content-Type", "x")], b"{") for one in private
    }

    assert len(private) >= 20
    assert {name: got.status for name, got in found.items() if got.status != 401} == {}
    assert len({got.body for got in found.values()}) == 1
    assert {got.headers["www-authenticate"] for got in found.values()} == {"Bearer"}


@without("models/dashboards.py", ', Dashboard.user_id == bindparam("user_id"))', ")")
def test_what_is_someone_elses_is_told_in_the_bytes_of_what_is_not_there(
    app: Flask, anna: Client, bert: Client
) -> None:
    theirs = made(bert)
    before = bert.get(f"/api/dashboards/{theirs}").body

    pairs = zip(with_ids(app, theirs), with_ids(app, str(uuid4())), strict=True)
    found = {
        str(one): [
            told(ask(anna, each.method, each.path, [JSON], BODY if each.fields else None)) for each in (one, none)
        ]
        for one, none in pairs
    }

    assert {name.split()[0] for name in found} == {"GET", "PUT", "DELETE"}
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}
    assert {pair[0][0] for pair in found.values()} == {404}
    assert bert.get(f"/api/dashboards/{theirs}").body == before


@without("web/paths.py", "return identifier(value) or NIL", "return UUID(value)")
def test_what_is_no_id_is_told_in_the_same_bytes_too(app: Flask, anna: Client) -> None:
    odd = [
        "not-a-uuid",
        "%00",
        "%FF",
        "..",
        "%2e%2e",
        "{7f}",
        "urn:uuid:" + str(uuid4()),
        uuid4().hex,
        "1' OR 1=1",
        "x" * 9000,
    ]

    found = {
        f"{one} {name}": told(ask(anna, one.method, one.path, [JSON], BODY if one.fields else None))
        for name in [str(uuid4()), *[name.replace(" ", "%20") for name in odd]]
        for one in with_ids(app, name)
    }

    assert len({body for _, _, body in found.values()}) == 1
    assert {status for status, _, _ in found.values()} == {404}


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@without("models/dashboards.py", ', Dashboard.user_id == bindparam("user_id"))', ")")
def test_no_condition_tells_whether_someone_elses_is_there(app: Flask, anna: Client, bert: Client, header: str) -> None:
    theirs = made(bert)
    tag = bert.get(f"/api/dashboards/{theirs}").headers["etag"]

    statuses = {
        ask(anna, one.method, one.path, [JSON, (header, value)], BODY if one.fields else None).status
        for one in with_ids(app, theirs)
        for value in (tag, "*", '"other"', "nonsense")
    }

    assert statuses == {404}


@without(
    "models/dashboards.py",
    '    .where(Dashboard.user_id == bindparam("user_id"))\n',
    "",
)
def test_a_list_has_nothing_of_anybody_elses(anna: Client, bert: Client) -> None:
    made(bert)
    mine = made(anna)

    assert [one["id"] for one in anna.get("/api/dashboards").json()] == [mine]
