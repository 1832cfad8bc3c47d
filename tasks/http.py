"""The one HTTP client of providers: one deadline, a size cap, conditional requests, no key in any error."""

from __future__ import annotations

import hashlib
import math
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

from requests import PreparedRequest, Request, RequestException, Response
from urllib3.exceptions import HTTPError

from providers.base import Answer, BadAnswer, ProviderError, TimedOut, Unavailable
from tasks.deadline import Deadline, TooLongHeadError
from tasks.guard import WAYS, UnreachedError, Ways, trust
from tasks.identity import user_agent
from tasks.upstream import Adapter

MAX_BYTES = 4 * 1024 * 1024
MAX_REDIRECTS = 5
MAX_VALIDATOR = 1024
READ_BYTES = 64 * 1024
GZIP_WINDOW = 31
NOT_MODIFIED = 304
SUCCESS = range(200, 300)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SENT_BACK = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}

Validators = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Limits:
    """What one job may take: seconds for a request, the end of the job (monotonic clock), bytes of a body."""

    request_seconds: float = 5.0
    job_ends: float = math.inf
    max_bytes: int = MAX_BYTES


@dataclass(frozen=True)
class Hooks:
    """What the caller wants to do around requests.

    `gate` is entered for each `get` before its deadline starts; it may wait, or raise a ProviderError. `on_answer`
    hears of each answer, redirects too: status, headers by lower-case name, seconds since the request began.
    """

    gate: Callable[[], AbstractContextManager[object]] = nullcontext
    on_answer: Callable[[int, Mapping[str, str], float], None] = lambda _status, _headers, _seconds: None


class Client:
    """Implements providers.base.Http for one job; `validators` holds what the answers said, for the next job.

    The keys of `validators` are hashes, because a URL may carry a key.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        hooks: Hooks | None = None,
        validators: Validators | None = None,
        *,
        ways: Ways = WAYS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Take the limits, the hooks and the validators of the stored snapshot."""
        self.limits = limits or Limits()
        self.hooks = hooks or Hooks()
        self.validators = {url: dict(known) for url, known in (validators or {}).items()}
        self.deadline = Deadline(self.limits.request_seconds)
        self.adapter = Adapter(self.deadline, ways, context or trust())

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self.adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(
        self,
        url: str,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        conditional: bool = False,
    ) -> Answer:
        """Ask once, follow redirects on the same origin, and return the answer whatever its status.

        Raises TimedOut, Unavailable (no connection, broken off) or BadAnswer (too large, no HTTP, leads elsewhere).
        """
        request = self.prepared(url, query, headers or {})
        name = hashlib.sha256(str(request.url).encode()).hexdigest()[:32]
        if conditional:
            known = self.validators.get(name, {})
            request.headers.update({SENT_BACK[key]: value for key, value in known.items() if key in SENT_BACK})
        with self.hooks.gate():
            self.start()
            answer = self.followed(request)
        self.remember(name, answer)
        return answer

    def prepared(self, url: str, query: Mapping[str, str | int] | None, headers: Mapping[str, str]) -> PreparedRequest:
        """Return the request with our own headers; the caller's win."""
        ours = {"User-Agent": user_agent(), "Accept": "application/json", "Accept-Encoding": "gzip"}
        try:
            return Request("GET", url, params=dict(query or {}), headers={**ours, **headers}).prepare()
        except (RequestException, ValueError):
            raise BadAnswer("the provider's URL is not valid") from None

    def start(self) -> None:
        """Start this request's deadline, which never goes past the job's; raises TimedOut when the job's is over."""
        seconds = min(self.limits.request_seconds, self.limits.job_ends - monotonic())
        if seconds <= 0:
            raise TimedOut("the job had no time left to ask the provider")
        self.deadline.restart(seconds)

    def followed(self, request: PreparedRequest) -> Answer:
        """Send the request, and again to where it is redirected on the same origin."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = self.sent(request)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location:
                return answer
            request.url = same_origin(str(request.url), location)
        raise BadAnswer(f"{place(request)} redirects more than {MAX_REDIRECTS} times")

    def sent(self, request: PreparedRequest) -> Answer:
        """Make one request and read its answer; a redirect's body is left unread."""
        began = monotonic()
        with told_apart(place(request), self.deadline):
            response = self.adapter.send(request, stream=True, timeout=self.deadline.left())
            headers = {name.lower(): value for name, value in response.headers.items()}
            try:
                unread = response.status_code in REDIRECTS
                body = b"" if unread else self.body(response, headers.get("content-encoding", ""), place(request))
            finally:
                response.close()
        self.hooks.on_answer(response.status_code, headers, monotonic() - began)
        return Answer(response.status_code, headers, body)

    def body(self, response: Response, coding: str, where: str) -> bytes:
        """Read the body, unpacked; raises BadAnswer for one over the cap or in a coding that we did not ask for."""
        found = bytearray()
        while chunk := response.raw.read(READ_BYTES, decode_content=False):
            found += chunk
            if len(found) > self.limits.max_bytes:
                raise too_large(where, self.limits.max_bytes)
        if coding.strip().lower() in {"", "identity"} or not found:
            return bytes(found)
        if coding.strip().lower() not in {"gzip", "x-gzip"}:
            raise BadAnswer(f"{where} answered in a content coding that was not asked for")
        return unpacked(bytes(found), self.limits.max_bytes, where)

    def remember(self, name: str, answer: Answer) -> None:
        """Keep the validators of a success; a 304 may renew them, and keeps those it does not name."""
        said = {key: answer.headers[key] for key in SENT_BACK if 0 < len(answer.headers.get(key, "")) <= MAX_VALIDATOR}
        if answer.status in SUCCESS:
            self.validators[name] = said
        elif answer.status == NOT_MODIFIED:
            self.validators[name] = {**self.validators.get(name, {}), **said}


def unpacked(packed: bytes, max_bytes: int, where: str) -> bytes:
    """Unpack gzip, never beyond max_bytes (a small body may be a bomb); raises BadAnswer."""
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        body = unpacker.decompress(packed, max_bytes + 1)
    except zlib.error:
        raise BadAnswer(f"{where} answered with broken gzip") from None
    if len(body) > max_bytes:
        raise too_large(where, max_bytes)
    if not unpacker.eof:
        raise BadAnswer(f"{where} answered with gzip that ends early")
    return body


def too_large(where: str, max_bytes: int) -> BadAnswer:
    """Return the error of a body over the cap."""
    return BadAnswer(f"the answer of {where} is larger than {max_bytes // 1024} KiB")


def place(request: PreparedRequest) -> str:
    """Return host and path of the request: what an error may say, since a query may carry a key."""
    parts = urlsplit(str(request.url))
    return f"{parts.hostname}{parts.path}"


def same_origin(url: str, location: str) -> str:
    """Return the redirect's absolute URL; raises BadAnswer when it leads to another scheme, host or port."""
    try:
        target = urljoin(url, location)
        same = origin(urlsplit(target)) == origin(urlsplit(url))
    except ValueError:
        same = False
    if not same:
        raise BadAnswer(f"{urlsplit(url).hostname} redirects to another place")
    return target.partition("#")[0]


def origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port (RFC 6454); raises ValueError for a port that is none."""
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


@contextmanager
def told_apart(where: str, deadline: Deadline) -> Iterator[None]:
    """Turn what the guard, requests and urllib3 raise into ProviderErrors that name the place only."""
    try:
        yield
    except UnreachedError as error:
        raise unreached(error, where) from None
    except TooLongHeadError as error:
        raise BadAnswer(f"the answer of {where} could not be read: {error}") from None
    except (RequestException, HTTPError, OSError):
        if deadline.passed:
            raise timed_out(where) from None
        raise Unavailable(f"the connection to {where} broke off, or the answer was not HTTP") from None


def unreached(error: UnreachedError, where: str) -> ProviderError:
    """Return the ProviderError for a connection that never came to be."""
    if error.kind == "timeout":
        return timed_out(where)
    return Unavailable(f"{where} could not be reached ({error.kind}): {error.detail}")


def timed_out(where: str) -> TimedOut:
    """Return the error of a request that was not done by its deadline."""
    return TimedOut(f"{where} did not answer in time")
