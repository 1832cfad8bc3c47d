"""What the API answers, and how soon, while Postgres, the cache or the broker is frozen or gone."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

import pytest
from redis import Redis

from embedded import postgres
from embedded import redis as embedded_redis
from launcher.parts import API_THREADS
from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.faults.again import in_time
from tests.faults.protection import without
from tests.faults.stack import OSLO, Stack, frozen
from tests.integration.web.conftest import PASSWORD

BERGEN = "/api/data/weather?city=Bergen"
BOARD = [
    {"id": "a", "widget": "weather", "params": {"city": "Oslo"}},
    {"id": "b", "widget": "weather", "params": {"city": "Bergen"}},
]
Away = Callable[[subprocess.Popen[bytes]], AbstractContextManager[None]]


def timed(client: Client, path: str, method: str = "GET") -> tuple[Got, float]:
    body = {"email": "a@example.org", "password": PASSWORD} if method == "POST" else None
    began = time.monotonic()
    got = client.ask(method, path, body)
    return got, time.monotonic() - began


@dataclass(frozen=True)
class Crowd:
    """What 20 got who read while a server is frozen, and then again; beside the latter somebody who needs no server."""

    statuses: set[int]
    health: int
    first: list[float]
    second: list[float]
    beside: float

    def soon(self, first: float) -> bool:
        """Say whether nobody waited for the others, and the first ones for no longer than `first` seconds."""
        # One of them may be the one in a second who finds out whether the server is back.
        second = sorted(self.second)[-2] < 1 and median(self.second) < 0.4
        return second and self.beside < 0.4 and max(self.first) < first


def crowd(warm: Stack, away: subprocess.Popen[bytes], path: str) -> Crowd:
    """Have 20 read a path while a server is frozen, and then again; `{}` in it stands for each one's number."""

    def read(number: int) -> tuple[Got, float]:
        return timed(warm.client, path.format(number))

    with frozen(away), ThreadPoolExecutor(21) as readers:
        first = list(readers.map(read, range(20)))
        again = [readers.submit(read, number) for number in range(20)]
        health, soon = timed(warm.client, "/healthz")
        second = [one.result() for one in again]
    statuses = {got.status for got, _ in first + second}
    return Crowd(statuses, health.status, [took for _, took in first], [took for _, took in second], soon)


@without("models/wire.py", "self.patience if timeout is None else timeout", "timeout")
def test_without_postgres_data_is_read_and_all_else_is_503_and_heals(warm: Stack) -> None:
    with frozen(warm.database):
        data, soon = timed(warm.client, OSLO)
        boards, late = timed(warm.client, "/api/dashboards")
        login, later = timed(warm.client, "/api/auth/login", "POST")
        health, ready = warm.client.get("/healthz"), warm.client.get("/readyz")

    assert (data.status, boards.status, login.status, health.status, ready.status) == (200, 503, 503, 200, 503)
    assert boards.headers["retry-after"]
    # Waiting for Postgres takes 3 s.
    assert soon < 1.5
    assert max(late, later) < 4
    servers.until(lambda: warm.client.get("/api/dashboards").status == 200, 10)


@without("web/throttle.py", "            give_back(taken)\n        raise", "            pass\n        raise")
def test_who_signs_in_while_postgres_is_frozen_has_not_failed(warm: Stack) -> None:
    email = f"{uuid4().hex}@example.org"
    right = {"email": email, "password": PASSWORD}
    warm.client.ask("POST", "/api/auth/register", right)

    with frozen(warm.database), ThreadPoolExecutor(12) as tries:
        meanwhile = list(tries.map(lambda _: warm.client.ask("POST", "/api/auth/login", right).status, range(12)))
    servers.until(lambda: warm.client.get("/api/dashboards").status == 200, 10)

    assert set(meanwhile) <= {503, 429}
    assert warm.client.ask("POST", "/api/auth/login", right).status == 200


@without("web/front.py", "BREAKER.failed()\n        return True", "return False")
def test_a_dashboard_that_was_opened_before_is_answered_without_postgres(warm: Stack) -> None:
    made = warm.client.ask("POST", "/api/dashboards", {"name": "Home", "layout_json": BOARD[:1]})
    path = f"{made.headers['location']}/data"
    before = [warm.client.get(path) for _ in range(2)][-1]

    with frozen(warm.database):
        time.sleep(1.1)
        first, late = timed(warm.client, path)
        second, soon = timed(warm.client, path)

    assert (before.status, first.status, second.status) == (200, 200, 200)
    assert first.body == second.body == before.body
    assert late < 4
    # Waiting for Postgres takes 3 s.
    assert soon < 1.5


@without("models/session.py", "PLACES = 16", "PLACES = 99")
def test_many_who_need_a_frozen_postgres_do_not_keep_those_waiting_who_do_not(warm: Stack) -> None:
    def measure() -> tuple[list[tuple[Got, float]], list[tuple[Got, float]]]:
        with frozen(warm.database), ThreadPoolExecutor(API_THREADS + 21) as readers:
            boards = [readers.submit(timed, warm.client, "/api/dashboards") for _ in range(API_THREADS)]
            others = [readers.submit(timed, warm.client, path) for path in [OSLO] * 20 + ["/healthz"]]
            found = [one.result() for one in boards], [one.result() for one in others]
        assert [{got.status for got, _ in some} for some in found] == [{503}, {200}]
        servers.until(lambda: warm.client.get("/api/dashboards").status == 200, 10)
        return found

    def soon(found: tuple[list[tuple[Got, float]], list[tuple[Got, float]]]) -> bool:
        return slowest(found[0]) < 5 and slowest(found[1]) < 1.5

    refused, served = in_time(measure, soon)

    assert soon((refused, served)), (slowest(refused), slowest(served))


def slowest(answers: list[tuple[Got, float]]) -> float:
    return max(seconds for _, seconds in answers)


@without("models/session.py", "except (OperationalError, InterfaceError, PoolTimeoutError)", "except PoolTimeoutError")
def test_when_postgres_has_gone_it_is_503_at_once(stack: Stack) -> None:
    postgres.stop(stack.database)

    broken, soon = timed(stack.client, "/api/dashboards")
    refused, later = timed(stack.client, "/api/dashboards")

    assert (broken.status, refused.status) == (503, 503)
    assert max(soon, later) < 3


@without("store/connection.py", '"socket_timeout": ANSWER_SECONDS', '"socket_timeout": 20.0')
def test_without_the_cache_what_the_process_holds_is_sent_and_it_heals(warm: Stack) -> None:
    with frozen(warm.cache):
        held, first = timed(warm.client, OSLO)
        again, second = timed(warm.client, OSLO)
        unknown, third = timed(warm.client, BERGEN)
        login, fourth = timed(warm.client, "/api/auth/login", "POST")
        me = warm.client.get("/api/me")

    assert (held.status, again.status, unknown.status, login.status, me.status) == (200, 200, 503, 503, 200)
    assert held.json() == {"temp": 3}
    assert "detail=cache-down" in held.headers["cache-status"]
    assert unknown.headers["retry-after"]
    assert first < 1.5
    assert max(second, third) < 1
    assert fourth < 4
    servers.until(lambda: warm.client.get(BERGEN).status == 202, 10)


@without(
    "store/connection.py", "self._shut_until = time.monotonic() + REST_SECONDS\n\n    def succ", "pass\n\n    def succ"
)
def test_20_readers_of_a_frozen_cache_do_not_wait_for_each_other(warm: Stack) -> None:
    def measure() -> Crowd:
        # What a process has read it sends again for a second without asking Redis.
        time.sleep(1.1)
        found = crowd(warm, warm.cache, OSLO)
        assert (found.statuses, found.health) == ({200}, 200)
        servers.until(lambda: "detail" not in warm.client.until_ok(OSLO).headers["cache-status"], 10)
        return found

    # Who is let in by the record then finds a connection to Postgres.
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(warm.client.get, ["/api/dashboards"] * 20))

    found = in_time(measure, lambda found: found.soon(first=1.5))

    assert found.soon(first=1.5), found


@without("web/revoking.py", "later(os.getpid()).add(telling)", "pass")
def test_who_signs_out_while_the_cache_is_away_is_out_when_it_is_back(warm: Stack) -> None:
    leaving = registered(warm.url)
    with Redis.from_url(warm.environment["REDIS_URL"]) as cache:
        known = cache.zcard("ib:revoked")

        with frozen(warm.cache):
            out = leaving.ask("POST", "/api/auth/logout")
            meanwhile = leaving.get("/api/me")
        servers.until(lambda: cache.zcard("ib:revoked") == known + 1, 10, lambda: "the cache was not told of the token")

    assert (out.status, meanwhile.status) == (204, 401)
    assert leaving.get("/api/me").status == 401


@without("web/widgets.py", "    admission.admit_by_record()\n")
def test_without_cache_and_postgres_nobody_is_let_in(warm: Stack) -> None:
    with frozen(warm.cache), frozen(warm.database):
        got, seconds = timed(warm.client, OSLO)

    assert got.status == 503
    assert seconds < 5
    servers.until(lambda: "detail" not in warm.client.get(OSLO).headers.get("cache-status", "detail"), 10)


@contextmanager
def ended(server: subprocess.Popen[bytes]) -> Iterator[None]:
    embedded_redis.stop(server)
    yield


NOT_CAUGHT = without("dispatch.py", "LOST_BROKER = (OperationalError, BatchPublishError, OSError)", "LOST_BROKER = ()")
NOT_TIMED = without("celery_config.py", '{"socket_timeout": 0.4, ', '{"socket_timeout": 20.0, ')


@pytest.mark.parametrize(
    "away", [pytest.param(ended, marks=NOT_CAUGHT, id="gone"), pytest.param(frozen, marks=NOT_TIMED, id="frozen")]
)
def test_without_the_broker_only_a_cold_read_fails(stack: Stack, away: Away) -> None:
    stack.put(0.01)
    board = stack.client.ask("POST", "/api/dashboards", {"name": "Home", "layout_json": BOARD}).json()["id"]

    with away(stack.broker):
        stale, soon = timed(stack.client, OSLO)
        cold, late = timed(stack.client, BERGEN)
        widgets = stack.client.get(f"/api/dashboards/{board}/data").json()["widgets"]

    assert (stale.status, cold.status) == (200, 503)
    assert stale.headers["cache-status"].endswith("detail=broker-down")
    assert cold.headers["retry-after"]
    assert max(soon, late) < 2
    assert {name: one["state"] for name, one in widgets.items()} == {"a": "stale", "b": "error"}
    assert widgets["b"]["error"]["type"].endswith("broker-unavailable")


@without("dispatch.py", "        BREAKER.failed()\n")
def test_20_readers_of_what_nobody_has_read_do_not_wait_for_a_frozen_broker_one_after_another(warm: Stack) -> None:
    def measure() -> Crowd:
        found = crowd(warm, warm.broker, BERGEN + "-{}")
        assert (found.statuses, found.health) == ({503}, 200)
        servers.until(lambda: warm.client.get(f"{BERGEN}-afterwards").status == 202, 10)
        return found

    found = in_time(measure, lambda found: found.soon(first=4))

    assert found.soon(first=4), found
