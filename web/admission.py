"""Who may come in: a genuine token that nobody has revoked, of a user who is within the limit of requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response, g, request

from models import revocations
from store import StoreDownError, snapshots, tokens
from store.snapshots import Reading
from store.tokens import Verdict
from web import passes, session
from web.loading import LOADING
from web.passes import PASSES
from web.problems import Problem, unauthorized
from web.tokens import Identity

# Where the front leaves what the store said of a request that it could not answer itself.
VERDICT = "insightboard.verdict"

P = ParamSpec("P")
R = TypeVar("R")


def install(app: Flask) -> None:
    """Say in every answer how many requests are left."""
    app.after_request(tell_limits)


def identified(view: Callable[P, R]) -> Callable[P, R]:
    """Run the view for a genuine token only; the view itself has it admitted, together with what it reads."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        g.identity = session.identify(request.environ)
        return view(*args, **kwargs)

    return checked


def signed_in(view: Callable[P, R], *, limited: bool = True) -> Callable[P, R]:
    """Run the view for an admitted token only."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        g.identity = session.identify(request.environ)
        admit(limited=limited)
        return view(*args, **kwargs)

    return checked


def always(view: Callable[P, R]) -> Callable[P, R]:
    """Run the view for an admitted token, over the limit of requests too: who was robbed of a token can end it."""
    return signed_in(view, limited=False)


def identity() -> Identity:
    """Return what the current request's token says."""
    found: Identity = g.identity
    return found


def admit(*, limited: bool = True) -> None:
    """Admit and count the current request; raises Problem (401, 429), and DatabaseDownError when nobody can tell."""
    try:
        judge(given() or tokens.admit(identity().admission, owed()), limited=limited)
    except StoreDownError:
        admit_by_record()


def read(keys: Sequence[str]) -> Reading:
    """Read parts and admit the current request in one round trip; raises Problem (401, 429) and StoreDownError."""
    if verdict := given():
        judge(verdict)
        return snapshots.read(keys)
    reading = snapshots.read(keys, identity().admission, owed())
    if reading.verdict:
        judge(reading.verdict)
    return reading


def given() -> Verdict | None:
    """Return what the store has said already of the current request, which it has counted."""
    found: Verdict | None = request.environ.pop(VERDICT, None)
    return found


def owed() -> int:
    """Return how many requests of this token the front has let in that Redis has yet to count."""
    return PASSES.owed(session.key(request.environ), time.monotonic())


def judge(verdict: Verdict, *, limited: bool = True) -> None:
    """Accept what the store says of the request, after giving it the record where it had lost its copy."""
    if verdict.state == "unloaded":
        LOADING.join()
        verdict = tokens.admit(identity().admission)
    g.verdict = verdict
    if verdict.state == "unloaded":
        raise StoreDownError("the copy of the revocations was lost again")
    if verdict.state == "revoked":
        raise unauthorized("The token was revoked.")
    if verdict.state == "limited" and limited:
        detail = f"A user may make {verdict.limit} requests a minute."
        raise Problem(429, detail, kind="too-many-requests", retry_after=verdict.reset_s)


def admit_by_record() -> None:
    """Admit by Postgres while Redis is away; requests are not counted then."""
    who = identity()
    if revocations.refused(str(who.user_id), who.jti, who.generation):
        raise unauthorized("The token was revoked.")


def tell_limits(answer: Response) -> Response:
    """Add the RateLimit fields (draft-ietf-httpapi-ratelimit-headers) where the request was counted."""
    verdict: Verdict | None = g.get("verdict")
    if verdict and verdict.state in {"admitted", "limited"} and "RateLimit" not in answer.headers:
        answer.headers.update(passes.limits(verdict.limit, verdict.remaining, verdict.reset_s))
    return answer
