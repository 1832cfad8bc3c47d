"""A resolver that lies and a network that leads everywhere to one stub: what is watched is where sockets go."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from providers.base import Sample
from providers.urls import Policy
from tasks.deadline import Deadline, TimedSocket
from tasks.guard import Ways, connect
from tasks.visit import Terms, visit
from tests.unit.outside import evil

PUBLIC = "93.184.215.14"
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
Answers = Mapping[str, Sequence[Sequence[str]]]


@dataclass
class Liar:
    """Answers look-ups from a table, one answer after the other, and notes every address that is dialled.

    A name that is not in the table is public, so that nothing but the guard keeps a socket from going there.
    """

    port: int
    table: Answers = field(default_factory=dict)
    locations: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    @property
    def ways(self) -> Ways:
        return Ways(self.resolve, self.connect)

    def resolve(self, host: str, _seconds: float) -> list[str]:
        """Answer as getaddrinfo does, which takes 0x7f.1 and 2130706433 for addresses."""
        with suppress(ValueError):
            return [str(ip_address(host))]
        with suppress(OSError, UnicodeError):
            return [socket.inet_ntoa(socket.inet_aton(host))]
        answers = self.table.get(host, [[PUBLIC]])
        self.asked.append(host)
        return list(answers[min(self.asked.count(host), len(answers)) - 1])

    def connect(self, address: str, _port: int, deadline: Deadline, seconds: float) -> TimedSocket:
        self.dialled.append(address)
        return connect("127.0.0.1", self.port, deadline, seconds)

    def check(
        self, url: str, dns: Answers | None = None, redirects: Sequence[str] = (), policy: Policy | None = None
    ) -> Sample:
        """Check the URL anew: the stub behind every address redirects to each of the Locations in turn."""
        self.table, self.locations, self.asked, self.dialled = dns or {}, list(redirects), [], []
        # The stub talks no TLS, so that whoever begins it waits until the end.
        seconds = 1.0 if url.startswith("https") else 5.0
        return visit(url, Terms(policy or Policy(), seconds=seconds, ways=self.ways))

    def answer(self, talk: evil.Talk) -> None:
        if not self.locations:
            talk.send(OK)
            return
        location = self.locations.pop(0).encode("utf-8", "surrogatepass")
        talk.send(b"HTTP/1.1 302 Found\r\nLocation: ", location, b"\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def lying() -> Iterator[Liar]:
    """Give a liar and the stub that it leads to."""
    liar = Liar(0)
    with evil.serve(behave=liar.answer) as server:
        liar.port = server.port
        yield liar
