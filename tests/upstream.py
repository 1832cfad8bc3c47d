"""A programmable upstream: every provider's base URL points here, and a test says what it answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

BASES = {
    "GITHUB_API_URL": "/github",
    "OPENWEATHER_API_URL": "/openweather",
    "OPENMETEO_API_URL": "/openmeteo",
    "OPENMETEO_GEOCODING_URL": "/geocoding",
    "NEWSAPI_URL": "/newsapi",
    "HACKERNEWS_API_URL": "/hackernews",
    "COINGECKO_API_URL": "/coingecko",
}


@dataclass(frozen=True)
class Asked:
    """One request that came; header names in lower case, `at` in seconds of the monotonic clock."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True)
class Reply:
    """What is answered: `body` as it is, else `data` as JSON; after `delay` seconds and once `gate` is set."""

    status: int = 200
    data: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    gate: threading.Event | None = None

    def payload(self) -> bytes:
        return self.body if self.body is not None else json.dumps(self.data).encode()


Answering = Reply | Callable[[Asked], Reply]
NOTHING = Reply(404, {"message": "the test programmed no answer for this path"})


class Server(ThreadingHTTPServer):
    """Takes many connections at once: five, which is the library's default, are fewer than a worker makes."""

    daemon_threads = True
    request_queue_size = 256


class Upstream:
    """The server; `on` programs it, `asked` tells what came, `reset` forgets both."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Answering]] = {}
        self.requests: list[Asked] = []
        self.gates: list[threading.Event] = []
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def settings(self) -> dict[str, str]:
        """Return the base URLs as environment variables."""
        return {name: self.url + path for name, path in BASES.items()}

    def on(self, path: str, *replies: Answering) -> None:
        """Answer requests for the path (such as /github/users/torvalds/events) in turn; the last one stays."""
        self.replies[path] = list(replies)

    def hold(self) -> threading.Event:
        """Return a gate for `Reply(gate=…)` that opens at `set()`, or at the latest when the test ends."""
        self.gates.append(threading.Event())
        return self.gates[-1]

    def asked(self, path: str = "/") -> list[Asked]:
        """Return the requests whose path begins so, in the order they came."""
        with self.lock:
            return [one for one in self.requests if one.path.startswith(path)]

    def reset(self) -> None:
        """Forget every answer and request, and open every gate."""
        for gate in self.gates:
            gate.set()
        with self.lock:
            self.replies, self.requests, self.gates = {}, [], []

    def close(self) -> None:
        """Stop listening."""
        self.reset()
        self.server.shutdown()
        self.server.server_close()

    def choose(self, asked: Asked) -> Reply:
        """Record the request and return what the test programmed for it."""
        with self.lock:
            self.requests.append(asked)
            waiting = self.replies.get(asked.path, [NOTHING])
            chosen = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return chosen if isinstance(chosen, Reply) else chosen(asked)


def handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    """Return the request handler of one upstream."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, time.monotonic())
            reply = upstream.choose(asked)
            if reply.gate:
                reply.gate.wait(30)
            time.sleep(reply.delay)
            self.send(reply)

        do_HEAD = do_POST = do_GET  # noqa: N815 - the names that http.server calls

        def send(self, reply: Reply) -> None:
            payload = b"" if reply.status in {204, 304} else reply.payload()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers and reply.status != 304:
                self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(payload)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Print nothing: the test reads `asked`."""

    return Handler
