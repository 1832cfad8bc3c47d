"""`make run`: every part of InsightBoard on this machine, with embedded servers unless others are given.

`make demo` adds `--demo`: the same, but the providers are replayed and the data is kept apart.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import settings
from demo import scene
from embedded.binaries import EmbeddedError
from launcher import home, parts, supervise
from launcher.home import Given, LaunchError
from launcher.parts import Part
from settings import Settings, WrongSettingError

ROOT = Path(__file__).parent


def main(arguments: Sequence[str]) -> int:
    """Launch, and return the exit code; what stops the start is one line on standard error."""
    os.chdir(ROOT)
    try:
        return launch(demo="--demo" in arguments)
    except (WrongSettingError, LaunchError, EmbeddedError) as error:
        print(f"insightboard: {error}", file=sys.stderr)
        return 1


def launch(*, demo: bool) -> int:
    """Prepare everything, then run it until it is stopped."""
    found = home.given({})
    if demo:
        found = home.given(scene.overrides(found.settings))
    folder = found.settings.insightboard_home.resolve()
    with home.lock(folder):
        with home.usable(folder):
            servers, chosen = prepare(found)
            home.empty_metrics(folder)
            environment = home.environment(found, chosen)
        given = settings.read(environment)
        extra = scene.parts(given) if demo else []
        missing = partial(parts.missing, given)
        every = [*servers, *parts.application(given, servers), *extra]
        return asyncio.run(supervise.run(every, environment, missing, block(given, demo=demo)))


def prepare(found: Given) -> tuple[list[Part], Mapping[str, str]]:
    """Make the embedded servers ready to start where none are given, and choose the ports; returns new settings."""
    chosen = {"INSIGHTBOARD_HOME": str(found.settings.insightboard_home.resolve()), **home.ports(found)}
    wanted = [
        make
        for name, make in (("database_url", parts.database), ("redis_url", parts.cache))
        if not getattr(found.settings, name)
    ]
    made = [make(found.settings.insightboard_home) for make in wanted]
    for _, leads in made:
        chosen.update(leads)
    return [part for part, _ in made], chosen


def block(given: Settings, *, demo: bool) -> list[str]:
    """Return the lines that tell where everything is."""
    site = url(given.app_host, given.app_port)
    lines = [
        "InsightBoard is running",
        f"  page      {site}/",
        f"  API docs  {site}/api/docs",
        f"  Flower    {url('127.0.0.1', given.flower_port)}/",
        f"  data      {given.insightboard_home}",
    ]
    return [*lines, *(scene.login() if demo else ()), "  stop      Ctrl-C"]


def url(host: str, port: int) -> str:
    """Return the address that a browser on this machine reaches."""
    reached = parts.ANY_ADDRESS.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
