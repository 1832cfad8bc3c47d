"""One machine's clock is wrong: beat's, a worker's or the API's; the others go on, and nobody is locked out."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

import dispatch
from celery_config import TICK_SECONDS
from store import alive, counters
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.clocks import HOUR, Clock
from tests.faults.protection import without
from tests.faults.test_beats import LATE_SECONDS
from tests.integration.web.conftest import PASSWORD
from tests.integration.web.test_data import key_of, put

OSLO = "/api/data/weather?city=Oslo"


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


def sent() -> int:
    return dispatch.depths()["upkeep"]


@without("celery_config.py", "every(period, nowfun=steady)", "every(period)")
def test_beat_goes_on_when_its_clock_is_set(processes: ExitStack, clock: Clock) -> None:
    processes.enter_context(servers.beat(clock.settings()))
    servers.until(lambda: "beat" in alive.ages(), 20)
    began = time.monotonic()

    clock.set(-HOUR)
    servers.until(lambda: sent() >= 2, TICK_SECONDS + LATE_SECONDS)
    back = sent()
    clock.set(HOUR)
    servers.until(lambda: sent() > back, TICK_SECONDS + LATE_SECONDS)
    counted, slots = sent(), (time.monotonic() - began) // TICK_SECONDS

    # Two ticks a slot, of warm and of reap.
    assert counted <= 2 * (slots + 1)


@without("tasks/ticks.py", "def maybe_expire(self)", "def expires_by_our_own_clock(self)")
def test_ticks_are_taken_by_a_worker_whose_clock_is_nearly_an_hour_ahead(processes: ExitStack, clock: Clock) -> None:
    given = clock.settings()
    clock.set(HOUR - 60)
    processes.enter_context(servers.beat())
    processes.enter_context(servers.worker(given))

    servers.until(lambda: [one for one in counters.read().counters if one.name == "ticks"], TICK_SECONDS + LATE_SECONDS)


@without("web/tokens.py", "leeway=LEEWAY_SECONDS", "leeway=0")
def test_a_token_is_good_where_the_clock_is_a_little_behind_the_one_it_was_issued_by(
    processes: ExitStack, clock: Clock
) -> None:
    url = processes.enter_context(servers.api(clock.settings())).url
    clock.set(20)
    client = registered(url)

    clock.set(0)

    assert client.get("/api/me").status == 200


def sign_in(client: Client, email: str) -> Client:
    got = client.ask("POST", "/api/auth/login", {"email": email, "password": PASSWORD})
    return Client(client.url, got.json()["token"])


@pytest.mark.parametrize("seconds", [-HOUR, HOUR], ids=["back", "forwards"])
@without("store/snapshots.py", "now = connection.seconds_of((int(seconds), int(micros)))", "now = time.time()")
def test_by_a_clock_that_is_an_hour_off_people_sign_in_and_fresh_data_is_fresh(
    processes: ExitStack, clock: Clock, seconds: float
) -> None:
    url = processes.enter_context(servers.api(clock.settings())).url
    email = registered(url).get("/api/me").json()["email"]
    put(key_of("weather", city="Oslo"), {"temp": 3}, ttl=600)

    clock.set(seconds)
    client = sign_in(Client(url), email)
    fresh = client.get(OSLO)

    assert client.get("/api/me").status == 200
    assert fresh.status == 200
    assert 0 <= int(fresh.headers["age"]) < 60
    assert 540 < int(fresh.headers["cache-status"].partition("ttl=")[2]) <= 600
