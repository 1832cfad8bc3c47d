"""What the launcher prints: every part's lines behind the part's name, and lines of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from zlib import crc32

WIDTH = 8
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
BOLD = 1
LONGEST = 65_536
Emit = Callable[[str, str], None]


def coloured() -> bool:
    """Say whether to colour: on a terminal, unless NO_COLOR is set (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, colour: int, *, colours: bool) -> str:
    """Put a text between terminal codes, where there are colours."""
    return f"\033[{colour}m{text}\033[0m" if colours else text


def printer(on_broken: Callable[[], None]) -> Emit:
    """Return a function that prints a part's line; when nobody reads any more it calls `on_broken` and stays silent."""
    colours = coloured()

    def emit(name: str, line: str) -> None:
        colour = BOLD if name == "run" else COLOURS[crc32(name.encode()) % len(COLOURS)]
        try:
            print(paint(f"{name:<{WIDTH}}|", colour, colours=colours), line, flush=True)
        except (BrokenPipeError, ValueError):
            silence()
            on_broken()

    return emit


def silence() -> None:
    """Lead standard output nowhere, so that the interpreter's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Lines(asyncio.Protocol):
    """Cuts what a process writes into lines; one that is longer than 64 KiB is cut into several."""

    def __init__(self, name: str, emit: Emit, mute: str = "") -> None:
        """Take the part's name, where its lines go, and a text whose lines do not."""
        self.name, self.emit, self.mute = name, emit, mute
        self.rest, self.ended = b"", asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Emit the whole lines so far."""
        *whole, self.rest = (self.rest + data).split(b"\n")
        for line in whole:
            self.show(line)
        if len(self.rest) > LONGEST:
            self.show(self.rest)
            self.rest = b""

    def connection_lost(self, _: Exception | None) -> None:
        """Emit what stands after the last newline."""
        self.show(self.rest)
        self.ended.set()

    def show(self, line: bytes) -> None:
        """Emit one line unless it is empty or muted."""
        text = line.decode(errors="replace").rstrip()
        if text and not (self.mute and self.mute in text):
            self.emit(self.name, text)
