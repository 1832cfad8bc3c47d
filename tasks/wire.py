"""HTTP/1.1 answers read patiently: interim ones are skipped, and none may keep us longer or larger than allowed."""

from __future__ import annotations

from http.client import BadStatusLine, HTTPException, HTTPResponse, IncompleteRead, parse_headers
from time import monotonic, sleep
from typing import cast

from tasks.deadline import MAX_HEAD_BYTES, TimedSocket

QUICK_INTERIM_ANSWERS = 8
INTERIM_PAUSE = 0.05
SWITCHING_PROTOCOLS = 101
FINAL = 200
READ_BYTES = 64 * 1024


class Answered(HTTPResponse):
    """An answer on a TimedSocket that knows when its first byte came (on the monotonic clock)."""

    def __init__(self, sock: TimedSocket, *args: object, **options: object) -> None:
        """Take the socket that the request went out on; the rest is http.client's own."""
        super().__init__(sock, *args, **options)  # type: ignore[arg-type]
        self.sock = sock
        self.first_byte_at: float | None = None

    def begin(self) -> None:
        """Read the status line and the headers; raises HTTPException, TimeoutError or TooLongHeadError."""
        self.sock.head_left = MAX_HEAD_BYTES
        super().begin()
        self.sock.head_left = None

    def _read_status(self) -> tuple[str, int, str]:
        """Skip interim answers (RFC 9110, 15.2); a flood of them is slept through, so that it costs no processor."""
        self.fp.peek(1)
        self.first_byte_at = monotonic()
        skipped = 0
        while True:
            found = cast("tuple[str, int, str]", super()._read_status())  # type: ignore[misc]
            if found[1] >= FINAL:
                return found
            if found[1] == SWITCHING_PROTOCOLS:  # which we have not asked for
                raise BadStatusLine("101")
            parse_headers(self.fp)
            self.sock.head_left = MAX_HEAD_BYTES
            skipped += 1
            if skipped > QUICK_INTERIM_ANSWERS:
                sleep(min(INTERIM_PAUSE, self.sock.deadline.left()))

    def _read_next_chunk_size(self) -> int:
        """Refuse a size below zero, which http.client takes for "read to the end" and keeps in one piece."""
        size = cast("int", super()._read_next_chunk_size())  # type: ignore[misc]
        if size < 0:
            raise ValueError
        return size

    def _read_and_discard_trailer(self) -> None:
        """Bound the trailers, which http.client reads for as long as they come, like the headers."""
        self.sock.head_left = MAX_HEAD_BYTES
        super()._read_and_discard_trailer()  # type: ignore[misc]
        self.sock.head_left = None


def drain(response: HTTPResponse, max_bytes: int) -> None:
    """Read the body to its end or to max_bytes and forget it; raises HTTPException when it ends early."""
    buffer = bytearray(min(READ_BYTES, response.length or READ_BYTES))
    total = 0
    while total < max_bytes and (count := response.readinto(buffer)):
        total += count
    if total < max_bytes and response.length:
        raise IncompleteRead(b"", response.length)


def broken(error: HTTPException) -> str:
    """Say what is wrong with an answer that is not HTTP, without quoting it."""
    if isinstance(error, ConnectionError):
        return "the server closed the connection without an answer"
    if isinstance(error, IncompleteRead):
        return "the body ended early"
    return "the answer is not HTTP"
