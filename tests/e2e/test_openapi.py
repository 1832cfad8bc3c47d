"""The OpenAPI document is true: schemathesis asks the running API with all its checks and finds no failure."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from tests import servers
from tests.upstream import Upstream

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "5")


def test_schemathesis_finds_no_difference_between_the_document_and_the_api(
    database: str, redis: Redis, upstream: Upstream, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(servers.api())
        # With nobody to fetch, every `Prefer: wait` that is generated would take its ten seconds.
        stack.enter_context(servers.worker())
        options = f"--checks all --max-examples {EXAMPLES} --seed 1 --no-color --suppress-health-check all"
        # Longer than a `Prefer: wait` may take whose end nobody told it.
        options += " --generation-allow-x00 false --max-response-time 30 --request-timeout 30"
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/api/openapi.json", *options.split()]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_hooks.py"),
                "SCHEMATHESIS_TARGET": api.url,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr[-4000:]
