from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from store import StoreDownError, snapshots, wake
from tests import landed
from tests.integration.store.conftest import Server

KEY = "weather:a"


def there() -> bool:
    return snapshots.read([KEY]).entries[KEY].snapshot is not None


def never() -> bool:
    return False


def waited(seconds: float, landed: Callable[[], bool]) -> tuple[bool, float]:
    began = time.monotonic()
    return wake.wait([KEY], seconds, landed), time.monotonic() - began


@pytest.fixture
def later() -> Iterator[Callable[[float, Callable[[], object]], None]]:
    """Give a way to do something after so many seconds."""
    timers: list[threading.Timer] = []

    def begin(seconds: float, act: Callable[[], object]) -> None:
        timers.append(threading.Timer(seconds, act))
        timers[-1].start()

    yield begin
    for timer in timers:
        timer.join()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have waiters look only at first and when they are told to."""
    monkeypatch.setattr(wake, "LOOK_SECONDS", 60.0)


def land() -> None:
    landed.land(KEY, b"[]", ttl=60)


@pytest.mark.usefixtures("redis", "told")
def test_what_has_landed_already_is_not_waited_for() -> None:
    land()

    found, seconds = waited(5, there)

    assert found
    assert seconds < 4


@pytest.mark.usefixtures("redis", "told")
def test_a_waiter_is_woken_as_soon_as_its_part_lands(later: Callable[..., None]) -> None:
    waited(0.3, never)
    later(0.3, land)

    found, seconds = waited(5, there)

    assert (found, there()) == (True, True)
    assert seconds < 4


@pytest.mark.usefixtures("told")
def test_a_hundred_waiters_share_one_connection(redis: Redis, later: Callable[..., None]) -> None:
    later(0.3, land)

    with ThreadPoolExecutor(100) as pool:
        results = list(pool.map(lambda _: waited(5, there), range(100)))

    assert all(found for found, _ in results)
    assert max(seconds for _, seconds in results) < 4
    assert redis.pubsub_numsub("ib:landed") == [(b"ib:landed", 1)]


@pytest.mark.usefixtures("redis")
def test_a_waiter_gives_up_when_its_seconds_are_over() -> None:
    found, seconds = waited(0.4, never)

    assert not found
    assert 0.4 <= seconds < 3


@pytest.mark.usefixtures("redis")
def test_other_parts_do_not_wake_a_waiter(later: Callable[..., None]) -> None:
    looks: list[float] = []
    waited(0.3, never)
    later(0.1, lambda: wake.announce(["weather:b"]))

    def look() -> bool:
        looks.append(time.monotonic())
        return False

    waited(0.4, look)

    assert len(looks) == 1


def test_a_message_that_was_lost_costs_a_second(redis: Redis, later: Callable[..., None]) -> None:
    land()
    redis.rename(f"ib:snapshot:{KEY}", "aside")
    later(0.1, lambda: redis.rename("aside", f"ib:snapshot:{KEY}"))

    found, seconds = waited(5, there)

    assert found
    assert seconds < 4


@pytest.mark.usefixtures("told")
def test_a_listener_whose_connection_broke_listens_again(redis: Redis, later: Callable[..., None]) -> None:
    waited(0.3, never)
    redis.client_kill_filter(_type="pubsub")
    later(1.3, land)

    time.sleep(1.0)
    found, seconds = waited(5, there)

    assert found
    assert seconds < 4


@pytest.mark.usefixtures("redis")
def test_looking_while_redis_is_away_is_seeing_nothing() -> None:
    def down() -> bool:
        raise StoreDownError

    assert waited(0.2, down)[0] is False


def test_a_frozen_server_does_not_hold_a_waiter_longer_than_its_seconds(server: Server) -> None:
    looks: list[float] = []
    waited(0.3, never)
    server.freeze()

    def look() -> bool:
        looks.append(time.monotonic())
        return there()

    found, seconds = waited(2.2, look)

    assert not found
    assert 2.2 <= seconds < 5
    # Another one, near the end, would take longer than is left.
    assert len(looks) <= 2
