"""The pure half of the guard: what a URL that a user typed may look like, and which addresses it may lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal, cast

import idna

from providers.facts.addresses import (
    BLOCKED_PORTS,
    COMPATIBLE_V6,
    LOOPBACK_V4,
    LOOPBACK_V6,
    METADATA_HOSTS,
    NEVER_V4,
    NEVER_V6,
    PRIVATE_V4,
    PRIVATE_V6,
    PUBLIC_V6,
)

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MAX_CHARACTERS = 2048
MAX_HOST = 253
MAX_PORT = 65_535
DEFAULT_PORTS = {"http": 80, "https": 443}

# Control characters (C0, DEL, C1), every kind of blank, what shows nothing, surrogates, and the backslash.
FORBIDDEN = "\u0000-\u0020\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\\\"
HOSTILE = re.compile(f"[{FORBIDDEN}\ud800-\udfff]")
SHAPE = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]*\]|[^:\[\]@%]+)(?::(?P<port>[1-9][0-9]{0,4})?)?", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
QUAD = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
# What inet_aton takes for an address: 127.1, 2130706433, 0x7f.1, 0177.0.0.1 all end in such a label.
NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def published_pattern() -> str:
    """Return the JSON Schema pattern of the URLs that `parse` takes, as far as a pattern can say it.

    Names in other scripts are listed by their common letters, IPv6 by its public addresses. What only excludes stands
    in negative look-aheads, so that who generates from the pattern gets names, not addresses.
    """
    letters = "\u00df-\u00f6\u00f8-\u00ff\u03b1-\u03c9\u0430-\u044f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5"
    label = rf"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{{0,61}}[A-Za-z0-9_])?|[A-Za-z0-9{letters}]{{1,15}})"
    ends = "(?:[:/?#]|$)"
    octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    quad = rf"(?!0){octet}(?:\.{octet}){{3}}{ends}"
    no_number = rf"(?!(?!{quad})(?:[^/?#:]*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?{ends})"
    # Four letters of ASCII stand for one of another script.
    long = rf"(?![^/?#:]{{254}}|(?=[^/?#:]*[{letters}])[^/?#:]{{41}})"
    name = rf"{no_number}{long}{label}(?:\.{label}){{0,9}}\.?"
    group = "[0-9A-Fa-f]{1,4}"
    short = "|".join(f"(?::{group}){{0,{k}}}::(?:{group}(?::{group}){{0,{5 - k}}})?" for k in range(6))
    six = rf"\[(?!2002)(?:2[0-9A-Fa-f]|3[0-9A-Ea-e])[0-9A-Fa-f]{{2}}(?:(?::{group}){{7}}|{short})\]"
    ports = "[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|[1-9][0-9]{0,3}"
    blocked = "|".join(str(port) for port in sorted(BLOCKED_PORTS))
    port = rf"(?::(?!(?:{blocked})(?:[/?#]|$))(?:{ports})?)?"
    return rf"^[Hh][Tt][Tt][Pp][Ss]?://(?:{name}|{six}){port}(?:[/?#][^{FORBIDDEN}]*)?$"


class Refused(Exception):
    """A URL or an address that is not reached; the message is a sentence for the reader."""


@dataclass(frozen=True)
class Policy:
    """What URL checks may reach beside public addresses, and our own servers (host or IP, port): never those."""

    allowed_networks: tuple[Network, ...] = ()
    own_endpoints: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a URL leads: scheme, host (ASCII, lower case, IPv6 without brackets), port, and the address it shows."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    address: Address | None = None


def check_url(url: str, policy: Policy) -> Target:
    """Return where the URL leads; raises Refused when its form or what it shows of its address forbids it."""
    target = parse(url)
    if target.host in METADATA_HOSTS:
        raise Refused("metadata services are never reached")
    if any(target.port == port and target.host == plain_host(host) for host, port in policy.own_endpoints):
        raise Refused("this is one of InsightBoard's own servers")
    if target.host == "localhost" or target.host.endswith(".localhost"):
        check_address("127.0.0.1", target.port, policy)
    elif target.address is not None:
        check_address(str(target.address), target.port, policy)
    return target


def check_address(ip: str, port: int, policy: Policy) -> None:
    """Raise Refused unless the address is public, or in a network that the operator allows; fails closed."""
    try:
        address = ip_address(ip)
    except ValueError:
        raise Refused("this is not an address") from None
    if is_never(address):
        raise Refused("metadata and special-purpose addresses are never reached")
    if is_own(address, port, policy):
        raise Refused("this is one of InsightBoard's own servers")
    if not is_public(address) and not within(address, policy.allowed_networks):
        raise Refused("private, loopback and link-local addresses are not reached")


def parse(url: str) -> Target:
    """Return where the URL leads by its form alone; raises Refused for every form that is not plain http or https."""
    if len(url) > MAX_CHARACTERS:
        raise Refused(f"a URL has at most {MAX_CHARACTERS} characters")
    if HOSTILE.search(url):
        raise Refused("a URL has no control character, blank or backslash")
    shape = SHAPE.fullmatch(url)
    if not shape:
        raise Refused("a URL begins with http:// or https://")
    if "@" in shape["authority"]:
        raise Refused("a URL to check has no user name or password")
    authority = AUTHORITY.fullmatch(shape["authority"])
    if not authority:
        raise Refused("the URL's host or port is malformed")
    scheme = cast('Literal["http", "https"]', shape["scheme"].lower())
    port = port_of(authority["port"], scheme)
    # The Kelvin sign's lower case is a plain k, so only what is plain already is lowered; IDNA does the rest.
    host = "".join(one.lower() if one.isascii() else one for one in authority["host"])
    return bracketed(scheme, host, port) if host.startswith("[") else named(scheme, host, port)


def port_of(text: str | None, scheme: str) -> int:
    """Return the port; raises Refused for one that browsers refuse."""
    port = int(text) if text else DEFAULT_PORTS[scheme]
    if port > MAX_PORT or port in BLOCKED_PORTS:
        raise Refused(f"port {port} is not reached")
    return port


def bracketed(scheme: Literal["http", "https"], host: str, port: int) -> Target:
    """Return the target of a URL with an IPv6 address."""
    try:
        address = IPv6Address(host[1:-1])
    except ValueError:
        raise Refused("the URL's IPv6 address is malformed") from None
    return Target(scheme, str(address), port, address)


def named(scheme: Literal["http", "https"], host: str, port: int) -> Target:
    """Return the target of a URL with a name or an IPv4 address in its one plain form."""
    ascii_host = ascii_of(host)
    if QUAD.fullmatch(host):
        try:
            return Target(scheme, host, port, IPv4Address(host))
        except ValueError:
            raise Refused("the URL's IPv4 address is malformed") from None
    if NUMERIC_END.fullmatch(ascii_host):
        raise Refused("an IPv4 address is written as four decimal numbers")
    return Target(scheme, ascii_host, port)


def ascii_of(host: str) -> str:
    """Return the name as DNS wants it, without the root's dot; raises Refused for what is no host name."""
    labels = [ascii_label(label) for label in host.removesuffix(".").split(".")]
    name = ".".join(labels)
    if len(name) > MAX_HOST:
        raise Refused("the URL's host is too long")
    return name


def ascii_label(label: str) -> str:
    """Return one label in ASCII (IDNA 2008, RFC 5891); raises Refused for look-alikes of plain letters and digits."""
    try:
        if label.isascii():
            if not LABEL.fullmatch(label) or (label.startswith("xn--") and not idna.ulabel(label)):
                raise Refused("the URL's host is malformed")
            return label
        encoded = idna.encode(label, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise Refused("the URL's host is malformed") from None
    if not encoded.startswith("xn--") or "." in encoded:
        raise Refused("the URL's host is written with look-alikes of plain characters")
    return encoded


def plain_host(host: str) -> str:
    """Return a configured host as `parse` would write it."""
    return host.lower().removeprefix("[").removesuffix("]").removesuffix(".")


@lru_cache(maxsize=4096)
def is_never(address: Address) -> bool:
    """Say whether no policy can allow the address; asked for each check, of mostly the same addresses."""
    if isinstance(address, IPv4Address):
        return any(address in network for network in NEVER_V4)
    if address in LOOPBACK_V6:
        return False
    return address in COMPATIBLE_V6 or address.scope_id is not None or any(address in network for network in NEVER_V6)


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    """Say whether the address is anybody's: the fail-closed table, which knows no version of Python."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in PRIVATE_V4)
    return address in PUBLIC_V6 and not any(address in network for network in PRIVATE_V6)


def is_own(address: Address, port: int, policy: Policy) -> bool:
    """Say whether one of our own servers listens there; every loopback address leads to one that is on loopback."""
    return any(
        port == own_port and (address == own or (is_local(address) and is_local(own)))
        for host, own_port in policy.own_endpoints
        for own in own_addresses(host)
    )


@cache
def own_addresses(host: str) -> tuple[Address, ...]:
    """Return the addresses that a configured host shows; none for a name, which is for the resolver to know."""
    if plain_host(host) == "localhost":
        return (IPv4Address("127.0.0.1"),)
    try:
        return (ip_address(plain_host(host)),)
    except ValueError:
        return ()


def is_local(address: Address) -> bool:
    """Say whether the address is loopback or a wildcard."""
    return address in LOOPBACK_V4 or address in LOOPBACK_V6 or address.is_unspecified


def within(address: Address, networks: tuple[Network, ...]) -> bool:
    """Say whether the address lies in one of the networks."""
    return any(address in network for network in networks)
