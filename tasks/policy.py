"""What URL checks may reach, and where our own servers are, which they never may."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import ip_address
from time import monotonic

import endpoints
from providers.urls import Policy
from settings import Settings
from store import StoreDownError, connection
from tasks.resolve import LOOK_UP_SECONDS, Resolver, as_literal, look_up

# What was found last, for as long as nobody answers.
KNOWN_ADDRESSES: dict[tuple[str, Resolver], list[str]] = {}
KNOWN_SERVERS: dict[str, list[tuple[str, int]]] = {}


class UnsureError(Exception):
    """One of our own servers could not be looked up, so that its address may be any."""


def policy(settings: Settings, resolve: Resolver = look_up) -> Policy:
    """Return what URL checks may reach: public addresses and the operator's networks, never our own servers.

    What is dialled is an address, so the names of our own servers are looked up, at most once a minute. While one of
    them cannot be, any private address may be its own.
    """
    try:
        return policy_of_the_minute(settings, resolve, int(monotonic() // 60))
    except UnsureError:
        return Policy(own_endpoints=tuple(endpoints.own(settings)))


@lru_cache(maxsize=2)
def policy_of_the_minute(settings: Settings, resolve: Resolver, _minute: int) -> Policy:
    """Make the policy with our own servers by name and by address; raises UnsureError."""
    named = tuple(dict.fromkeys((*endpoints.own(settings), *behind_sentinels(settings))))
    with ThreadPoolExecutor(len(named)) as pool:
        found = pool.map(lambda endpoint: addresses_of(endpoint[0], resolve), named)
        addresses = [(address, port) for (_, port), known in zip(named, found, strict=True) for address in known]
    return Policy(allowed_networks=settings.allowed_networks, own_endpoints=tuple(dict.fromkeys((*named, *addresses))))


def behind_sentinels(settings: Settings) -> Iterator[tuple[str, int]]:
    """Yield host and port of the servers that our sentinels tell of; raises UnsureError."""
    for url in {settings.redis_url, settings.celery_broker_url}:
        if url.startswith("sentinel://"):
            try:
                KNOWN_SERVERS[url] = connection.behind_sentinels(url)
            except StoreDownError:
                if url not in KNOWN_SERVERS:
                    raise UnsureError from None
            yield from KNOWN_SERVERS[url]


def addresses_of(host: str, resolve: Resolver) -> list[str]:
    """Return the addresses of one of our own servers; both loopbacks for a loopback or a wildcard, none if unknown.

    Raises UnsureError when the name was not looked up, now nor before: that it is unknown was not said.
    """
    literal = as_literal(host)
    if host == "localhost" or (literal and (ip_address(literal).is_loopback or ip_address(literal).is_unspecified)):
        return ["127.0.0.1", "::1"]
    try:
        KNOWN_ADDRESSES[host, resolve] = resolve(host, LOOK_UP_SECONDS)
    except OSError as error:
        if not isinstance(error, TimeoutError) and error.errno != socket.EAI_AGAIN:
            return []
        # Outside of compose nobody has that name, and without internet nobody says so.
        if host == endpoints.GUESSED:
            return KNOWN_ADDRESSES.get((host, resolve), [])
        if (host, resolve) not in KNOWN_ADDRESSES:
            raise UnsureError from None
    return KNOWN_ADDRESSES[host, resolve]
