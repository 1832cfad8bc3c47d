"""Load on loopback from a process of its own: raw sockets, so that the generator is not what is measured."""

from __future__ import annotations

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).parents[1]
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
RECEIVE = 262_144
GRACE_SECONDS = 20


@dataclass(frozen=True)
class Job:
    """What to ask for, for so many seconds: each request is the next of the paths, with the next of the tokens."""

    port: int
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: Sequence[str] = ()
    status: int = 200
    connections: int = 16
    seconds: float = 1.0


@dataclass(frozen=True)
class Load:
    """What came of it: how many answers, in how many seconds, and the latencies' p50 and p99 in milliseconds."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float


def drive(job: Job, core: int | None) -> Load:
    """Run a job in a child process on a core of its own."""
    command = [sys.executable, "-m", "bench.load", "" if core is None else str(core)]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(job)), capture_output=True, text=True, check=False,
        timeout=job.seconds + GRACE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Load(**json.loads(done.stdout))


def requests_of(job: Job) -> list[bytes]:
    """Write the requests."""
    common = "".join(f"{name}: {value}\r\n" for name, value in job.headers.items())
    who = [f"Authorization: Bearer {token}\r\n" for token in job.tokens] or [""] * len(job.paths)
    return [
        f"GET {path} HTTP/1.1\r\nHost: bench\r\n{common}{one}\r\n".encode()
        for path, one in zip(job.paths, who, strict=True)
    ]


@dataclass
class Talk:
    """One kept connection with one request under way."""

    sock: socket.socket
    began: float = 0.0
    got: bytearray = field(default_factory=bytearray)

    def ask(self, request: bytes) -> None:
        """Send the next request."""
        self.got.clear()
        self.began = time.perf_counter()
        self.sock.sendall(request)

    def hear(self, status: bytes) -> bool:
        """Take what came; true once the answer is whole. Raises AssertionError for another status."""
        self.got += self.sock.recv(RECEIVE)
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return False
        assert self.got[9:12] == status, bytes(self.got[:300])
        found = LENGTH.search(self.got, 0, end)
        return len(self.got) >= end + 4 + (int(found[1]) if found else 0)


def run(job: Job) -> Load:
    """Ask on all connections until the time is over."""
    requests, status = cycle(requests_of(job)), str(job.status).encode()
    selector, latencies = selectors.DefaultSelector(), []
    talks = [Talk(socket.create_connection(("127.0.0.1", job.port), 10)) for _ in range(job.connections)]
    began = time.perf_counter()
    for talk in talks:
        selector.register(talk.sock, selectors.EVENT_READ, talk)
        talk.ask(next(requests))
    open_talks = len(talks)
    while open_talks:
        for key, _ in selector.select(5):
            talk = key.data
            if not talk.hear(status):
                continue
            now = time.perf_counter()
            latencies.append(now - talk.began)
            if now - began < job.seconds:
                talk.ask(next(requests))
            else:
                selector.unregister(talk.sock)
                open_talks -= 1
    taken = time.perf_counter() - began
    latencies.sort()
    count = len(latencies)
    return Load(count, taken, latencies[count // 2] * 1000, latencies[min(count - 1, count * 99 // 100)] * 1000)


if __name__ == "__main__":
    if sys.argv[1]:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    print(json.dumps(asdict(run(Job(**json.load(sys.stdin))))))
