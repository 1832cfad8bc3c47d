"""Access tokens (RFC 7519, signed with HS256): how they are issued, and what is read from one that is genuine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from flask import Flask
from flask_jwt_extended import JWTManager, create_access_token
from jwt.exceptions import PyJWTError

import settings
from store.tokens import Admission
from web.problems import unauthorized

NAME = "insightboard"
MAX_CHARACTERS = 2048
REMEMBERED = 4096
SCHEME = "bearer "
# How far the clock of the process that issued a token may be ahead of ours; its end has no leeway (`verify`).
LEEWAY_SECONDS = 30
MOST_GENERATION = 2**31 - 1
# Longer than any token lives, by whatever JWT_TTL it was issued, and short enough for every date that is made of it.
MOST_AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Identity:
    """What a genuine token says: whose it is, its own id, the generation it was issued in, its end in epoch seconds.

    `csrf` is what a session of the page has to send with every write; a token for headers has none.
    """

    user_id: UUID
    jti: str
    generation: int
    expires_at: float
    csrf: str = ""

    @property
    def admission(self) -> Admission:
        """What the store has to know to let it in."""
        return Admission(str(self.user_id), self.jti, self.generation)

    @property
    def ends(self) -> datetime:
        """When it ends."""
        return datetime.fromtimestamp(self.expires_at, UTC)


def install(app: Flask) -> None:
    """Configure Flask-JWT-Extended, which issues tokens; `read` checks them."""
    chosen = settings.load()
    app.config.update(
        JWT_SECRET_KEY=chosen.jwt_secret,
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=chosen.jwt_ttl,
        JWT_ENCODE_ISSUER=NAME,
        JWT_ENCODE_AUDIENCE=NAME,
        JWT_ENCODE_NBF=False,
    )
    JWTManager(app)


def issue(user_id: UUID, generation: int, *, cookie: bool = False) -> str:
    """Return a new token for a user, good in a header only or in a cookie only."""
    claims = {"generation": generation} | ({"cookie": True} if cookie else {})
    return str(create_access_token(str(user_id), additional_claims=claims))


def longest() -> timedelta:
    """Return how long a token may live at most, whatever JWT_TTL was when it was issued."""
    return max(MOST_AHEAD, settings.load().jwt_ttl)


def last_end() -> datetime:
    """Return when the last token ends that may have been issued so far, to a minute."""
    return datetime.now(UTC) + longest() + timedelta(minutes=1)


def bearer(header: str | None) -> str:
    """Return the token of an Authorization header (RFC 6750), nothing where it has none; the scheme is in any case."""
    scheme, token = (header or "")[: len(SCHEME)], (header or "")[len(SCHEME) :]
    return token.strip(" ") if scheme.lower() == SCHEME else ""


def genuine(token: str) -> Identity:
    """Return what a token says; raises Problem (401) for every one that is no good."""
    if not 0 < len(token) <= MAX_CHARACTERS:
        raise unauthorized()
    try:
        identity = read(token)
    except (PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise unauthorized("The token is not valid.") from None
    if time.time() >= identity.expires_at:
        raise unauthorized("The token has expired.")
    return identity


@lru_cache(maxsize=REMEMBERED)
def read(token: str) -> Identity:
    """Check a token's signature and claims; verifying costs more than all else in a read, so it is remembered.

    Not by Flask-JWT-Extended, which takes a token without a type for an access token and without a jti for one of ours.
    """
    claims: dict[str, Any] = jwt.decode(
        token,
        settings.load().jwt_secret,
        algorithms=["HS256"],
        issuer=NAME,
        audience=NAME,
        options={"require": ["exp", "iat", "jti", "sub", "type", "iss", "aud", "generation"]},
        leeway=LEEWAY_SECONDS,
    )
    if not ours(claims):
        raise ValueError("not an access token of ours")
    csrf = claims["csrf"] if claims.get("cookie") else ""
    return Identity(UUID(claims["sub"]), claims["jti"], claims["generation"], float(claims["exp"]), csrf)


def ours(claims: Mapping[str, Any]) -> bool:
    """Say whether claims are such as we issue; what the store and Postgres could not keep is not."""
    jti, generation, ends = claims["jti"], claims["generation"], claims["exp"]
    latest = time.time() + longest().total_seconds()
    return (
        claims["type"] == "access"
        and isinstance(jti, str)
        and jti == str(UUID(jti))
        and type(generation) is int
        and 0 <= generation <= MOST_GENERATION
        and type(ends) is int
        and ends <= latest
        and ("cookie" not in claims or of_session(claims))
    )


def of_session(claims: Mapping[str, Any]) -> bool:
    """Say whether claims are those of a token for a cookie, which holds what a write has to repeat."""
    csrf = claims.get("csrf")
    return claims["cookie"] is True and isinstance(csrf, str) and csrf == str(UUID(csrf))
