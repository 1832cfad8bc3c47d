"""A TCP proxy that turns into a black hole on command: what is sent is swallowed, and nothing is ever closed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

Address = str | tuple[str, int]


@dataclass
class Line:
    """One connection through the proxy; `server` is None where it was never put through."""

    client: socket.socket
    server: socket.socket | None
    dark: threading.Event

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        """Pass bytes on until one side ends; in the dark neither bytes nor the end arrive."""
        with suppress(OSError):
            while data := source.recv(65_536):
                if not self.dark.is_set():
                    target.sendall(data)
            if not self.dark.is_set():
                target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for end in (self.client, self.server):
            if end is not None:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


@dataclass
class Proxy:
    """Forwards to a server, over TCP or by a unix socket's path, until `darken`."""

    server: Address
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=256))
    lines: list[Line] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    dark: bool = False

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                self.take(self.listener.accept()[0])

    def take(self, client: socket.socket) -> None:
        """Put one connection through; in the dark it is accepted, and that is all."""
        with self.lock:
            line = Line(client, None if self.dark else connected(self.server), threading.Event())
            self.lines.append(line)
        if line.server is None:
            return
        for ends in ((client, line.server), (line.server, client)):
            threading.Thread(target=line.carry, args=ends, daemon=True).start()

    def darken(self) -> None:
        """Make every connection a black hole for ever, and each new one until `heal`."""
        with self.lock:
            self.dark = True
            for line in self.lines:
                line.dark.set()

    def heal(self) -> None:
        """Put new connections through again; those of the dark stay dead, and nobody is told."""
        with self.lock:
            self.dark = False

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for line in self.lines:
            line.close()


def connected(address: Address) -> socket.socket | None:
    """Connect to the server; None when it is not there."""
    found = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    try:
        found.connect(address)
    except OSError:
        found.close()
        return None
    return found


def address_of(url: str) -> Address:
    """Return where a Redis or a Postgres listens by its URL; an embedded Postgres does by a unix socket."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host")
    if folder:
        return f"{folder[0]}/.s.PGSQL.{parse_qs(parts.query)['port'][0]}"
    return parts.hostname or "127.0.0.1", parts.port or 0


def led_to(url: str, port: int) -> str:
    """Return the URL with a port of loopback in place of where its server listens."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    query = "" if "host=" in parts.query else parts.query
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}", query=query))


@contextmanager
def proxied(environment: Mapping[str, str]) -> Iterator[tuple[dict[str, str], dict[str, Proxy]]]:
    """Put a proxy before each server that the settings name; give the changed settings, and the proxies by setting."""
    with ExitStack() as closing:
        proxies = {name: Proxy(address_of(url)) for name, url in environment.items()}
        for one in proxies.values():
            closing.callback(one.close)
            threading.Thread(target=one.serve, daemon=True).start()
        yield {name: led_to(url, proxies[name].port) for name, url in environment.items()}, proxies


@contextmanager
def mute() -> Iterator[int]:
    """Give a port that never takes a connection: its queue is full, so the kernel drops every SYN."""
    with ExitStack() as closing:
        listener = closing.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = closing.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])
