"""The page in a real Chromium, on a real API with real workers: what a person sees and does, and what goes wrong."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from redis import Redis

from demo.upstream import BASES, HOST, SITES
from tests import servers
from tests.e2e import browser as browsers
from tests.e2e.browser import Visitor, visitor
from tests.e2e.client import Client
from tests.integration.web.conftest import PASSWORD
from tests.servers import free_port

PROVIDERS = ("weather", "crypto", "status", "news", "github")
OUT = "Your session has ended."
SHIFTS = """
window.shifted = 0
const note = (one) => { if (!one.hadRecentInput) window.shifted += one.value }
new PerformanceObserver((list) => list.getEntries().forEach(note))
  .observe({ type: 'layout-shift', buffered: true })
"""


@dataclass
class Site:
    """The whole system, and the upstream that all providers ask."""

    url: str
    port: int
    redis_url: str
    upstream: ExitStack

    def mend(self) -> None:
        """Run the replayed providers."""
        command = [sys.executable, "-m", "demo.upstream", str(self.port)]
        service = self.upstream.enter_context(servers.running(command, port=self.port))
        servers.until(lambda: servers.get(self.port, "/") == 200, 20, service.printed)

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Have no provider answer."""
        self.upstream.close()
        yield
        self.mend()

    def sites(self) -> list[str]:
        return [f"http://{HOST}:{self.port}{site}" for site in SITES]

    def age(self, seconds: float) -> None:
        """Let everything that is stored have been fetched so much earlier."""
        with Redis.from_url(self.redis_url, decode_responses=True) as redis:
            for name in set(redis.scan_iter("ib:snapshot:*")):
                redis.hset(name, "fetched_at", float(redis.hget(name, "fetched_at") or 0) - seconds)
        # Nobody tells the API's processes, which may show a copy for a second.
        time.sleep(1.2)


@pytest.fixture(scope="module")
def site(postgres_url: str, redis_url: str) -> Iterator[Site]:
    # What other tests have used up of providers' quotas, and had paused, is none of the page's.
    with Redis.from_url(redis_url) as cache:
        cache.flushall()
    port = free_port()
    environment = {name: f"http://{HOST}:{port}{path}" for name, path in BASES.items()}
    environment |= {"ALLOWED_NETWORKS": f"{HOST}/32"}
    with ExitStack() as stack:
        api = stack.enter_context(servers.api(environment))
        stack.enter_context(servers.worker(environment))
        stack.enter_context(servers.checks(environment))
        made = Site(api.url, port, redis_url, stack.enter_context(ExitStack()))
        made.mend()
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.launched() as browser:
        yield browser


@pytest.fixture
def anna(chromium: Browser, site: Site) -> Iterator[Visitor]:
    with visitor(chromium, site.url) as one:
        yield one


def item(widget: str, place: tuple[int, int, int, int], **params: Any) -> dict[str, Any]:
    x, y, w, h = place
    return {"id": widget, "widget": widget, "params": params, "x": x, "y": y, "w": w, "h": h}


def layout(site: Site, of: str = "") -> list[dict[str, Any]]:
    """Return a full dashboard, whose data nobody else asks for where `of`, a city, makes it so."""
    return [
        item("weather", (0, 0, 4, 9), city=of or "Oslo"),
        item("crypto", (4, 0, 3, 9), symbols=["btc", "eth", "sol"], currency="eur" if of else "usd"),
        item("status", (7, 0, 5, 9), urls=[f"{one}?{of}" for one in site.sites()[:3]] if of else site.sites()),
        item("news", (0, 9, 7, 9), topic=of or "databases"),
        item("github", (7, 9, 5, 9), username=of or "octocat"),
    ]


def filled(page: Page, many: int = 5) -> None:
    """See every card with data, each saying how old it is."""
    expect(page.locator(".card")).to_have_count(many)
    expect(page.locator(".card .head time")).to_have_count(many)


def shown(anna: Visitor, card: str) -> set[str]:
    """Return a card's lines without the ages in them, which go on."""
    text = anna.card(card).locator(".body").inner_text()
    return {re.sub(r"\d+ (min|h) ago|just now", "", line) for line in text.splitlines()}


def test_from_nothing_to_a_full_dashboard_in_five_clicks(anna: Visitor, site: Site) -> None:
    def stay_here(route: Route) -> None:
        """Let the starter check sites of this machine in place of the world's."""
        asked = route.request.post_data_json if route.request.method == "POST" else None
        for one in (asked or {}).get("layout_json", []):
            if one["widget"] == "status":
                one["params"]["urls"] = site.sites()
        route.continue_(post_data=json.dumps(asked)) if asked else route.continue_()

    page = anna.page
    page.route("**/api/dashboards", stay_here)
    page.goto(site.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    anna.look("login")
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("button", name="Create account")).to_be_visible()
    anna.look("register")
    anna.fill("Create account")
    expect(page.get_by_role("button", name="Use the starter")).to_be_visible()
    anna.look("first-run")
    page.get_by_role("button", name="Use the starter").click()

    filled(page)
    anna.look("starter")
    for provider in PROVIDERS:
        expect(anna.card(provider)).to_contain_text("just now")
    held = page.evaluate(
        "[document.cookie, JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage})].join()"
    )
    assert "insightboard_csrf" in held
    assert "eyJ" not in held


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reload_keeps_the_session_and_shows_the_same(anna: Visitor, site: Site, scheme: Any) -> None:
    anna.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    anna.opens(layout(site))
    filled(anna.page)

    anna.page.reload()

    filled(anna.page)
    expect(anna.card("weather")).to_contain_text("°")
    expect(anna.card("crypto")).to_contain_text("$")
    expect(anna.card("status")).to_contain_text("/site/shop")
    anna.look(f"dashboard-{scheme}")


def test_what_is_moved_is_saved_by_itself(anna: Visitor, site: Site) -> None:
    path = anna.opens(layout(site))
    filled(anna.page)
    page = anna.page

    page.get_by_role("button", name="Edit").click()
    grip = anna.card("weather").locator(".card-grip")
    expect(grip).to_be_visible()
    anna.look("edit")
    grip.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")

    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    api = anna.api()
    servers.until(lambda: height(api, path) == 11, 10, lambda: str(api.get(path).json()["layout_json"]))
    page.keyboard.press("Control+z")
    servers.until(lambda: height(api, path) == 10, 10, lambda: str(api.get(path).json()["layout_json"]))


def height(api: Client, path: str) -> int:
    return next(int(one["h"]) for one in api.get(path).json()["layout_json"] if one["id"] == "weather")


def test_a_conflict_shows_both_and_loses_neither(anna: Visitor, site: Site) -> None:
    path = anna.opens(layout(site))
    filled(anna.page)
    page, api = anna.page, anna.api()
    page.get_by_role("button", name="Edit").click()
    grip = anna.card("weather").locator(".card-grip")
    expect(grip).to_be_visible()

    theirs = api.get(path).json()["layout_json"]
    next(one for one in theirs if one["id"] == "weather")["h"] = 14
    assert api.ask("PUT", path, {"layout_json": theirs}).status == 200
    grip.focus()
    page.keyboard.press("Shift+ArrowDown")

    expect(page.get_by_role("dialog")).to_contain_text("Changed in two places")
    anna.look("conflict")
    page.get_by_role("dialog").get_by_role("button", name="Keep both").last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    servers.until(lambda: len(api.get("/api/dashboards").json()) == 2, 10)
    boards = api.get("/api/dashboards").json()
    heights = {height(api, f"/api/dashboards/{one['id']}") for one in boards}
    assert heights == {10, 14}
    assert height(api, path) == 14


def test_a_deleted_dashboard_comes_back(anna: Visitor, site: Site) -> None:
    anna.opens(layout(site), name="Precious")
    filled(anna.page)
    page = anna.page

    page.get_by_role("button", name="Precious").click()
    anna.look("boards")
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("Precious is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="Precious")).to_be_visible()
    filled(page)
    assert [one["name"] for one in anna.api().get("/api/dashboards").json()] == ["Precious"]


def test_a_widget_is_added_with_a_preview(anna: Visitor, site: Site) -> None:
    path = anna.opens(layout(site)[:1])
    page = anna.page

    page.get_by_role("button", name="Add widget").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_text("GitHub", exact=True).first.click()
    dialog.get_by_label("User name").fill("octocat")
    expect(dialog.locator(".card")).to_contain_text("octocat")
    expect(dialog.locator(".card .head time")).to_have_count(1)
    anna.look("gallery")
    dialog.get_by_role("button", name="Add to Home").click()

    filled(page, 2)
    api = anna.api()
    servers.until(lambda: len(api.get(path).json()["layout_json"]) == 2, 10)


def test_every_dialog_is_in_order(anna: Visitor, site: Site) -> None:
    anna.opens(layout(site))
    filled(anna.page)
    page, dialog = anna.page, anna.page.get_by_role("dialog")

    def see(name: str) -> None:
        expect(dialog).to_be_visible()
        anna.look(name)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)

    page.keyboard.press("?")
    see("keys")
    for action in ("Rename", "New dashboard"):
        page.get_by_role("button", name="Home", exact=True).click()
        page.get_by_role("menuitem", name=action).click()
        see(action.lower().replace(" ", "-"))
    anna.card("crypto").get_by_role("button", name="refresh, details, settings").click()
    anna.look("menu")
    page.get_by_role("menuitem", name="Settings").click()
    see("settings")
    anna.card("status").get_by_role("button", name="refresh, details, settings").click()
    page.get_by_role("menuitem", name="Details").click()
    see("details")
    page.goto(f"{site.url}/account")
    page.get_by_role("button", name="Delete account").click()
    see("delete-account")


def test_the_page_is_light_and_stands_still(anna: Visitor, site: Site) -> None:
    anna.opens(layout(site))
    filled(anna.page)
    page = anna.tab()
    page.add_init_script(SHIFTS)
    scripts: list[str] = []
    page.on("request", lambda one: scripts.append(one.url) if one.resource_type == "script" else None)

    page.goto(anna.page.url)
    filled(page)
    page.wait_for_timeout(1500)

    answers = [Client(site.url).get(url.removeprefix(site.url), {"Accept-Encoding": "br"}) for url in scripts]
    assert 4 <= len(answers) <= 20
    assert sum(len(one.body) for one in answers) <= 150 * 1024
    assert page.evaluate("window.shifted") <= 0.02


def test_who_signs_out_in_one_tab_is_out_in_all_and_comes_back_to_the_same_place(anna: Visitor, site: Site) -> None:
    anna.opens(layout(site))
    filled(anna.page)
    address, other = anna.page.url, anna.tab()
    other.goto(address)
    filled(other)

    other.get_by_role("button", name=f"Account of {anna.email}").click()
    other.get_by_role("menuitem", name="Sign out").click()

    expect(anna.page.get_by_text("You were signed out in another tab.")).to_be_visible()
    anna.look("signed-out")
    assert "insightboard" not in anna.page.evaluate("document.cookie")
    anna.fill("Sign in")
    filled(anna.page)
    assert anna.page.url == address


def test_a_session_that_the_server_has_ended_leads_to_login_and_back(anna: Visitor, site: Site) -> None:
    anna.opens(layout(site))
    filled(anna.page)
    address = anna.page.url
    change = {"current_password": PASSWORD, "new_password": "another fine one"}
    assert anna.api().ask("PUT", "/api/me/password", change).status == 204

    anna.page.keyboard.press("Shift+R")

    expect(anna.page.get_by_text(OUT)).to_be_visible()
    anna.page.get_by_label("E-mail").fill(anna.email)
    anna.page.get_by_label("Password", exact=True).fill("another fine one")
    anna.page.get_by_role("button", name="Sign in").click()
    filled(anna.page)
    assert anna.page.url == address


def test_without_a_network_the_last_data_is_shown(chromium: Browser, site: Site) -> None:
    with visitor(chromium, site.url, service_workers="allow") as anna:
        anna.opens(layout(site))
        filled(anna.page)
        anna.page.wait_for_function(
            "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
        )
        before = shown(anna, "github")

        anna.context.set_offline(True)
        # Chromium tells a page that a service worker opens now and then that it is online, which it is not.
        anna.page.add_init_script("Object.defineProperty(Navigator.prototype, 'onLine', {get: () => false})")
        anna.page.reload()

        filled(anna.page)
        expect(anna.page.get_by_role("status").filter(has_text="Offline")).to_be_visible()
        assert shown(anna, "github") == before
        anna.look("offline")


def test_on_a_phone_everything_fits(chromium: Browser, site: Site) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    with visitor(chromium, site.url, **phone) as anna:
        anna.opens(layout(site))
        filled(anna.page)

        assert anna.page.evaluate("document.documentElement.scrollWidth") <= 390
        boxes = [one.bounding_box() for one in anna.page.locator(".card").all()]
        assert len({round(box["x"]) for box in boxes if box}) == 1
        anna.look("phone")
        anna.page.get_by_role("button", name="Add widget").tap()
        dialog = anna.page.get_by_role("dialog")
        dialog.get_by_text("GitHub", exact=True).first.tap()
        expect(dialog.get_by_label("User name")).to_be_in_viewport()
        dialog.get_by_role("button", name="Close").tap()
        anna.page.set_viewport_size({"width": 320, "height": 640})
        assert anna.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_account_in_german(anna: Visitor, site: Site) -> None:
    anna.register()
    anna.page.goto(f"{site.url}/account")
    expect(anna.page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    anna.look("account")

    anna.page.get_by_text("Deutsch").click()

    expect(anna.page.locator("html")).to_have_attribute("lang", "de")
    expect(anna.page.get_by_role("button", name="Passwort ändern")).to_be_visible()
    anna.look("account-german")


def test_with_every_provider_broken_the_data_stays_with_its_age(anna: Visitor, site: Site) -> None:
    anna.opens([*layout(site, "Nairobi"), {**item("status", (0, 18, 4, 6), urls=site.sites()[:1]), "id": "more"}])
    filled(anna.page, 6)
    before = {one: shown(anna, one) for one in ("crypto", "news", "github")}
    with site.broken():
        site.age(5 * 3600)
        anna.page.reload()

        for provider in ("weather", "crypto", "news", "github"):
            expect(anna.card(provider)).to_contain_text("5 h ago")
            # GitHub says how often it may be asked, so that nobody knows yet.
            said = "Last good" if provider == "github" else "no usable answer"
            expect(anna.card(provider).locator(".note")).to_contain_text(said)
        for provider, rows in before.items():
            # The line that says why takes the place of one row.
            assert shown(anna, provider) <= rows
            assert len(shown(anna, provider)) >= len(rows) / 2
        anna.look("stale")
        anna.card("weather").get_by_role("button", name="Why?").click()
        expect(anna.page.get_by_role("dialog")).to_contain_text("failed")
        anna.look("why")
        anna.page.keyboard.press("Escape")
        expect(anna.page.get_by_role("dialog")).to_have_count(0)

        cold = anna.api().ask("POST", "/api/dashboards", {"name": "Cold", "layout_json": layout(site, "Madrid")})
        anna.page.goto(f"{site.url}/d/{cold.json()['id']}")
        expect(anna.card("weather")).to_contain_text("No data yet")
        expect(anna.card("github")).to_contain_text("No data yet")
        anna.look("error")
