"""What every answer has, whatever its subject: headers, ids, problems; and what settings change."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.integration.web.conftest import PASSWORD, said

PERSON = {"email": "ann@example.org", "password": PASSWORD}


def test_errors_are_problems_and_405_names_what_is_allowed(client: FlaskClient) -> None:
    missing, wrong = client.get("/api/nothing"), client.delete("/api/jobs")

    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert {missing.mimetype, wrong.mimetype} == {"application/problem+json"}
    assert said(missing).keys() == {"type", "title", "status", "detail"}
    assert "GET" in wrong.headers["Allow"]


def test_the_documents_are_served_from_here_without_inline_scripts(client: FlaskClient) -> None:
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert "://" not in page.text
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png"):
        assert client.get(f"/api/docs/assets/{name}").status_code == 200
    assert client.get("/api/docs/assets/../flask_swagger_ui.py").status_code == 404


def test_the_documents_are_found_with_a_slash_too(client: FlaskClient) -> None:
    answer = client.get("/api/docs/")

    assert (answer.status_code, answer.headers["Location"]) == (308, "/api/docs")


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css"])
def test_the_documents_assets_are_compressed_and_kept(client: FlaskClient, name: str) -> None:
    path = f"/api/docs/assets/{name}"
    plain, packed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip"})

    again = client.get(path, headers={"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.data) == plain.data
    assert (packed.headers["Content-Encoding"], again.status_code) == ("gzip", 304)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for one in (plain, packed, again):
        assert one.headers["Cache-Control"] == "public, max-age=86400"
        assert "Accept-Encoding" in one.vary


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs/assets/swagger-ui.css"])
@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("x-odd, " * 99 + "gzip", "gzip"),
        ("gzip;q=0.2" + ", x-odd" * 99 + ", identity;q=0.9", None),
        ("gzip;q=0.2, identity;q=0.9", None),
    ],
)
def test_a_client_gets_the_coding_that_its_whole_header_asks_for(
    client: FlaskClient, path: str, accept: str, coding: str | None
) -> None:
    assert client.get(path, headers={"Accept-Encoding": accept}).headers.get("Content-Encoding") == coding


def test_no_path_is_corrected_by_a_redirect(client: FlaskClient) -> None:
    for path in ("/api//me", "/api/me/", "/api/data//weather"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path


def test_what_may_be_asked_is_told_without_a_body_and_its_type(client: FlaskClient) -> None:
    answer = client.options("/api/me")

    assert (answer.status_code, answer.data) == (200, b"")
    assert "GET" in answer.headers["Allow"]
    assert "Content-Type" not in answer.headers


def test_the_document_is_openapi_3_1_and_names_every_path(client: FlaskClient) -> None:
    document = said(client.get("/api/openapi.json"))

    assert document["openapi"] == "3.1.0"
    assert {"/api/auth/login", "/api/me", "/api/dashboards/{dashboard_id}/data", "/api/data/weather"} <= set(
        document["paths"]
    )
    assert {"/healthz", "/metrics"} <= set(document["paths"])


def test_a_closed_house_registers_nobody(configured: Callable[..., FlaskClient]) -> None:
    client = configured(REGISTRATION="closed")

    assert client.post("/api/auth/register", json=PERSON).status_code == 403


def test_only_the_first_registers_where_only_the_first_may(configured: Callable[..., FlaskClient]) -> None:
    client = configured(REGISTRATION="first")

    first = client.post("/api/auth/register", json=PERSON)
    second = client.post("/api/auth/register", json={**PERSON, "email": "bert@example.org"})

    assert (first.status_code, second.status_code) == (201, 403)


def test_metrics_ask_for_their_token(configured: Callable[..., FlaskClient]) -> None:
    client = configured(METRICS_TOKEN="a-made-up-token")
    sent = "a-made-up-token"

    given = ["", sent, "Bearer", "Bearer a-made-up", f"Basic {sent}", f"Bearer {sent}", f"bearer {sent}"]
    statuses = [client.get("/metrics", headers={"Authorization": one}).status_code for one in given]

    assert client.get("/metrics").status_code == 401
    assert statuses == [401] * 5 + [200] * 2


@pytest.mark.parametrize(
    ("peer", "forwarded", "refused"),
    [
        ("10.1.2.3", "203.0.113.7", True),
        ("10.1.2.3", "198.51.100.1, 203.0.113.7, 10.9.9.9", True),
        ("10.1.2.3", "203.0.113.7, 198.51.100.1", False),
        ("10.1.2.3", "198.51.100.1, 203.0.113.7:555", True),
        ("10.1.2.3", "198.51.100.1, 203.0.113.7:555, 10.9.9.9:80", True),
        ("10.1.2.3", "203.0.113.7, [2001:db8::1]:80", False),
        ("10.1.2.3", "198.51.100.1, [::ffff:203.0.113.7]:80", True),
        ("192.0.2.1", "203.0.113.7", False),
    ],
)
def test_the_address_is_taken_from_trusted_proxies_only(
    configured: Callable[..., FlaskClient],
    peer: str,
    forwarded: str,
    refused: bool,  # noqa: FBT001 - a table
) -> None:
    client = configured(TRUSTED_PROXIES="10.0.0.0/8")
    for number in range(50):
        client.post(
            "/api/auth/login",
            json={"email": f"nobody{number}@example.org", "password": "not this one"},
            environ_base={"REMOTE_ADDR": "203.0.113.7"},
        )

    answer = client.post(
        "/api/auth/login",
        json={"email": "another@example.org", "password": "not this one"},
        headers={"X-Forwarded-For": forwarded},
        environ_base={"REMOTE_ADDR": peer},
    )

    assert answer.status_code == (429 if refused else 401)
