from __future__ import annotations

import gzip
import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import TypedDict
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis import Redis

from store import connection, pauses, snapshots, tokens
from tests.integration.store.conftest import use
from tests.landed import land

KEY, OTHER = "weather:a", "status:b"


class Problem(TypedDict):
    kind: str
    status: int
    title: str
    detail: str


PROBLEM: Problem = {
    "kind": "provider-error",
    "status": 502,
    "title": "No use",
    "detail": "the provider answered 500 \ud800",
}

pytestmark = pytest.mark.usefixtures("redis")


def entry(key: str = KEY) -> snapshots.Entry:
    return snapshots.read([key]).entries[key]


def wait_of(failure: snapshots.Failure) -> float:
    return round(failure.next_try_at - failure.failed_at, 3)


def test_a_part_that_nobody_fetched_has_nothing() -> None:
    reading = snapshots.read([KEY, OTHER])

    assert reading.entries == {KEY: snapshots.Entry(KEY), OTHER: snapshots.Entry(OTHER)}
    assert reading.pauses == {}
    assert reading.verdict is None


def test_nothing_can_be_read_for_nothing() -> None:
    reading = snapshots.read([])

    assert reading.entries == {}
    assert reading.now == pytest.approx(connection.now(), abs=1)


def test_what_was_written_is_read_as_it_was_written() -> None:
    body = b'{"temp":21}' * 1000

    written = land(KEY, body, ttl=600)
    reading = snapshots.read([KEY, KEY])

    assert reading.entries[KEY].snapshot == written
    assert gzip.decompress(written.gzip) == body
    assert written.etag == hashlib.blake2b(body, digest_size=16).hexdigest()
    assert written.fetched_at == pytest.approx(reading.now, abs=1)
    assert written.expires_at == written.fetched_at + 600


@pytest.mark.parametrize(("body", "joined"), [(b"[]", False), (b"x" * 9999, True)])
def test_no_compressed_form_is_kept_where_it_is_of_no_use(body: bytes, joined: bool) -> None:  # noqa: FBT001 - a table's column
    assert land(KEY, body, ttl=60, joined=joined).gzip == b""


def test_a_snapshot_is_fresh_until_its_ttl_has_passed() -> None:
    snapshot = snapshots.Snapshot(KEY, b"[]", "etag", b"", b"", fetched_at=1000.0, ttl=60.0)

    assert snapshot.fresh(1059.9)
    assert not snapshot.fresh(1060.0)
    assert snapshot.age(1090.0) == 90
    assert snapshot.age(990.0) == 0


@pytest.mark.parametrize(("ttl", "kept"), [(60, 86_460), (86_400, 518_400)])
def test_a_stale_snapshot_is_kept_for_a_day_or_six_of_its_ttls(redis: Redis, ttl: float, kept: int) -> None:
    land(KEY, b"[]", ttl=ttl)

    assert redis.ttl(f"ib:snapshot:{KEY}") == pytest.approx(kept, abs=2)


def test_a_304_makes_the_snapshot_fresh_and_forgets_the_failure() -> None:
    old = land(KEY, b"[]", ttl=60, validators={"https://a": {"etag": '"1"'}})
    snapshots.fail(KEY, **PROBLEM)

    assert snapshots.renew(KEY, ttl=120)

    renewed = entry()
    assert renewed.failure is None
    assert renewed.snapshot is not None
    assert renewed.snapshot.fetched_at > old.fetched_at
    assert (renewed.snapshot.body, renewed.snapshot.etag, renewed.snapshot.ttl) == (old.body, old.etag, 120)


def test_a_304_for_a_snapshot_that_is_gone_renews_nothing(redis: Redis) -> None:
    assert not snapshots.renew(KEY, ttl=60)
    assert redis.dbsize() == 0


def test_failures_wait_15_seconds_doubling_to_5_minutes_and_a_result_forgets_them() -> None:
    failures = [snapshots.fail(KEY, **PROBLEM) for _ in range(7)]

    assert [wait_of(failure) for failure in failures] == [15, 30, 60, 120, 240, 300, 300]
    assert [failure.count for failure in failures] == [1, 2, 3, 4, 5, 6, 7]
    assert entry().failure == failures[-1]
    assert failures[-1].detail == PROBLEM["detail"]
    land(KEY, b"[]", ttl=60)
    assert entry().failure is None
    assert snapshots.fail(KEY, **PROBLEM).count == 1


def test_a_failure_that_will_not_change_is_kept_as_long_as_it_is_told(redis: Redis) -> None:
    failure = snapshots.fail(KEY, **PROBLEM, keep=4000)

    assert wait_of(failure) == 4000
    assert failure.active(failure.failed_at + 3999)
    assert not failure.active(failure.next_try_at)
    assert redis.ttl(f"ib:failure:{KEY}") == pytest.approx(4600, abs=2)


def test_a_failure_leaves_the_last_good_result_and_other_parts_alone() -> None:
    land(KEY, b"[]", ttl=60)
    snapshots.fail(KEY, **PROBLEM)

    reading = snapshots.read([KEY, OTHER])

    assert reading.entries[KEY].snapshot is not None
    assert reading.entries[OTHER].failure is None


def test_a_reading_names_the_running_job(redis: Redis) -> None:
    redis.set(f"ib:flight:{KEY}", "3f1c")

    assert entry().job_id == "3f1c"


def test_a_pause_is_read_with_the_parts_of_its_provider_only() -> None:
    pause = pauses.pause("weather", **PROBLEM, seconds=60)

    assert snapshots.read([KEY, OTHER]).pauses == {"weather": pause}
    assert snapshots.read([OTHER]).pauses == {}
    assert pauses.read("weather") == pause
    assert pause.until == pytest.approx(connection.now() + 60, abs=1)


def test_of_two_pauses_the_longer_stays_until_it_is_lifted() -> None:
    longer = pauses.pause("weather", **PROBLEM, seconds=60)

    assert pauses.pause("weather", **PROBLEM, seconds=5) == longer
    assert pauses.pause("weather", **PROBLEM, seconds=90).until > longer.until
    pauses.lift("weather")
    assert pauses.read("weather") is None


def test_what_redis_evicts_has_a_ttl(redis: Redis) -> None:
    land(KEY, b"[]", ttl=60)
    snapshots.fail(KEY, **PROBLEM)
    pauses.pause("weather", **PROBLEM, seconds=60)

    assert all(redis.ttl(key) > 0 for key in redis.scan_iter() if key != b"ib:metrics")


def test_nothing_is_held_of_parts_that_were_never_read() -> None:
    assert snapshots.held(["never:read"]) is None


def test_who_refreshes_parts_reads_their_times_and_holds_nothing_of_them() -> None:
    key = "weather:never read"
    written = land(key, b"[]" * 1000, ttl=60)

    reading = snapshots.read_times([key, OTHER])

    assert reading.entries[key].snapshot == replace(written, body=b"", gzip=b"", br=b"")
    assert reading.entries[OTHER].snapshot is None
    assert snapshots.held([key]) is None


def test_the_time_of_what_is_held_goes_on_without_redis() -> None:
    land(KEY, b"[]", ttl=60)
    reading = snapshots.read([KEY])

    held = snapshots.held([KEY])

    assert held is not None
    assert held.entries[KEY].snapshot == reading.entries[KEY].snapshot
    assert held.now == pytest.approx(reading.now, abs=0.5)


@dataclass
class Proxy:
    """A TCP proxy that counts how often the client speaks after it was answered: the round trips.

    It holds answers back for `hold_s` seconds, so that all of a long question is out before its answer begins.
    """

    target: tuple[str, int]
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    turns: int = 0
    hold_s: float = 0.0
    answered: bool = True

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self.carry, args=self.listener.accept()[:1]).start()

    def carry(self, client: socket.socket) -> None:
        server = socket.create_connection(self.target)
        back = threading.Thread(target=self.answer, args=(server, client))
        back.start()
        self.ask(client, server)
        back.join()
        client.close()
        server.close()

    def ask(self, client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(65536):
            self.turns += self.answered
            self.answered = False
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)

    def answer(self, server: socket.socket, client: socket.socket) -> None:
        while data := server.recv(65536):
            time.sleep(self.hold_s)
            self.answered = True
            client.sendall(data)


@pytest.fixture
def proxy(redis_url: str) -> Iterator[Proxy]:
    """Put a counting proxy between the store and Redis."""
    before = os.environ["REDIS_URL"]
    parts = urlsplit(before)
    between = Proxy((parts.hostname or "", parts.port or 0))
    serving = threading.Thread(target=between.serve)
    serving.start()
    port = between.listener.getsockname()[1]
    use(urlunsplit(parts._replace(netloc=f":{parts.password}@127.0.0.1:{port}")))
    with closing(between.listener):
        yield between
        connection.client().close()
        for idle in connection.link().idle:
            idle.disconnect()
        between.listener.shutdown(socket.SHUT_RDWR)
        serving.join()
    use(before)


@pytest.mark.parametrize("parts", [1, 300])
def test_a_read_with_its_admission_is_one_round_trip_whatever_the_number_of_parts(proxy: Proxy, parts: int) -> None:
    wanted = [f"weather:{number}" for number in range(parts)]
    for key in wanted:
        land(key, b"[]", ttl=60)
    tokens.load([], [])
    # From now on Redis knows the script by its hash.
    snapshots.read([], tokens.Admission("user", "jti", 0))
    proxy.hold_s = 0.1
    before = proxy.turns

    reading = snapshots.read(wanted, tokens.Admission("user", "jti", 0))

    assert proxy.turns - before == 1
    assert len(reading.entries) == parts
    assert all(one.snapshot for one in reading.entries.values())
    assert reading.verdict is not None
    assert reading.verdict.state == "admitted"
