"""Requests as they stand on the wire, such as no HTTP library would send them, and the operations to send them to."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask

from tests.e2e.client import Client, Got

NOBODY = str(UUID(int=7))
JSON = ("Content-Type", "application/json")
Header = tuple[str, str]


@dataclass(frozen=True)
class Operation:
    """A method and a path of the API, whose variables are filled in, and the JSON Schemas of its body's fields."""

    method: str
    path: str
    rule: str
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def operations(app: Flask, filled: Mapping[str, str] | None = None) -> list[Operation]:
    """Return every operation there is, so that a new one is tested by itself; HEAD and OPTIONS come with the others."""
    values = {"name": "swagger-ui.css", **(filled or {})}
    document = app.test_client().get("/api/openapi.json").json
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda one: values.get(one[1], NOBODY), rule.rule)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        found += [Operation(method, path, rule.rule, fields(document, rule.rule, method)) for method in methods]
    return found


def fields(document: Any, rule: str, method: str) -> dict[str, Any]:
    """Return the schemas of an operation's body by field, as the OpenAPI document has them."""
    documented = document["paths"].get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule), {})
    content = documented.get(method.lower(), {}).get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return dict(document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]) if reference else {}


def taking_bodies(app: Flask, filled: Mapping[str, str] | None = None) -> list[Operation]:
    """Return the operations that take a body."""
    return [one for one in operations(app, filled) if one.fields]


def ask(client: Client, method: str, target: str, headers: Iterable[Header] = (), body: bytes | None = None) -> Got:
    """Make one request with exactly these headers beside Host, Content-Length and the client's token."""
    given = [("Host", urlsplit(client.url).netloc), *headers]
    if client.token:
        given.append(("Authorization", f"Bearer {client.token}"))
    if body is not None and not any(name in {"Content-Length", "Transfer-Encoding"} for name, _ in given):
        given.append(("Content-Length", str(len(body))))
    return exchange(client.url, head(method, target, given) + (body or b""), method=method)


def head(method: str, target: str, headers: Iterable[Header]) -> bytes:
    """Return a request's bytes up to its body."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


def exchange(url: str, raw: bytes, *, method: str = "GET", ends: bool = False, seconds: float = 20) -> Got:
    """Send these bytes and read one answer, status 0 where there is none; `ends` says that no more will come.

    A server that answers and closes before it has read everything resets the connection, by which an answer may get
    lost on the way; so it is asked three times.
    """
    tries = (answer_to(url, raw, method=method, ends=ends, seconds=seconds) for _ in range(3))
    return next((got for got in tries if got.status), Got(0, {}, b""))


def answer_to(url: str, raw: bytes, *, method: str, ends: bool, seconds: float) -> Got:
    """Send these bytes once; a server that is silent for too long fails the test."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), seconds) as connection:
        answer = http.client.HTTPResponse(connection, method=method)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(raw)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            answer.begin()
            # Only Set-Cookie may be there twice: each has a line of its own.
            found = {name.lower(): "\n".join(answer.headers.get_all(name, [])) for name in answer.headers}
            return Got(answer.status, found, whole(answer))
        except (http.client.HTTPException, ConnectionError):
            return Got(0, {}, b"")
        finally:
            answer.close()


def whole(answer: http.client.HTTPResponse) -> bytes:
    """Return an answer's body, or as much of it as came."""
    try:
        return answer.read()
    except http.client.IncompleteRead as error:
        return error.partial
    except ConnectionError:
        return b""
