"""Sessions of the page: the token is in a cookie that no script can read, and writes show that they come from the page.

Beside it stands a cookie that scripts can read, with the token's own csrf claim, which every write sends back in a
header (Flask-JWT-Extended's double submit); a page of another site can do neither. A session's token is not good in a
header, nor a header's token in the cookie: neither way leads around the other's protection.
"""

from __future__ import annotations

import hmac
import re
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Response, request
from flask_jwt_extended import get_csrf_token

import settings
from models.users import User
from web import tokens
from web.problems import Problem, unauthorized
from web.tokens import Identity

COOKIE, CSRF_COOKIE, CSRF_HEADER = "insightboard_session", "insightboard_csrf", "X-CSRF-TOKEN"
SENT = re.compile(rf"(?:^|;)[ \t]*{COOKIE}=([^;]*)")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# Which way a token came, and the token.
Key = tuple[str, str]


def key(environ: WSGIEnvironment) -> Key | None:
    """Return what says who asks: the Authorization header wherever there is one, else the session's cookie."""
    header = environ.get("HTTP_AUTHORIZATION")
    if header is not None:
        return "header", tokens.bearer(header)
    found = SENT.search(environ.get("HTTP_COOKIE", ""))
    return ("cookie", found[1].strip(" \t")) if found else None


def verify(asks: Key | None) -> Identity:
    """Return who asks; raises Problem (401) for nobody and for every token that is no good where it stands."""
    way, token = asks or ("header", "")
    identity = tokens.genuine(token)
    if way == "header" and identity.csrf:
        raise unauthorized("The token is a session's.")
    if way == "cookie" and not identity.csrf:
        raise unauthorized("The token in the cookie is no session's.")
    return identity


def identify(environ: WSGIEnvironment) -> Identity:
    """Return who makes a request; raises Problem (401), also for a session's write that another page may have made."""
    identity = verify(key(environ))
    if identity.csrf and environ["REQUEST_METHOD"] not in SAFE:
        given = environ.get("HTTP_X_CSRF_TOKEN", "")
        if not hmac.compare_digest(given.encode(), identity.csrf.encode()):
            raise forged()
    return identity


def forged() -> Problem:
    """Return the problem for a write that does not show that it comes from the page."""
    detail = f"A write of a session needs the value of the cookie {CSRF_COOKIE} in {CSRF_HEADER}."
    return Problem(401, detail, kind="csrf", headers={"WWW-Authenticate": "Bearer"})


def begin(answer: Response, user: User) -> Response:
    """Sign the browser in that gets the answer."""
    token = tokens.issue(user.id, user.token_generation, cookie=True)
    seconds = int(settings.load().jwt_ttl.total_seconds())
    answer.set_cookie(COOKIE, token, seconds, httponly=True, **attributes())
    answer.set_cookie(CSRF_COOKIE, get_csrf_token(token), seconds, **attributes())
    return answer


def end(answer: Response, who: Identity) -> Response:
    """Have the browser forget its session, where it asked by one."""
    if who.csrf:
        answer.delete_cookie(COOKIE, httponly=True, **attributes())
        answer.delete_cookie(CSRF_COOKIE, **attributes())
    return answer


def attributes() -> dict[str, Any]:
    """Return how a cookie is set: for this host alone, never sent from another site, by TLS where this came by it."""
    return {"path": "/", "samesite": "Strict", "secure": request.is_secure}
