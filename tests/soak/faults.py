"""What goes wrong: a schedule drawn from a seed, one fault about every 45 s."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tests.soak.ledger import Ledger
from tests.soak.system import System, freeze

LEAST_FROZEN, MOST_FROZEN = 2.0, 6.0
QUIET_SECONDS = 20.0


@dataclass(frozen=True)
class World:
    """What a fault may touch."""

    system: System
    ledger: Ledger
    chance: random.Random


@dataclass(frozen=True)
class Fault:
    """One fault by name."""

    name: str
    happen: Callable[[World], None]


def child_killed(part: str) -> Fault:
    """Kill one process below a part's first; the part itself has to replace it."""

    def happen(world: World) -> None:
        with suppress(ProcessLookupError, IndexError):
            os.kill(world.chance.choice(world.system.kept[part].children()), signal.SIGKILL)

    return Fault(f"SIGKILL of a child of {part}", happen)


def killed(part: str) -> Fault:
    return Fault(f"SIGKILL of {part}", lambda world: world.system.kept[part].kill())


def restarted(part: str) -> Fault:
    return Fault(f"SIGTERM of {part}", lambda world: world.system.kept[part].restart())


def frozen(server: str) -> Fault:
    def happen(world: World) -> None:
        freeze(world.system.roots()[server], world.chance.uniform(LEAST_FROZEN, MOST_FROZEN))

    return Fault(f"SIGSTOP of {server}", happen)


def flush(world: World) -> None:
    client = world.system.cache.client()
    world.ledger.scan(client)
    client.flushall()
    world.ledger.emptied()


def kill_cache(world: World) -> None:
    at = time.monotonic()
    world.system.cache.kill()
    world.ledger.shortened(at)


SERVERS = (
    frozen("cache"),
    frozen("broker"),
    frozen("postgres"),
    Fault("FLUSHALL of cache", flush),
    Fault("SIGKILL of cache", kill_cache),
    Fault("SIGKILL of broker", lambda world: world.system.broker.kill()),
)
# Who is killed in one half of the run is left alone in the other, so that every process can be followed for long.
FIRST_HALF = (
    child_killed("worker"),
    killed("worker"),
    restarted("worker"),
    child_killed("api-1"),
    killed("beat-1"),
)
SECOND_HALF = (
    child_killed("checks"),
    killed("checks"),
    restarted("checks"),
    child_killed("api-2"),
    killed("beat-2"),
)


def plan(chance: random.Random, seconds: float, every: float) -> list[tuple[float, Fault]]:
    """Return when which fault begins, in seconds from the start; every kind comes before one comes again."""
    halves = {False: dealt(chance, [*FIRST_HALF, *SERVERS]), True: dealt(chance, [*SECOND_HALF, *SERVERS])}
    found = []
    at = chance.uniform(0.5, 1.0) * every
    while at < seconds - QUIET_SECONDS:
        found.append((at, next(halves[at > seconds / 2])))
        at += chance.uniform(2 / 3, 4 / 3) * every
    return found


def dealt(chance: random.Random, kinds: Sequence[Fault]) -> Iterator[Fault]:
    """Deal all kinds in a random order, again and again."""
    while True:
        yield from chance.sample(kinds, len(kinds))
