"""A hostile server on loopback: one behaviour for each first word of the path, all of them bounded in time."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")
LONGEST = 12.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BLOCK = b"x" * 65_536


@dataclass
class Talk:
    """One connection whose request head has been read."""

    sock: socket.socket
    head: str
    stop: threading.Event
    server: Server

    @property
    def words(self) -> list[str]:
        return self.head.split(" ")[1].partition("?")[0].strip("/").split("/")

    def send(self, *parts: bytes) -> None:
        self.sock.sendall(b"".join(parts))
        self.server.sent[self.words[0]] += sum(map(len, parts))

    def again(self, pause: float) -> Iterator[int]:
        """Count up, with pauses in seconds, until the test is over or the bound is reached."""
        for count in range(int(LONGEST / max(pause, 0.001))):
            if self.stop.wait(pause):
                return
            yield count

    def flood(self, part: bytes) -> None:
        for _ in range(8192):
            if self.stop.is_set():
                return
            self.send(part)


def plain(talk: Talk) -> None:
    talk.send(OK)


def slow(talk: Talk) -> None:
    talk.stop.wait(0.2)
    talk.send(OK)


def status(talk: Talk) -> None:
    talk.send(f"HTTP/1.1 {talk.words[1]} Some Words\r\nContent-Length: 2\r\n\r\nno".encode())


def drip_body(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in talk.again(0.2):
        talk.send(b"x")


def drip_head(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in talk.again(0.2):
        talk.send(b"x")


def drip_redirects(talk: Talk) -> None:
    talk.stop.wait(0.4)
    redirects(talk)


def continues(talk: Talk) -> None:
    for _ in talk.again(0.0):
        talk.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 20)


def early_hints(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", OK)


def redirects(talk: Talk) -> None:
    """`/redirects/3` leads to `/redirects/2` and so on to `/plain`; without a number it never ends."""
    left = int(talk.words[1]) if len(talk.words) > 1 else 9
    where = ("/plain" if left == 1 else f"/{talk.words[0]}/{left - 1}") if len(talk.words) > 1 else f"/{talk.words[0]}"
    talk.send(f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())


def leads(talk: Talk) -> None:
    """Redirect to what the query says, byte for byte."""
    where = talk.head.split(" ")[1].partition("?")[2]
    talk.send(b"HTTP/1.1 301 Moved\r\nLocation: ", bytes.fromhex(where), b"\r\nContent-Length: 0\r\n\r\n")


def nowhere(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")


def endless_body(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\n\r\n")
    talk.flood(BLOCK)


def endless_redirect(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 302 Found\r\nLocation: /packed\r\n\r\n")
    talk.flood(BLOCK)


def huge_head(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(99):
        talk.send(f"X-{number}: ".encode(), b"x" * 60_000, b"\r\n")
    talk.send(b"\r\n")


def many_heads(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 200, b"\r\n")


def no_http(talk: Talk) -> None:
    talk.send(b"220 mail.example ESMTP\r\n")


def hang_up(talk: Talk) -> None:
    talk.sock.shutdown(socket.SHUT_RDWR)


def cut_body(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


def cut_chunks(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nff\r\nbye")


def chunks(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")


def silence(talk: Talk) -> None:
    talk.stop.wait(LONGEST)


def switching(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")


def packed(talk: Talk) -> None:
    body = gzip.compress(b'{"packed": true}')
    talk.send(f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body)


def cut_gzip(talk: Talk) -> None:
    body = gzip.compress(b"x" * 1000)[:-9]
    talk.send(f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body)


def no_gzip(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok")


def brotli(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nok")


def tagged(talk: Talk) -> None:
    if 'If-None-Match: "one"' in talk.head:
        talk.send(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n')
    else:
        date = b"Last-Modified: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
        talk.send(b'HTTP/1.1 200 OK\r\nETag: "one"\r\n', date, b"X-Poll-Interval: 60\r\nContent-Length: 2\r\n\r\n{}")


Behaviour = Callable[[Talk], None]
BEHAVIOURS: dict[str, Behaviour] = {
    one.__name__.replace("_", "-"): one
    for one in (
        *(plain, slow, status, drip_body, drip_head, drip_redirects, continues, early_hints, redirects, leads),
        *(nowhere, endless_body, endless_redirect, huge_head, many_heads, no_http, hang_up, cut_body),
        *(cut_chunks, chunks, silence, switching, packed, cut_gzip, no_gzip, brotli, tagged),
    )
}


@dataclass
class Server:
    """The running server: where it listens, which request heads it has read, and how many bytes each path took."""

    port: int
    scheme: str = "http"
    heads: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}/{path}"


@contextmanager
def serve(certificate: str | None = None, behave: Behaviour | None = None) -> Iterator[Server]:
    """Listen on loopback until the test is over, with TLS when a certificate of the folder is named."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    server = Server(listener.getsockname()[1], "https" if certificate else "http")
    stop, threads = threading.Event(), list[threading.Thread]()
    context = tls(certificate) if certificate else None

    def accept() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                thread = threading.Thread(target=answer, args=(sock, server, behave, stop, context), daemon=True)
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join(5)


def tls(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate, CERTIFICATES / "key.pem")
    return context


def answer(
    sock: socket.socket,
    server: Server,
    behave: Behaviour | None,
    stop: threading.Event,
    context: ssl.SSLContext | None,
) -> None:
    sock.settimeout(LONGEST)
    with suppress(OSError, ValueError):
        try:
            sock = context.wrap_socket(sock, server_side=True) if context else sock
            while (head := read_head(sock)) and not stop.is_set():
                server.heads.append(head)
                talk = Talk(sock, head, stop, server)
                (behave or BEHAVIOURS[talk.words[0]])(talk)
                if "connection: close" in head.lower() or talk.words[0] not in {"plain", "slow", "tagged", "packed"}:
                    return
        finally:
            sock.close()


@contextmanager
def chatter(words: bytes, drips: int = 0) -> Iterator[int]:
    """Give the port of a server that says the words to all who come, drips so many more bytes, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with sock:
                    sock.sendall(words)
                    for _ in range(drips):
                        sleep(0.2)
                        sock.sendall(b"x")
                    sock.settimeout(1.0)
                    sock.recv(65_536)

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        talking.join(5)


def read_head(sock: socket.socket) -> str:
    """Read one request head, or nothing when the other side has closed (or speaks no HTTP at all)."""
    read = b""
    while b"\r\n\r\n" not in read:
        part = sock.recv(65_536)
        if not part:
            return ""
        read += part
    return read.decode("latin-1")
