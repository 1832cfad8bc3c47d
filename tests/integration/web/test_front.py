"""The front before Flask answers as the views do, to the byte, and leaves to them what is not warm."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4
from wsgiref.types import WSGIEnvironment

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import Client, EnvironBuilder, TestResponse

import settings
from models import dashboards
from store import pauses, snapshots, tokens, wake
from tests.integration.web.conftest import Person, said
from tests.integration.web.test_data import key_of, put
from tests.landed import land
from tests.servers import until
from web import copies, front, metrics, session
from web.passes import PASSES

SEED = 20261123
REQUESTS = 1000
OSLO, COINS = "/api/data/weather?city=Oslo", "/api/data/crypto?symbols=btc,eth"
PATHS = [
    OSLO,
    "/api/data/weather?city=%20oslo&units=metric",
    COINS,
    "/api/data/weather",
    "/api/data/weather?city=Bergen",
    "/api/data/nothing?city=Oslo",
    "/api/data/weather/runs?city=Oslo",
    "/api/data/weather?city=Oslo&more=1",
    "/API/data/weather?city=Oslo",
    "/api/data/weather/?city=Oslo",
]
ENCODINGS = [
    "",
    "gzip",
    "br",
    "gzip, br",
    "br;q=0.1, gzip",
    "identity",
    "gzip;q=0",
    "*",
    "*;q=0",
    "gzip;q=x",
    "zstd",
    "é",
]
SINCE = [
    *("Mon, 23 Nov 2020 10:00:00 GMT", "Mon, 23 Nov 2037 10:00:00 GMT", "yesterday", ""),
    *("Thu, 01 Jan 99999999999 00:00:00 GMT", "Thu, 01 Jan 2020 00:00:00 +99999999999999"),
]
OTHERS: list[dict[str, str]] = [
    {},
    {},
    {},
    {"Cache-Control": "max-age=0"},
    {"Prefer": "wait=1"},
    {"Range": "bytes=0-3"},
    {"Content-Length": "0"},
    {"Origin": "https://elsewhere.example.org"},
    {"X-Request-ID": "mine-1"},
    {"X-Request-ID": "not sane"},
    {"X-Forwarded-Proto": "https"},
    {"Content-Type": "application/json", "Content-Length": "2097152"},
]
OSLO_KEY = key_of("weather", city="Oslo")
ITEM = {"id": "a", "widget": "weather", "params": {"city": "Oslo"}}
METHODS = ["GET"] * 17 + ["HEAD", "OPTIONS", "POST"]


@dataclass
class Two:
    """The same application with its front and without, the state before each request being the same."""

    app: Flask
    redis: Redis
    generate: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - cases, no secrets

    def ask(self, path: str, method: str, headers: dict[str, str]) -> tuple[TestResponse, TestResponse]:
        """Ask both, the front after it has seen the request once."""
        answers = []
        for served in (self.app.wsgi_app, without_front(self.app)):
            for name in self.redis.scan_iter("ib:rate:*"):
                self.redis.delete(name)
            PASSES.owed(session.key(environment(path, headers)), 0)
            PASSES.clear()
            client = Client(served, use_cookies=False)
            client.open(EnvironBuilder(path, method=method, headers=list(headers.items())))
            answers.append(client.open(EnvironBuilder(path, method=method, headers=list(headers.items()))))
        return answers[0], answers[1]


def environment(path: str, headers: dict[str, str]) -> WSGIEnvironment:
    return EnvironBuilder(path, headers=list(headers.items())).get_environ()


def without_front(app: Flask) -> Any:
    assert isinstance(app.wsgi_app, front.Front)
    return app.wsgi_app.app


@pytest.fixture
def two(app: Flask, anna: Person, redis: Redis) -> Two:
    put(key_of("weather", city="Oslo"), {"text": "x" * 3000})
    for number, key in enumerate(key_of_coins()):
        put(key, {"id": str(number), "name": "y" * 800})
    return Two(app, redis)


def key_of_coins() -> list[str]:
    return [key_of("crypto", symbols=[symbol]) for symbol in ("btc", "eth")]


def forged(anna: Person, **claims: Any) -> str:
    """Return her token with other claims, signed with our own secret."""
    secret = settings.load().jwt_secret
    known = jwt.decode(anna.token, secret, algorithms=["HS256"], audience="insightboard")
    return jwt.encode({**known, **claims}, secret, algorithm="HS256")


def authorizations(anna: Person, bert: Person) -> list[str | None]:
    revoked = forged(anna, jti=str(uuid4()))
    jti = jwt.decode(revoked, options={"verify_signature": False})["jti"]
    tokens.revoke(jti, time.time() + 600)
    return [
        *[f"Bearer {anna.token}"] * 8,
        f"bearer {bert.token}",
        f"Bearer  {anna.token} ",
        f"Bearer {revoked}",
        f"Bearer {forged(anna, exp=1)}",
        f"Bearer {forged(anna, type='refresh')}",
        f"Bearer {forged(anna, generation=-1)}",
        f"Bearer {forged(anna, aud='others')}",
        f"Bearer {forged(anna, cookie=True)}",
        f"Basic  {anna.token}",
        f"Bearers{anna.token}",
        f"Bearer {anna.token}x",
        f"Bearer {anna.token}, Bearer {bert.token}",
        anna.token,
        "Bearer",
        "",
        *[None] * 12,
    ]


def cookies(anna: Person, bert: Person) -> list[str]:
    """Return Cookie headers: such as a browser sends, and such as none does."""
    mine = forged(anna, cookie=True)
    revoked = forged(anna, cookie=True, jti=str(uuid4()))
    tokens.revoke(jwt.decode(revoked, options={"verify_signature": False})["jti"], time.time() + 600)
    name = session.COOKIE
    return [
        *[f"{name}={mine}; {session.CSRF_COOKIE}=whatever"] * 5,
        f"theme=dark; {name}={mine}",
        f"{name}={forged(bert, cookie=True)}",
        f"{name}={mine}; {name}={anna.token}",
        f"{name}={anna.token}; {name}={mine}",
        f"{name}={anna.token}",
        f"{name}={revoked}",
        f"{name}={forged(anna, cookie=True, exp=1)}",
        f"{name}={forged(anna, cookie=1)}",
        f"{name}={forged(anna, cookie=True, csrf='short')}",
        f"not_{name}={mine}",
        f"{name}=",
        f'{name}="{mine}"',
        f" {name}=\t{mine} ",
        "é=ü",
        "",
    ]


def board(anna: Person, layout: list[Any]) -> str:
    return f"/api/dashboards/{said(anna.post('/api/dashboards', {'name': 'Home', 'layout_json': layout}))['id']}/data"


def generated(two: Two, anna: Person, bert: Person) -> Iterator[tuple[str, str, dict[str, str]]]:
    mine = board(anna, [ITEM, {"id": "b", "widget": "crypto", "params": {"symbols": ["eth", "btc"]}}])
    tags = [said_tag(anna, path).removeprefix("W/") for path in (OSLO, COINS, mine)]
    matches = [
        "*",
        "W/",
        '"',
        *tags,
        *(f"W/{tag}" for tag in tags),
        *(f'{tag[:-1]}-{c}"' for tag in tags for c in ("gzip", "br")),
    ]
    who, sessions, choose = authorizations(anna, bert), cookies(anna, bert), two.generate.choice
    for _ in range(REQUESTS):
        headers = dict(choose(OTHERS))
        if (header := choose(who)) is not None:
            headers["Authorization"] = header
        if two.generate.random() < 0.5:
            headers["Cookie"] = choose(sessions)
        if two.generate.random() < 0.6:
            headers["Accept-Encoding"] = choose(ENCODINGS)
        if two.generate.random() < 0.4:
            headers["If-None-Match"] = ", ".join(two.generate.sample(matches, two.generate.randint(1, 3)))
        if two.generate.random() < 0.1:
            headers["If-Match"] = ", ".join(two.generate.sample(matches, two.generate.randint(1, 2)))
        if two.generate.random() < 0.2:
            headers["If-Modified-Since"] = choose(SINCE)
        yield choose([*[*PATHS[:3], mine] * 5, *PATHS]), choose(METHODS), headers


def said_tag(anna: Person, path: str) -> str:
    return anna.get(path).headers["ETag"]


def seen(answer: TestResponse, given: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Return all of an answer that may be compared: ids that we make up differ, times may tick between the two."""
    headers = {name.lower(): value for name, value in answer.headers}
    if "mine-1" not in given.values():
        headers["x-request-id"] = str(len(headers["x-request-id"]))
    return answer.status_code, headers, b"" if answer.status_code == 202 else answer.data


def difference(one: Any, other: Any) -> list[Any]:
    """Return what only one of two answers has."""
    left, right = ({("status", a[0]), ("body", a[2][:40]), *a[1].items()} for a in (one, other))
    return [sorted(left - right, key=str), sorted(right - left, key=str)]


@pytest.mark.parametrize("origins", [(), ("https://elsewhere.example.org",)])
def test_a_thousand_generated_requests_are_answered_alike(
    two: Two, anna: Person, bert: Person, configured: Callable[..., FlaskClient], origins: tuple[str, ...]
) -> None:
    differing, statuses = [], set()
    if origins:
        two.app = configured(CORS_ORIGINS=",".join(origins)).application
    assert isinstance(two.app.wsgi_app, front.Front)
    before = two.app.wsgi_app.answered

    for path, method, headers in generated(two, anna, bert):
        one, other = two.ask(path, method, headers)
        statuses.add(one.status_code)
        if seen(one, headers) != seen(other, headers):
            one, other = two.ask(path, method, headers)
        if seen(one, headers) != seen(other, headers):
            differing.append((path, method, headers, difference(seen(one, headers), seen(other, headers))))

    assert differing[:3] == []
    assert {200, 202, 304, 412} <= statuses
    assert two.app.wsgi_app.answered - before > REQUESTS / 4


def test_a_token_revoked_in_this_process_is_refused_at_once(two: Two, anna: Person) -> None:
    before = [anna.get(OSLO).status_code for _ in range(3)]

    anna.post("/api/auth/logout", None)

    assert before == [200, 200, 200]
    assert anna.get(OSLO).status_code == 401


def test_a_session_is_answered_by_the_front_until_it_ends(two: Two, anna: Person) -> None:
    assert isinstance(two.app.wsgi_app, front.Front)
    headers = {"Cookie": f"{session.COOKIE}={forged(anna, cookie=True)}"}
    browser = Client(two.app.wsgi_app, use_cookies=False)
    before = two.app.wsgi_app.answered

    found = [browser.get(OSLO, headers=headers).status_code for _ in range(3)]
    csrf = jwt.decode(anna.token, options={"verify_signature": False})["csrf"]
    left = browser.post("/api/auth/logout", headers={**headers, session.CSRF_HEADER: csrf}).status_code

    assert (found, left) == ([200, 200, 200], 204)
    assert two.app.wsgi_app.answered - before >= 2
    assert browser.get(OSLO, headers=headers).status_code == 401


def test_a_token_revoked_in_another_process_is_refused_within_two_seconds(two: Two, anna: Person) -> None:
    anna.get(OSLO)
    claims = jwt.decode(anna.token, options={"verify_signature": False})

    tokens.revoke(claims["jti"], claims["exp"])

    until(lambda: anna.get(OSLO).status_code == 401, 2)


def test_the_front_counts_requests_as_the_views_do(two: Two, anna: Person) -> None:
    answers = [anna.get(OSLO) for _ in range(602)]

    assert [one.status_code for one in answers[-2:]] == [429, 429]
    assert [one.status_code for one in answers[:590]] == [200] * 590


def test_all_tokens_of_a_user_are_counted_together(two: Two, anna: Person) -> None:
    for token in [anna.token, *(forged(anna, jti=str(uuid4())) for _ in range(11))]:
        found = [anna.get(OSLO, headers={"Authorization": f"Bearer {token}"}).status_code for _ in range(60)]

    assert found == [429] * 60


def test_a_token_is_known_once_however_its_header_is_written(two: Two, anna: Person) -> None:
    headers = [f"{scheme}{' ' * blanks}{anna.token}" for scheme in ("Bearer ", "bearer ") for blanks in range(20)]

    known = len(PASSES)

    statuses = {anna.get(OSLO, headers={"Authorization": header}).status_code for header in headers}

    assert (statuses, len(PASSES)) == ({200}, known + 1)


def test_what_landed_is_seen_at_once(two: Two, anna: Person) -> None:
    key = key_of("weather", city="Oslo")
    old = [anna.get(OSLO) for _ in range(2)][-1]
    until(wake.listener(os.getpid()).listening.is_set, 5)

    put(key, {"text": "new"})
    wake.announce([key])

    until(lambda: anna.get(OSLO).data != old.data, 0.5)


def test_a_changed_dashboard_is_seen_at_once(two: Two, anna: Person) -> None:
    path = board(anna, [ITEM])
    before = [anna.get(path) for _ in range(3)]

    anna.put(path.removesuffix("/data"), {"layout_json": []})

    assert [list(said(one)["widgets"]) for one in before] == [["a"]] * 3
    assert said(anna.get(path))["widgets"] == {}


@pytest.fixture
def copied(two: Two, anna: Person, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of a dashboard that was copied, in a process that asks of each copy whether it still holds."""
    path = board(anna, [ITEM])
    for _ in range(2):
        assert anna.get(path).status_code == 200
    monkeypatch.setattr(copies, "LIVE_SECONDS", 0.0)
    return path


def answered(two: Two) -> int:
    assert isinstance(two.app.wsgi_app, front.Front)
    return two.app.wsgi_app.answered


def test_a_dashboard_that_still_holds_is_not_composed_again(two: Two, anna: Person, copied: str) -> None:
    before = answered(two)

    found = [anna.get(copied) for _ in range(3)]

    assert answered(two) - before == 3
    assert {one.status_code for one in found} == {200}
    assert len({one.data for one in found}) == 1


def test_a_dashboard_changed_elsewhere_is_seen_without_news_of_it(anna: Person, copied: str) -> None:
    dashboard = UUID(copied.split("/")[3])
    owner = UUID(said(anna.get("/api/me"))["id"])

    dashboards.change(owner, dashboard, lambda _: {"layout_json": [{**ITEM, "id": "b"}]})
    changed = anna.get(copied)
    dashboards.remove(owner, dashboard, lambda _: None)

    assert list(said(changed)["widgets"]) == ["b"]
    assert anna.get(copied).status_code == 404


def fetched(redis: Redis) -> None:
    redis.set(f"ib:flight:{OSLO_KEY}", "a-job")


def landed(_: Redis) -> None:
    land(OSLO_KEY, b'{"text":"new"}', ttl=600)


def old(redis: Redis) -> None:
    redis.hset(f"ib:snapshot:{OSLO_KEY}", "fetched_at", time.time() - 700)


def failed(_: Redis) -> None:
    snapshots.fail(OSLO_KEY, kind="provider-error", status=502, title="broken", detail="it broke")


def paused(_: Redis) -> None:
    pauses.pause("weather", kind="provider-error", status=502, title="broken", detail="it broke", seconds=40)


@pytest.mark.parametrize("happens", [fetched, landed, old, failed, paused])
def test_a_dashboard_one_of_whose_parts_is_another_is_composed_again(
    two: Two, anna: Person, copied: str, redis: Redis, happens: Callable[[Redis], None]
) -> None:
    before = answered(two)

    happens(redis)
    anna.get(copied)

    assert answered(two) == before


def test_a_dashboard_that_is_composed_again_shows_what_landed(anna: Person, copied: str, redis: Redis) -> None:
    landed(redis)

    assert said(anna.get(copied))["widgets"]["a"]["data"] == {"text": "new"}


def test_who_is_out_or_asks_too_often_gets_no_copy_of_a_dashboard(anna: Person, copied: str, redis: Redis) -> None:
    claims = jwt.decode(anna.token, options={"verify_signature": False})
    redis.set(f"ib:rate:user:{claims['sub']}", 600, px=30_000)
    limited = anna.get(copied).status_code
    redis.delete(f"ib:rate:user:{claims['sub']}")

    tokens.revoke(claims["jti"], claims["exp"])

    assert limited == 429
    assert anna.get(copied).status_code == 401


def test_an_emptied_redis_has_its_copy_of_the_revocations_again_before_a_dashboard_is_sent(
    anna: Person, copied: str, redis: Redis
) -> None:
    redis.flushall()

    assert anna.get(copied).status_code == 200


def test_a_dashboard_that_is_composed_again_counts_as_one_request(anna: Person, copied: str, redis: Redis) -> None:
    key = key_of("weather", city="Oslo")

    def left() -> int:
        return int(anna.get(copied).headers["RateLimit"].partition("r=")[2].partition(";")[0])

    before = left()
    for number in range(5):
        redis.hset(f"ib:snapshot:{key}", "etag", f"other-{number}")
        left()

    assert before - left() == 6


def test_nobody_is_answered_with_someone_elses_dashboard(two: Two, anna: Person, bert: Person) -> None:
    path = board(anna, [ITEM])
    mine = [anna.get(path).status_code for _ in range(3)]

    assert mine == [200, 200, 200]
    assert bert.get(path).status_code == 404


def test_what_turns_stale_is_left_to_the_view(two: Two, anna: Person, redis: Redis) -> None:
    key = key_of("weather", city="Oslo")
    put(key, {"temp": 1}, ttl=0.9)
    fresh = [anna.get(OSLO) for _ in range(2)][-1]

    until(lambda: "ttl=-" in anna.get(OSLO).headers["Cache-Status"], 3)

    assert "ttl=0" in fresh.headers["Cache-Status"]
    assert redis.zcard("ib:jobs:open") == 1


def test_what_the_front_answers_is_counted_and_named(two: Two, anna: Person) -> None:
    counter = metrics.requests_of("GET", "/api/data/weather", 200)
    before = counter._value.get()  # noqa: SLF001 - the library's own way to read one is a whole scrape

    answers = [anna.get(OSLO, headers={"X-Request-ID": f"mine-{number}"}) for number in range(4)]

    assert counter._value.get() - before == 4  # noqa: SLF001 - the same
    assert [one.headers["X-Request-ID"] for one in answers] == ["mine-0", "mine-1", "mine-2", "mine-3"]
