"""The replay upstream: every provider's API and a few sites to check, in one plain WSGI application on loopback.

Run as `python -m demo.upstream PORT`.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from demo import crypto, github, news, weather

HOST = "127.0.0.1"
BASES = {
    "GITHUB_API_URL": "/github",
    "OPENMETEO_API_URL": "/openmeteo",
    "OPENMETEO_GEOCODING_URL": "/geocoding",
    "HACKERNEWS_API_URL": "/hackernews",
    "COINGECKO_API_URL": "/coingecko",
}
SITES = ("/site/shop", "/site/blog", "/site/docs", "/site/reports", "/site/archive")
SLOW_SECONDS = 2.4
REASONS = {200: "OK", 302: "Found", 304: "Not Modified", 404: "Not Found", 422: "Unprocessable", 503: "Unavailable"}

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass(frozen=True)
class Reply:
    """One answer: `data` goes out as JSON."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request: what the path's pattern caught, the query, If-None-Match, and the time in epoch seconds."""

    caught: tuple[str, ...]
    query: Mapping[str, str]
    known: str
    now: float


def events(asked: Asked) -> Reply:
    """Answer GitHub's events, or 304 to who has them."""
    if asked.caught[0].lower() == "nobody":
        return Reply({"message": "Not Found", "status": "404"}, 404)
    found = github.events(asked.caught[0], asked.now)
    tag = f'W/"{hashlib.sha256(found[0]["id"].encode()).hexdigest()}"'
    headers = {"ETag": tag, "X-Poll-Interval": "60", "Cache-Control": "public, max-age=60"}
    return Reply(None, 304, headers) if asked.known == tag else Reply(found, headers=headers)


def markets(asked: Asked) -> Reply:
    """Answer CoinGecko's markets."""
    found = crypto.markets(asked.query, asked.now)
    return Reply({"error": "invalid vs_currency"}, 422) if found is None else Reply(found)


def slow(_: Asked) -> Reply:
    """Answer after a while, as a site whose report takes long."""
    time.sleep(SLOW_SECONDS)
    return Reply("the report")


ROUTES: tuple[tuple[str, Callable[[Asked], Reply]], ...] = (
    (r"/github/users/([^/]+)/events(?:/public)?", events),
    (r"/geocoding/v1/search", lambda asked: Reply(weather.search(asked.query))),
    (r"/openmeteo/v1/forecast", lambda asked: Reply(weather.forecast(asked.query, asked.now))),
    (r"/hackernews/api/v1/search(?:_by_date)?", lambda asked: Reply(news.search(asked.query, asked.now))),
    (r"/coingecko/api/v3/coins/markets", markets),
    (r"/site/(?:shop|blog|docs/home)", lambda _: Reply("welcome")),
    (r"/site/docs", lambda _: Reply(status=302, headers={"Location": "/site/docs/home"})),
    (r"/site/reports", slow),
    (r"/site/archive", lambda _: Reply("back soon", 503)),
    (r"/", lambda _: Reply("the replay upstream of make demo")),
)


def choose(environ: Environ) -> Reply:
    """Return what the first route whose pattern fits answers."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    for pattern, answer in ROUTES:
        if match := re.fullmatch(pattern, environ["PATH_INFO"]):
            return answer(Asked(match.groups(), query, environ.get("HTTP_IF_NONE_MATCH", ""), time.time()))
    return Reply({"message": "Not Found"}, 404)


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request (PEP 3333)."""
    reply = choose(environ)
    body = b"" if reply.status in {302, 304} else json.dumps(reply.data).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}
    start_response(f"{reply.status} {REASONS[reply.status]}", list(headers.items()))
    return [body]


class Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own, so that the slow site delays nobody."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Logs no request: what is worth knowing is in the worker's log."""

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def main(port: int) -> None:
    """Serve until the process is stopped."""
    with make_server(HOST, port, application, Server, Quiet) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
