"""One check of one URL: every hop vetted, every step timed, all of it inside one deadline."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

import logs
from providers.base import Sample
from providers.urls import Policy, Refused, Target, check_url
from tasks.deadline import Deadline, TimedSocket, TooLongHeadError
from tasks.guard import WAYS, UnreachedError, Ways, dial, secured, trust, vetted
from tasks.identity import user_agent
from tasks.wire import Answered, broken, drain

log = logs.get("check")

MAX_REDIRECTS = 5
MAX_BYTES = 1024 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FIRST_FAILURE = 400
DEFAULT_PORTS = {"http": 80, "https": 443}
URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True)
class Terms:
    """What a check may do: where it may go, for how many seconds and bytes, whom it asks and trusts."""

    policy: Policy
    seconds: float = 5.0
    max_bytes: int = MAX_BYTES
    ways: Ways = WAYS
    context: ssl.SSLContext = field(default_factory=trust)


@dataclass
class Seen:
    """What a check has seen so far; the steps are the last hop's, in milliseconds.

    `asked` says that a request has gone out, or never will: from here on the check waits for its server.
    """

    asked: bool = False
    status_code: int | None = None
    steps: dict[str, int] = field(default_factory=dict)
    certificate_expires_at: datetime | None = None


def visit(url: str, terms: Terms, seen: Seen | None = None) -> Sample:
    """Ask for the URL and say how it went; nothing raises, so that no URL takes the others of its batch along."""
    began, seen = monotonic(), seen or Seen()
    try:
        follow(url, Deadline(terms.seconds), terms, seen)
    except UnreachedError as error:
        return sample(url, seen, None, error)
    except Exception:
        log.exception("check failed")
        return sample(url, seen, None, UnreachedError("protocol", "the check itself failed"))
    finally:
        seen.asked = True
    return sample(url, seen, milliseconds(monotonic() - began), failure(seen.status_code))


def sample(url: str, seen: Seen, took: int | None, error: UnreachedError | None) -> Sample:
    """Put together what was seen, how many milliseconds the whole took, and the error, if any."""
    return Sample(
        url=url,
        status_code=seen.status_code,
        response_time_ms=took,
        error=error.detail if error else None,
        error_kind=error.kind if error else None,
        checked_at=datetime.now(UTC),
        dns_ms=seen.steps.get("dns"),
        connect_ms=seen.steps.get("connect"),
        tls_ms=seen.steps.get("tls"),
        first_byte_ms=seen.steps.get("first_byte"),
        certificate_expires_at=seen.certificate_expires_at,
    )


def failure(status: int | None) -> UnreachedError | None:
    """Return the error that a status of 400 or more is."""
    if status is None or status < FIRST_FAILURE:
        return None
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    return UnreachedError("http", f"the server answered {status} {phrase}".rstrip())


def follow(url: str, deadline: Deadline, terms: Terms, seen: Seen) -> None:
    """Ask, and follow at most five redirects; raises UnreachedError."""
    for _ in range(MAX_REDIRECTS + 1):
        hop = ask(url, deadline, terms, seen)
        if hop is None:
            return
        url = hop
    raise UnreachedError("too_many_redirects", f"more than {MAX_REDIRECTS} redirects")


def ask(url: str, deadline: Deadline, terms: Terms, seen: Seen) -> str | None:
    """Make one request and return the URL that it redirects to, if it does; raises UnreachedError."""
    seen.steps, seen.certificate_expires_at = {}, None
    target = permitted(url, terms.policy)

    def on_resolved(seconds: float) -> None:
        seen.steps["dns"] = milliseconds(seconds)

    vet = vetted(terms.policy)
    line = dial(target.host, target.port, deadline, vet=vet, ways=terms.ways, on_resolved=on_resolved)
    seen.steps["connect"] = milliseconds(line.connect)
    sock = line.sock
    try:
        if target.scheme == "https":
            sock = shaken(sock, target, terms, seen)
        with told_apart():
            return exchange(sock, url, target, terms, seen)
    finally:
        sock.close()


def permitted(url: str, policy: Policy) -> Target:
    """Return where the URL leads; raises UnreachedError `blocked` when the policy refuses it."""
    try:
        return check_url(url, policy)
    except Refused as refusal:
        raise UnreachedError("blocked", str(refusal)) from None


def shaken(sock: TimedSocket, target: Target, terms: Terms, seen: Seen) -> TimedSocket:
    """Return the connection under TLS, having noted how long that took and when the certificate ends."""
    began = monotonic()
    secure = secured(sock, target.host, terms.context)
    seen.steps["tls"] = milliseconds(monotonic() - began)
    certificate = secure.getpeercert()
    if certificate and "notAfter" in certificate:
        ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        seen.certificate_expires_at = datetime.fromtimestamp(ends, UTC)
    return secure


def exchange(sock: TimedSocket, url: str, target: Target, terms: Terms, seen: Seen) -> str | None:
    """Send the request and read its answer; a redirect's body is left unread."""
    sock.sendall(request(url, target))
    seen.asked = True
    sent = monotonic()
    response = Answered(sock, method="GET")
    try:
        response.begin()
        seen.status_code = response.status
        seen.steps["first_byte"] = milliseconds((response.first_byte_at or sent) - sent)
        location = response.getheader("Location")
        if response.status in REDIRECTS and location:
            return further(url, location)
        drain(response, terms.max_bytes)
        return None
    finally:
        response.close()


@contextmanager
def told_apart() -> Iterator[None]:
    """Turn what sockets and http.client raise into the one error of its kind."""
    try:
        yield
    except TimeoutError:
        raise UnreachedError("timeout", "the answer was not complete in time") from None
    except TooLongHeadError as error:
        raise UnreachedError("protocol", str(error)) from None
    except HTTPException as error:
        raise UnreachedError("protocol", broken(error)) from None
    except ssl.SSLError:
        raise UnreachedError("tls", "the server ended the TLS connection") from None
    except OSError:
        raise UnreachedError("protocol", "the connection broke off") from None


def request(url: str, target: Target) -> bytes:
    """Return the bytes of a GET for the URL, with all that is not ASCII in it percent-encoded."""
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=URL_CHARACTERS)
    query = quote(f"?{parts.query}", safe=URL_CHARACTERS) if parts.query else ""
    host = f"[{target.host}]" if ":" in target.host else target.host
    port = "" if target.port == DEFAULT_PORTS[target.scheme] else f":{target.port}"
    lines = (
        f"GET {path}{query} HTTP/1.1",
        f"Host: {host}{port}",
        f"User-Agent: {user_agent()}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def further(url: str, location: str) -> str:
    """Return the URL that a redirect leads to: servers send UTF-8, read as Latin-1, and blanks where %20 belongs.

    Raises UnreachedError `blocked` for what is no URL.
    """
    raw = location.strip().encode("latin-1", "replace")
    try:
        return urljoin(url, raw.decode("utf-8", "replace").replace(" ", "%20"))
    except ValueError:
        raise UnreachedError("blocked", "the redirect leads to a malformed URL") from None


def milliseconds(seconds: float) -> int:
    """Round seconds to whole milliseconds."""
    return round(seconds * 1000)
