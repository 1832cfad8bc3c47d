"""Sessions of the page: how their cookies are set, that a write proves where it comes from, that no token crosses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis

from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.faults.forging import CLAIMS, WEEK, forged
from tests.faults.protection import without
from tests.faults.wire import JSON, Header, ask, operations
from tests.integration.web.conftest import PASSWORD

SESSION, CSRF, HEADER = "insightboard_session", "insightboard_csrf", "X-CSRF-TOKEN"
# What a token of nobody we know may read: it says whether the token itself was taken.
PATH = "/api/widgets"
NEW = b'{"name": "Home"}'


@dataclass(frozen=True)
class Browser:
    """Who has a session: what its page sends by itself."""

    url: str
    email: str
    token: str
    csrf: str

    def ask(self, method: str, path: str, *headers: Header, body: bytes | None = None) -> Got:
        mine = ("Cookie", f"{SESSION}={self.token}; {CSRF}={self.csrf}")
        return ask(Client(self.url), method, path, [mine, JSON, *headers], body)


@pytest.fixture(scope="module")
def api(postgres_url: str, redis_url: str) -> Iterator[str]:
    with servers.api({"TRUSTED_PROXIES": "127.0.0.0/8"}) as service:
        yield service.url


@pytest.fixture
def anna(api: str, redis: Redis) -> Browser:
    return signed_in(api)


@pytest.fixture
def bert(api: str, redis: Redis) -> Browser:
    return signed_in(api)


def entered(url: str, email: str, way: str = "register", *headers: Header) -> Got:
    body = f'{{"email": "{email}", "password": "{PASSWORD}"}}'.encode()
    return ask(Client(url), "POST", f"/api/auth/{way}?session=cookie", [JSON, *headers], body)


def signed_in(url: str) -> Browser:
    email = f"{uuid4().hex}@example.org"
    found = cookies(entered(url, email))
    return Browser(url, email, found[SESSION][0], found[CSRF][0])


def cookies(got: Got) -> dict[str, tuple[str, set[str]]]:
    """Return the cookies that an answer sets by name, each with its value and attributes."""
    found = {}
    for line in got.headers.get("set-cookie", "").splitlines():
        pair, *attributes = line.split("; ")
        name, _, value = pair.partition("=")
        found[name] = (value, set(attributes))
    return found


def status(url: str, *headers: Header) -> int:
    return ask(Client(url), "GET", PATH, headers).status


@without(
    "web/session.py",
    "answer.set_cookie(COOKIE, token, seconds, httponly=True,",
    "answer.set_cookie(COOKIE, token, seconds,",
)
def test_no_script_can_read_the_token_and_no_other_site_can_send_it(api: str, redis: Redis) -> None:
    email = f"{uuid4().hex}@example.org"

    for way in ("register", "login"):
        got = entered(api, email, way)
        found = cookies(got)
        assert found.keys() == {SESSION, CSRF}, way
        kept = {"Path=/", "SameSite=Strict", f"Max-Age={WEEK}"}
        for name, (_, attributes) in found.items():
            assert kept <= attributes, (way, name)
            assert not [one for one in attributes if one.startswith("Domain")], (way, name)
        assert "HttpOnly" in found[SESSION][1]
        assert "HttpOnly" not in found[CSRF][1]
        assert got.json().keys() == {"user"}
        assert found[SESSION][0].encode() not in got.body
        assert got.headers["cache-control"] == "no-store"


@without(
    "web/session.py", '"samesite": "Strict", "secure": request.is_secure}', '"samesite": "Strict", "secure": False}'
)
def test_a_session_that_began_by_tls_goes_by_tls_only(api: str, redis: Redis) -> None:
    email = f"{uuid4().hex}@example.org"
    entered(api, email)

    for said in ("https", "http, https", "http", "https, http", ""):
        found = cookies(entered(api, email, "login", ("X-Forwarded-Proto", said)))
        secure = said.rpartition(",")[2].strip() == "https"
        assert {name: "Secure" in one for name, (_, one) in found.items()} == {SESSION: secure, CSRF: secure}, said


@without("web/auth.py", 'if asked.get("session") == "cookie":', "if True:")
def test_nobody_gets_cookies_who_did_not_ask_for_them(api: str, redis: Redis) -> None:
    account = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
    answers = [Client(api).ask("POST", f"/api/auth/{way}", account) for way in ("register", "login")]
    answers += [Client(api).ask("POST", "/api/auth/login?session=token", account)]
    answers += [registered(api).ask("POST", "/api/auth/logout")]

    assert [one.status for one in answers] == [201, 200, 422, 204]
    assert ["set-cookie" in one.headers for one in answers] == [False] * 4


def wrong(anna: Browser, bert: Browser) -> Mapping[str, list[Header]]:
    """Return what a page of another site may send with a write, by name."""
    return {
        "nothing": [],
        "an empty one": [(HEADER, "")],
        "another user's": [(HEADER, bert.csrf)],
        "one of its own": [(HEADER, str(uuid4()))],
        "the beginning": [(HEADER, anna.csrf[:-1])],
        "more": [(HEADER, f"{anna.csrf}0")],
        "capitals": [(HEADER, anna.csrf.upper() + "A")],
        "bytes": [(HEADER, "\xff\xfe")],
        "the token": [(HEADER, anna.token)],
        "another header": [("X-CSRF", anna.csrf), ("X-XSRF-TOKEN", anna.csrf)],
        "two": [(HEADER, bert.csrf), (HEADER, anna.csrf)],
        "another method": [("X-HTTP-Method-Override", "GET")],
    }


@without("web/session.py", '    if identity.csrf and environ["REQUEST_METHOD"] not in SAFE:', "    if False:")
def test_no_write_is_made_for_a_page_of_another_site(app: Flask, anna: Browser, bert: Browser) -> None:
    writes = [one for one in operations(app) if one.method != "GET" and not one.rule.startswith("/api/auth/")]
    writes += [one for one in operations(app) if one.rule == "/api/auth/logout"]

    found = {
        (str(one), name): anna.ask(one.method, one.path, *headers, body=NEW)
        for one in writes
        for name, headers in wrong(anna, bert).items()
    }

    assert len(writes) >= 6
    assert {case: got.status for case, got in found.items() if got.status != 401} == {}
    assert {got.json()["type"] for got in found.values()} == {"urn:insightboard:problem:csrf"}
    assert anna.ask("GET", "/api/dashboards").json() == []
    assert anna.ask("POST", "/api/dashboards", (HEADER, anna.csrf), body=NEW).status == 201


@without(
    "web/session.py",
    "hmac.compare_digest(given.encode(), identity.csrf.encode())",
    'given and given in environ["HTTP_COOKIE"]',
)
def test_the_csrf_cookie_alone_proves_nothing(anna: Browser, bert: Browser) -> None:
    planted = Browser(anna.url, anna.email, anna.token, bert.csrf)

    assert planted.ask("POST", "/api/dashboards", (HEADER, bert.csrf), body=NEW).status == 401
    assert planted.ask("POST", "/api/dashboards", (HEADER, anna.csrf), body=NEW).status == 201


@without("web/session.py", 'if way == "header" and identity.csrf:', "if False:")
def test_a_sessions_token_is_good_in_no_header(api: str, anna: Browser) -> None:
    assert status(api, ("Cookie", f"{SESSION}={anna.token}")) == 200
    assert [status(api, ("Authorization", f"Bearer {one}")) for one in (anna.token, forged({"csrf": str(uuid4())}),
                                                                        forged({}))] == [401, 200, 200]  # fmt: skip
    both = [("Authorization", f"Bearer {anna.token}"), ("Cookie", f"{SESSION}={anna.token}")]
    assert status(api, *both) == 401


@without("web/session.py", 'if way == "cookie" and not identity.csrf:', "if False:")
def test_a_headers_token_is_good_in_no_cookie(api: str, redis: Redis) -> None:
    mine = registered(api)
    csrf = str(uuid4())

    for token in (mine.token, forged({}), forged({"csrf": csrf})):
        assert status(api, ("Authorization", f"Bearer {token}")) == 200
        assert status(api, ("Cookie", f"{SESSION}={token}")) == 401
        sent = [JSON, ("Cookie", f"{SESSION}={token}; {CSRF}={csrf}"), (HEADER, csrf)]
        assert ask(Client(api), "POST", "/api/dashboards", sent, NEW).status == 401


@without("web/tokens.py", '        and ("cookie" not in claims or of_session(claims))\n')
def test_a_session_without_a_claim_of_ours_is_none(api: str, redis: Redis) -> None:
    good = {"cookie": True, "csrf": CLAIMS["jti"]}
    kinds: tuple[Any, ...] = (1, "yes", [True], False, 0, "", {})
    values: tuple[Any, ...] = ("", "x", 5, [], True, "\ud800", CLAIMS["jti"].upper())
    bad = [{"cookie": True}, *[{**good, "cookie": one} for one in kinds], *[{**good, "csrf": one} for one in values]]

    found = [status(api, ("Cookie", f"{SESSION}={forged(one)}")) for one in bad]
    headers = [status(api, ("Authorization", f"Bearer {forged(one)}")) for one in bad]

    assert status(api, ("Cookie", f"{SESSION}={forged(good)}")) == 200
    assert (set(found), set(headers)) == ({401}, {401})


@without("web/session.py", "    if header is not None:\n", "    if header:\n")
def test_the_header_wins_over_the_cookie_whatever_it_says(api: str, anna: Browser) -> None:
    mine = ("Cookie", f"{SESSION}={anna.token}")
    other = registered(api)

    refused = [status(api, mine, ("Authorization", one)) for one in ("", "Bearer", "Basic x", f"Cookie {anna.token}")]
    taken = ask(Client(api), "POST", "/api/dashboards", [mine, JSON, ("Authorization", f"Bearer {other.token}")], NEW)

    assert refused == [401] * 4
    assert taken.status == 201
    assert len(other.get("/api/dashboards").json()) == 1
    assert anna.ask("GET", "/api/dashboards").json() == []


@pytest.mark.parametrize("way", ["sign out", "change the password", "delete the account"])
@without("web/session.py", "        answer.delete_cookie(COOKIE, httponly=True, **attributes())\n")
def test_a_session_ends_with_its_cookies(api: str, anna: Browser, way: str) -> None:
    proof = (HEADER, anna.csrf)
    change = f'{{"current_password": "{PASSWORD}", "new_password": "another fine one"}}'.encode()

    if way == "sign out":
        got = anna.ask("POST", "/api/auth/logout", proof)
    elif way == "delete the account":
        got = anna.ask("DELETE", "/api/me", proof)
    else:
        got = anna.ask("PUT", "/api/me/password", proof, body=change)

    found = cookies(got)
    assert got.status == 204
    assert {name: value for name, (value, _) in found.items()} == {SESSION: "", CSRF: ""}
    assert all({"Max-Age=0", "Path=/", "SameSite=Strict"} <= attributes for _, attributes in found.values())
    assert anna.ask("GET", "/api/me").status == 401


@without("web/account.py", "    revoking.user(user.id, generation)\n")
def test_a_new_password_ends_the_sessions_of_other_browsers(api: str, anna: Browser) -> None:
    found = cookies(entered(api, anna.email, "login"))
    other = Browser(api, anna.email, found[SESSION][0], found[CSRF][0])
    change = f'{{"current_password": "{PASSWORD}", "new_password": "another fine one"}}'.encode()

    before = other.ask("GET", PATH).status
    anna.ask("PUT", "/api/me/password", (HEADER, anna.csrf), body=change)

    assert before == 200
    servers.until(lambda: other.ask("GET", PATH).status == 401, 2)


@without("web/tokens.py", "    if time.time() >= identity.expires_at:", "    if False:")
def test_a_session_ends_with_its_token(api: str, redis: Redis) -> None:
    ending = {"cookie": True, "csrf": CLAIMS["jti"], "exp": int(time.time()) + 6}
    cookie = ("Cookie", f"{SESSION}={forged(ending)}")
    before = status(api, cookie)

    servers.until(lambda: status(api, cookie) == 401, 12)

    assert before == 200


@without("web/session.py", "SAFE = frozenset({", 'SAFE = frozenset({"POST", ')
def test_no_other_site_signs_a_browser_in_by_a_form(api: str, anna: Browser) -> None:
    """A form cannot send JSON, and script of another site has to ask first."""
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
    body = f'{{"email": "{anna.email}", "password": "{PASSWORD}"}}'.encode()
    path = "/api/auth/login?session=cookie"

    forms = [ask(Client(api), "POST", path, [("Content-Type", one)], body) for one in kinds]
    asked = [("Origin", "https://evil.example.org"), ("Access-Control-Request-Method", "POST")]
    preflight = ask(Client(api), "OPTIONS", path, [*asked, ("Access-Control-Request-Headers", "content-type")])

    assert [(one.status, "set-cookie" in one.headers) for one in forms] == [(415, False)] * 3
    assert "access-control-allow-origin" not in preflight.headers
    assert anna.ask("POST", "/api/auth/logout").status == 401
