"""docs/reliability.md names tests that exist, and leaves out no file of tests/faults."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def named() -> set[tuple[str, str]]:
    return set(NAMED.findall((ROOT / "docs" / "reliability.md").read_text()))


def test_every_test_that_a_promise_names_is_there() -> None:
    texts = {path.name: path.read_text() for path in (ROOT / "tests" / "faults").glob("test_*.py")}

    assert {(file, test) for file, test in named() if f"def {test}(" not in texts.get(file, "")} == set()


def test_every_file_of_fault_tests_is_named_by_a_promise() -> None:
    files = {path.name for path in (ROOT / "tests" / "faults").glob("test_*.py")}

    assert files - {file for file, _ in named()} == {"test_protections.py"}
