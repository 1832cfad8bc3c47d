"""Accounts: registering, signing in and out (forged tokens and guessers are in tests/faults/)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from tests.integration.web.conftest import PASSWORD, Person, said


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


@pytest.mark.parametrize("query", ["sessions=cookie", "session=cookie&x=1", "session=header"])
def test_what_is_not_known_of_a_sign_in_is_unprocessable(client: FlaskClient, anna: Person, query: str) -> None:
    account = {"email": anna.email, "password": PASSWORD}

    answers = [client.post(f"/api/auth/{path}?{query}", json=account) for path in ("login", "register")]

    assert [one.status_code for one in answers] == [422, 422]
    assert [len(said(one)["errors"]) for one in answers] == [1, 1]
    assert not client.get_cookie("insightboard_session")


def test_an_unknown_email_and_a_wrong_password_are_told_alike(client: FlaskClient, anna: Person) -> None:
    wrong = client.post("/api/auth/login", json={"email": anna.email, "password": "not this one"})
    unknown = client.post("/api/auth/login", json={"email": "nobody@example.org", "password": "not this one"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_who_signs_out_is_out_and_others_stay(client: FlaskClient, anna: Person) -> None:
    second = said(client.post("/api/auth/login", json={"email": anna.email, "password": PASSWORD}))["token"]

    out = anna.post("/api/auth/logout", None)

    assert out.status_code == 204
    assert out.data == b""
    assert anna.get("/api/me").status_code == 401
    assert Person(client, anna.email, second).get("/api/me").status_code == 200


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
