"""What a body may be: nothing that is sent to any operation is a 5xx, and what is too much is refused at its limit."""

from __future__ import annotations

import json
import socket
import sys
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from redis import Redis

from launcher.parts import API_THREADS
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.hostile_json import DEEP, HOSTILE, LEGAL, MIB, WHOLE
from tests.faults.protection import without
from tests.faults.wire import JSON, NOBODY, Header, Operation, ask, exchange, head, operations, taking_bodies

TYPES = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
         "application/json, text/plain", "application/jsonp", ";;;", "\xff", "text/json; charset=\xff"]  # fmt: skip
MANY_ADDRESSES = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the loopback has one address only")
UNASKED = ["id", "user_id", "created_at", "updated_at", "opened_at", "password_hash", "token_generation", "is_admin",
           "__proto__", "constructor", "__class__", ""]  # fmt: skip


@pytest.fixture
def mine(anna: Client) -> dict[str, str]:
    """Give what the paths' variables are filled with: a dashboard of the user's own."""
    return {"dashboard_id": anna.ask("POST", "/api/dashboards", {"name": "Home"}).json()["id"]}


def good(operation: Operation) -> dict[str, Any]:
    """Return a body that fits."""
    values = {"email": "ann@example.org", "name": "Home", "layout_json": [], "settings_json": {}}
    return {name: values.get(name, "correct horse battery") for name in operation.fields}


def spoiled(operation: Operation, field: str, raw: bytes) -> bytes:
    """Return a body that fits but for one field, in whose place stands what is given."""
    rest = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in good(operation).items() if name != field]
    return b"{" + ", ".join([*rest, f"{json.dumps(field)}: "]).encode() + raw + b"}"


@pytest.mark.parametrize("kind", HOSTILE)
@without("web/bodies.py", "if any(fault(item) for item in level if isinstance(item, TOLD)):", "if False:")
def test_no_hostile_value_in_any_field_is_taken_or_breaks_anything(
    app: Flask, anna: Client, mine: dict[str, str], kind: str
) -> None:
    found = {
        f"{operation} {field}": ask(
            anna, operation.method, operation.path, [JSON], spoiled(operation, field, HOSTILE[kind])
        ).status
        for operation in taking_bodies(app, mine)
        for field in operation.fields
        if kind not in LEGAL.get(field, set())
    }

    assert len(found) >= 10
    assert {name: status for name, status in found.items() if status != 422} == {}


@pytest.mark.parametrize("kind", WHOLE)
@without("web/bodies.py", "except (ValueError, RecursionError):", "except KeyError:")
def test_what_is_no_json_object_is_unprocessable(app: Flask, anna: Client, mine: dict[str, str], kind: str) -> None:
    found = {str(one): ask(anna, one.method, one.path, [JSON], WHOLE[kind]).status for one in taking_bodies(app, mine)}

    assert {name: status for name, status in found.items() if status != 422} == {}


@without("web/schemas.py", "unknown = RAISE", 'unknown = "exclude"')
def test_no_body_sets_what_it_may_not(app: Flask, anna: Client, mine: dict[str, str]) -> None:
    before = anna.get("/api/dashboards").json()

    found = {
        f"{one} {name}": ask(anna, one.method, one.path, [JSON], spoiled(one, name, b'"x"')).status
        for one in taking_bodies(app, mine)
        for name in UNASKED
    }

    assert {name: status for name, status in found.items() if status != 422} == {}
    assert anna.get("/api/dashboards").json() == before


@without("web/bodies.py", 'if request.mimetype != "application/json":', "if False:")
def test_only_json_is_taken(app: Flask, anna: Client, mine: dict[str, str]) -> None:
    found = {
        f"{one} {kind}": ask(anna, one.method, one.path, [("Content-Type", kind)], b"{}").status
        for one in taking_bodies(app, mine)
        for kind in TYPES
    }

    assert {name: status for name, status in found.items() if status != 415} == {}


@without("web/bodies.py", 'raw.decode("utf-8")', 'raw.decode(request.mimetype_params.get("charset", "utf-8"))')
def test_no_charset_changes_how_a_body_is_read(anna: Client) -> None:
    body = '{"name": "+AGEAYg-"}'
    names = ["utf-7", "utf-16", "latin-1", "rot13", "idna", "zlib", '"', "x" * 9000]

    found = [
        ask(anna, "POST", "/api/dashboards", [("Content-Type", f"application/json; charset={name}")], body.encode())
        for name in names
    ]

    assert [one.status for one in found] == [201] * len(names)
    assert {one.json()["name"] for one in found} == {"+AGEAYg-"}


@pytest.mark.parametrize("body", [b"[" * DEEP, b"\xff" * MIB, b"x" * (MIB + 1)], ids=["deep", "bytes", "large"])
@without("web/requests.py", "if (request.content_length or 0) > bodies.MAX_BYTES:", "if False:")
def test_a_body_where_none_is_wanted_breaks_nothing(app: Flask, api: str, redis: Redis, body: bytes) -> None:
    expected = {413} if len(body) > MIB else set(range(200, 500))
    anna = registered(api)
    found = {
        # Some change what they are asked with: a token that is signed out, an account that is deleted.
        str(one): ask(anna if one.method == "GET" else registered(api), one.method, one.path, [JSON], body).status
        for one in operations(app)
        if not one.fields and one.path != "/readyz"
    }

    assert {name: status for name, status in found.items() if status not in expected} == {}


CHUNKS = ("Transfer-Encoding", "chunked")
LYING: dict[str, tuple[list[Header], bytes, set[int]]] = {
    "two gigabytes": ([("Content-Length", "2000000000")], b"", {413}),
    "an absurd length": ([("Content-Length", "1" + "0" * 30)], b"", {400, 413}),
    "a negative length": ([("Content-Length", "-5")], b"{}", {400}),
    "a length in words": ([("Content-Length", "five")], b"{}", {400}),
    "two lengths": ([("Content-Length", "2"), ("Content-Length", "3")], b"{} ", {400}),
    "less than said": ([("Content-Length", "100")], b'{"name": "a"', {0, 400, 422}),
    "more than said": ([("Content-Length", "5")], b'{"name": "a"}', {422}),
    "chunks and a length": ([("Content-Length", "2"), CHUNKS], b"2\r\n{}\r\n0\r\n\r\n", {400, 422}),
    "another coding": ([("Transfer-Encoding", "gzip")], b"{}", {400, 501}),
    "a chunk of no size": ([CHUNKS], b"zz\r\n{}\r\n0\r\n\r\n", {400, 422}),
    "a chunk of all sizes": ([CHUNKS], b"f" * 20 + b"\r\n{}\r\n0\r\n\r\n", {400, 422}),
    "half a chunk": ([CHUNKS], b"ff\r\n{", {0, 400, 422}),
    "large chunks": ([CHUNKS], b"100000\r\n" + b" " * MIB + b"\r\n1\r\n \r\n0\r\n\r\n", {413}),
    "compressed": ([("Content-Encoding", "gzip"), ("Content-Length", "4")], b"\x1f\x8b\x08\x00", {415, 422}),
}  # fmt: skip


@pytest.mark.parametrize("lie", LYING)
@without("web/bodies.py", "if len(raw) > MAX_BYTES:", "if False:")
@without("web/__init__.py", 'app.config["MAX_CONTENT_LENGTH"] = bodies.MAX_BYTES + 1', "pass")
def test_a_body_that_lies_about_its_length_is_refused(anna: Client, lie: str) -> None:
    headers, body, expected = LYING[lie]
    given = [("Host", "x"), ("Authorization", f"Bearer {anna.token}"), JSON, *headers]

    got = exchange(anna.url, head("POST", "/api/dashboards", given) + body, ends=0 in expected)

    assert got.status in expected
    assert anna.get("/healthz").status == 200
    assert anna.get("/api/dashboards").json() == []


@pytest.mark.parametrize(("over", "status"), [(0, 201), (1, 413)])
@pytest.mark.parametrize("chunked", [False, True], ids=["by length", "in chunks"])
@without("web/bodies.py", "MAX_BYTES = 1024 * 1024", "MAX_BYTES = 1024 * 1024 - 1")
def test_a_body_has_at_most_one_mebibyte(anna: Client, over: int, status: int, chunked: bool) -> None:  # noqa: FBT001 - a table
    body = b'{"name": "Home"}'.ljust(MIB + over)
    if chunked:
        pieces = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        got = ask(anna, "POST", "/api/dashboards", [JSON, CHUNKS], pieces)
    else:
        got = ask(anna, "POST", "/api/dashboards", [JSON], body)

    assert got.status == status


@MANY_ADDRESSES
@without("web/uploads.py", "senders.total() < PLACES", "True")
def test_who_never_sends_the_body_that_was_announced_holds_up_no_reader(anna: Client) -> None:
    with ExitStack() as open_connections:
        for number in range(API_THREADS):
            open_connections.enter_context(announced(anna.url, f"127.0.0.{number + 2}"))
        began = time.monotonic()
        read = exchange(anna.url, head("GET", f"/api/jobs/{NOBODY}", [("Host", "x")]), seconds=10)
        seconds = time.monotonic() - began
        refused = anna.ask("POST", "/api/dashboards", {"name": "Home"})

    assert read.status == 401
    assert seconds < 5
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    servers.until(lambda: anna.ask("POST", "/api/dashboards", {"name": "Home"}).status == 201, 10)


@MANY_ADDRESSES
@without("web/uploads.py", "senders[sender] < EACH and ")
def test_who_never_sends_the_bodies_that_were_announced_holds_up_nobody_elsewhere(anna: Client) -> None:
    with ExitStack() as open_connections:
        for _ in range(API_THREADS):
            open_connections.enter_context(announced(anna.url, "127.0.0.2"))
        saved = anna.ask("POST", "/api/dashboards", {"name": "Home"})

    assert saved.status == 201


def announced(url: str, address: str) -> socket.socket:
    """Announce a body from an address, and send its first byte only."""
    parts = urlsplit(url)
    one = socket.create_connection((parts.hostname, parts.port), source_address=(address, 0))
    one.sendall(head("POST", "/api/auth/login", [("Host", "x"), JSON, ("Content-Length", "100")]) + b"{")
    return one
