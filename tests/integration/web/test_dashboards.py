"""Dashboards: whose they are, what they may hold, and who changes them last."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from models import dashboards
from store import demand
from tests.integration.web.conftest import Person, said

WEATHER = {"id": "a", "widget": "weather", "params": {"city": "Oslo"}}


def made(person: Person, **fields: Any) -> Any:
    answer = person.post("/api/dashboards", {"name": "Home", **fields})
    assert answer.status_code == 201, answer.text
    return said(answer)


def test_a_new_dashboard_has_everything_but_a_name_by_default(anna: Person) -> None:
    answer = anna.post("/api/dashboards", {"name": "Home"})

    body = said(answer)
    assert answer.status_code == 201
    assert body.keys() == {"id", "name", "layout_json", "settings_json", "created_at", "updated_at"}
    assert (body["name"], body["layout_json"], body["settings_json"]) == ("Home", [], {})
    assert answer.headers["Location"] == f"/api/dashboards/{body['id']}"
    found = anna.get(answer.headers["Location"])
    assert said(found) == body
    assert found.headers["ETag"] == answer.headers["ETag"]


def test_the_list_begins_with_what_was_changed_last(anna: Person, bert: Person) -> None:
    first, second = made(anna), made(anna)
    made(bert)

    anna.put(f"/api/dashboards/{first['id']}", {"name": "Changed"})

    assert [one["id"] for one in said(anna.get("/api/dashboards"))] == [first["id"], second["id"]]


def test_only_the_given_fields_change(anna: Person) -> None:
    before = made(anna, layout_json=[WEATHER], settings_json={"theme": "dark", "pi": 1e20})

    answer = anna.put(f"/api/dashboards/{before['id']}", {"name": "New"})

    assert answer.status_code == 200
    assert said(answer) == before | {"name": "New", "updated_at": said(answer)["updated_at"]}
    assert said(answer)["updated_at"] > before["updated_at"]


def test_the_hundred_and_first_dashboard_is_refused(anna: Person) -> None:
    for _ in range(100):
        made(anna)

    assert anna.post("/api/dashboards", {"name": "one more"}).status_code == 409


def test_a_change_needs_the_state_that_if_match_names(anna: Person) -> None:
    created = anna.post("/api/dashboards", {"name": "Home"})
    path, etag = created.headers["Location"], created.headers["ETag"]
    tag = etag.strip('"')

    def change(if_match: str) -> int:
        return anna.put(path, {"settings_json": {}}, headers={"If-Match": if_match}).status_code

    wrong = [change(one) for one in ('"other"', f"W/{etag}", "nonsense", tag, "", f'{etag}, "', f"{etag} {etag}")]
    untouched = anna.get(path).headers["ETag"]
    right = []
    for form in ('"{}"', '"x", "{}"', '"{}-gzip"', "*"):
        present = anna.get(path).headers["ETag"].strip('"')
        right.append(change(form.format(present)))

    assert wrong == [412] * 7
    assert untouched == etag
    assert right == [200] * 4
    assert anna.delete(path, headers={"If-Match": etag}).status_code == 412
    assert anna.delete(path).status_code == 204
    assert anna.get(path).status_code == 404


def test_an_unchanged_dashboard_is_not_sent_again(anna: Person) -> None:
    path = f"/api/dashboards/{made(anna, settings_json={'note': 'x' * 3000})['id']}"
    plain = anna.get(path)
    packed = anna.get(path, headers={"Accept-Encoding": "gzip"})

    again = [
        anna.get(path, headers={"If-None-Match": tag})
        for tag in (plain.headers["ETag"], packed.headers["ETag"], f"W/{plain.headers['ETag']}", "*")
    ]

    assert packed.headers["ETag"] == plain.headers["ETag"][:-1] + '-gzip"'
    assert [one.status_code for one in again] == [304] * 4
    assert {one.data for one in again} == {b""}
    assert anna.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        ("text", "/layout_json/0"),
        ({**WEATHER, "id": "with blank "}, "/layout_json/0/id"),
        ({**WEATHER, "id": "x" * 65}, "/layout_json/0/id"),
        ({"widget": "weather", "params": {"city": "Oslo"}}, "/layout_json/0/id"),
        ({**WEATHER, "widget": "horoscope"}, "/layout_json/0/widget"),
        ({**WEATHER, "widget": None}, "/layout_json/0/widget"),
        ({**WEATHER, "widget": {}}, "/layout_json/0/widget"),
        ({**WEATHER, "params": {}}, "/layout_json/0/params/city"),
        ({**WEATHER, "params": []}, "/layout_json/0/params"),
        ({**WEATHER, "params": {"city": "Oslo", "planet": "Mars"}}, "/layout_json/0/params/planet"),
        ({**WEATHER, "colour": "red"}, "/layout_json/0/colour"),
        ({**WEATHER, "a/b~c": 1}, "/layout_json/0/a~1b~0c"),
        ({**WEATHER, "x": -1}, "/layout_json/0/x"),
        ({**WEATHER, "w": 0}, "/layout_json/0/w"),
        ({**WEATHER, "h": 1.5}, "/layout_json/0/h"),
        ({**WEATHER, "x": True}, "/layout_json/0/x"),
        ({**WEATHER, "refresh": 59}, "/layout_json/0/refresh"),
        ({**WEATHER, "refresh": 86_401}, "/layout_json/0/refresh"),
        ({**WEATHER, "refresh": True}, "/layout_json/0/refresh"),
        ({**WEATHER, "refresh": "* * * * * *"}, "/layout_json/0/refresh"),
        ({**WEATHER, "refresh": "@daily"}, "/layout_json/0/refresh"),
        ({**WEATHER, "refresh": "0 0 30 2 *"}, "/layout_json/0/refresh"),
        ({"id": "s", "widget": "status", "params": {"urls": ["http://10.0.0.1/"]}}, "/layout_json/0/params/urls/0"),
        ({"id": "s", "widget": "status", "params": {"urls": ["http://127.0.0.1/"]}}, "/layout_json/0/params/urls/0"),
    ],
)
def test_what_is_wrong_in_a_layout_is_named_by_a_pointer(anna: Person, item: Any, pointer: str) -> None:
    answer = anna.post("/api/dashboards", {"name": "Home", "layout_json": [item]})

    assert answer.status_code == 422
    assert pointer in said(answer)["errors"]


@pytest.mark.parametrize(
    "fields",
    [
        {"layout_json": [WEATHER, WEATHER]},
        {"layout_json": [{**WEATHER, "id": str(number)} for number in range(201)]},
        {"layout_json": {}},
        {"layout_json": None},
        {"settings_json": []},
        {"settings_json": {"note": "x" * 65_536}},
        {"settings_json": {"timezone": "Mars/Olympus"}},
        {"settings_json": {"timezone": 5}},
        {"settings_json": {"timezone": "localtime"}},
        {"settings_json": {"timezone": "Factory"}},
        {"settings_json": {"a": [1e308] * 9000}},
        {"settings_json": {"a": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}},
        {"user_id": "x"},
        {"id": str(uuid4())},
        {"name": ""},
        {"name": "x" * 101},
    ],
)
def test_what_does_not_fit_is_unprocessable_and_changes_nothing(anna: Person, fields: Any) -> None:
    before = made(anna)

    created = anna.post("/api/dashboards", {"name": "Home", **fields})
    changed = anna.put(f"/api/dashboards/{before['id']}", fields)

    assert (created.status_code, changed.status_code) == (422, 422)
    assert said(anna.get("/api/dashboards")) == [before]


def test_a_whole_layout_is_kept_as_it_was_given(anna: Person) -> None:
    item = {**WEATHER, "title": "Oslo", "x": 0, "y": 2, "w": 4, "h": 3, "refresh": "*/15 8-18 * * 1-5"}
    body = made(anna, layout_json=[item], settings_json={"timezone": "Europe/Oslo"})

    assert body["layout_json"] == [item]


def test_what_stands_on_a_dashboard_is_wanted_until_it_is_deleted(anna: Person, redis: Redis) -> None:
    body = made(anna, layout_json=[{**WEATHER, "refresh": 3600}])
    path = f"/api/dashboards/{body['id']}"
    key = str(next(iter(redis.smembers(f"ib:placed:{body['id']}"))), "utf-8")  # type: ignore[arg-type]  # bytes
    want = demand.read([key])[0]

    anna.put(path, {"layout_json": []})
    after_change = demand.read([key])[0]
    anna.put(path, {"layout_json": [WEATHER]})
    anna.delete(path)

    assert want is not None
    assert want.rules == [(3600, "UTC")]
    assert after_change is None
    assert demand.read([key])[0] is None


def test_opening_a_dashboard_places_it_again_once_an_hour(anna: Person, redis: Redis) -> None:
    body = made(anna, layout_json=[WEATHER])
    redis.delete(f"ib:placed:{body['id']}")

    anna.get(f"/api/dashboards/{body['id']}")
    within_the_hour = redis.exists(f"ib:placed:{body['id']}")
    dashboards.forget_opening(body["id"])
    anna.get(f"/api/dashboards/{body['id']}/data")

    assert within_the_hour == 0
    assert redis.exists(f"ib:placed:{body['id']}") == 1
    assert [str(one.id) for one in dashboards.opened_since(60)] == [body["id"]]
