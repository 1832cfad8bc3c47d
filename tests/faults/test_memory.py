"""What a crowd leaves behind in an API process: nothing that stays."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import servers
from tests.e2e.client import registered
from tests.faults.protection import without
from tests.servers import Service

CROWD, MOST_MIB = 16, 60


def held(service: Service) -> float:
    """Return the memory of a service's processes in MiB."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in servers.descendants(service.process.pid)]
    return sum(int(found[1]) / 1024 for text in texts if (found := re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@without("web/passwords.py", "ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)", "pass")
def test_a_crowd_that_signs_in_leaves_no_memory_behind(database: str, redis: object) -> None:
    with servers.api() as api:
        registered(api.url)
        before = held(api)

        with ThreadPoolExecutor(CROWD) as crowd:
            list(crowd.map(registered, [api.url] * CROWD * 3))
        after = held(api)

    assert after - before < MOST_MIB
