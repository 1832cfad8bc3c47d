"""Bodies: what is told is taken again, what is refused is named (more of it is in tests/faults/test_bodies.py)."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from tests.integration.web.conftest import Person, said
from tests.integration.web.test_dashboards import made

NUL = "\\u0000"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (f'{{"name": "a{NUL}"}}', "name"),
        ('{"name": "\\ud800"}', "name"),
        ('{"name": NaN}', "name"),
        ('{"name": 1e999}', "name"),
        ('{"name": ' + "9" * 400 + "}", "name"),
        ('{"name": "a", "name": "b"}', "name"),
        ('{"name": ' + "[" * 64 + "]" * 64 + "}", "name"),
        ('{"name": "a", "layout_json": ' + "[" * 64 + "]" * 64 + "}", "layout_json"),
        ('{"name": "a", "layout_json": null}', "layout_json"),
        ('{"name": "a", "layout_json": {}}', "layout_json"),
        ('{"name": "a", "settings_json": []}', "settings_json"),
        ('{"name": "a", "settings_json": {"a/b": [1, {"c": Infinity}]}}', "/settings_json/a~1b/1/c"),
        ('{"name": "a", "settings_json": {"a": {"b": 1, "b": 2}}}', "/settings_json/a/b"),
        (f'{{"name": "a", "settings_json": {{"a": {{"{NUL}": 1}}}}}}', "/settings_json/a"),
        (f'{{"name": "a", "layout_json": [{{"params": {{"city": "{NUL}"}}}}]}}', "/layout_json/0/params/city"),
        (f'{{"name": "a", "{NUL}": 1}}', "_schema"),
        ("NaN", "_schema"),
        ("[NaN]", "/0"),
        ("[]", "_schema"),
        ('{"name": ', "_schema"),
        ("", "_schema"),
    ],
)
def test_what_is_refused_is_named(anna: Person, body: str, name: str) -> None:
    answer = anna.ask("POST", "/api/dashboards", data=body, content_type="application/json")

    assert answer.status_code == 422
    assert list(said(answer)["errors"]) == [name]
    assert all(isinstance(text, str) and text for text in said(answer)["errors"][name])


def test_a_password_that_cannot_be_stored_is_named(client: FlaskClient) -> None:
    account = {"email": "ann@example.org", "password": "correct\0horse"}

    answers = [client.post(f"/api/auth/{path}", json=account) for path in ("register", "login")]

    assert [said(one)["errors"].keys() for one in answers] == [{"password"}] * 2


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
