"""Cross-origin requests (the Fetch standard's CORS) from the origins that the operator names; no cookies are used."""

from __future__ import annotations

from flask import Flask, Response, request

import settings

ALLOWED = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match, Cache-Control, Prefer, "
    "X-Request-ID",
    "Access-Control-Max-Age": "600",
}
EXPOSED = (
    "Age, Allow, Cache-Status, ETag, Location, Preference-Applied, RateLimit, RateLimit-Policy, "
    "Retry-After, X-Request-ID"
)


def install(app: Flask) -> None:
    """Answer preflights and mark answers for the origins of CORS_ORIGINS."""
    if settings.load().cors_origins:
        app.before_request(preflight)
        app.after_request(mark)


def allows(origin: str | None) -> bool:
    """Say whether the operator allows an origin."""
    return origin is not None and origin in settings.load().cors_origins


def preflight() -> Response | None:
    """Answer a browser that asks whether it may send the real request."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return Response(status=204, headers=ALLOWED) if asks and allows(request.headers.get("Origin")) else None


def mark(answer: Response) -> Response:
    """Let the origin's page read the answer and our headers; a cache must keep origins apart."""
    answer.vary.add("Origin")
    answer.headers.update(headers(request.headers.get("Origin")))
    return answer


def headers(origin: str | None) -> list[tuple[str, str]]:
    """Return what lets an origin's page read the answer; it replaces what every answer has."""
    if origin is None or not allows(origin):
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", EXPOSED),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
