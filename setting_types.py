"""How a setting's text is parsed: each parser raises ValueError saying what must be, and never repeats a secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

Network = IPv4Network | IPv6Network

MIN_SECRET_BYTES = 32
MAX_PORT = 65_535
DURATION_UNITS = {"s": 1, "second": 1, "m": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}
DEFAULT_PORTS = {"http": 80, "https": 443}
SOCKETS = {"unix", "redis+socket"}
# Several URLs may stand here, separated by `;`; each names its scheme, since kombu passes over those that do not.
SEVERAL = {"sentinel", "amqp", "amqps"}


def text(raw: str) -> str:
    """Take the value as it is."""
    return raw


def token(raw: str) -> str:
    """Parse what has to stand in a header: visible ASCII (RFC 9110, 5.5)."""
    if not re.fullmatch(r"[\x21-\x7e]+", raw):
        msg = "must be visible ASCII characters without blanks"
        raise ValueError(msg)
    return raw


def whole(low: int, high: int) -> Callable[[str], int]:
    """Make a parser of whole numbers from low to high."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            msg = f"must be a whole number from {low} to {high}"
            raise ValueError(msg)
        return int(raw)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a parser that takes one of the words, in any case."""

    def parse(raw: str) -> str:
        if raw.lower() not in choices:
            msg = f"must be one of {', '.join(choices)}"
            raise ValueError(msg)
        return raw.lower()

    return parse


def folder(raw: str) -> Path:
    """Parse the path of a folder; a shell expands `~`, but nobody does in `.env`."""
    try:
        return Path(raw).expanduser()
    except RuntimeError:
        msg = "must be a folder; no user has that home"
        raise ValueError(msg) from None


def duration(raw: str) -> timedelta:
    """Parse `3600`, `90 minutes`, `12h` or `7 days`; a bare number is seconds."""
    match = re.fullmatch(r"([0-9]{1,9}) *([a-z]*)", raw.lower())
    unit = match[2] if match else ""
    seconds = DURATION_UNITS.get(unit.removesuffix("s") or "s")
    if not match or seconds is None or int(match[1]) * seconds not in range(1, 365 * 86_400 + 1):
        msg = "must be a length of time from 1 second to 365 days, such as '7 days' or '12h'"
        raise ValueError(msg)
    return timedelta(seconds=int(match[1]) * seconds)


def networks(raw: str) -> tuple[Network, ...]:
    """Parse CIDRs separated by commas or blanks."""
    try:
        return tuple(ip_network(part) for part in re.split(r"[,\s]+", raw) if part)
    except ValueError as error:
        msg = f"must be networks in CIDR notation, such as 192.168.0.0/16 ({error})"
        raise ValueError(msg) from None


def is_host(name: str | None) -> bool:
    """Say whether the text can be a host's name or address at all; nothing is looked up."""
    if not name:
        return False
    try:
        if ":" in name or name.rstrip(".").rpartition(".")[2].isdigit():
            ip_address(name)
            return True
        return bool(re.fullmatch(r"[A-Za-z0-9_.-]{1,253}", name.encode("idna").decode()))
    except ValueError:
        return False


def host(raw: str) -> str:
    """Parse a host's name or address."""
    if not is_host(raw):
        msg = "must be a host name or an IP address"
        raise ValueError(msg)
    return raw


def split(raw: str) -> SplitResult:
    """Split a URL whose port is asked for at once, since urlsplit leaves a wrong one until then."""
    msg = "must have a valid host and port, and no blanks; special characters of a password are written as %XX"
    try:
        parts = urlsplit(raw)
        if parts.port != 0 and not parts.fragment and not re.search(r"\s", raw):
            return parts
    except ValueError:
        # urlsplit repeats a part of the URL, which may be one of the password.
        raise ValueError(msg) from None
    raise ValueError(msg)


def origins(raw: str) -> tuple[str, ...]:
    """Parse origins (RFC 6454) separated by commas or blanks, into the form in which browsers send them."""
    found = tuple(part for part in re.split(r"[,\s]+", raw.lower()) if part)
    shaped = all(re.fullmatch(r"https?://[a-z0-9_.:\[\]-]+", origin) for origin in found)
    if not shaped or not all(is_host(split(origin).hostname) for origin in found):
        msg = "must be origins such as https://example.org, separated by commas"
        raise ValueError(msg)
    return tuple(as_sent(origin) for origin in found)


def as_sent(origin: str) -> str:
    """Leave out a port that goes without saying."""
    parts = split(origin)
    return origin.rpartition(":")[0] if parts.port == DEFAULT_PORTS[parts.scheme] else origin.rstrip(":")


def base_url(raw: str) -> str:
    """Parse an absolute http or https URL; the trailing slash goes."""
    parts = split(raw)
    if parts.scheme not in {"http", "https"} or not is_host(parts.hostname) or re.search(r"[?#@]", raw):
        msg = "must be an absolute http or https URL without a user, ? and #"
        raise ValueError(msg)
    return raw.rstrip("/")


def secret_key(raw: str) -> str:
    """Refuse a signing key that HS256 would be weak with (RFC 7518, 3.2)."""
    if len(raw.encode()) < MIN_SECRET_BYTES:
        msg = f"must be at least {MIN_SECRET_BYTES} bytes"
        raise ValueError(msg)
    return raw


def credentials(raw: str) -> str:
    """Parse `user:password`, several separated by commas."""
    if not all(re.fullmatch(r"[^:,\s]+:[^,\s]+", pair) for pair in raw.split(",")):
        msg = "must be user:password, several separated by commas"
        raise ValueError(msg)
    return raw


def database_url(raw: str) -> str:
    """Parse a Postgres URL and name the driver in it; without a host it leads to a UNIX socket."""
    scheme, _, rest = raw.partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"} or not rest:
        msg = "must begin with postgresql://"
        raise ValueError(msg)
    parts = split(raw)
    query = parse_qs(parts.query)
    asked = [one for given in query.get("host", []) for one in given.split(",") if not one.startswith("/")]
    hosts = [*(parts.hostname or "localhost").split(","), *(split(f"//{one}").hostname for one in asked)]
    ports = [one for given in query.get("port", []) for one in given.split(",")]
    if not all(is_host(one) for one in hosts) or not all(re.fullmatch(r"[0-9]{1,5}", one) for one in ports):
        msg = "must name its host and port as in postgresql://user:password@host:5432/name"
        raise ValueError(msg)
    return f"postgresql+psycopg://{rest}"


def server_url(*schemes: str) -> Callable[[str], str]:
    """Make a parser of server URLs with one of the schemes."""

    def parse(raw: str) -> str:
        scheme = raw.partition("://")[0]
        if scheme not in schemes or "://" not in raw:
            cluster = " (Redis Cluster cannot carry Celery's queues)" if "cluster" in scheme else ""
            msg = f"must begin with one of {', '.join(f'{name}://' for name in schemes)}{cluster}"
            raise ValueError(msg)
        # kombu, and we where we protect our own servers, take a `;` for the end of a URL wherever it stands.
        if ";" in raw and scheme not in SEVERAL:
            msg = f"must be one URL when it is {scheme}://; special characters of a password are written as %XX"
            raise ValueError(msg)
        servers = [split(one) for one in raw.split(";")]
        for one in servers:
            check_server(one, scheme)
        if scheme == "sentinel" and not parse_qs(servers[-1].query).get("master_name"):
            msg = "must end with ?master_name=NAME when it is a sentinel URL"
            raise ValueError(msg)
        return raw

    return parse


def check_server(parts: SplitResult, scheme: str) -> None:
    """Refuse a server without a place, of another scheme than the first one's, or with a database that is no number."""
    query = parse_qs(parts.query)
    databases = [*query.get("db", []), *query.get("virtual_host", [])]
    at_path = bool(parts.path.strip("/")) and not parts.hostname
    if not (at_path if scheme in SOCKETS else is_host(parts.hostname)) or parts.scheme != scheme:
        msg = f"must name a {'path' if scheme in SOCKETS else 'host'} after each {scheme}://"
        raise ValueError(msg)
    if scheme not in SOCKETS and not scheme.startswith("amqp"):
        databases.append(parts.path.removeprefix("/"))
    if not all(re.fullmatch(r"[0-9]{0,9}", one) for one in databases):
        msg = "must name its database by a number"
        raise ValueError(msg)
