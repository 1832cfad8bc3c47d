"""Starting and stopping one server process that never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from embedded.binaries import EmbeddedError

SHIM = Path(__file__).with_name("shim.py")
STOP_SECONDS = 10.0
START_SECONDS = 30.0


def tied(
    command: Sequence[str | Path], *, owned: Sequence[Path] = (), death: signal.Signals = signal.SIGTERM
) -> list[str]:
    """Return the command that runs `command` so that it gets `death` when we end, as the owner of `owned`."""
    shim = [sys.executable, "-I", "-S", str(SHIM), str(os.getpid()), str(int(death)), *map(str, owned)]
    return [*shim, "--", *map(str, command)]


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    """Return when `ready` is true; raises EmbeddedError when the process ends first or takes over 30 s."""
    end = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise EmbeddedError(f"{name} ended while starting: {last_line(log)}")
        if time.monotonic() > end:
            stop(process, signal.SIGKILL)
            raise EmbeddedError(f"{name} did not start within {START_SECONDS:.0f} s: {last_line(log)}")
        time.sleep(0.02)


def last_line(log: Path) -> str:
    """Return the last line of a log file, for an error message."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
    return next((line for line in reversed(lines) if line.strip()), "it printed nothing")


def stop(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send the signal, wait up to 10 s, then kill."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def private_folder(path: Path) -> Path:
    """Create the folder and its parents, closed to everyone else (0700), and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path
