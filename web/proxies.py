"""Who asks, and by which scheme, where proxies that the operator trusts stand before us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from settings import Network

Address = IPv4Address | IPv6Address
WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}|\[([^\[\]]+)\](?::[0-9]{1,5})?")


class TrustedProxies:
    """WSGI middleware that takes X-Forwarded-For and -Proto over from trusted addresses, and from nobody else."""

    def __init__(self, app: WSGIApplication, networks: tuple[Network, ...]) -> None:
        self.app = app
        self.networks = networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Correct the environment and hand it on."""
        if self.trusts(parse(environ.get("REMOTE_ADDR", ""))):
            client = self.client(str(environ.get("HTTP_X_FORWARDED_FOR", "")))
            if client is not None:
                environ["REMOTE_ADDR"] = str(client)
            scheme = str(environ.get("HTTP_X_FORWARDED_PROTO", "")).rpartition(",")[2].strip().lower()
            if scheme in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
        return self.app(environ, start_response)

    def trusts(self, address: Address | None) -> bool:
        """Say whether the address is one of the operator's proxies."""
        return address is not None and any(address in network for network in self.networks)

    def client(self, forwarded: str) -> Address | None:
        """Return the last address that no trusted proxy has, which is as far as the header can be believed."""
        found = None
        for text in reversed(forwarded.split(",")):
            address = parse(without_port(text.strip()))
            if address is None:
                break
            found = address
            if not self.trusts(address):
                break
        return found


def without_port(text: str) -> str:
    """Return an address as some proxies write it, `192.0.2.1:80` or `[2001:db8::1]:80`, without port and brackets."""
    found = WITH_PORT.fullmatch(text)
    return found[1] or found[2] if found else text


def parse(text: Any) -> Address | None:
    """Return an address, an IPv4 one in its plain form; None for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def network(address: str) -> str:
    """Return what one client has: an IPv4 address, or an IPv6 network of 64 bits."""
    found = parse(address)
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found or "unknown")
