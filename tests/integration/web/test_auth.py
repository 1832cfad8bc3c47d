"""Accounts: registering, signing in and out, and which tokens are refused."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from redis import Redis

import settings
from tests.integration.web.conftest import PASSWORD, Person, said

SECRET = settings.load().jwt_secret
WEEK = int(timedelta(days=7).total_seconds())


def test_who_registers_is_signed_in(client: FlaskClient) -> None:
    answer = client.post("/api/auth/register", json={"email": "Ann@Example.org", "password": PASSWORD})

    assert answer.status_code == 201
    assert said(answer)["user"].keys() == {"id", "email", "created_at"}
    assert said(answer)["user"]["email"] == "ann@example.org"
    assert answer.headers["Cache-Control"] == "no-store"
    me = client.get("/api/me", headers={"Authorization": f"Bearer {said(answer)['token']}"})
    assert said(me) == said(answer)["user"]


def test_an_email_is_taken_in_any_case(client: FlaskClient) -> None:
    client.post("/api/auth/register", json={"email": "ann@example.org", "password": PASSWORD})

    second = client.post("/api/auth/register", json={"email": "ANN@example.ORG", "password": PASSWORD})

    assert second.status_code == 409
    assert second.mimetype == "application/problem+json"


def test_of_many_who_register_one_email_at_once_one_has_it(client: FlaskClient) -> None:
    statuses: list[int] = []

    def register() -> None:
        body = {"email": "race@example.org", "password": PASSWORD}
        statuses.append(client.application.test_client().post("/api/auth/register", json=body).status_code)

    threads = [threading.Thread(target=register) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("no at sign", PASSWORD),
        ("two@@example.org", PASSWORD),
        ("a@b", PASSWORD),
        ("new\nline@example.org", PASSWORD),
        ("end@example.org\n", PASSWORD),
        ("x" * 250 + "@example.org", PASSWORD),
        ("ann@example.org", "short"),
        ("ann@example.org", "x" * 129),
        (5, PASSWORD),
        (None, PASSWORD),
    ],
)
def test_what_is_no_email_or_password_is_unprocessable(client: FlaskClient, email: Any, password: Any) -> None:
    answer = client.post("/api/auth/register", json={"email": email, "password": password})

    assert answer.status_code == 422
    assert said(answer)["errors"]


def test_the_right_password_signs_in(client: FlaskClient, anna: Person) -> None:
    answer = client.post("/api/auth/login", json={"email": anna.email.upper(), "password": PASSWORD})

    assert answer.status_code == 200
    assert said(answer)["user"]["email"] == anna.email


def test_an_unknown_email_and_a_wrong_password_are_told_alike(client: FlaskClient, anna: Person) -> None:
    wrong = client.post("/api/auth/login", json={"email": anna.email, "password": "not this one"})
    unknown = client.post("/api/auth/login", json={"email": "nobody@example.org", "password": "not this one"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_after_ten_failures_the_right_password_is_refused_too(
    client: FlaskClient, sign_up: Callable[[], Person]
) -> None:
    anna, bert = sign_up(), sign_up()
    wrong = {"email": anna.email, "password": "not this one"}
    failures = [client.post("/api/auth/login", json=wrong).status_code for _ in range(10)]

    right = client.post("/api/auth/login", json={"email": anna.email, "password": PASSWORD})
    other = client.post("/api/auth/login", json={"email": bert.email, "password": PASSWORD})

    assert failures == [401] * 10
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= 900
    assert other.status_code == 200


def test_right_passwords_do_not_count_as_failures(client: FlaskClient, anna: Person) -> None:
    right = {"email": anna.email, "password": PASSWORD}

    assert {client.post("/api/auth/login", json=right).status_code for _ in range(12)} == {200}


def test_who_signs_out_is_out_and_others_stay(client: FlaskClient, anna: Person) -> None:
    second = said(client.post("/api/auth/login", json={"email": anna.email, "password": PASSWORD}))["token"]

    out = anna.post("/api/auth/logout", None)

    assert out.status_code == 204
    assert out.data == b""
    assert anna.get("/api/me").status_code == 401
    assert Person(client, anna.email, second).get("/api/me").status_code == 200


def test_a_revoked_token_stays_revoked_when_redis_is_emptied(anna: Person, bert: Person, redis: Redis) -> None:
    anna.post("/api/auth/logout", None)

    redis.flushall()

    assert anna.get("/api/me").status_code == 401
    assert bert.get("/api/me").status_code == 200


def test_a_new_password_ends_every_session(client: FlaskClient, anna: Person) -> None:
    change = {"current_password": PASSWORD, "new_password": "another fine one"}

    assert anna.put("/api/me/password", change).status_code == 204

    assert anna.get("/api/me").status_code == 401
    assert client.post("/api/auth/login", json={"email": anna.email, "password": PASSWORD}).status_code == 401
    again = client.post("/api/auth/login", json={"email": anna.email, "password": "another fine one"})
    assert again.status_code == 200
    assert Person(client, anna.email, said(again)["token"]).get("/api/me").status_code == 200


def test_a_wrong_current_password_changes_nothing(anna: Person) -> None:
    change = {"current_password": "not this one", "new_password": "another fine one"}

    assert anna.put("/api/me/password", change).status_code == 403
    assert anna.get("/api/me").status_code == 200


def test_who_deletes_the_account_is_gone(client: FlaskClient, anna: Person, redis: Redis) -> None:
    assert anna.delete("/api/me").status_code == 204

    assert anna.get("/api/me").status_code == 401
    assert client.post("/api/auth/login", json={"email": anna.email, "password": PASSWORD}).status_code == 401
    redis.flushall()
    assert anna.get("/api/me").status_code == 401


CLAIMS = {
    "sub": "6f0c5c1e-2f60-4f0a-9a3f-6b3b8f5f7a10",
    "jti": "0d7c2c1e-9f60-4f0a-9a3f-6b3b8f5f7a10",
    "type": "access",
    "iss": "insightboard",
    "aud": "insightboard",
    "generation": 0,
}


ODD: dict[str, tuple[Any, ...]] = {
    "generation": ("x", True, 1.0, -1, 2**31, 10**30),
    "jti": ("", "made up", 5, [], "\0", "\ud800", "x" * 1200, "A" * 32),
    "exp": (10**18, 10**400, "9999999999", 9_999_999_999, 4e9, True, float("inf")),
    "iat": (float("inf"),),
}


def forged(changes: Mapping[str, Any], *, secret: str = SECRET, algorithm: str | None = "HS256") -> str:
    now = int(time.time())
    claims = {**CLAIMS, "iat": now, "exp": now + WEEK, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


def signed_with_sha512() -> str:
    """Make a token as HS512 would with our key, which PyJWT finds too short to do."""
    now = int(time.time())
    said = ({"alg": "HS512", "typ": "JWT"}, {**CLAIMS, "iat": now, "exp": now + WEEK})
    head = ".".join(plain(json.dumps(one).encode()) for one in said)
    return f"{head}.{plain(hmac.digest(SECRET.encode(), head.encode(), 'sha512'))}"


def plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer a.b.c",
        f"Basic12 {forged({})}",
        f"Token {forged({})}",
        forged({}),
        f"Bearer {forged({}, secret='another secret of thirty-two bytes or more')}",
        f"Bearer {signed_with_sha512()}",
        f"Bearer {jwt.encode({**CLAIMS, 'exp': 9_999_999_999, 'iat': 1}, '', algorithm='none')}",
        f"Bearer {forged({'exp': int(time.time()) - 5})}",
        f"Bearer {forged({'iat': int(time.time()) + 600})}",
        f"Bearer {forged({'type': 'refresh'})}",
        *[f"Bearer {forged({name: None})}" for name in ("exp", "jti", "sub", "type", "iss", "aud", "generation")],
        f"Bearer {forged({'iss': 'someone'})}",
        f"Bearer {forged({'aud': 'someone'})}",
        f"Bearer {forged({'sub': 'no uuid'})}",
        f"Bearer {forged({'sub': 5})}",
        *[f"Bearer {forged({name: odd})}" for name, odds in ODD.items() for odd in odds],
    ],
)
def test_every_bad_token_is_unauthorized_before_all_else(client: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answers = [
        client.get("/api/me", headers=headers),
        client.put("/api/me/password", headers=headers, json={"nonsense": 1}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}


def test_a_genuine_token_of_nobody_we_know_is_unauthorized_where_its_account_is_asked_for(client: FlaskClient) -> None:
    answer = client.get("/api/me", headers={"Authorization": f"bearer {forged({})}"})

    assert (answer.status_code, said(answer)["detail"]) == (401, "The account is gone.")


def test_the_six_hundred_and_first_request_in_a_minute_is_too_many(anna: Person) -> None:
    statuses = {anna.get("/api/me").status_code for _ in range(600)}

    last = anna.get("/api/me")

    assert statuses == {200}
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 60
    assert last.headers["RateLimit"].startswith('"requests";r=0;t=')
