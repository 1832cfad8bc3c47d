"""`python -m bench.page`: the built page in a real Chromium, on the demo, with a dashboard of twenty warm cards.

Prints its table and writes it into docs/performance.md. `python -m bench.page URL` measures a demo that runs already,
and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import tables, twenty, visits
from bench.visits import DESKTOP, PHONE, Visit, middle
from embedded.redis import free_port

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- the table of `python -m bench.page` begins -->", "<!-- it ends -->"
HEAD = ["visit", "last card ms", "slowest", "CPU ms", "LCP ms", "blocked ms", "layout shift", "scripts KiB"]
ROUNDS = 7


def main(words: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description="Measure the page in a real Chromium.")
    parser.add_argument("url", nargs="?", help="a demo that runs already; nothing is written then")
    if url := parser.parse_args(words).url:
        print(measure(url))
        return
    with tempfile.TemporaryDirectory(prefix="ib-page-") as home, demo(Path(home)) as site:
        text = measure(site)
    print(text)
    tables.write(text, BEGIN, END)


@contextmanager
def demo(home: Path) -> Iterator[str]:
    """Run the demo in a folder of its own, and give its address; raises SystemExit where it does not start."""
    port, log = free_port(), home / "log"
    given = {"INSIGHTBOARD_HOME": str(home), "APP_PORT": str(port), "FLOWER_PORT": str(free_port())}
    command = [sys.executable, "dev.py", "--demo"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **given}, stdout=output, stderr=output)
    try:
        end = time.monotonic() + 90
        while b"InsightBoard is running" not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(log.read_text(encoding="utf-8"))
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def measure(site: str) -> str:
    """Return the table of all visits, which are made in turn."""
    person = twenty.person(site)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        kinds: dict[str, Callable[[Browser], Visit]] = {
            "signing in": lambda one: visits.signs_in(one, site, person, DESKTOP),
            **{
                f"dashboard, {screen.name}": lambda one, screen=screen: visits.opens(one, site, person, screen)  # type: ignore[misc]
                for screen in (DESKTOP, PHONE)
            },
        }
        rounds = [{name: visit(browser) for name, visit in kinds.items()} for _ in range(ROUNDS)]
        browser.close()
    rows = [row(name, [one[name] for one in rounds]) for name in kinds]
    rows.insert(1, since_let_in([one["signing in"] for one in rounds]))
    return tables.table(HEAD, rows)


def row(name: str, found: list[Visit]) -> list[str]:
    """Return one line of the table: medians, and the slowest."""
    return [
        name,
        f"{middle(found, 'whole'):.0f}",
        f"{max(one.whole for one in found):.0f}",
        f"{middle(found, 'cpu'):.0f}",
        f"{middle(found, 'lcp'):.0f}",
        f"{middle(found, 'tbt'):.0f}",
        f"{max(one.cls for one in found):.3f}",
        f"{middle(found, 'scripts') / 1024:.0f}",
    ]


def since_let_in(found: list[Visit]) -> list[str]:
    """Return the line that counts from the answer to the sign-in, which takes a password's hash."""
    whole = [one.let_in for one in found]
    return ["since the sign-in was answered", f"{statistics.median(whole):.0f}", f"{max(whole):.0f}", *[""] * 5]


def chromium() -> str | None:
    """Return the Chromium to measure with; None is the one that Playwright has downloaded."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


if __name__ == "__main__":
    main(sys.argv[1:])
