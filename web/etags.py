"""Entity tags (RFC 9110, 8.8.3 and 13.1): one opaque tag a state, which stands for all of its content codings."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import WSGIEnvironment

from flask import Response, request
from werkzeug.datastructures import Headers

from web import warm
from web.answers import compress
from web.problems import Problem
from web.warm import Warm

# What a 304 repeats of the 200 that it stands for.
KEPT = ("Cache-Control", "ETag", "Vary")


class NotModified(Response):
    """A 304 that keeps Last-Modified, which Werkzeug takes for the body's and drops."""

    default_status = 304

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers that are sent."""
        sent = super().get_wsgi_headers(environ)
        if "Last-Modified" in self.headers:
            sent["Last-Modified"] = self.headers["Last-Modified"]
        return sent


def require(tag: str, *, weak: bool = False) -> None:
    """Raise Problem (412) when the request's If-Match does not fit the present state or does not parse.

    A `weak` state is named by `*` only: If-Match compares strongly (RFC 9110, 13.1.1).
    """
    given = request.headers.get("If-Match")
    if given is not None and not (warm.names(given, tag, weak=False) and (not weak or given.strip() == "*")):
        raise Problem(412, "It was changed since, or If-Match is not understood.")


def conditional(answer: Response, tag: str) -> Response:
    """Add the ETag, and make it a 304 when the client has this state already; raises Problem (412) as `require`."""
    require(tag)
    answer.set_etag(tag)
    given = request.headers.get("If-None-Match")
    if given is None or not warm.names(given, tag, weak=True):
        return answer
    whole = compress(answer)
    return not_modified({name: whole.headers[name] for name in KEPT if name in whole.headers}.items())


def ready(found: Warm, now: float) -> Response:
    """Answer with what is ready, 200 or 304, as the front does; `now` is Redis' time in epoch seconds.

    Raises Problem (412) as `require`; the front leaves every If-Match to the views.
    """
    require(found.tag, weak=found.weak)
    status, headers, body = warm.sent(found, request.environ, now)
    if status == NotModified.default_status:
        return not_modified(headers)
    answer = Response(body)
    answer.headers.clear()
    answer.headers.extend(headers)
    return answer


def not_modified(headers: Iterable[tuple[str, str]]) -> Response:
    """Answer 304 with these headers only."""
    answer = NotModified()
    answer.headers.clear()
    answer.headers.extend(headers)
    return answer
