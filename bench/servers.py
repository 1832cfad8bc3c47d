"""`python -m bench.servers`: the same application on other servers, where they are installed; prints one table."""

from __future__ import annotations

import importlib.util
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import stack, tables
from bench.stack import Served
from embedded import redis

ROUNDS, SECONDS, USERS = 5, 1.0, 300
GRANIAN = "granian wsgi:app --interface wsgi --http 1 --no-ws --log-level error --port {port}"
COMMANDS = {
    "Granian, 48 threads": f"{GRANIAN} --blocking-threads 48",
    "Granian, 4 threads": f"{GRANIAN} --blocking-threads 4",
    "Gunicorn, gthread, 48 threads": "gunicorn wsgi:app -k gthread --threads 48 -b 127.0.0.1:{port} --keep-alive 60",
    "Gunicorn, gevent": "gunicorn wsgi:app -k gevent -b 127.0.0.1:{port} --keep-alive 60",
}


def main() -> None:
    """Measure a warm read on each server in interleaved rounds."""
    with tempfile.TemporaryDirectory(prefix="ib-bench-") as folder, stack.stored(Path(folder)) as environment:
        from bench import accounting, data  # noqa: PLC0415 - settings are complete only within `stored`
        from bench.reads import Case  # noqa: PLC0415 - the same

        data.warm()
        path = f"/api/data/github?username={data.LARGE}"
        with ExitStack() as servers:
            cases = [
                Case(name, servers.enter_context(served(command, environment)), data.users(USERS, path))
                for name, command in COMMANDS.items()
                if all(importlib.util.find_spec(word) for word in needed(command))
            ]
            for _ in range(ROUNDS):
                for case in cases:
                    case.round(SECONDS)
            memory = [accounting.pss_mib(one.served.pid) for one in cases]
        rows = [
            [one.name, f"{one.cost:.0f}", f"{statistics.median(each.p99_ms for each in one.loads):.1f}", f"{mib:.0f}"]
            for one, mib in zip(cases, memory, strict=True)
        ]
        print(tables.table(["server", "CPU µs a warm read", "p99 ms", "MiB (PSS)"], rows))


def needed(command: str) -> Iterator[str]:
    """Yield the packages that a command needs."""
    yield command.split(maxsplit=1)[0]
    if "gevent" in command:
        yield "gevent"


@contextmanager
def served(command: str, environment: dict[str, str]) -> Iterator[Served]:
    """Run one server."""
    port = redis.free_port("127.0.0.1")
    words = [sys.executable, "-m", *command.format(port=port).split()]
    with stack.running(words, environment, stack.MEASURED) as process:
        stack.wait(f"http://127.0.0.1:{port}/healthz")
        yield Served(port, process.pid)


if __name__ == "__main__":
    main()
