"""How an answer is made: JSON once, ETags for each content coding, compressed where the client accepts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request

from models.users import User
from web import warm
from web.times import moment

PRIVATE = "private, no-cache"
COMPRESSED = frozenset(
    {"application/json", "application/problem+json", "text/plain", "text/html", "text/css", "text/javascript"}
)


def install(app: Flask) -> None:
    """Compress what is worth it, last of all."""
    app.after_request(compress)


def encode(data: Any) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def joined(said: Mapping[str, Any], data: bytes) -> bytes:
    """Return an object as JSON with one more member, `data`, which is JSON already."""
    return encode(said)[:-1] + b',"data":' + data + b"}"


def json_answer(
    data: Any, status: int = 200, *, cache: str = PRIVATE, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON."""
    answer = Response(encode(data), status, content_type="application/json")
    return described(answer, cache, headers)


def nothing(cache: str = PRIVATE) -> Response:
    """Answer 204."""
    answer = Response(status=204)
    answer.headers.remove("Content-Type")
    return described(answer, cache, None)


def described(answer: Response, cache: str, headers: Mapping[str, str] | None) -> Response:
    """Add how long and for whom the answer may be kept."""
    answer.headers["Cache-Control"] = cache
    answer.headers["Vary"] = warm.VARY
    answer.headers.update(headers or {})
    return answer


def user(one: User) -> dict[str, Any]:
    """Return a user as JSON has it."""
    return {"id": str(one.id), "email": one.email, "created_at": moment(one.created_at)}


def compress(answer: Response) -> Response:
    """Compress an answer that is not compressed yet, and name its ETag by the coding."""
    if answer.is_streamed or answer.mimetype not in COMPRESSED or answer.status_code in {204, 304}:
        return answer
    answer.vary.add("Accept-Encoding")
    if "Content-Encoding" in answer.headers:
        return answer
    bodies = {"": answer.get_data()}
    coding = warm.coding_for(bodies, request.headers.get("Accept-Encoding", ""))
    if not coding:
        return answer
    answer.set_data(bodies[coding])
    answer.headers["Content-Encoding"] = coding
    tag, weak = answer.get_etag()
    if tag is not None:
        answer.set_etag(warm.tagged(tag, coding), weak=bool(weak))
    return answer
