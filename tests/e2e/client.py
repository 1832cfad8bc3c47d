"""A small HTTP client for whole-system tests, as a single-page app would use the API."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

ENDED = {"succeeded", "failed"}


@dataclass(frozen=True)
class Got:
    """One answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks one API process, with a token once there is one."""

    url: str
    token: str = ""

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Got:
        """Make one request and return its answer, whatever its status."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        payload = None if body is None else json.dumps(body)
        if payload is not None:
            given["Content-Type"] = "application/json"
        try:
            connection.request(method, path, payload, given | (headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Got(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, headers: dict[str, str] | None = None) -> Got:
        return self.ask("GET", path, headers=headers)

    def until(self, path: str, good: Callable[[Got], bool], seconds: float = 30) -> Got:
        """Ask until the answer is good, as a client that polls does, and return that one."""
        end = time.monotonic() + seconds
        while not good(got := self.get(path)):
            assert time.monotonic() < end, (got.status, got.body)
            time.sleep(0.1)
        return got

    def until_ok(self, path: str, seconds: float = 30) -> Got:
        """Ask until the answer is 200."""
        return self.until(path, lambda got: got.status == http.client.OK, seconds)

    def job(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """Poll a job until it has ended."""
        path = f"/api/jobs/{job_id}"
        got = self.until(path, lambda got: got.status == http.client.OK and got.json()["state"] in ENDED, seconds)
        return dict(got.json())

    def cold(self, path: str, seconds: float = 10) -> str:
        """Have something fetched and return its job; servers that stood still for a moment are asked again."""
        return str(self.until(path, lambda got: got.status == http.client.ACCEPTED, seconds).json()["job"])


def registered(url: str) -> Client:
    """Return a client with a new account's token."""
    account = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
    got = Client(url).ask("POST", "/api/auth/register", account)
    assert got.status == http.client.CREATED, got.body
    return Client(url, got.json()["token"])
