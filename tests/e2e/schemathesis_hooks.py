"""Loaded by the schemathesis command: signs its cases in, by users whom no case can spoil for another."""

from __future__ import annotations

import http.client
import os
import time
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import requests
import schemathesis

URL = os.environ["SCHEMATHESIS_TARGET"]
# These end the token that they are sent with.
SPOILING = {"/api/me", "/api/me/password", "/api/auth/logout"}
# Far from the limits of requests and fetches that one user has.
CASES_A_USER = 100
LONGEST_QUERY = 60_000


@schemathesis.hook
def filter_case(_context: object, case: schemathesis.Case[Any]) -> bool:
    """Leave out URLs that Granian refuses before they reach us (65,534 bytes, as hyper has it)."""
    return len(urlencode(dict(case.query or {}), doseq=True)) < LONGEST_QUERY


@schemathesis.hook
def before_call(_context: object, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Wait for no URL check: made-up URLs are checked by nobody, since they might lead to somebody's server.

    And ask for no state that is made up: 412 is right then, but taken for a refusal of good data.
    """
    if case.operation.path == "/api/data/status":
        case.headers.pop("Prefer", None)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        case.headers.pop("If-Match", None)
    number_items(case.body)
    kwargs["hooks"] = {"response": again}


def again(response: requests.Response, **options: Any) -> requests.Response:
    """Ask once more where a server stood still for a moment: what is a fault is answered with 503 again."""
    if response.status_code != http.client.SERVICE_UNAVAILABLE:
        return response
    response.close()
    time.sleep(2)
    return response.connection.send(response.request, **options)


def number_items(body: Any) -> None:
    """Give the items of a layout ids of their own, where they have any: JSON Schema has no words for that rule."""
    layout = body.get("layout_json") if isinstance(body, dict) else None
    items = [item for item in layout if isinstance(item, dict)] if isinstance(layout, list) else []
    if len({str(item.get("id")) for item in items}) < len(items):
        for number, item in enumerate(items):
            if isinstance(item.get("id"), str) and item["id"]:
                item["id"] = f"item-{number}"


@schemathesis.auth(refresh_interval=None)
class Users:
    """Registers accounts and sends their tokens."""

    def __init__(self) -> None:
        self.token, self.left = "", 0

    def get(self, case: schemathesis.Case[Any], _context: object) -> str:
        """Return a token for one case: of a user of its own where the case may spoil it, else of a shared one."""
        if case.operation.path in SPOILING:
            return registered()
        if not self.left:
            self.token, self.left = registered(), CASES_A_USER
        self.left -= 1
        return self.token

    def set(self, case: schemathesis.Case[Any], token: str, _context: object) -> None:
        """Put the token into the case."""
        case.headers["Authorization"] = f"Bearer {token}"


def registered() -> str:
    """Register an account and return its token."""
    account = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
    said = requests.post(f"{URL}/api/auth/register", json=account, timeout=30, hooks={"response": again})
    return str(said.json()["token"])
