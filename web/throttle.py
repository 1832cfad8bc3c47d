"""Failed sign-ins are counted for 15 minutes: by account and address, by address, by account."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_network

from store import rates
from web.problems import Problem
from web.proxies import parse

WINDOW_SECONDS = 15 * 60
PAIR, ADDRESS, ACCOUNT = 10, 50, 100


@contextmanager
def attempt(email: str, address: str) -> Iterator[None]:
    """Count an attempt before it is made, so that many at once count too; give it back when the block ends well.

    Raises Problem (429) instead when one of the limits is reached; the right password is refused then too.
    """
    taken: list[str] = []
    for name, limit in counters(email, address).items():
        rate = rates.take(name, limit, WINDOW_SECONDS)
        if not rate.allowed:
            give_back(taken)
            raise Problem(429, "Too many failed sign-ins.", kind="too-many-sign-ins", retry_after=rate.reset_s)
        taken.append(name)
    yield
    give_back(taken)


def counters(email: str, address: str) -> dict[str, int]:
    """Return the limits by counter; e-mails are not readable in Redis' keys."""
    account, place = hashlib.sha256(email.encode()).hexdigest()[:32], network(address)
    return {
        f"login:pair:{account}:{place}": PAIR,
        f"login:address:{place}": ADDRESS,
        f"login:account:{account}": ACCOUNT,
    }


def network(address: str) -> str:
    """Return what one client has: an IPv4 address, or an IPv6 network of 64 bits."""
    found = parse(address)
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found or "unknown")


def give_back(names: list[str]) -> None:
    """Take attempts back."""
    for name in names:
        rates.give_back(name)
