"""What a server may do to keep a reader waiting, or to fill its memory; beside what tests/unit/outside/evil.py does."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from tests.unit.outside import evil

NO_JSON = {
    "latin-1": '[{"city": "Malmö"}]'.encode("latin-1"),
    "truncated": b'[{"city": "Oslo"}, {"ci',
    "html": b"<!doctype html><title>Sign in to the hotel's network</title>",
    "empty": b"",
    "nested": b"[" * 100_000,
    "ten-megabytes-nested": b"[" * 10_000_000,
    "lists": b"[" + b"[]," * 1_300_000 + b"[]]",
    "numbers": b"[" + b"0.1," * 1_000_000 + b"0]",
    "long-number": b"1" * 4_000_000,
}


def drip_status(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 200 ")
    for _ in talk.again(0.2):
        talk.send(b"x")


def drip_chunks(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in talk.again(0.2):
        talk.send(b"1\r\nx\r\n")


def slow_redirects(talk: evil.Talk) -> None:
    talk.stop.wait(1.1)
    evil.redirects(talk)


def endless_chunks(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    talk.flood(b"10000\r\n" + evil.BLOCK + b"\r\n")


def negative_chunk(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
    talk.flood(evil.BLOCK)


def endless_trailers(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    talk.flood(b"X-Trailer: more\r\n" * 4096)


@cache
def zeros() -> bytes:
    """Return 256 MiB, packed to 256 KiB."""
    return gzip.compress(b"\0" * 256 * 1024 * 1024, 9)


def bomb(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", zeros())


def bomb_redirect(talk: evil.Talk) -> None:
    talk.send(b"HTTP/1.1 302 Found\r\nLocation: /packed\r\nContent-Encoding: gzip\r\n\r\n", zeros())


def json(talk: evil.Talk) -> None:
    """`/json/truncated` and so on answer with what calls itself JSON and is none, or too much of it."""
    body = NO_JSON[talk.words[1]]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    talk.send(head.encode(), body)


BEHAVIOURS: dict[str, evil.Behaviour] = evil.BEHAVIOURS | {
    one.__name__.replace("_", "-"): one
    for one in (
        *(drip_status, drip_chunks, slow_redirects, endless_chunks, negative_chunk, endless_trailers),
        *(bomb, bomb_redirect, json),
    )
}


def behave(talk: evil.Talk) -> None:
    """Do what the path's first word says."""
    BEHAVIOURS[talk.words[0]](talk)


@contextmanager
def serve() -> Iterator[evil.Server]:
    """Listen on loopback; the longest preparation is made before anybody waits."""
    zeros()
    with evil.serve(behave=behave) as server:
        yield server
