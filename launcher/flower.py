"""Flower with this installation's settings: `python -m launcher.flower --address=ADDRESS --port=PORT`.

Flower itself reads FLOWER_* from the environment, so a password never stands in its arguments.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from ipaddress import ip_address

import settings


def environment(address: str) -> dict[str, str]:
    """Return Flower's environment: its API is open only where nobody else can reach it.

    Raises SystemExit with one line when it would be reachable from outside without a password.
    """
    given = settings.load()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLOWER_")}
    if given.flower_basic_auth:
        return kept | {"FLOWER_BASIC_AUTH": given.flower_basic_auth}
    if not loopback(address):
        raise SystemExit("insightboard: FLOWER_BASIC_AUTH must be set where Flower listens beyond loopback")
    return kept | {"FLOWER_UNAUTHENTICATED_API": "true"}


def loopback(address: str) -> bool:
    """Say whether only this machine can reach the address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def main() -> None:
    """Become Flower."""
    parser = ArgumentParser(prog="launcher.flower", allow_abbrev=False)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=settings.load().flower_port)
    chosen = parser.parse_args()
    celery = [sys.executable, "-m", "celery", "-A", "celery_config", "--quiet"]
    flower = ["flower", f"--address={chosen.address}", f"--port={chosen.port}", "--logging=warning"]
    os.execve(sys.executable, [*celery, *flower], environment(chosen.address))  # noqa: S606 - becoming it is the purpose


if __name__ == "__main__":
    main()
