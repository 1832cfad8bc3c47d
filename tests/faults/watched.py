"""Checks and fetches while an audit hook watches every look-up and every dial of the process; a program of its own.

Reads {"hostile": [URL], "ours": [URL], "allowed": [CIDR]} as JSON from standard input: all are checked, ours with these
networks allowed, and ours are fetched as a provider would too. Writes as JSON how each URL ended, which names were
looked up, and which addresses were dialled.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from ipaddress import ip_network
from typing import Any

EVENTS: list[tuple[str, Any]] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note look-ups by name and dials by address."""
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        EVENTS.append(("asked", arguments[0]))
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        EVENTS.append(("dialled", list(arguments[1][:2])))


# From here on nothing that is imported can dial unseen.
sys.addaudithook(watch)

from providers.base import ProviderError  # noqa: E402
from providers.urls import Policy  # noqa: E402
from tasks.http import Client  # noqa: E402
from tasks.visit import Terms, visit  # noqa: E402


def main(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for every URL."""
    allowed = Terms(Policy(allowed_networks=tuple(map(ip_network, given["allowed"]))))
    hostile = {url: visit(url, Terms(Policy())).error_kind for url in given["hostile"]}
    checked = {url: visit(url, allowed).error_kind for url in given["ours"]}
    fetched = {}
    with Client() as client:
        for url in given["ours"]:
            with suppress(ProviderError):
                fetched[url] = client.get(url).status
    found = {name: [value for kind, value in EVENTS if kind == name] for name in ("asked", "dialled")}
    return {"hostile": hostile, "checked": checked, "fetched": fetched, **found}


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
