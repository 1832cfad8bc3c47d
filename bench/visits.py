"""Visits of the page by a real Chromium: what is seen, and when, by its own clocks."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page

from bench.twenty import CARDS, Person

# A person reads the form and types; what the page fetches meanwhile is there by then.
TYPING_MS = 2000
# What still moves or blocks after the last card counts as well.
QUIET_MS = 1500
WATCH = """
const seen = (window.seen = { lcp: 0, cls: 0, tbt: 0, began: 0, whole: 0 })
const each = (type, act) =>
  new PerformanceObserver((list) => list.getEntries().forEach(act)).observe({ type, buffered: true })
each('largest-contentful-paint', (one) => (seen.lcp = one.startTime))
each('layout-shift', (one) => (seen.cls += one.hadRecentInput ? 0 : one.value))
each('longtask', (one) => (seen.tbt += Math.max(0, one.duration - 50)))
addEventListener('submit', () => (seen.began = performance.now()), true)
const look = () => {
  if (seen.whole || document.querySelectorAll('.card .head time').length < CARDS) return
  seen.whole = -1
  // When the frame is painted in which it can be seen.
  requestAnimationFrame(() => setTimeout(() => (seen.whole = performance.now())))
}
new MutationObserver(look).observe(document, { subtree: true, childList: true })
""".replace("CARDS", str(CARDS))
SCRIPTS = """
performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)
"""
ANSWERED = "performance.getEntriesByType('resource').find((one) => one.name.includes('/auth/login'))?.responseEnd ?? 0"


@dataclass(frozen=True)
class Screen:
    """What is looked at, and how many times slower than this machine's the CPU is."""

    name: str
    width: int
    height: int
    slower: int = 1


DESKTOP = Screen("1440 px", 1440, 900)
PHONE = Screen("412 px, CPU 4 x slower", 412, 823, 4)


@dataclass(frozen=True)
class Visit:
    """What one visit took: milliseconds (`cpu` of the page's main thread), layout shift, bytes of scripts as sent.

    `let_in` is `whole` without the wait for the answer to the sign-in.
    """

    whole: float
    let_in: float
    cpu: float
    lcp: float
    tbt: float
    cls: float
    scripts: int


def middle(visits: list[Visit], name: str) -> float:
    """Return the median of one measure."""
    found: list[float] = [getattr(one, name) for one in visits]
    return statistics.median(found)


@dataclass(frozen=True)
class Tab:
    """A page, and the way to what Chromium tells of it."""

    page: Page
    session: CDPSession

    def cpu(self) -> float:
        """Return the milliseconds of CPU that the page's main thread has used."""
        told = self.session.send("Performance.getMetrics")["metrics"]
        seconds: float = next(one["value"] for one in told if one["name"] == "TaskDuration")
        return 1000 * seconds


@contextmanager
def browsing(browser: Browser, screen: Screen) -> Iterator[Tab]:
    """Give a tab of a browser without cache or cookies."""
    context = browser.new_context(viewport={"width": screen.width, "height": screen.height}, locale="en-GB")
    context.add_init_script(WATCH)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": screen.slower})
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    yield Tab(page, session)
    context.close()


def signs_in(browser: Browser, site: str, person: Person, screen: Screen) -> Visit:
    """Sign in for the first time in this browser; `whole` is from the click to the last card."""
    with browsing(browser, screen) as tab:
        tab.page.goto(f"{site}/login")
        tab.page.wait_for_timeout(TYPING_MS)
        return seen(tab, lambda: sign(tab.page, person))


def opens(browser: Browser, site: str, person: Person, screen: Screen) -> Visit:
    """Open the dashboard as one who is signed in, without a cache; `whole` is from the address to the last card."""
    with browsing(browser, screen) as tab:
        tab.page.goto(f"{site}/login")
        seen(tab, lambda: sign(tab.page, person))
        stored = {"origin": site, "storageTypes": "indexeddb,service_workers,cache_storage"}
        tab.session.send("Storage.clearDataForOrigin", stored)
        tab.session.send("Network.clearBrowserCache")
        return seen(tab, lambda: tab.page.goto(f"{site}{person.path}"))


def sign(page: Page, person: Person) -> None:
    """Fill in and send the form."""
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def seen(tab: Tab, act: Callable[[], object]) -> Visit:
    """Do something, wait for the last card and for what comes after it, and return what it took."""
    before = tab.cpu()
    act()
    # The page's policy forbids what Playwright would wait by.
    while tab.page.evaluate("window.seen.whole") <= 0:
        tab.page.wait_for_timeout(50)
    tab.page.wait_for_timeout(QUIET_MS)
    found, scripts, answered = (tab.page.evaluate(one) for one in ("window.seen", SCRIPTS, ANSWERED))
    # Another document counts from nothing.
    whole, cpu = found["whole"] - found["began"], tab.cpu() - (before if found["began"] else 0)
    return Visit(whole, found["whole"] - answered, cpu, found["lcp"], found["tbt"], found["cls"], scripts)
