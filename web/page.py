"""The built page: read once, packed beforehand, and answered from memory, so that no path leads into a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask, Response, current_app, redirect
from werkzeug.routing import PathConverter
from werkzeug.wrappers import Response as BaseResponse

from web.files import TYPES, File, answer, read
from web.problems import not_found

BUILT = Path(__file__).parents[1] / "frontend" / "dist"
INDEX = "index.html"
HASHED = "assets/"
FOR_GOOD = "public, max-age=31536000, immutable"
ODD = re.compile(r"[.\\\x00-\x1f\x7f]|//")
# A build has about 2 MiB; what is far more is none of ours.
MOST_BYTES = 32 * 1024 * 1024
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)


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
    sent = answer(found)
    sent.headers["Content-Security-Policy"] = POLICY
    return sent


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
            name = path.relative_to(built).as_posix()
            file = read(path, FOR_GOOD if name.startswith(HASHED) else "no-cache")
            size += file.warm.size
            if size > MOST_BYTES:
                raise PageError(f"{built} has more than {MOST_BYTES} bytes")
            yield name, file
