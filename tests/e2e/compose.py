"""docker-compose.yml's services, each started natively by its own command line."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import yaml

from embedded import binaries
from tests import servers
from tests.servers import Service

COMPOSE = yaml.safe_load((servers.ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: Mapping[str, Any] = COMPOSE["services"]


def filled(text: str, given: Mapping[str, str]) -> str:
    """Replace ${NAME:-default} and ${NAME-default} as compose does."""
    return re.sub(r"\$\{(\w+):?-([^}]*)\}", lambda found: given.get(found[1], found[2]), text.replace("$$", "$"))


def command(service: str) -> list[str]:
    """Return the service's command line, its program taken from our environment instead of the image's."""
    program, *arguments = shlex.split(filled(SERVICES[service]["command"], {}))
    if program == "python":
        return [sys.executable, *arguments]
    if program == "valkey-server":
        return [str(binaries.redis()), *arguments]
    return [sys.executable, "-m", program, *arguments]


def start(stack: ExitStack, service: str, environment: Mapping[str, str], port: int = 0) -> Service:
    """Start a service with these settings; it ends with the stack."""
    return stack.enter_context(servers.running(command(service), environment, port=port))


def grace(service: str) -> float:
    """Return after how many seconds `docker stop` kills the service; 10 where the file says nothing."""
    return float(SERVICES[service].get("stop_grace_period", "10s").removesuffix("s"))


def stopped(service: str, running: Service) -> int:
    """Stop it as `docker stop` does, SIGTERM and when its grace is over SIGKILL; return the code docker would show."""
    running.process.terminate()
    try:
        code = running.process.wait(grace(service))
    except subprocess.TimeoutExpired:
        running.process.kill()
        code = running.process.wait()
    return code if code >= 0 else 128 - code
