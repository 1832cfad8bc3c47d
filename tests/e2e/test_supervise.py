"""The launcher's own rules, with small parts that live, die, or do not want to die."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests import servers
from tests.servers import Service

STAYS = "import time; time.sleep(600)"
DIES = "import time; time.sleep(0.3); raise SystemExit(3)"
REFUSES = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
FORKS = "import os, time; os.fork(); time.sleep(600)"
DRIVER = """
import asyncio, os, sys
from pathlib import Path
from launcher import parts, supervise
database, cache = parts.database(Path(sys.argv[1]))[0], parts.cache(Path(sys.argv[1]))[0]
part = parts.Part("part", [sys.executable, "-c", sys.argv[2]], ("postgres", "redis"))
sys.exit(asyncio.run(supervise.run([database, cache, part], dict(os.environ), dict, ["all is up"])))
"""


@contextmanager
def launched(home: Path, part: str) -> Iterator[Service]:
    with servers.running([sys.executable, "-c", DRIVER, str(home), part]) as service:
        yield service


def the_part(launch: Service) -> int:
    """Return the part's process as soon as it is there; one just forked still has the launcher's own command line."""
    found: list[int] = []

    def seen() -> bool:
        below = servers.descendants(launch.process.pid)
        found[:] = [pid for pid, command in below.items() if command.endswith(f"-c {STAYS}")]
        return bool(found)

    servers.until(seen, 5)
    return found[0]


def test_sigterm_stops_every_process_cleanly(home: Path) -> None:
    with launched(home, FORKS) as launch:
        launch.wait_for("all is up")
        below = servers.descendants(launch.process.pid)

        launch.process.send_signal(signal.SIGTERM)

        assert launch.process.wait(15) == 0
        assert any("postgres" in command for command in below.values())
        assert servers.alive(below) == {}


def test_a_part_that_is_killed_is_started_again(home: Path) -> None:
    with launched(home, STAYS) as launch:
        launch.wait_for("all is up")
        first = the_part(launch)

        os.kill(first, signal.SIGKILL)

        launch.wait_for("part ended by SIGKILL; starting it again in 0.5 s")
        assert the_part(launch) != first


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_a_server_that_is_killed_is_started_again(home: Path, name: str) -> None:
    with launched(home, STAYS) as launch:
        launch.wait_for("all is up")
        pid = next(
            pid
            for pid, command in servers.descendants(launch.process.pid).items()
            if re.search(rf"{name} (-D|\S+\.conf|127)", command)
        )

        os.kill(pid, signal.SIGKILL)

        launch.wait_for(r"ended by SIGKILL; starting it again")
        time.sleep(2)
        assert launch.process.poll() is None


def test_a_part_that_keeps_dying_stops_the_whole_with_its_name(home: Path) -> None:
    with launched(home, DIES) as launch:
        assert launch.process.wait(30) == 1
        assert "part ended with code 3; stopping" in launch.printed()


def test_a_second_signal_does_not_wait_for_a_part_that_refuses_to_end(home: Path) -> None:
    with launched(home, REFUSES) as launch:
        launch.wait_for("deaf")
        launch.process.send_signal(signal.SIGINT)
        launch.wait_for("again to stop at once")
        time.sleep(1.5)

        launch.process.send_signal(signal.SIGINT)

        # The part would have nine seconds.
        assert launch.process.wait(5) == 0
        assert "part did not stop in time and was killed" in launch.printed()


@pytest.mark.skipif(sys.platform != "linux", reason="death signals are Linux's")
def test_a_killed_launcher_leaves_no_process(home: Path) -> None:
    with launched(home, STAYS) as launch:
        launch.wait_for("all is up")
        below = servers.descendants(launch.process.pid)

        os.kill(launch.process.pid, signal.SIGKILL)

        servers.until(lambda: not servers.alive(below), 10, lambda: str(servers.alive(below)))


def test_a_start_after_a_kill_finds_a_sound_home(home: Path) -> None:
    with launched(home, STAYS) as launch:
        launch.wait_for("all is up")
        for pid in (launch.process.pid, *servers.descendants(launch.process.pid)):
            with suppress(ProcessLookupError):  # it went with the launcher
                os.kill(pid, signal.SIGKILL)

    with launched(home, STAYS) as second:
        second.wait_for("all is up", 15)
