"""Files that are served from memory: read once, packed beforehand, told apart by ETag."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import brotli
from flask import Response

from store.packing import SMALLEST_PACKED
from web import etags, warm
from web.warm import Warm

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
# How a build names a file that it has packed, by content coding.
PACKED = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True)
class File:
    """A file with all of its packed forms, and what it is."""

    warm: Warm
    content_type: str


def read(path: Path, cache_control: str) -> File:
    """Read a file of a known type and its packed forms; what no build has packed is packed here."""
    body = path.read_bytes()
    pack = path.suffix in TEXTS and len(body) >= SMALLEST_PACKED
    # An empty form keeps what does not shrink from being packed for each client.
    bodies = {"": body, **{coding: packed(path, body, coding) if pack else b"" for coding in PACKED}}
    return File(Warm(warm.tag_of(body), bodies, cache_control), TYPES[path.suffix])


def packed(path: Path, body: bytes, coding: str) -> bytes:
    """Return a file in a content coding."""
    beside = path.with_name(path.name + PACKED[coding])
    if beside.is_file():
        return beside.read_bytes()
    return brotli.compress(body, quality=9) if coding == "br" else gzip.compress(body, mtime=0)


def answer(file: File) -> Response:
    """Answer a GET with a file, or 304."""
    found = etags.ready(file.warm, 0.0)
    if "Content-Type" in found.headers:
        found.headers["Content-Type"] = file.content_type
    found.headers["Vary"] = "Accept-Encoding"
    return found
