"""FastAPI behind an ASGI front that has what ours has: tokens and bytes are kept for a second, requests are counted.

It is what a rival would come to who did for FastAPI what web/front.py does for Flask.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from random import getrandbits
from typing import Any

from bench.rivals.fastapi_raw import app as inner
from bench.rivals.fastapi_raw import redis, user

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
SECONDS = 1.0
tokens: dict[bytes, tuple[float, str]] = {}
copies: dict[tuple[bytes, bytes], tuple[float, bytes, bytes]] = {}
counted: Counter[str] = Counter()
FIXED = [(b"content-type", b"application/json"), (b"cache-control", b"private, max-age=300"),
         (b"vary", b"Accept-Encoding, Authorization, Cookie"), (b"x-content-type-options", b"nosniff"),
         (b"referrer-policy", b"no-referrer"), (b"content-security-policy", b"default-src 'none'")]  # fmt: skip


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer from the copies, or hand on to FastAPI (ASGI)."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/data/"):
        await inner(scope, receive, send)
        return
    headers, now = dict(scope["headers"]), time.monotonic()
    who = await known(headers.get(b"authorization", b""), now)
    read_at, body, tag = await copy(scope["raw_path"], scope["query_string"], now)
    counted[who] += 1
    age = int(now - read_at)
    sent = [*FIXED, (b"content-length", b"%d" % len(body)), (b"etag", tag), (b"age", b"%d" % age),
            (b"ratelimit", b'"requests";r=%d;t=60' % max(0, 600 - counted[who])),
            (b"x-request-id", b"%032x" % getrandbits(128))]  # fmt: skip
    if headers.get(b"if-none-match") == tag:
        await send({"type": "http.response.start", "status": 304, "headers": sent[1:]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": sent})
    await send({"type": "http.response.body", "body": body})


async def known(header: bytes, now: float) -> str:
    """Return whose token it is, asking Redis once a second whether it was revoked."""
    until, who = tokens.get(header, (0.0, ""))
    if now >= until:
        who = user(header.decode())
        await redis.zscore("bench:revoked", who)
        tokens[header] = now + SECONDS, who
    return who


async def copy(path: bytes, query: bytes, now: float) -> tuple[float, bytes, bytes]:
    """Return the bytes, asked for once a second."""
    found = copies.get((path, query))
    if found is None or now - found[0] >= SECONDS:
        provider, username = path.rpartition(b"/")[2].decode(), query.partition(b"=")[2].decode()
        body, tag = await redis.hmget(f"bench:{provider}:{username}", "body", "etag")
        found = copies[path, query] = now, body, b'"' + tag + b'"'
    return found
