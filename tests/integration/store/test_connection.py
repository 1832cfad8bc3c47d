from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from redis import Redis

import settings
from embedded import redis as embedded_redis
from store import StoreDownError, connection, keys, snapshots
from tests.conftest import ROOT
from tests.integration.store.conftest import Server, use
from tests.landed import land


def seconds_of(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def refused() -> str:
    with pytest.raises(StoreDownError) as caught:
        connection.now()
    return str(caught.value)


@pytest.mark.usefixtures("redis")
def test_the_time_is_that_of_redis() -> None:
    assert connection.now() == pytest.approx(time.time(), abs=5)


def test_a_script_survives_a_script_flush(redis: Redis) -> None:
    double = connection.script("return ARGV[1] * 2")
    assert double(2) == 4

    redis.script_flush()

    assert double(3) == 6


def test_a_command_that_redis_refuses_is_store_down_but_does_not_shut_the_breaker(redis: Redis) -> None:
    redis.set("ib:text", "text")

    with pytest.raises(StoreDownError, match="WRONGTYPE"):
        connection.call(lambda client: client.hgetall("ib:text"))

    assert connection.now() > 0


def test_a_frozen_server_costs_the_first_caller_its_timeout_and_the_next_nothing(server: Server) -> None:
    connection.now()
    server.freeze()

    first = seconds_of(refused)
    next_ones = [seconds_of(refused) for _ in range(3)]

    assert 0.4 < first < 5
    assert min(next_ones) < 0.4


def test_a_frozen_server_is_met_in_time_by_a_process_without_a_connection(server: Server) -> None:
    server.freeze()

    assert seconds_of(refused) < 5


def test_while_a_server_is_frozen_one_thread_at_a_time_pays_for_finding_out(server: Server) -> None:
    connection.now()
    server.freeze()
    refused()
    time.sleep(connection.REST_SECONDS)

    with ThreadPoolExecutor(8) as pool:
        reasons = sorted(pool.map(lambda _: refused(), range(8)))

    assert reasons == ["Redis did not answer a moment ago"] * 7 + ["Redis does not answer (TimeoutError)"]


def test_a_server_that_comes_back_is_used_again_after_a_second_by_every_thread(server: Server) -> None:
    barrier = threading.Barrier(8)

    def ask(_: int) -> float:
        barrier.wait()
        return connection.now()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
        server.freeze()
        refused()
        server.thaw()
        time.sleep(connection.REST_SECONDS + 0.05)
        connection.now()

        assert all(pool.map(ask, range(8)))


def test_connections_that_the_server_closed_meanwhile_are_made_anew_without_an_error(redis: Redis) -> None:
    connection.now()

    redis.client_kill_filter(_type="normal", skipme=True)

    assert connection.now() > 0


@pytest.mark.usefixtures("redis")
def test_what_a_rush_opened_is_closed_once_it_has_rested() -> None:
    link = connection.Link(connection.connect(settings.load().redis_url), idle_seconds=0.5)
    rush = [link.connected() for _ in range(12)]
    for one in rush:
        link.put_back(one)
    assert len(link.idle) == len(rush)

    time.sleep(0.6)
    for _ in rush:
        link.command("PING")

    assert len(link.idle) == connection.KEPT_IDLE
    assert [one.is_connected for one in rush].count(True) == connection.KEPT_IDLE


@pytest.mark.usefixtures("redis")
def test_a_port_where_nobody_listens_is_refused_at_once() -> None:
    before = os.environ["REDIS_URL"]
    use(f"redis://127.0.0.1:{embedded_redis.free_port()}/0")
    try:
        assert seconds_of(refused) < 5
    finally:
        use(before)


FORKING = """
import os, sys
from store import connection
def ask():
    return connection.call(lambda client: client.client_id())
mine = ask()
connection.link().breaker.failed()
child = os.fork()
if child == 0:
    os._exit(0 if ask() != mine else 1)
status = os.waitpid(child, 0)[1]
connection.link().breaker.succeeded()
sys.exit(status != 0 or ask() != mine)
"""


@pytest.mark.usefixtures("redis")
def test_a_forked_child_has_connections_and_a_breaker_of_its_own() -> None:
    forking = subprocess.run([sys.executable, "-c", FORKING], check=False, cwd=ROOT, capture_output=True, text=True)

    assert (forking.returncode, forking.stderr) == (0, "")


@pytest.mark.usefixtures("redis")
def test_a_single_server_is_no_cluster() -> None:
    connection.refuse_cluster()


def test_a_cluster_stops_the_start_with_one_line() -> None:
    before = os.environ["REDIS_URL"]
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        said = b"# Cluster\r\ncluster_enabled:1\r\n"
        answering = threading.Thread(target=answer, args=(listener, b"$%d\r\n%s\r\n" % (len(said), said)))
        answering.start()
        use(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        try:
            with pytest.raises(settings.WrongSettingError, match=r"^REDIS_URL names a Redis Cluster"):
                connection.refuse_cluster()
        finally:
            connection.client().close()
            use(before)
            answering.join()


def answer(listener: socket.socket, info: bytes) -> None:
    """Answer INFO as a cluster's node would, then hang up."""
    peer, _ = listener.accept()
    with closing(peer):
        while asked := peer.recv(4096):
            peer.sendall(info if b"INFO" in asked else b"+OK\r\n")


@pytest.mark.parametrize(
    ("url", "host", "database"),
    [
        ("redis://127.0.0.1:1/3", "127.0.0.1", 3),
        ("rediss://user:secret@127.0.0.1:1/3", "127.0.0.1", 3),
        ("unix:///run/redis.sock?db=3", None, 3),
    ],
)
def test_every_scheme_gives_short_timeouts_and_no_retries(url: str, host: str | None, database: int) -> None:
    options = connection.connect(url).connection_pool.connection_kwargs

    assert options.get("host") == host
    assert options["db"] == database
    assert (options["socket_connect_timeout"], options["socket_timeout"]) == (0.2, 0.5)
    assert options["retry"].get_retries() == 0


def test_a_sentinel_url_asks_its_hosts_for_the_named_master() -> None:
    pool: Any = connection.connect("sentinel://:pass%2Fword@a:1;b:2;sentinel://c/4?master_name=main").connection_pool

    sentinels = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]

    assert [(one["host"], one["port"]) for one in sentinels] == [("a", 1), ("b", 2), ("c", 26379)]
    assert all((one["socket_timeout"], one["password"]) == (0.5, None) for one in sentinels)
    assert (pool.service_name, pool.connection_kwargs["db"]) == ("main", 4)
    assert pool.connection_kwargs["password"] == "pass/word"


def test_equal_params_have_one_key_that_begins_with_the_provider() -> None:
    key = keys.widget_key("weather", {"city": "oslo", "units": "metric"})

    assert key == keys.widget_key("weather", {"units": "metric", "city": "oslo"})
    assert key != keys.widget_key("weather", {"city": "oslo", "units": "imperial"})
    assert keys.provider_of(key) == "weather"


def test_a_read_of_a_frozen_server_leaves_what_the_process_still_holds(server: Server) -> None:
    land("weather:a", b"[]", ttl=60)
    snapshots.read(["weather:a"])
    server.freeze()

    with pytest.raises(StoreDownError):
        snapshots.read(["weather:a"])
    held = snapshots.held(["weather:a", "weather:b"])

    assert held is not None
    assert held.entries["weather:b"].snapshot is None
    snapshot = held.entries["weather:a"].snapshot
    assert snapshot is not None
    assert snapshot.body == b"[]"
    assert 0.4 < snapshot.age(held.now) < 10


def test_a_server_that_came_back_without_its_scripts_is_used_again(server: Server) -> None:
    once = connection.script("return 1")
    once()
    server.freeze()
    with pytest.raises(StoreDownError):
        once()

    server.thaw()
    with Redis.from_url(server.url) as client:
        client.script_flush()
    time.sleep(connection.REST_SECONDS)

    assert once() == 1
