from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stack import Stack, stacked


@pytest.fixture
def stack(home: Path) -> Iterator[Stack]:
    """Give an API on a Postgres, a cache and a broker of its own."""
    with stacked(home) as running:
        yield running
