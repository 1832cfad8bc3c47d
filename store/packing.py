"""Results are prepared for their readers once, when they are kept: hashed and compressed."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import brotli

from store.snapshots import Snapshot, kept_seconds

# In bytes: what is shorter has little that repeats, and a coding's own frame (18 bytes of gzip's) eats what it saves.
SMALLEST_PACKED = 200
BROTLI_QUALITY = 5


@dataclass(frozen=True)
class Packed:
    """A result that is ready to be kept: its forms, TTL and waits in seconds, and the upstream's validators by URL."""

    key: str
    body: bytes
    etag: str
    gzip: bytes
    br: bytes
    ttl: float
    apart: float
    validators: str

    def words(self) -> tuple[str | bytes | float, ...]:
        """Return what the scripts take, in their order."""
        kept = kept_seconds(self.ttl)
        return (self.key, self.body, self.etag, self.gzip, self.br, self.ttl, self.validators, kept, self.apart)

    def snapshot(self, fetched_at: float) -> Snapshot:
        """Return it as readers find it."""
        return Snapshot(self.key, self.body, self.etag, self.gzip, self.br, fetched_at, self.ttl, self.apart)


def pack(
    key: str,
    body: bytes,
    *,
    ttl: float,
    apart: float = 0.0,
    validators: Mapping[str, Mapping[str, str]] | None = None,
    joined: bool = False,
) -> Packed:
    """Prepare a result, fresh for `ttl` seconds; a part sent `joined` with others is not compressed.

    `validators` are the upstream's ETag and Last-Modified by URL.
    """
    small = joined or len(body) < SMALLEST_PACKED
    packed = b"" if small else gzip.compress(body, compresslevel=6, mtime=0)
    br = b"" if small else brotli.compress(body, quality=BROTLI_QUALITY)
    etag = hashlib.blake2b(body, digest_size=16).hexdigest()
    said = json.dumps({url: dict(tags) for url, tags in (validators or {}).items()})
    return Packed(key, body, etag, packed, br, ttl, apart, said)
