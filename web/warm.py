"""What a warm answer is: one function decides, for the views and for the front before them alike."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import brotli
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_date

import settings
from store.packing import SMALLEST_PACKED

VARY = "Accept-Encoding, Authorization, Cookie"
GZIP_LEVEL = 5
# The client waits for it: from 5 on Brotli takes longer than gzip, at 4 it still packs better.
BROTLI_QUALITY = 4
# The content codings that we send, the one that packs best first.
CODINGS = ("br", "gzip")
LONGEST_REMEMBERED = 256
TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# Each comma can be read in one way only, or a long list that ends badly would be tried in all of them.
LIST = re.compile(rf"[ \t,]*{TAG.pattern}(?:[ \t]*,[ \t,]*{TAG.pattern})*[ \t,]*")

Header = tuple[str, str]


class Sent(NamedTuple):
    """An answer as it goes out, without what every answer has."""

    status: int
    headers: list[Header]
    body: bytes


@dataclass(slots=True)
class Warm:
    """An answer that is ready: its opaque tag, its bodies by content coding (`""` is none), its headers.

    `modified` is an HTTP date and `modified_at` its epoch seconds. `fetched_at` and `expires_at`, epoch seconds of
    Redis' clock, make Age and Cache-Status where the answer is one widget's.
    """

    tag: str
    bodies: dict[str, bytes]
    cache_control: str
    weak: bool = False
    modified: str = ""
    modified_at: float = 0.0
    fetched_at: float = 0.0
    expires_at: float = float("inf")
    aged: bool = False
    detail: str = ""
    built: dict[str, tuple[tuple[int, int], list[Header], list[Header]]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """What it holds, in bytes."""
        return sum(map(len, self.bodies.values()))


def sent(warm: Warm, environ: Mapping[str, Any], now: float) -> Sent:
    """Answer a GET: 200 in the coding that the client likes best, or 304; `now` is Redis' time in epoch seconds."""
    coding = coding_for(warm.bodies, environ.get("HTTP_ACCEPT_ENCODING", ""))
    short, whole = headers(warm, coding, now)
    if has_it(warm, environ):
        return Sent(304, short, b"")
    return Sent(200, whole, warm.bodies[coding])


def headers(warm: Warm, coding: str, now: float) -> tuple[list[Header], list[Header]]:
    """Return the headers of a 304 and of a 200, which change once a second."""
    second = (int(max(0.0, now - warm.fetched_at)), int((warm.expires_at - now) // 1)) if warm.aged else (0, 0)
    known = warm.built.get(coding)
    if known is None or known[0] != second:
        known = warm.built[coding] = (second, *build(warm, coding, *second))
    return known[1], known[2]


def build(warm: Warm, coding: str, age: int, left: int) -> tuple[list[Header], list[Header]]:
    """Write the headers of a 304 and of a 200."""
    tag = f'{"W/" if warm.weak else ""}"{tagged(warm.tag, coding)}"'
    short = [("Cache-Control", warm.cache_control), ("ETag", tag), ("Vary", vary())]
    if warm.aged:
        status = f"insightboard; hit; ttl={left}" + (f"; detail={warm.detail}" if warm.detail else "")
        short += [("Age", str(age)), ("Cache-Status", status)]
    if warm.modified:
        short.append(("Last-Modified", warm.modified))
    whole = [*short, ("Content-Type", "application/json"), ("Content-Length", str(len(warm.bodies[coding])))]
    return short, [*whole, ("Content-Encoding", coding)] if coding else whole


def vary() -> str:
    """Return what the answer depends on; with CORS on the origin too."""
    return f"{VARY}, Origin" if settings.load().cors_origins else VARY


def tag_of(body: bytes) -> str:
    """Return the opaque tag of a state that is told by these bytes."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def tagged(tag: str, coding: str) -> str:
    """Return the opaque tag of a state in a content coding."""
    return f"{tag}-{coding}" if coding else tag


def coding_for(bodies: dict[str, bytes], accept: str) -> str:
    """Return the content coding to send; a body that was not compressed beforehand is now, and joins the others."""
    for coding in remembered(accept) if len(accept) <= LONGEST_REMEMBERED else preferred(accept):
        if coding not in bodies and len(bodies[""]) >= SMALLEST_PACKED:
            bodies[coding] = packed(bodies[""], coding)
        if bodies.get(coding):
            return coding
    return ""


def packed(body: bytes, coding: str) -> bytes:
    """Return a body in a content coding, packed while the client waits for it."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    return gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)


def preferred(accept: str) -> tuple[str, ...]:
    """Return the codings that the client accepts and does not like less than none, best first (RFC 9110, 12.5.3)."""
    accepted = parse_accept_header(accept, Accept)
    plain = accepted.quality("identity")
    liked = [one for one in CODINGS if accepted[one] > 0 and accepted[one] >= plain]
    return tuple(sorted(liked, key=lambda one: -accepted[one]))


remembered = lru_cache(maxsize=256)(preferred)


def has_it(warm: Warm, environ: Mapping[str, Any]) -> bool:
    """Say whether the client has this state: by If-None-Match, or without one by If-Modified-Since."""
    given = environ.get("HTTP_IF_NONE_MATCH")
    if given is not None:
        return given in named(warm.tag) or names(given, warm.tag, weak=True)
    if not warm.modified or "HTTP_IF_MODIFIED_SINCE" not in environ:
        return False
    try:
        since = parse_date(environ["HTTP_IF_MODIFIED_SINCE"])
        return since is not None and int(warm.modified_at) <= since.timestamp()
    except (OverflowError, ValueError):
        # A year or a zone that no clock has; what is no date is ignored (RFC 9110, 13.1.3).
        return False


@lru_cache(maxsize=1024)
def named(tag: str) -> frozenset[str]:
    """Return what clients send back of a state as a rule: one of its tags, which need not be taken apart."""
    tags = [tagged(tag, coding) for coding in ("", *CODINGS)]
    return frozenset(f'{mark}"{one}"' for mark in ("", "W/") for one in tags)


def names(given: str, tag: str, *, weak: bool) -> bool:
    """Say whether a list of entity tags (RFC 9110, 8.8.3) names the state in any coding; `weak`: weak tags count."""
    raw = given.strip()
    if raw == "*":
        return True
    if not LIST.fullmatch(raw):
        return False
    wanted = {tag, *(tagged(tag, coding) for coding in CODINGS)}
    return any(value in wanted and (weak or not mark) for mark, value in TAG.findall(raw))
