"""Bodies: what is told is taken again (what is refused is in tests/faults/test_bodies.py)."""

from __future__ import annotations

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
