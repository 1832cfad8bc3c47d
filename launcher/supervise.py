"""Start parts in order, restart what dies, stop all of it cleanly.

Processes are spawned by the main thread only: the kernel ties a child's death signal to the thread that made it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from launcher import parent
from launcher import parts as commands
from launcher.lines import Emit, Lines, printer
from launcher.parts import Part

TICK = 0.05
PARENT_TICK = 0.25
START_SECONDS = 90.0
SERVER_SECONDS = 15.0
STOP_SECONDS = 9.0
SERVER_STOP_SECONDS = 4.0
MOST_DEATHS, DEATHS_WINDOW = 5, 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
Missing = Callable[[], Mapping[str, str]]


@dataclass
class Launch:
    """What is known while it runs: who is ready, which processes there are, and how it ends."""

    parts: Sequence[Part]
    environment: Mapping[str, str]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    up: bool = False
    asked_at: float = 0.0
    code: int = 0
    emit: Emit = lambda _name, _line: None
    ready: dict[str, asyncio.Event] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    readers: list[Lines] = field(default_factory=list)

    def fail(self, why: str) -> None:
        """Say why, and stop the whole with exit code 1; only the first reason counts."""
        if not self.stopping.is_set():
            self.emit("run", why)
            self.code = 1
            self.stopping.set()

    def signalled(self) -> None:
        """Stop cleanly at the first signal, at once at the second.

        One within a second is the same once more: make passes on a SIGTERM that its whole group got.
        """
        if self.stopping.is_set() and time.monotonic() - self.asked_at > 1:
            self.hurry.set()
        if not self.stopping.is_set():
            self.asked_at = time.monotonic()
        self.stopping.set()


async def run(parts: Sequence[Part], environment: Mapping[str, str], missing: Missing, block: Sequence[str]) -> int:
    """Run the parts until a signal or a failure, and return the exit code.

    `block` is printed once every part is ready and nothing is `missing`, which tells why by what is.
    """
    launch = Launch(parts, environment)
    launch.emit = printer(launch.stopping.set)
    launch.ready = {part.name: asyncio.Event() for part in parts}
    listen(launch)
    tasks = [asyncio.create_task(keep(launch, part)) for part in parts]
    tasks += [asyncio.create_task(announce(launch, missing, block)), asyncio.create_task(watch_make(launch))]
    await launch.stopping.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await close(launch)
    return launch.code


def listen(launch: Launch) -> None:
    """Stop at Ctrl-C, SIGTERM and a closed terminal, unless nohup had that one ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, launch.signalled)


async def watch_make(launch: Launch) -> None:
    """Stop when the make that started us was told to end and did not say so."""
    gone = parent.gone()
    while True:
        await asyncio.sleep(PARENT_TICK)
        if gone():
            launch.signalled()
            return


async def announce(launch: Launch, missing: Missing, block: Sequence[str]) -> None:
    """Print the block when all of it answers, or give up after 90 s; a server that was given has 15 s to answer."""
    end = time.monotonic() + START_SECONDS
    for part in launch.parts:
        with suppress(TimeoutError):
            await asyncio.wait_for(launch.ready[part.name].wait(), max(0.0, end - time.monotonic()))
        if not launch.ready[part.name].is_set():
            launch.fail(f"{part.name} was not ready within {START_SECONDS:.0f} s")
            return
    given_up = min(end, time.monotonic() + SERVER_SECONDS)
    while found := await asyncio.to_thread(missing):
        if time.monotonic() > (given_up if found.keys() & set(commands.SERVERS.values()) else end):
            launch.fail(f"{', '.join(f'{name} {line}' for name, line in found.items())}; stopping")
            return
        await asyncio.sleep(TICK)
    launch.up = True
    for line in block:
        launch.emit("run", line)


async def keep(launch: Launch, part: Part) -> None:
    """Start the part when what it needs is ready, and again whenever it dies; one that keeps dying stops the whole."""
    for name in part.needs:
        await launch.ready[name].wait()
    deaths: list[float] = []
    while True:
        code = await live(launch, part)
        if part.once and code == 0:
            launch.ready[part.name].set()
            return
        now = time.monotonic()
        deaths = [at for at in deaths if now - at < DEATHS_WINDOW] + [now]
        if part.once or not launch.up or len(deaths) >= MOST_DEATHS:
            launch.fail(f"{part.name} {ended(code)}; stopping")
            return
        pause = min(FIRST_PAUSE * 2 ** (len(deaths) - 1), LONGEST_PAUSE)
        launch.emit("run", f"{part.name} {ended(code)}; starting it again in {pause:g} s")
        await asyncio.sleep(pause)


def ended(code: int) -> str:
    """Say how a process ended."""
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


async def live(launch: Launch, part: Part) -> int:
    """Run the part once until it ends, mark it ready on the way, and return its exit code."""
    process = await spawn(launch, part)
    while (code := process.poll()) is None:
        if not part.once and not launch.ready[part.name].is_set() and await asyncio.to_thread(part.ready):
            launch.ready[part.name].set()
        await asyncio.sleep(TICK)
    kill_group(process)
    return code


async def spawn(launch: Launch, part: Part) -> subprocess.Popen[bytes]:
    """Start the process in a session of its own, so that a typed Ctrl-C reaches only the launcher."""
    process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own commands; see the module for why not a thread
        commands.tied(part),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**launch.environment, **part.environment},
        start_new_session=True,
    )
    launch.processes[part.name] = process
    lines = Lines(part.name, launch.emit, part.mute)
    launch.readers.append(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: lines, process.stdout)
    return process


async def close(launch: Launch) -> None:
    """Stop the application, then the servers it writes to, and show the last lines of both."""
    launch.emit("run", "stopping; again to stop at once")
    servers = [part for part in launch.parts if part.server]
    await stop(launch, [part for part in launch.parts if not part.server], STOP_SECONDS)
    await stop(launch, servers, SERVER_STOP_SECONDS)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(lines.ended.wait() for lines in launch.readers)), 1.0)
    if not launch.code:
        launch.emit("run", "stopped")


async def stop(launch: Launch, parts: Sequence[Part], seconds: float) -> None:
    """Ask the parts to end, wait so many seconds (not at all in a hurry), and kill what is left."""
    running = {part.name: launch.processes[part.name] for part in parts if part.name in launch.processes}
    for part in parts:
        if part.name in running and running[part.name].poll() is None:
            running[part.name].send_signal(part.stop)
    end = time.monotonic() + seconds
    while any(process.poll() is None for process in running.values()) and time.monotonic() < end:
        if launch.hurry.is_set():
            end = min(end, time.monotonic() + TICK)
        await asyncio.sleep(TICK)
    for name, process in running.items():
        if process.poll() is None:
            launch.emit("run", f"{name} did not stop in time and was killed")
        kill_group(process)
        process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process's group; its id is the process's own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
