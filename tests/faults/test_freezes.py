"""What the API answers, and how soon, while Postgres, the cache or the broker is gone or frozen."""

from __future__ import annotations

import time

import pytest

from embedded import postgres
from embedded import redis as embedded_redis
from tests import servers
from tests.e2e.client import Client, Got
from tests.faults.protection import without
from tests.faults.stack import Stack, frozen
from tests.integration.web.conftest import PASSWORD

OSLO, BERGEN = "/api/data/weather?city=Oslo", "/api/data/weather?city=Bergen"


def timed(client: Client, path: str) -> tuple[Got, float]:
    began = time.monotonic()
    got = client.get(path)
    return got, time.monotonic() - began


def test_without_postgres_data_is_read_and_all_else_is_503_and_heals(stack: Stack) -> None:
    stack.put(600)
    stack.client.get(OSLO)

    with frozen(stack.database):
        data, soon = timed(stack.client, OSLO)
        boards, late = timed(stack.client, "/api/dashboards")
        health, ready = stack.client.get("/healthz"), stack.client.get("/readyz")
        login = stack.client.ask("POST", "/api/auth/login", {"email": "a@example.org", "password": PASSWORD})

    assert (data.status, boards.status, login.status, health.status, ready.status) == (200, 503, 503, 200, 503)
    assert boards.headers["retry-after"]
    assert soon < 0.5
    assert late < 4
    servers.until(lambda: stack.client.get("/api/dashboards").status == 200, 10)


def test_when_postgres_has_gone_it_is_503_at_once(stack: Stack) -> None:
    postgres.stop(stack.database)

    got, seconds = timed(stack.client, "/api/dashboards")

    assert got.status == 503
    assert seconds < 3


@without("store/connection.py", '"socket_timeout": ANSWER_SECONDS', '"socket_timeout": 20.0')
def test_without_the_cache_what_the_process_holds_is_sent(stack: Stack) -> None:
    stack.put(600)
    stack.client.get(OSLO)

    with frozen(stack.cache):
        held, first = timed(stack.client, OSLO)
        again, second = timed(stack.client, OSLO)
        unknown, third = timed(stack.client, BERGEN)
        me = stack.client.get("/api/me")

    assert (held.status, again.status, unknown.status, me.status) == (200, 200, 503, 200)
    assert held.json() == {"temp": 3}
    assert "detail=cache-down" in held.headers["cache-status"]
    assert unknown.headers["retry-after"]
    assert first < 1.5
    assert max(second, third) < 1
    servers.until(lambda: stack.client.get(BERGEN).status == 202, 10)


def test_who_signs_out_while_the_cache_is_away_is_out_when_it_is_back(stack: Stack) -> None:
    with frozen(stack.cache):
        out = stack.client.ask("POST", "/api/auth/logout")
        meanwhile = stack.client.get("/api/me")
    time.sleep(2)

    assert (out.status, meanwhile.status) == (204, 401)
    assert stack.client.get("/api/me").status == 401


def test_without_cache_and_postgres_nobody_is_let_in(stack: Stack) -> None:
    stack.put(600)
    stack.client.get(OSLO)

    with frozen(stack.cache), frozen(stack.database):
        got, seconds = timed(stack.client, OSLO)

    assert got.status == 503
    assert seconds < 5


@pytest.mark.parametrize("way", ["gone", "frozen"])
def test_without_the_broker_only_a_cold_read_fails(stack: Stack, way: str) -> None:
    stack.put(0.1)
    board = stack.client.ask("POST", "/api/dashboards", {"name": "Home", "layout_json": [
        {"id": "a", "widget": "weather", "params": {"city": "Oslo"}},
        {"id": "b", "widget": "weather", "params": {"city": "Bergen"}},
    ]}).json()["id"]  # fmt: skip
    if way == "gone":
        embedded_redis.stop(stack.broker)
        stale, soon = timed(stack.client, OSLO)
        cold, late = timed(stack.client, BERGEN)
        widgets = stack.client.get(f"/api/dashboards/{board}/data").json()["widgets"]
    else:
        with frozen(stack.broker):
            stale, soon = timed(stack.client, OSLO)
            cold, late = timed(stack.client, BERGEN)
            widgets = stack.client.get(f"/api/dashboards/{board}/data").json()["widgets"]

    assert (stale.status, cold.status) == (200, 503)
    assert stale.headers["cache-status"].endswith("detail=broker-down")
    assert cold.headers["retry-after"]
    assert max(soon, late) < 2
    assert {name: one["state"] for name, one in widgets.items()} == {"a": "stale", "b": "error"}
    assert widgets["b"]["error"]["type"].endswith("broker-unavailable")
