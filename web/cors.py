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


def allowed() -> str | None:
    """Return the request's origin when the operator allows it."""
    origin = request.headers.get("Origin")
    return origin if origin in settings.load().cors_origins else None


def preflight() -> Response | None:
    """Answer a browser that asks whether it may send the real request."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers and allowed():
        return Response(status=204, headers=ALLOWED)
    return None


def mark(answer: Response) -> Response:
    """Let the origin's page read the answer and our headers; a cache must keep origins apart."""
    answer.vary.add("Origin")
    if origin := allowed():
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = EXPOSED
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
