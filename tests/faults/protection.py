"""What every test of this folder stands for: the lines of our code without which it fails.

`@without("tasks/guard.py", "line as it stands", "what stands there instead")` says which protection a test shows;
several of them on one test are taken out together. `python -m tests.faults` takes each out, in a copy of the
repository, and sees the test fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, order=True)
class Swap:
    """Text that is found once in a file, and what stands there when the protection is taken out."""

    path: str
    text: str
    instead: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.text.strip().splitlines()[0]}"

    def found(self, root: Path = ROOT) -> int:
        """Return how often the text stands in the file; anything but once is a swap that has gone stale."""
        file = root / self.path
        return file.read_text(encoding="utf-8").count(self.text) if file.is_file() else 0

    def make(self, root: Path) -> None:
        """Take the protection out of the repository's copy at `root`."""
        file = root / self.path
        file.write_text(file.read_text(encoding="utf-8").replace(self.text, self.instead), encoding="utf-8")


def without(path: str, text: str, instead: str = "") -> pytest.MarkDecorator:
    """Say that a test fails once `text`, which stands exactly once in the file, is replaced."""
    return pytest.mark.without(Swap(path, text, instead))


def swaps(item: pytest.Item) -> frozenset[Swap]:
    """Return what a test names, on itself, its parameters or its module."""
    return frozenset(mark.args[0] for mark in item.iter_markers("without"))
