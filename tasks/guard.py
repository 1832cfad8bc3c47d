"""The only place that dials: every address is vetted before a packet goes to it, and the vetted one is dialled."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from time import monotonic
from typing import Literal

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from providers.urls import Policy, Refused, check_address
from tasks.deadline import Deadline, TimedSocket, TimedTLSSocket
from tasks.resolve import LOOK_UP_SECONDS, Resolver, look_up

Kind = Literal["dns", "connect", "tls", "timeout", "protocol", "too_many_redirects", "http", "blocked"]
Vet = Callable[[str, int], None]
OnResolved = Callable[[float], None]
Connect = Callable[[str, int, Deadline, float], TimedSocket]


class UnreachedError(Exception):
    """A request that came to no answer: in which step (the contract's error_kind), and why, without any URL."""

    def __init__(self, kind: Kind, detail: str) -> None:
        """Take the step and one line for the reader."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True)
class Line:
    """An open connection and how long its handshake took, in seconds."""

    sock: TimedSocket
    connect: float


def connect(address: str, port: int, deadline: Deadline, seconds: float) -> TimedSocket:
    """Open a TCP connection to a literal address within `seconds`; raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = TimedSocket(family, socket.SOCK_STREAM)
    try:
        sock.deadline = deadline
        sock.settimeout(seconds)
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


@dataclass(frozen=True)
class Ways:
    """How names become addresses, and addresses connections; tests hand in their own."""

    resolve: Resolver = look_up
    connect: Connect = connect


WAYS = Ways()


def vetted(policy: Policy) -> Vet:
    """Make the check that refuses what the policy forbids; it raises UnreachedError `blocked`."""

    def vet(address: str, port: int) -> None:
        try:
            check_address(address, port, policy)
        except Refused as refusal:
            raise UnreachedError("blocked", str(refusal)) from None

    return vet


def unheard(seconds: float) -> None:
    """Take how long a name took, for those who do not time it."""


def unvetted(address: str, port: int) -> None:
    """Let every address pass: for upstreams that the operator named, which may be private."""


def dial(
    host: str, port: int, deadline: Deadline, *, vet: Vet, ways: Ways = WAYS, on_resolved: OnResolved = unheard
) -> Line:
    """Resolve the name once, refuse it if any of its addresses is refused, and connect to one of those addresses.

    `on_resolved` hears how many seconds the name took, whatever comes of the connection. Raises UnreachedError of kind
    dns, blocked, connect or timeout.
    """
    began = monotonic()
    addresses = resolved(host, deadline, ways.resolve)
    on_resolved(monotonic() - began)
    allowed = passed(addresses, port, vet)
    known = monotonic()
    return Line(connected(allowed, port, deadline, ways.connect), connect=monotonic() - known)


def resolved(host: str, deadline: Deadline, resolve: Resolver) -> list[str]:
    """Return the addresses of the name; raises UnreachedError `dns`, or `timeout` when the whole deadline is over."""
    try:
        found = resolve(host, min(LOOK_UP_SECONDS, deadline.left()))
    except TimeoutError:
        if deadline.passed:
            raise UnreachedError("timeout", "the name was not looked up in time") from None
        raise UnreachedError("dns", f"the look-up of {host} got no answer in {LOOK_UP_SECONDS:g} s") from None
    except OSError as error:
        if error.errno == socket.EAI_AGAIN:
            raise UnreachedError("dns", f"the look-up of {host} got no answer for now") from None
        found = []
    if not found:
        raise UnreachedError("dns", f"the name {host} does not resolve")
    return found


def passed(addresses: list[str], port: int, vet: Vet) -> list[str]:
    """Return the addresses when every one passes; raises UnreachedError `blocked` otherwise.

    Where all of them are this machine (`localhost`), one that passes is enough: ALLOWED_NETWORKS may have only IPv4's.
    """
    refusal: UnreachedError | None = None
    found = []
    for address in addresses:
        try:
            vet(address, port)
            found.append(address)
        except UnreachedError as error:
            refusal = error
    if refusal and not (found and all(ip_address(address).is_loopback for address in addresses)):
        raise refusal
    return found


def connected(addresses: list[str], port: int, deadline: Deadline, connect: Connect) -> TimedSocket:
    """Connect to the first address that answers; each but the last gets only its share of the time that is left."""
    reason = "the connection failed"
    for index, address in enumerate(addresses):
        try:
            return connect(address, port, deadline, deadline.left() / (len(addresses) - index))
        except TimeoutError:
            reason = "no connection in time"
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
    raise UnreachedError("timeout" if deadline.passed else "connect", reason)


@cache
def trust() -> ssl.SSLContext:
    """Return this process's one TLS context: it trusts the system's authorities (or SSL_CERT_FILE) and certifi's."""
    return trusting(DEFAULT_CA_BUNDLE_PATH)


def trusting(authorities: str) -> ssl.SSLContext:
    """Make a TLS context that also trusts the certificates in the file and whose sockets keep the deadline."""
    context = ssl.create_default_context()
    context.load_verify_locations(authorities)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TimedTLSSocket
    return context


def secured(sock: TimedSocket, host: str, context: ssl.SSLContext) -> TimedTLSSocket:
    """Shake hands over TLS; raises UnreachedError `tls` (the certificate's fault is named) or `timeout`."""
    try:
        sock.settimeout(sock.deadline.left())
        secure = context.wrap_socket(sock, server_hostname=host.rstrip("."))
    except ssl.SSLCertVerificationError as error:
        raise UnreachedError("tls", f"the certificate is not valid: {error.verify_message}") from None
    except TimeoutError:
        raise UnreachedError("timeout", "the TLS handshake did not end in time") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        raise UnreachedError("tls", f"the TLS handshake failed: {str(reason).lower().replace('_', ' ')}") from None
    assert isinstance(secure, TimedTLSSocket)
    secure.deadline = sock.deadline
    return secure
