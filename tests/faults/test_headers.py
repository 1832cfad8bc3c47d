"""What every answer carries, whatever its kind: no sniffing, framing, inline scripts or cookies; who may read it."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis

from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.faults.protection import without
from tests.faults.wire import JSON, ask, operations
from tests.integration.web.conftest import PASSWORD
from tests.integration.web.test_data import key_of, put
from tests.servers import free_port

ORIGIN = "https://board.example.org"
OSLO = "/api/data/weather?city=Oslo"
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
ONE_YEAR = "max-age=31536000"


@pytest.fixture(scope="module")
def api(postgres_url: str, redis_url: str) -> Iterator[str]:
    """Serve the API to anybody, with nobody to queue a fetch at and a proxy that is not this machine."""
    broken = f"redis://127.0.0.1:{free_port()}/0"
    with servers.api({"TRUSTED_PROXIES": "192.0.2.0/24", "CELERY_BROKER_URL": broken}) as service:
        yield service.url


@pytest.fixture(scope="module")
def proxied(postgres_url: str, redis_url: str) -> Iterator[str]:
    """Serve the API behind a proxy that it trusts, for one other origin."""
    with servers.api({"TRUSTED_PROXIES": "127.0.0.0/8", "CORS_ORIGINS": ORIGIN}) as service:
        yield service.url


def every_kind(url: str, broken: str) -> dict[int, Got]:
    """Return an answer of each status that there is; `broken` is an API whose broker is away."""
    anna, nobody, unlucky = registered(url), Client(url), registered(broken)
    made = anna.ask("POST", "/api/dashboards", {"name": "Home"})
    path = made.headers["location"]
    put(key_of("weather", city="Bergen"), {"temp": 3})
    for _ in range(10):
        nobody.ask("POST", "/api/auth/login", {"email": "ann@example.org", "password": "wrong"})
    account = {"email": "ann@example.org", "password": PASSWORD}
    nobody.ask("POST", "/api/auth/register", account)
    answers = [
        anna.get("/api/data/weather?city=Bergen"),
        made,
        anna.get(OSLO),
        ask(anna, "GET", path, [("If-None-Match", "*")]),
        nobody.get("/"),
        nobody.get("/api/me"),
        anna.ask("PUT", "/api/me/password", {"current_password": "wrong", "new_password": "another fine one"}),
        anna.get("/api/nothing"),
        anna.ask("PATCH", "/api/me"),
        nobody.ask("POST", "/api/auth/register", account),
        ask(anna, "PUT", path, [JSON, ("If-Match", '"other"')], b"{}"),
        ask(anna, "POST", "/api/dashboards", [JSON, ("Content-Length", "2000000")]),
        ask(anna, "POST", "/api/dashboards", [("Content-Type", "text/plain")], b"{}"),
        anna.ask("POST", "/api/dashboards", {}),
        nobody.ask("POST", "/api/auth/login", account),
        unlucky.get("/api/data/weather?city=Narvik"),
        anna.ask("DELETE", path),
    ]
    # The front door leads to the documents where no page is built.
    return {one.status: one for one in answers if one.status != http.client.FOUND}


@without("web/requests.py", "        answer.headers.setdefault(name, value)", "        pass")
def test_every_kind_of_answer_has_the_security_headers(api: str, proxied: str, redis: Redis) -> None:
    kinds = every_kind(proxied, api)

    assert sorted(kinds) == [200, 201, 202, 204, 304, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 503]
    for status, got in kinds.items():
        assert {name: got.headers.get(name) for name in SECURITY} == SECURITY, status
        policy = got.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy), status
        assert re.fullmatch("[0-9a-f]{32}", got.headers["x-request-id"]), status
        assert "set-cookie" not in got.headers, status
        assert status < 400 or got.headers["content-type"] == "application/problem+json", status
        assert status not in {429, 503} or int(got.headers["retry-after"]) > 0, status


@without("web/requests.py", '    ("X-Content-Type-Options", "nosniff"),\n')
def test_every_path_has_them_whatever_the_method(app: Flask, api: str, redis: Redis) -> None:
    anna = registered(api)
    paths = {one.path for one in operations(app)}

    for path in sorted(paths):
        for method in ("HEAD", "OPTIONS", "TRACE", "GET"):
            got = ask(anna, method, path)
            assert {name: got.headers.get(name) for name in SECURITY} == SECURITY, (method, path)
            assert "set-cookie" not in got.headers, (method, path)


@without("web/docs.py", "script-src 'self'; style-src", "script-src 'self' 'unsafe-inline'; style-src")
def test_no_page_runs_a_script_that_stands_in_it(app: Flask, api: str, redis: Redis) -> None:
    pages = {one.path: Client(api).get(one.path) for one in operations(app) if one.method == "GET"}
    html = {path: got for path, got in pages.items() if got.headers.get("content-type", "").startswith("text/html")}

    assert "/api/docs" in html
    for path, got in pages.items():
        policy = got.headers["content-security-policy"]
        scripts = next((part for part in policy.split(";") if "script-src" in part), "script-src 'none'").split()[1:]
        assert set(scripts) <= {"'self'", "'none'"}, path
        for needed in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action '"):
            assert needed in policy, path
    for path, got in html.items():
        assert re.findall(rb"<script(?![^>]* src=)|\son\w+=|javascript:", got.body) == [], path


@without("web/requests.py", "secure=request.is_secure)", "secure=False)")
def test_a_browser_that_came_by_tls_is_told_to_stay(proxied: str, redis: Redis) -> None:
    anna = registered(proxied)

    found = {
        (path, said): ask(anna, "GET", path, [("X-Forwarded-Proto", said)]).headers.get("strict-transport-security")
        for path in ("/api/me", "/api/nothing", "/healthz", "/")
        for said in ("https", "HTTPS", "http, https", "http", "https, http", "ftp", "")
    }

    for (path, said), told in found.items():
        secure = said.rpartition(",")[2].strip().lower() == "https"
        assert told == (ONE_YEAR if secure else None), (path, said)


@without("web/proxies.py", 'if self.trusts(parse(environ.get("REMOTE_ADDR", ""))):', "if True:")
def test_nobody_but_a_trusted_proxy_says_that_it_was_tls(api: str, redis: Redis) -> None:
    headers = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "on"), ("Front-End-Https", "on"),
               ("Forwarded", "proto=https"), ("X-Forwarded-Scheme", "https")]  # fmt: skip

    assert "strict-transport-security" not in ask(Client(api), "GET", "/healthz", headers).headers


STRANGE = ["https://evil.example.org", f"{ORIGIN}.evil.example.org", "https://evil-board.example.org", f"{ORIGIN}:444",
           "http://board.example.org", ORIGIN.upper(), f"{ORIGIN}/", f"{ORIGIN} {ORIGIN}", f"{ORIGIN},x", "null", "*",
           "", "\xff", "https://evil.example.org#https://board.example.org"]  # fmt: skip


@without(
    "web/cors.py", "return origin is not None and origin in settings.load().cors_origins", "return origin is not None"
)
def test_no_page_of_another_origin_may_read_an_answer(api: str, proxied: str, redis: Redis) -> None:
    asked = [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "authorization")]

    for url, origins in ((proxied, STRANGE), (api, [*STRANGE, ORIGIN])):
        for origin in origins:
            for method, path in (
                ("GET", "/healthz"),
                ("OPTIONS", "/api/me"),
                ("GET", "/api/me"),
                ("GET", "/api/nothing"),
            ):
                got = ask(Client(url), method, path, [("Origin", origin), *asked])
                assert [name for name in got.headers if name.startswith("access-control-")] == [], (origin, path)


@without("web/cors.py", "app.before_request(preflight)", "app.before_request(lambda: None)")
def test_the_named_origin_may_and_without_cookies(proxied: str, redis: Redis) -> None:
    mine = ask(Client(proxied), "GET", "/api/me", [("Origin", ORIGIN)])
    asked = ask(Client(proxied), "OPTIONS", "/api/me", [("Origin", ORIGIN), ("Access-Control-Request-Method", "PUT")])

    assert (mine.status, asked.status) == (401, 204)
    for got in (mine, asked):
        assert got.headers["access-control-allow-origin"] == ORIGIN
        assert "Origin" in got.headers["vary"]
        assert "access-control-allow-credentials" not in got.headers
    assert "ETag" in mine.headers["access-control-expose-headers"]
    assert "Authorization" in asked.headers["access-control-allow-headers"]


@without("web/answers.py", 'PRIVATE = "private, no-cache"', 'PRIVATE = "public"')
def test_no_shared_cache_keeps_what_a_token_was_needed_for(app: Flask, api: str, redis: Redis) -> None:
    anna = registered(api)
    made = anna.ask("POST", "/api/dashboards", {"name": "Home"}).json()["id"]
    put(key_of("weather", city="Oslo"), {"temp": 3})
    paths = ["/api/me", "/api/dashboards", f"/api/dashboards/{made}", f"/api/dashboards/{made}/data", "/api/widgets",
             OSLO, "/api/data/weather/runs?city=Oslo", "/api/jobs?ids=x"]  # fmt: skip

    for path in paths:
        got = anna.get(path)
        assert got.status == http.client.OK, path
        assert {"private", "no-store"} & set(re.split("[, ]+", got.headers["cache-control"])), path
        assert path == "/api/me" or "Authorization" in got.headers["vary"], path
