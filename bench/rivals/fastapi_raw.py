"""FastAPI as one would write it: the token is verified, and raw bytes come from Redis, on every request."""

from __future__ import annotations

import os
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from redis.asyncio import Redis

SECRET = os.environ["JWT_SECRET"]
app = FastAPI()
redis: Any = Redis.from_url(os.environ["REDIS_URL"])


def user(authorization: Annotated[str, Header()]) -> str:
    """Return whose token it is; raises HTTPException (401)."""
    scheme, _, token = authorization.partition(" ")
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="insightboard")
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    if scheme.lower() != "bearer" or claims["type"] != "access":
        raise HTTPException(401)
    return str(claims["sub"])


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that it serves."""
    return {"status": "ok"}


@app.get("/api/data/{provider}")
async def data(provider: str, username: str, _user: Annotated[str, Depends(user)]) -> Response:
    """Return the bytes that the benchmark put there."""
    body, tag = await redis.hmget(f"bench:{provider}:{username}", "body", "etag")
    headers = {"ETag": f'"{tag.decode()}"', "Cache-Control": "private, max-age=300"}
    return Response(body, media_type="application/json", headers=headers)
