"""Tokens made by hand, as we issue them but for what is asked, and also such as PyJWT would refuse to make."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import settings

SECRET = settings.load().jwt_secret
WEEK = int(timedelta(days=7).total_seconds())
CLAIMS: dict[str, Any] = {
    "sub": "6f0c5c1e-2f60-4f0a-9a3f-6b3b8f5f7a10",
    "jti": "0d7c2c1e-9f60-4f0a-9a3f-6b3b8f5f7a10",
    "type": "access",
    "iss": "insightboard",
    "aud": "insightboard",
    "generation": 0,
}


def forged(changes: Mapping[str, Any], head: Mapping[str, Any] | None = None, *, secret: str = SECRET) -> str:
    """Make a token as we do but for the changes; None leaves a claim out."""
    now = int(time.time())
    claims = {**CLAIMS, "iat": now, "exp": now + WEEK, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return signed({"alg": "HS256", "typ": "JWT", **(head or {})}, kept, secret.encode())


def signed(head: Mapping[str, Any], claims: Any, key: bytes, digest: str = "sha256") -> str:
    """Sign by hand, also what PyJWT would not."""
    said = ".".join(plain(json.dumps(one).encode()) for one in (head, claims))
    return f"{said}.{plain(hmac.digest(key, said.encode(), digest))}"


def plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(algorithm: str) -> str:
    return forged({}, {"alg": algorithm}).rpartition(".")[0] + "."
