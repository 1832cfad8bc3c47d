"""What happens around every request: its id, its size, one line in the log, and the headers every answer has."""

from __future__ import annotations

import logging
import re
import time
from http import HTTPStatus
from random import getrandbits

import structlog
from flask import Flask, Response, g, request

import logs
from web import bodies

SANE_ID = re.compile(r"[A-Za-z0-9._~+/=-]{1,128}")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
SECURITY = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
)
HSTS = ("Strict-Transport-Security", "max-age=31536000")

log = logs.get("http")
# Asked before a line is made up that nobody wants.
LINES = logging.getLogger("insightboard.http")


def install(app: Flask) -> None:
    """Run `begin` before and `end` after every request."""
    app.before_request(begin)
    app.after_request(end)


def begin() -> None:
    """Take over a sane X-Request-ID or make one, bind it to every log line, and refuse a body that is too large."""
    g.request_id = id_of(request.headers.get("X-Request-ID", ""))
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if (request.content_length or 0) > bodies.MAX_BYTES:
        raise bodies.too_large()


def end(answer: Response) -> Response:
    """Add the headers that every answer has, and log the request without its query, which may hold secrets."""
    for name, value in headers(g.request_id, secure=request.is_secure):
        answer.headers.setdefault(name, value)
    if request.method == "OPTIONS" and not answer.get_data():
        answer.headers.remove("Content-Type")
    seconds = time.perf_counter() - g.began
    if request.path not in QUIET:
        note(request.method, request.path, answer.status_code, seconds, g.request_id)
    return answer


def id_of(given: str) -> str:
    """Take over a sane X-Request-ID, or make one; it need not be a secret."""
    return given if SANE_ID.fullmatch(given) else f"{getrandbits(128):032x}"


def headers(request_id: str, *, secure: bool) -> list[tuple[str, str]]:
    """Return the headers that every answer has; `secure` says that it goes out by TLS."""
    return [("X-Request-ID", request_id), *SECURITY, *((HSTS,) if secure else ())]


def note(method: str, path: str, status: int, seconds: float, request_id: str) -> None:
    """Log a request."""
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        level = log.error
    elif LINES.isEnabledFor(logging.INFO):
        level = log.info
    else:
        return
    took = round(seconds * 1000, 1)
    level("request", method=method, path=path, status=status, duration_ms=took, request_id=request_id)


def request_id() -> str:
    """Return the current request's id."""
    return str(g.request_id)
