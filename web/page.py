"""The built page: read once, packed beforehand, and answered from memory, so that no path leads into a folder."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import brotli
from flask import Flask, Response, current_app, redirect
from werkzeug.routing import PathConverter
from werkzeug.wrappers import Response as BaseResponse

from web import answers, etags, warm
from web.problems import not_found
from web.warm import Warm

BUILT = Path(__file__).parents[1] / "frontend" / "dist"
INDEX = "index.html"
HASHED = "assets/"
ODD = re.compile(r"[.\\\x00-\x1f\x7f]|//")
# A build has about 2 MiB; what is far more is none of ours.
MOST_BYTES = 32 * 1024 * 1024
TEXTS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
TYPES = {**TEXTS, ".ico": "image/x-icon", ".png": "image/png", ".webp": "image/webp", ".woff2": "font/woff2"}
# How the build names a file that it has packed, by content coding.
PACKED = {"br": ".br", "gzip": ".gz"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)


@dataclass(frozen=True)
class File:
    """A file of the page with all of its packed forms, and what it is."""

    warm: Warm
    content_type: str


class PageError(Exception):
    """What lies where the built page should be is not one."""


class Location(PathConverter):
    """A path that the page's own router or a file of the page may have: all that is not the API's or the operator's."""

    regex = r"(?!(?i:api|healthz|readyz|metrics)(?:/|$))[^/].*"


def install(app: Flask, built: Path) -> None:
    """Serve the page that was built into a folder; where none was, lead to the documents."""
    app.extensions["page"] = dict(files(built))
    app.url_map.converters["location"] = Location
    app.add_url_rule("/", "page.root", root)
    app.add_url_rule("/<location:path>", "page.location", location)


def root() -> BaseResponse:
    """Show the page, or lead to the documents where it is not built."""
    return location("") if known() else redirect("/api/docs")


def location(path: str) -> Response:
    """Return a file of the page, or the page itself for a path of its router."""
    found = known().get(path) or (known().get(INDEX) if is_view(path) else None)
    if found is None:
        raise not_found()
    answer = etags.ready(found.warm, 0.0)
    if "Content-Type" in answer.headers:
        answer.headers["Content-Type"] = found.content_type
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def known() -> Mapping[str, File]:
    """Return the files of the page by path."""
    found: Mapping[str, File] = current_app.extensions["page"]
    return found


def is_view(path: str) -> bool:
    """Say whether a path may be one of the page's router: no file's, which has an extension, and none that climbs."""
    return not path.startswith(HASHED) and ODD.search(path) is None


def files(built: Path) -> Iterator[tuple[str, File]]:
    """Read the page; raises PageError for what is too much to be one."""
    size = 0
    for path in sorted(built.rglob("*")) if (built / INDEX).is_file() else ():
        if path.suffix in TYPES and path.is_file():
            file = read(path, path.relative_to(built).as_posix())
            size += file.warm.size
            if size > MOST_BYTES:
                raise PageError(f"{built} has more than {MOST_BYTES} bytes")
            yield path.relative_to(built).as_posix(), file


def read(path: Path, name: str) -> File:
    """Read a file and its packed forms; what the build has not packed is packed here."""
    body = path.read_bytes()
    pack = path.suffix in TEXTS and len(body) >= warm.SMALLEST_PACKED
    # An empty form keeps what does not shrink from being packed for each client.
    bodies = {"": body, **{coding: packed(path, body, coding) if pack else b"" for coding in PACKED}}
    cache = "public, max-age=31536000, immutable" if name.startswith(HASHED) else "no-cache"
    return File(Warm(answers.tag_of(body), bodies, cache), TYPES[path.suffix])


def packed(path: Path, body: bytes, coding: str) -> bytes:
    """Return a file in a content coding."""
    beside = path.with_name(path.name + PACKED[coding])
    if beside.is_file():
        return beside.read_bytes()
    return brotli.compress(body, quality=9) if coding == "br" else gzip.compress(body, mtime=0)
