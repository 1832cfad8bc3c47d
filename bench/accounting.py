"""What a tree of processes costs, from the kernel's own accounting (proc(5))."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process and all below it, in seconds."""
    return sum(own_seconds(one) for one in tree(pid))


def own_seconds(pid: int) -> float:
    """Return the time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mib(pid: int) -> float:
    """Return the memory of a process and all below it, shared pages counted once (Pss), in MiB."""
    texts = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in tree(pid)]
    return sum(int(found[1]) for text in texts if (found := PSS.search(text))) / 1024


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    children: list[int] = []
    for thread in threads(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
            children += [int(one) for one in (thread / "children").read_text().split()]
    return [pid, *(one for child in children for one in tree(child))]


def threads(pid: int) -> list[Path]:
    """Return the folders of a process' threads; one that has ended has none."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []
