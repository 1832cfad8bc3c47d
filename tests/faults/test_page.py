"""The page runs nothing but its own files, and its address leads into no folder, whoever wrote what it shows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from werkzeug.test import Client, EnvironBuilder

import web
from tests.faults.protection import without

SECRET, INDEX = b"not of the page", b"<!doctype html><title>Page</title>"
WAYS = ("..", "%2e%2e", "..%2f..", "....//", "..\\", "%2e%2e%5c", "%c0%ae%c0%ae", ".%00.", "/", "%2f")


@pytest.fixture
def browser(tmp_path: Path) -> Client:
    dist = tmp_path / "frontend" / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_bytes(INDEX)
    (dist / "assets" / "app-1.js").write_bytes(b"start()")
    for name in ("settings.py", "secret.txt", "frontend/package.json", "frontend/dist/.env", "frontend/dist/run.sh"):
        (tmp_path / name).write_bytes(SECRET)
    return Client(web.create_app(dist))


@without(
    "web/page.py",
    "\"default-src 'none'; script-src 'self'; style-src",
    "\"default-src *; script-src * 'unsafe-inline'; style-src",
)
@pytest.mark.parametrize("path", ["/", "/login", "/assets/app-1.js"])
def test_the_page_runs_and_asks_for_nothing_but_its_own(browser: Client, path: str) -> None:
    first = browser.get(path)
    again = browser.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    for got in (first, again):
        policy = dict(one.strip().partition(" ")[::2] for one in got.headers["Content-Security-Policy"].split(";"))
        assert policy.pop("default-src") == "'none'"
        assert policy.pop("img-src") == "'self' data:"
        assert {policy.pop(name) for name in ("frame-ancestors", "base-uri")} == {"'none'"}
        assert set(policy.values()) == {"'self'"}
        assert {"script-src", "style-src", "connect-src", "form-action"} <= policy.keys()
        assert got.headers["X-Frame-Options"] == "DENY"


@without("web/page.py", "if path.suffix in TYPES and path.is_file():", "if path.is_file():")
@without("web/files.py", "TYPES[path.suffix])", 'TYPES.get(path.suffix, "text/plain"))')
def test_a_file_of_an_unknown_kind_is_not_served(browser: Client) -> None:
    assert [browser.get(path).status_code for path in ("/.env", "/run.sh")] == [404, 404]


@without(
    "web/page.py",
    "    found = known().get(path) or (known().get(INDEX) if is_view(path) else None)",
    "    found = read(BUILT / path, path) if (BUILT / path).is_file() else known().get(INDEX)",
)
@without("web/files.py", "TYPES[path.suffix])", 'TYPES.get(path.suffix, "text/plain"))')
def test_no_address_leads_out_of_the_built_page(browser: Client) -> None:
    outside = ("settings.py", "secret.txt", "package.json", "src/main.ts", "etc/passwd", "web/page.py")
    paths = [f"/{'/'.join([way] * deep)}/{name}" for way in WAYS for deep in (1, 2, 3, 8) for name in outside]
    paths += [f"/assets{path}" for path in paths]

    sent = {path: {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")} for path in paths}

    found = {path: browser.open(EnvironBuilder("/", environ_overrides=sent[path])) for path in paths}

    assert {path: got.data for path, got in found.items() if got.status_code != 404 and got.data != INDEX} == {}
    assert sum(got.status_code == 404 for got in found.values()) > len(found) / 2
