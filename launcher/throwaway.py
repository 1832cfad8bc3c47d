"""Run a command against empty servers that are gone afterwards: `python -m launcher.throwaway COMMAND ...`."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from embedded import postgres, redis


def main(command: Sequence[str]) -> int:
    """Start both servers in a temporary folder, run the command with their URLs, and return its exit code."""
    with tempfile.TemporaryDirectory(prefix="ib-") as name:
        home = Path(name)
        database, running = postgres.start(home)
        cache = redis.prepare(home)
        caching = redis.run(cache)
        leads = {"DATABASE_URL": database.url, "REDIS_URL": cache.url, "INSIGHTBOARD_HOME": name}
        secret = {"JWT_SECRET": secrets.token_urlsafe(48)}
        try:
            return subprocess.run(command, env={**os.environ, **leads, **secret}, check=False).returncode  # noqa: S603 - the caller's own
        finally:
            redis.stop(caching)
            postgres.stop(running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
