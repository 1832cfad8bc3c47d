"""What happens around every request: its id, its size, one line in the log, and the headers every answer has."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

import logs
from web import bodies

SANE_ID = re.compile(r"[A-Za-z0-9._~+/=-]{1,128}")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

log = logs.get("http")


def install(app: Flask) -> None:
    """Run `begin` before and `end` after every request."""
    app.before_request(begin)
    app.after_request(end)


def begin() -> None:
    """Take over a sane X-Request-ID or make one, bind it to every log line, and refuse a body that is too large."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if SANE_ID.fullmatch(given) else str(uuid4())
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if (request.content_length or 0) > bodies.MAX_BYTES:
        raise bodies.too_large()


def end(answer: Response) -> Response:
    """Add the headers that every answer has, and log the request without its query, which may hold secrets."""
    answer.headers["X-Request-ID"] = g.request_id
    for name, value in SECURITY.items():
        answer.headers.setdefault(name, value)
    if request.method == "OPTIONS" and not answer.get_data():
        answer.headers.remove("Content-Type")
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    seconds = time.perf_counter() - g.began
    if request.path not in QUIET:
        level = log.error if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR else log.info
        took = round(seconds * 1000, 1)
        level("request", method=request.method, path=request.path, status=answer.status_code, duration_ms=took)
    return answer


def request_id() -> str:
    """Return the current request's id."""
    return str(g.request_id)
