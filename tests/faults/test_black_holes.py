"""What the API answers while one of its connections swallows all and says nothing, and that it heals by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from redis import Redis

from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.faults.again import in_time
from tests.faults.protection import without
from tests.faults.proxy import Proxy, led_to, mute, proxied
from tests.faults.stack import Servers, served
from tests.integration.web.conftest import PASSWORD
from tests.upstream import Reply, Upstream

OSLO, BERGEN = "/api/data/weather?city=Oslo", "/api/data/weather?city=Bergen"
LOGIN = "/api/auth/login"
SEVERAL = 10

CACHE = without("store/connection.py", '"socket_timeout": ANSWER_SECONDS', '"socket_timeout": 20.0')
BROKER = without("celery_config.py", '{"socket_timeout": 0.4, ', '{"socket_timeout": 20.0, ')
CACHE_UNBOUND = without("store/connection.py", '"socket_timeout": ANSWER_SECONDS', '"socket_timeout": 200.0')
CACHE_GONE = without("store/connection.py", "CONNECT_SECONDS = 0.2", "CONNECT_SECONDS = 9")
BROKER_GONE = without("celery_config.py", '"socket_connect_timeout": 0.2, ', '"socket_connect_timeout": 9, ')
POSTGRES_GONE = without("models/session.py", "CONNECT_SECONDS = 2", "CONNECT_SECONDS = 9")
POSTGRES = without("models/wire.py", "self.patience if timeout is None else timeout", "timeout")


@dataclass(frozen=True)
class Linked:
    """An API whose way to each server leads through a proxy, named by its setting."""

    direct: Servers
    links: dict[str, Proxy]
    client: Client


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linked]:
    with (
        served(tmp_path_factory.mktemp("linked")) as direct,
        proxied(direct.environment) as (environment, links),
        servers.api(environment) as api,
    ):
        direct.put(600)
        client = registered(api.url)
        client.get(OSLO)
        yield Linked(direct, links, client)


def timed(client: Client, path: str) -> tuple[Got, float]:
    body = {"email": "a@example.org", "password": PASSWORD} if path == LOGIN else None
    began = time.monotonic()
    got = client.ask("POST" if body else "GET", path, body)
    return got, time.monotonic() - began


@dataclass(frozen=True)
class Dark:
    """The statuses while a link is dark: of what nobody has read, of a login, of what comes later; and the seconds."""

    unknown: int
    entering: int
    later: list[int]
    first: float
    late: float
    latest: float

    def soon(self) -> bool:
        return self.first < 1.5 and self.late < 4 and self.latest < 1


def darkened(linked: Linked, setting: str, city: str) -> Dark:
    """Ask while the link is dark."""
    linked.links[setting].darken()
    try:
        unknown, first = timed(linked.client, city)
        entering, late = timed(linked.client, LOGIN)
        later = [timed(linked.client, path) for path in (OSLO, city) for _ in range(SEVERAL)]
    finally:
        linked.links[setting].heal()
    latest = max(seconds for _, seconds in later)
    return Dark(unknown.status, entering.status, [got.status for got, _ in later], first, late, latest)


@pytest.mark.parametrize(
    ("setting", "cold", "login"),
    [
        pytest.param("REDIS_URL", 503, 503, marks=CACHE, id="cache"),
        pytest.param("CELERY_BROKER_URL", 503, 401, marks=BROKER, id="broker"),
        pytest.param("DATABASE_URL", 202, 503, marks=POSTGRES, id="database"),
    ],
)
def test_a_black_hole_is_noticed_in_time_and_forgotten_once_it_is_gone(
    linked: Linked, setting: str, cold: int, login: int
) -> None:
    city = f"{OSLO}-{setting}"

    def measure() -> Dark:
        found = darkened(linked, setting, city)
        assert (found.unknown, found.entering) == (cold, login)
        assert found.later == [200] * SEVERAL + [cold] * SEVERAL
        servers.until(lambda: healthy(linked.client, f"{city}-afterwards"), 10)
        return found

    found = in_time(measure, Dark.soon)

    assert found.soon(), found


def healthy(client: Client, city: str) -> bool:
    """Say whether cache, broker and Postgres do their part again, each of them by a request of its own."""
    said = [client.get(city).status, client.get("/api/dashboards").status]
    return said == [202, 200] and "detail" not in client.get(OSLO).headers["cache-status"]


@pytest.mark.parametrize(
    ("setting", "path", "seconds"),
    [
        pytest.param("REDIS_URL", OSLO, 1.5, marks=CACHE_GONE, id="cache"),
        pytest.param("CELERY_BROKER_URL", BERGEN, 1.5, marks=BROKER_GONE, id="broker"),
        pytest.param("DATABASE_URL", LOGIN, 4, marks=POSTGRES_GONE, id="database"),
    ],
)
def test_a_server_whose_machine_has_gone_is_not_waited_for(
    linked: Linked, setting: str, path: str, seconds: float
) -> None:
    given = linked.direct.environment
    with mute() as port, servers.api(given | {setting: led_to(given[setting], port)}) as api:

        def measure() -> float:
            # The first may wait for Celery, which is loaded beside it; a second later the server is tried again.
            got, took = timed(Client(api.url, linked.client.token), path)
            assert (got.status, "retry-after" in got.headers) == (503, True)
            time.sleep(1.1)
            return took

        took = in_time(measure, lambda took: took < seconds)

    assert took < seconds


JOBS = 12
# What a worker has unless WORKER_CONCURRENCY says otherwise.
CHILDREN = 4


@pytest.mark.soak
@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(
            "CELERY_BROKER_URL", marks=without("celery_config.py", '_interval": 10', '_interval": 0'), id="broker"
        ),
        pytest.param("REDIS_URL", marks=CACHE_UNBOUND, id="cache"),
    ],
)
def test_a_worker_whose_links_went_dead_unnoticed_works_again_and_loses_no_job(
    linked: Linked, upstream: Upstream, setting: str
) -> None:
    given = linked.direct.environment
    with ExitStack() as processes:
        environment, links = processes.enter_context(proxied({setting: given[setting]}))
        worker = processes.enter_context(servers.worker(given | environment))
        processes.enter_context(servers.beat(given))
        client = registered(processes.enter_context(servers.api(given)).url)
        cache = processes.enter_context(Redis.from_url(given["REDIS_URL"]))
        # Each waits for its answer while the next is asked for, so that every child of the worker has links of its own.
        upstream.on("/geocoding/v1/search", Reply(data={}, delay=2.0))
        before = [ask(client, f"before-{setting}-{number}", rest=0.3) for number in range(CHILDREN)]
        servers.until(lambda: all(over(cache, one) for one in before), 20, worker.printed)
        upstream.on("/geocoding/v1/search", Reply(data={}))

        links[setting].darken()
        links[setting].heal()
        began = time.monotonic()
        asked = [ask(client, f"{setting}-{number}") for number in range(JOBS)]
        servers.until(lambda: any(over(cache, one) for one in asked), 35, worker.printed)
        servers.until(lambda: all(over(cache, one) for one in asked), 90, worker.printed)

    assert time.monotonic() - began < 90


def ask(client: Client, city: str, rest: float = 0.0) -> str:
    """Have a city fetched, and return the job after a rest in seconds."""
    job = str(client.get(f"/api/data/weather?city={city}").json()["job"])
    time.sleep(rest)
    return job


def over(cache: Redis, job: str) -> bool:
    """Say whether a job has come to its end; a user may not ask as often as this test looks."""
    return cache.hget(f"ib:job:{job}", "state") in {b"succeeded", b"failed"}
