"""Loaded by the schemathesis command: signs its cases in, by users whom no case can spoil for another."""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

import requests
import schemathesis

URL = os.environ["SCHEMATHESIS_TARGET"]
# These end the token that they are sent with.
SPOILING = {"/api/me", "/api/me/password", "/api/auth/logout"}
# Far from the limits of requests and fetches that one user has.
CASES_A_USER = 100


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
    return str(requests.post(f"{URL}/api/auth/register", json=account, timeout=20).json()["token"])
