"""Load on loopback, and what it cost the server: CPU time from the processes' own accounting."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

THREADS = 4
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Case:
    """One kind of request to one server, whose first process has this id."""

    name: str
    port: int
    pid: int
    path: str
    headers: Mapping[str, str]
    tokens: tuple[str, ...] = ()
    status: int = 200


def cost(case: Case, requests: int) -> float:
    """Make so many requests on kept connections, and return the server's CPU time for each in microseconds."""
    before = cpu_seconds(case.pid)
    threads = [threading.Thread(target=ask, args=(case, requests // THREADS)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (cpu_seconds(case.pid) - before) / requests * 1e6


def ask(case: Case, requests: int) -> None:
    """Make requests one after the other; raises AssertionError when one is not answered as expected."""
    connection = http.client.HTTPConnection("127.0.0.1", case.port, timeout=10)
    for number in range(requests):
        token = {"Authorization": f"Bearer {case.tokens[number % len(case.tokens)]}"} if case.tokens else {}
        connection.request("GET", case.path, headers={**case.headers, **token})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == case.status, f"{case.name}: {answer.status}"
    connection.close()


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process and all below it, in seconds (proc(5))."""
    return sum(own_seconds(one) for one in (pid, *descendants(pid)))


def own_seconds(pid: int) -> float:
    """Return the time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def descendants(pid: int) -> list[int]:
    """Return the processes below a process."""
    children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(one for child in children for one in descendants(child))]
