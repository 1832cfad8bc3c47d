"""A client of the app on real servers, and users who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

import settings
import web
from web.copies import COPIES
from web.passes import PASSES

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """A signed-in user of the API."""

    client: FlaskClient
    email: str
    token: str

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.client.open(path, method=method, headers=given, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.ask("GET", path, **options)

    def post(self, path: str, data: Any, **options: Any) -> TestResponse:
        return self.ask("POST", path, json=data, **options)

    def put(self, path: str, data: Any, **options: Any) -> TestResponse:
        return self.ask("PUT", path, json=data, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.ask("DELETE", path, **options)


def said(answer: TestResponse) -> Any:
    """Return an answer's JSON."""
    return answer.json


@pytest.fixture(scope="session")
def app() -> Flask:
    return web.create_app()


@pytest.fixture
def client(app: Flask, database: str, redis: Redis) -> FlaskClient:
    COPIES.drop(None)
    PASSES.clear()
    return app.test_client()


@pytest.fixture
def sign_up(client: FlaskClient) -> Callable[[], Person]:
    """Register one more user."""

    def one() -> Person:
        email = f"{uuid4().hex[:12]}@example.org"
        answer = client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return Person(client, email, said(answer)["token"])

    return one


@pytest.fixture
def anna(sign_up: Callable[[], Person]) -> Person:
    return sign_up()


@pytest.fixture
def bert(sign_up: Callable[[], Person]) -> Person:
    return sign_up()


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, database: str, redis: Redis) -> Iterator[Callable[..., FlaskClient]]:
    """Build an app from changed settings."""

    def build(**changes: str) -> FlaskClient:
        for name, value in changes.items():
            monkeypatch.setenv(name, value)
        settings.load.cache_clear()
        return web.create_app().test_client()

    yield build
    monkeypatch.undo()
    settings.load.cache_clear()
