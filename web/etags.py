"""Entity tags (RFC 9110, 8.8.3 and 13.1): one opaque tag a state, which stands for all of its content codings."""

from __future__ import annotations

import re
from wsgiref.types import WSGIEnvironment

from flask import Response, request
from werkzeug.datastructures import Headers

from web.answers import GZIP_SUFFIX, compress
from web.problems import Problem
from web.times import http_date

TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# Each comma can be read in one way only, or a long list that ends badly would be tried in all of them.
LIST = re.compile(rf"[ \t,]*{TAG.pattern}(?:[ \t]*,[ \t,]*{TAG.pattern})*[ \t,]*")
# What a 304 repeats of the 200 that it stands for.
KEPT = ("Age", "Cache-Control", "Cache-Status", "ETag", "Last-Modified", "Vary", "Preference-Applied")


class NotModified(Response):
    """A 304 that keeps Last-Modified, which Werkzeug takes for the body's and drops."""

    default_status = 304

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers that are sent."""
        sent = super().get_wsgi_headers(environ)
        if "Last-Modified" in self.headers:
            sent["Last-Modified"] = self.headers["Last-Modified"]
        return sent


def known(tag: str, *, header: str, weak: bool) -> bool:
    """Say whether the header names the tag in any coding; `weak` lets weak tags count (If-None-Match)."""
    raw = request.headers.get(header, "").strip()
    if raw == "*":
        return True
    if not LIST.fullmatch(raw):
        return False
    wanted = {tag, tag + GZIP_SUFFIX}
    return any(value in wanted and (weak or not mark) for mark, value in TAG.findall(raw))


def require(tag: str) -> None:
    """Raise Problem (412) when the request's If-Match does not fit the present state or does not parse."""
    if "If-Match" in request.headers and not known(tag, header="If-Match", weak=False):
        raise Problem(412, "It was changed since, or If-Match is not understood.")


def conditional(answer: Response, tag: str, *, modified: float | None = None, weak: bool = False) -> Response:
    """Add the ETag, and make it a 304 when the client has this state already; `modified` is in epoch seconds."""
    answer.set_etag(tag, weak=weak)
    if modified is not None:
        answer.headers["Last-Modified"] = http_date(modified)
    if "Content-Encoding" in answer.headers and not weak:
        answer.set_etag(tag + GZIP_SUFFIX)
    if not has_it(tag, modified):
        return answer
    whole = compress(answer)
    short = NotModified()
    short.headers.clear()
    short.headers.update({name: whole.headers[name] for name in KEPT if name in whole.headers})
    return short


def has_it(tag: str, modified: float | None) -> bool:
    """Say whether the client has this state: by If-None-Match, or without one by If-Modified-Since."""
    if "If-None-Match" in request.headers:
        return known(tag, header="If-None-Match", weak=True)
    since = request.if_modified_since
    return modified is not None and since is not None and int(modified) <= since.timestamp()
