"""A real Chromium for the page's journeys: where it is found, and what a person does with it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.client import Client
from tests.integration.web.conftest import PASSWORD
from tests.servers import ROOT

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
BUILT = ROOT / "frontend" / "dist" / "index.html"
ARTEFACTS = Path(__file__).parent / "artefacts"
NAMES = ("chromium", "chromium-browser", "google-chrome")
WAYS = (
    "no Chromium: name one in CHROMIUM, or have chromium, chromium-browser or google-chrome on the PATH, or run as "
    "root where apt-get installs it, or have `python -m playwright install chromium` reach its download"
)
SECONDS = 30.0
expect.set_options(timeout=SECONDS * 1000)


@cache
def chromium() -> str:
    """Return a Chromium's path: the given one, the machine's, apt's or Playwright's; "" where none can be had."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given if Path(given).is_file() else ""
    found = on_path()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in ("apt-get -qq update", "apt-get -qq install --yes --no-install-recommends chromium"):
            quietly(*command.split())
        found = on_path()
    return found or of_playwright()


def on_path() -> str:
    return next(filter(None, map(shutil.which, NAMES)), "")


def of_playwright() -> str:
    """Return the Chromium that Playwright has downloaded, or downloads now."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).is_file():
        quietly(sys.executable, "-m", "playwright", "install", "chromium")
    return path if Path(path).is_file() else ""


def quietly(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=environment, check=False, capture_output=True, timeout=900)


@contextmanager
def launched() -> Iterator[Browser]:
    """Run Chromium; a test that cannot have one fails with one line."""
    if not BUILT.is_file() or not AXE.is_file():
        pytest.fail("the page is not built: run `make frontend`, or `make test`, which does", pytrace=False)
    path = chromium()
    if not path:
        pytest.fail(WAYS, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person with a browser of their own, and an account as soon as they have registered."""

    context: BrowserContext
    page: Page
    site: str
    email: str = field(default_factory=lambda: f"{uuid4().hex[:12]}@example.org")
    faults: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> Page:
        """Note what must never happen: a script's error, or something that the page's own policy forbids."""
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self.hear)
        return page

    def hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.faults.append(message.text)

    def tab(self) -> Page:
        return self.listen(self.context.new_page())

    def api(self) -> Client:
        """Return a client of the same account that uses the API by a token in a header."""
        got = Client(self.site).ask("POST", "/api/auth/login", {"email": self.email, "password": PASSWORD})
        return Client(self.site, got.json()["token"])

    def fill(self, button: str, page: Page | None = None) -> None:
        """Fill in e-mail and password, and send them."""
        shown = page or self.page
        # Both forms have the same fields.
        expect(shown.get_by_role("button", name=button)).to_be_visible()
        shown.get_by_label("E-mail").fill(self.email)
        shown.get_by_label("Password", exact=True).fill(PASSWORD)
        shown.get_by_role("button", name=button).click()

    def register(self) -> None:
        """Make an account from the front door."""
        self.page.goto(self.site)
        self.page.get_by_role("link", name="Create an account").click()
        self.fill("Create account")
        expect(self.page.get_by_role("button", name="Use the starter")).to_be_visible()

    def opens(self, layout: list[dict[str, Any]], name: str = "Home") -> str:
        """Register, make a dashboard through the API, open it, and return its path in the API."""
        account = {"email": self.email, "password": PASSWORD}
        assert Client(self.site).ask("POST", "/api/auth/register", account).status == 201
        made = self.api().ask("POST", "/api/dashboards", {"name": name, "layout_json": layout})
        assert made.status == 201, made.body
        self.page.goto(f"{self.site}/d/{made.json()['id']}")
        self.fill("Sign in")
        expect(self.page.locator(".card")).to_have_count(len(layout))
        return str(made.headers["location"])

    def card(self, item: str) -> Any:
        return self.page.locator(f"#card-{item}")

    def look(self, name: str) -> None:
        """Keep what is seen as a picture, and have axe find nothing wrong with it."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")["violations"]
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
        assert told == [], (name, told)


@contextmanager
def visitor(browser: Browser, site: str, **options: Any) -> Iterator[Visitor]:
    """Give a person a browser; what went wrong unseen fails the test."""
    given: dict[str, Any] = {
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/Oslo",
        "reduced_motion": "reduce",
        "service_workers": "block",
    }
    context = browser.new_context(**{**given, **options})
    one = Visitor(context, context.new_page(), site)
    one.listen(one.page)
    yield one
    context.close()
    assert [fault for fault in one.faults if not re.search("ResizeObserver loop", fault)] == []
