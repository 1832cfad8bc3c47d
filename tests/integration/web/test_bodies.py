"""Bodies: how large they may be, which JSON is taken, and that what is told is taken again."""

from __future__ import annotations

import io
import json

import pytest

from tests.integration.web.conftest import Person, said
from tests.integration.web.test_dashboards import made


@pytest.mark.parametrize(
    "number", ["1e308", "-1.7976931348623157e308", "1e16", "123456789e15", "5e-324", "1e-7", "-0.0", "1" + "0" * 308]
)
def test_every_number_that_is_taken_and_told_is_taken_again(anna: Person, number: str) -> None:
    body = f'{{"name": "Home", "settings_json": {{"n": {number}}}}}'
    first = anna.ask("POST", "/api/dashboards", data=body, content_type="application/json")
    told = said(first)

    second = anna.put(f"/api/dashboards/{told['id']}", {"settings_json": told["settings_json"]})

    assert (first.status_code, second.status_code) == (201, 200)
    assert float(told["settings_json"]["n"]) == float(number)
    assert said(second)["settings_json"] == told["settings_json"]


def test_the_largest_settings_come_back_as_large_as_they_were(anna: Person) -> None:
    settings = made(anna, settings_json={"a": [1e308] * 211})["settings_json"]

    assert len(json.dumps(settings, separators=(",", ":"))) <= 65_536
    assert made(anna, settings_json=settings)["settings_json"] == settings


HOSTILE = [
    b'{"name": "a\\u0000b"}',
    b'{"name": "\\ud800"}',
    b'{"name": "a", "settings_json": {"\\u0000": 1}}',
    b'{"name": "a", "settings_json": {"n": NaN}}',
    b'{"name": "a", "settings_json": {"n": -Infinity}}',
    b'{"name": "a", "settings_json": {"n": 1e999}}',
    b'{"name": "a", "settings_json": {"n": ' + b"9" * 5000 + b"}}",
    b'{"name": "a", "settings_json": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    b'{"name": "a", "name": "b"}',
    b'{"name": "\xff"}',
    b'{"name": ',
    b"",
    b"[]",
    b"null",
    b'"text"',
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:40].decode(errors="replace"))
def test_hostile_json_is_unprocessable(anna: Person, body: bytes) -> None:
    answer = anna.ask("POST", "/api/dashboards", data=body, content_type="application/json")

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_a_body_that_is_too_large_or_no_json_is_refused(anna: Person) -> None:
    large = anna.ask("POST", "/api/dashboards", data=b" " * 1_048_577, content_type="application/json")
    form = anna.ask("POST", "/api/dashboards", data={"name": "Home"})

    assert (large.status_code, form.status_code) == (413, 415)


@pytest.mark.parametrize(("size", "status"), [(1_048_576, 201), (1_048_577, 413), (3_000_000, 413)])
def test_a_body_in_chunks_is_refused_when_it_is_too_large(anna: Person, size: int, status: int) -> None:
    body = b'{"name": "Home"}'.ljust(size)

    answer = anna.ask(
        "POST",
        "/api/dashboards",
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == status, answer.text
