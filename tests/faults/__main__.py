"""`python -m tests.faults [pytest's arguments]`: take out every protection, and see its tests fail.

Each protection is taken out of a copy of the repository, never of the one that is worked on. A line is printed for
each; the exit code is 1 if any test still passes without what it claims to show.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.protection import ROOT, Swap, swaps

LONGEST = 600.0


class Collector:
    """Remembers which tests name which protections; parameters of one test are one group."""

    def __init__(self) -> None:
        self.groups: dict[tuple[str, frozenset[Swap]], list[str]] = defaultdict(list)

    # After -k and -m have left out what they leave out.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if named := swaps(item):
                self.groups[item.nodeid.partition("[")[0], named].append(item.nodeid)


@contextmanager
def copied() -> Iterator[Path]:
    """Give a copy of every file that git knows or would add, with the same packages and the same ../shared."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    with tempfile.TemporaryDirectory(prefix="ib-without-") as folder:
        root = Path(folder) / "repository"
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        if (ROOT.parent / "shared").is_dir():
            (root.parent / "shared").symlink_to(ROOT.parent / "shared")
        yield root


def outcome(named: frozenset[Swap], tests: Sequence[str]) -> str:
    """Run the tests without their protections; return what pytest says last."""
    with copied() as root:
        for swap in named:
            swap.make(root)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "", *tests]
        environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
        try:
            done = subprocess.run(
                command, cwd=root, env=environment, check=False, capture_output=True, text=True, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            return "1 failed: it did not end"
        return (done.stdout.strip().splitlines() or [done.stderr[-200:]])[-1]


def main(arguments: Sequence[str]) -> int:
    collector = Collector()
    given = arguments or [str(Path(__file__).parent)]
    if pytest.main(["-q", "-q", "--collect-only", "-m", "", "--no-header", *given], [collector]) != 0:
        return 2
    useless = 0
    for (name, named), tests in sorted(collector.groups.items(), key=lambda one: one[0][0]):
        said = outcome(named, tests)
        fails = re.search(r"\d+ failed", said) is not None
        useless += not fails
        print("fails as it should" if fails else "STILL PASSES", name, "without", "; ".join(map(str, sorted(named))))
        if not fails:
            print("   ", said)
        sys.stdout.flush()
    print(f"{len(collector.groups)} protections taken out, {useless} not missed")
    return 1 if useless else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
