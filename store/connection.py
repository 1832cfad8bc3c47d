"""The one way to Redis: a client for each process, short timeouts, and a breaker so that threads never queue up."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

import settings

T = TypeVar("T")

CONNECT_SECONDS = 0.2
ANSWER_SECONDS = 0.5
AHEAD_SECONDS = 5.0
REST_SECONDS = 1.0
# Connections beyond so many were opened for a rush, and are closed when none has needed them for so long.
KEPT_IDLE = 4
IDLE_SECONDS = 30.0
SENTINEL_PORT = 26_379
# redis-py 8's own defaults (5 s timeouts, 10 retries, RESP3's maintenance messages) would hold a reader for long.
WAITS: dict[str, Any] = {
    "socket_connect_timeout": CONNECT_SECONDS,
    "socket_timeout": ANSWER_SECONDS,
    "retry": Retry(NoBackoff(), 0),
}


class StoreDownError(Exception):
    """Redis could not answer in time, or refused: what it holds cannot be known or changed now."""


class UnknownScriptError(Exception):
    """Redis does not know a script by its hash (never seen outside this module)."""


class Breaker:
    """After a failure nothing touches Redis for a second; then one caller tries while the others are still refused."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shut_until = 0.0

    def enter(self) -> None:
        """Let the caller through, or raise StoreDownError at once."""
        if not self._shut_until:
            return
        with self._lock:
            if time.monotonic() < self._shut_until:
                raise StoreDownError("Redis did not answer a moment ago")
            if self._shut_until:
                self._shut_until = time.monotonic() + REST_SECONDS

    def failed(self) -> None:
        """Keep everybody away for a second."""
        with self._lock:
            self._shut_until = time.monotonic() + REST_SECONDS

    def succeeded(self) -> None:
        """Let everybody through again."""
        if self._shut_until:
            with self._lock:
                self._shut_until = 0.0


@dataclass(frozen=True)
class Link:
    """One process' way to one server."""

    client: redis.Redis
    breaker: Breaker = field(default_factory=Breaker)
    idle: list[Any] = field(default_factory=list)
    idle_seconds: float = IDLE_SECONDS
    closing: threading.Lock = field(default_factory=threading.Lock)

    def command(self, *words: str | bytes | float) -> Any:
        """Send one command on a connection of its own and return its answer; raises StoreDownError.

        redis-py's client does the same with its pool, retries and instruments, at twice the cost.
        """
        with self.answering():
            connection = self.connected()
            try:
                connection.send_packed_command(connection.pack_command(*words), check_health=False)
                answer = connection.read_response()
            except ResponseError:
                self.put_back(connection)
                raise
            except BaseException:
                connection.disconnect()
                raise
            self.put_back(connection)
            return answer

    def connected(self) -> Any:
        """Return a connection that nobody uses; one that the server has closed meanwhile is opened anew."""
        pool = self.client.connection_pool
        try:
            connection = self.idle.pop()
        except IndexError:
            connection = pool.connection_class(**pool.connection_kwargs)
        if closed(connection):
            connection.disconnect()
        connection.connect()
        return connection

    def put_back(self, connection: Any) -> None:
        """Keep a connection for whoever comes next; the last one put back is the first one taken."""
        connection.rested_at = time.monotonic()
        self.idle.append(connection)
        if len(self.idle) > KEPT_IDLE:
            self.close_longest_idle()

    def close_longest_idle(self) -> None:
        """Close the connection that was needed the longest ago, once a rush is over."""
        with self.closing, suppress(IndexError):
            longest = self.idle.pop(0)
            if time.monotonic() - longest.rested_at < self.idle_seconds:
                self.idle.insert(0, longest)
            else:
                longest.disconnect()

    def close_idle(self) -> None:
        """Close all connections that nobody uses, while others may still take some."""
        self.client.connection_pool.disconnect(inuse_connections=False)
        with self.closing, suppress(IndexError):
            while True:
                self.idle.pop().disconnect()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Ask the breaker first, tell it what happened, and turn redis-py's errors into StoreDownError (only here)."""
        self.breaker.enter()
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError) as error:
            self.breaker.failed()
            # The idle connections to a server that went away are dead too, and each would cost a failure of its own.
            self.close_idle()
            # In the log a line says it all; with redis-py's own frames it would be pages for each request of an outage.
            raise StoreDownError(f"Redis does not answer ({type(error).__name__})") from None
        except NoScriptError:
            # An answer all the same: what is asked next must find the breaker open.
            self.breaker.succeeded()
            raise UnknownScriptError from None
        except RedisError as error:
            raise StoreDownError(f"Redis refused a command ({type(error).__name__}: {error})") from error
        self.breaker.succeeded()


def closed(connection: Any) -> bool:
    """Say whether an idle connection has been closed by the server, or has an answer left that nobody asked for."""
    try:
        return bool(connection.is_connected and connection.can_read(timeout=0))
    except (RedisConnectionError, RedisTimeoutError, OSError):
        return True


def client() -> redis.Redis:
    """Return this process' client; used outside `call`, `execute` and scripts it raises redis-py's own errors."""
    return link().client


def link() -> Link:
    """Return this process' link; a forked child gets its own, since two processes must not share a socket."""
    return _link(os.getpid(), settings.load().redis_url)


def call(ask: Callable[[redis.Redis], T]) -> T:
    """Hand the client to `ask` and return what it returns; raises StoreDownError."""
    here = link()
    with here.answering():
        return ask(here.client)


def pipeline(*, atomic: bool = True) -> Pipeline:
    """Return a new pipeline for one round trip; `atomic` wraps it in MULTI and EXEC."""
    return client().pipeline(transaction=atomic)


def execute(pipe: Pipeline) -> list[Any]:
    """Send a pipeline's commands and return their answers in order; raises StoreDownError."""
    with link().answering():
        return pipe.execute()


def now() -> float:
    """Return Redis' clock in epoch seconds."""
    seconds, micros = link().command("TIME")
    return seconds_of((int(seconds), int(micros)))


def seconds_of(answer: tuple[int, int]) -> float:
    """Turn the answer to TIME, seconds and microseconds, into epoch seconds."""
    return answer[0] + answer[1] / 1e6


def ahead(at: float, now: float) -> bool:
    """Say whether a time at which something happened lies so far ahead that Redis' clock was set back since."""
    return at > now + AHEAD_SECONDS


@dataclass(frozen=True)
class Script:
    """A Lua script, asked for by its hash, and sent as text where Redis does not know it, such as after a flush."""

    text: bytes
    digest: str

    def __call__(self, *args: str | bytes | float) -> Any:
        """Run the script, which reads all of `args` from ARGV, and return its answer; raises StoreDownError."""
        here = link()
        try:
            return here.command("EVALSHA", self.digest, 0, *args)
        except UnknownScriptError:
            return here.command("EVAL", self.text, 0, *args)


def script(text: str) -> Script:
    """Prepare a Lua script; it names its keys itself, so it may not run on a Redis Cluster."""
    return Script(text.encode(), hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def refuse_cluster() -> None:
    """Raise settings.WrongSettingError when REDIS_URL names a Redis Cluster, and StoreDownError when it is away."""
    if call(lambda client: client.info("cluster")).get("cluster_enabled"):
        raise settings.WrongSettingError("REDIS_URL names a Redis Cluster; InsightBoard needs one server or Sentinel")


def connect(url: str) -> redis.Redis:
    """Build a client from a redis, rediss, unix or sentinel URL; nothing is sent yet."""
    options = {**WAITS, "protocol": 2, "driver_info": None}
    return from_sentinels(url, options) if url.startswith("sentinel://") else redis.Redis.from_url(url, **options)


def from_sentinels(url: str, options: dict[str, Any]) -> redis.Redis:
    """Build a client that asks for the master: sentinel://[user:password@]host:port;…/database?master_name=NAME."""
    links = sentinels(url)
    login = next((one for one in links if one.password), links[0])
    found: redis.Redis = asking(links, options).master_for(  # type: ignore[no-untyped-call]  # redis-py's gap
        master_name(links),
        db=int(links[-1].path.strip("/") or 0),
        username=unquote(login.username or "") or None,
        password=unquote(login.password or "") or None,
    )
    return found


def behind_sentinels(url: str) -> list[tuple[str, int]]:
    """Return host and port of the master and its replicas, as the URL's sentinels name them; raises StoreDownError."""
    links = sentinels(url)
    sentinel = asking(links, WAITS)
    try:
        master = sentinel.discover_master(master_name(links))  # type: ignore[no-untyped-call]  # redis-py's gap
        return [master, *sentinel.discover_slaves(master_name(links))]  # type: ignore[no-untyped-call]  # the same
    except RedisError as error:
        raise StoreDownError(type(error).__name__) from error


def sentinels(url: str) -> list[SplitResult]:
    """Return the servers that a sentinel URL names."""
    return [urlsplit(one if "://" in one else f"sentinel://{one}") for one in url.split(";")]


def asking(links: list[SplitResult], options: dict[str, Any]) -> Sentinel:
    """Build a client of the sentinels; nothing is sent yet."""
    hosts = [(one.hostname or "localhost", one.port or SENTINEL_PORT) for one in links]
    return Sentinel(hosts, sentinel_kwargs=options, **options)  # type: ignore[no-untyped-call]  # redis-py's gap


def master_name(links: list[SplitResult]) -> str:
    """Return the name by which the sentinels know the master."""
    return parse_qs(links[-1].query)["master_name"][0]


@cache
def _link(pid: int, url: str) -> Link:  # noqa: ARG001 - the process is part of the cache's key
    """Build the link of one process to one server."""
    return Link(connect(url))
