"""One total deadline for everything a request does on the wire, kept by sockets that ask it before every read."""

from __future__ import annotations

import socket
import ssl
from time import monotonic
from typing import Any

MAX_HEAD_BYTES = 256 * 1024


class DeadlinePassedError(TimeoutError):
    """The moment has passed; the message names no URL."""

    def __init__(self) -> None:
        """Say so in words."""
        super().__init__("the deadline has passed")


class TooLongHeadError(Exception):
    """The other side sent more header bytes than any honest server does."""

    def __init__(self) -> None:
        """Say so in words."""
        super().__init__(f"the headers are longer than {MAX_HEAD_BYTES // 1024} KiB")


class Deadline:
    """A moment on the monotonic clock; sockets share it, so it is moved, not replaced, for the next request."""

    def __init__(self, seconds: float) -> None:
        """Set the moment `seconds` from now."""
        self.restart(seconds)

    def restart(self, seconds: float) -> None:
        """Move the moment to `seconds` from now."""
        self.ends = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; raises DeadlinePassedError when there are none."""
        seconds = self.ends - monotonic()
        if seconds <= 0:
            raise DeadlinePassedError
        return seconds

    @property
    def passed(self) -> bool:
        """Say whether no time is left."""
        return monotonic() >= self.ends


class TimedSocket(socket.socket):
    """A TCP socket whose every read and write ends with the deadline, and whose head is bounded in bytes.

    A socket's own timeout starts anew with each byte that drips in; what is left of the deadline does not.
    """

    deadline: Deadline
    head_left: int | None = None

    def recv_into(self, buffer: Any, nbytes: int | None = 0, flags: int = 0) -> int:
        """Read into the buffer; raises TimeoutError at the deadline and TooLongHeadError past the bound."""
        self.settimeout(self.deadline.left())
        count = super().recv_into(buffer, nbytes or 0, flags)
        if self.head_left is not None:
            self.head_left -= count
            if self.head_left < 0:
                raise TooLongHeadError
        return count

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Write all of the data; raises TimeoutError at the deadline."""
        self.settimeout(self.deadline.left())
        super().sendall(data, flags)


class TimedTLSSocket(TimedSocket, ssl.SSLSocket):
    """The same over TLS: an SSLContext makes these when they are its `sslsocket_class`."""
