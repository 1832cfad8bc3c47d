"""The page as it is served: from memory, packed, kept by its name, and only where nothing else is."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

import web
from web import page

SCRIPT = b"console.log('a line of a script');\n" * 100
PNG = b"\x89PNG\r\n" + bytes(2000)
FILES = {
    "index.html": b"<!doctype html><title>Page</title>" + b" " * 2000,
    "sw.js": SCRIPT,
    "manifest.webmanifest": b"{}",
    "icon.png": PNG,
    "assets/app-1a2b.js": SCRIPT,
    "assets/app-1a2b.js.br": brotli.compress(SCRIPT, quality=1),
    "assets/app-1a2b.css": b"body { color: red }\n" * 100,
    "assets/app-1a2b.js.map": b"{}",
    ".stamp": b"",
}
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    for name, body in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    (tmp_path / "secret.txt").write_text("not of the page")
    return folder


@pytest.fixture
def browser(built: Path) -> FlaskClient:
    return web.create_app(built).test_client()


@pytest.mark.parametrize("path", ["/", "/login", "/d/6f0c5c1e-2f60-4f0a-9a3f-6b3b8f5f7a10", "/account/", "/apiary"])
def test_every_path_of_the_router_is_the_page(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.data) == (200, FILES["index.html"])
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/API/me",
        "/healthz/x",
        "/readyz/",
        "/metrics/x",
        "/assets/gone-9z.js",
        "/assets/gone",
        "/assets/",
        "/assets/app-1a2b.js.br",
        "/assets/app-1a2b.js.map",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/.stamp",
        "/wp-login.php",
    ],
)
def test_what_is_no_path_of_the_page_is_not_there(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/icon.png", "image/png", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/assets/app-1a2b.js", "text/javascript; charset=utf-8", IMMUTABLE),
        ("/assets/app-1a2b.css", "text/css; charset=utf-8", IMMUTABLE),
    ],
)
def test_a_file_is_what_it_is_and_kept_by_its_name(browser: FlaskClient, path: str, kind: str, cache: str) -> None:
    for encoding in ("", "gzip", "br"):
        answer = browser.get(path, headers={"Accept-Encoding": encoding})
        assert answer.status_code == 200
        assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (kind, cache)
        assert answer.headers["Content-Security-Policy"] == page.POLICY
        again = browser.get(path, headers={"Accept-Encoding": encoding, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Content-Security-Policy"] == page.POLICY
        assert again.headers["ETag"] == answer.headers["ETag"]


def test_a_file_is_packed_beforehand_where_that_is_worth_it(browser: FlaskClient) -> None:
    found = {
        (path, coding): browser.get(path, headers={"Accept-Encoding": coding})
        for path in ("/assets/app-1a2b.js", "/", "/icon.png", "/manifest.webmanifest")
        for coding in ("br", "gzip")
    }

    assert found["/assets/app-1a2b.js", "br"].data == FILES["assets/app-1a2b.js.br"]
    assert gzip.decompress(found["/assets/app-1a2b.js", "gzip"].data) == SCRIPT
    assert brotli.decompress(found["/", "br"].data) == FILES["index.html"]
    assert len({one.headers["ETag"] for (path, _), one in found.items() if path == "/"}) == 2
    plain = [one for (path, _), one in found.items() if path in {"/icon.png", "/manifest.webmanifest"}]
    assert {one.headers.get("Content-Encoding") for one in plain} == {None}


def test_a_page_that_was_not_built_leads_to_the_documents(tmp_path: Path) -> None:
    browser = web.create_app(tmp_path).test_client()

    assert browser.get("/").headers["Location"] == "/api/docs"
    assert browser.get("/login").status_code == 404


def test_what_is_far_larger_than_a_page_is_none(built: Path) -> None:
    with (built / "assets" / "film.png").open("wb") as film:
        film.truncate(page.MOST_BYTES + 1)

    with pytest.raises(page.PageError):
        web.create_app(built)
