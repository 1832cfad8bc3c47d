"""What becomes of data, jobs and revocations when Redis is emptied, or comes back as a new and empty one."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from embedded import redis as embedded_redis
from models import revocations
from store import tokens
from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.faults.protection import without
from tests.faults.stack import Stack, stacked
from tests.github import events, read
from tests.upstream import Reply, Upstream
from web.loading import Loading

READERS = 100
# Of others than before: what an API has read it may send again for a second, whatever becomes of Redis.
USERS = ("bob", "cleo", "ines")


@dataclass(frozen=True)
class Working:
    """A whole InsightBoard: an API, a worker that does one thing at a time, and beat."""

    home: Path
    stack: Stack
    processes: ExitStack
    cache: Redis
    broker: Redis

    @property
    def client(self) -> Client:
        return self.stack.client

    def replace_cache(self) -> None:
        """Kill the cache, and start an empty one in its place."""
        for pid in servers.descendants(self.stack.cache.pid):
            os.kill(pid, signal.SIGKILL)
        self.stack.cache.kill()
        self.stack.cache.wait(10)
        parts = urlsplit(self.stack.environment["REDIS_URL"])
        server = embedded_redis.Redis(self.home / "cache" / "redis", parts.port or 0, parts.password or "")
        for folder in server.folder.glob("appendonly*"):
            shutil.rmtree(folder)
        self.processes.callback(embedded_redis.stop, embedded_redis.run(server))


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Working]:
    home = tmp_path_factory.mktemp("working")
    with stacked(home, LOG_LEVEL="info") as stack, ExitStack() as processes:
        processes.enter_context(servers.worker(stack.environment | {"WORKER_CONCURRENCY": "1"}))
        processes.enter_context(servers.beat(stack.environment))
        cache, broker = (
            processes.enter_context(Redis.from_url(stack.environment[name]))
            for name in ("REDIS_URL", "CELERY_BROKER_URL")
        )
        yield Working(home, stack, processes, cache, broker)


def read_by_all(client: Client, users: tuple[str, ...]) -> list[Got]:
    """Read every user's events, a hundred readers at once."""
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(lambda number: client.get(read(users[number % len(users)])), range(READERS)))


@without("web/loading.py", "tokens.load(revocations.tokens(), revocations.generations())", "pass")
def test_an_emptied_cache_is_no_error_for_anybody(working: Working, upstream: Upstream) -> None:
    upstream.on(events("ada"), Reply(data=[]))
    working.client.get(read("ada"))
    working.client.until_ok(read("ada"))
    # The worker copies revocations too, every fifteen seconds; this one is busy.
    gate = upstream.hold()
    upstream.on(events("ben"), Reply(data=[], gate=gate))
    working.client.get(read("ben"))
    servers.until(lambda: upstream.asked(events("ben")), 10)

    working.cache.flushall()
    answers = read_by_all(working.client, ("ada", "ben"))
    gate.set()

    assert {got.status for got in answers} <= {200, 202}
    assert working.client.until_ok(read("ada")).json() == []


@without("web/loading.py", "self._running = running or mine", "running = None")
def test_an_emptied_cache_is_given_the_revocations_once_however_many_read(working: Working) -> None:
    said = "revocations loaded"
    before = working.stack.api.printed().count(said)

    working.cache.flushall()
    read_by_all(working.client, ("ada",))

    assert working.stack.api.printed().count(said) <= before + 1


@pytest.mark.usefixtures("database")
@without("web/loading.py", "if not tokens.loaded():", "if True:")
def test_who_joins_after_the_revocations_were_loaded_does_not_load_them_again(redis: Redis) -> None:
    tokens.load([], [])
    revocations.refuse_token("recorded since", datetime.now(UTC) + timedelta(hours=1))

    Loading().join()

    assert redis.zscore("ib:revoked", "jti:recorded since") is None


@without("store/lua/open_jobs.lua", "local state = flight and alive(flight)", "local state = false")
@without("store/jobs.py", " if known.get(key, 0.0) < job.enqueued_at]", "]")
def test_an_emptied_cache_costs_one_request_for_each_key_that_is_read(working: Working, upstream: Upstream) -> None:
    for user in USERS:
        upstream.on(events(user), Reply(data=[], delay=0.2))

    working.cache.flushall()
    read_by_all(working.client, USERS)
    for user in USERS:
        working.client.until_ok(read(user))

    assert [len(upstream.asked(events(user))) for user in USERS] == [1, 1, 1]


@without(
    "store/lua/claim_job.lua",
    "if not state then return 'unknown' end\nif state ~= 'queued' and state ~= 'running' then return 'ended' end\n",
)
def test_a_cache_emptied_while_jobs_run_and_wait_ends_them_and_leaves_nothing_of_them(
    working: Working, upstream: Upstream
) -> None:
    gate = upstream.hold()
    upstream.on(events("dan"), Reply(data=[], gate=gate))
    upstream.on(events("eve"), Reply(data=[]))
    running = working.client.cold(read("dan"))
    servers.until(lambda: upstream.asked(events("dan")), 10)
    # Asked for sooner, it would be taken along, and done before the cache is emptied.
    lost = [running, working.client.cold(read("eve"))]

    working.cache.flushall()
    unknown = [working.client.get(f"/api/jobs/{job}").status for job in lost]
    again = [working.client.cold(read(user)) for user in ("dan", "eve")]
    gate.set()

    assert unknown == [404, 404]
    assert not set(again) & set(lost)
    assert [working.client.job(job)["state"] for job in again] == ["succeeded", "succeeded"]
    servers.until(lambda: not working.broker.hlen("unacked"), 10)
    assert working.cache.exists(*[f"ib:job:{job}" for job in lost], *[f"ib:lease:{job}" for job in lost]) == 0
    assert not list(working.cache.scan_iter("ib:flight:*"))


@pytest.mark.soak
@without("tasks/reap.py", "            send_again(one.job)\n", "            pass\n")
def test_a_broker_emptied_while_a_job_waits_gets_its_message_again(working: Working, upstream: Upstream) -> None:
    gate = upstream.hold()
    upstream.on(events("fay"), Reply(data=[], gate=gate))
    upstream.on(events("gus"), Reply(data=[]))
    running = working.client.cold(read("fay"))
    servers.until(lambda: upstream.asked(events("fay")), 10)
    # Asked for sooner, it would be taken along.
    waiting = working.client.cold(read("gus"))

    working.broker.flushall()
    gate.set()

    assert [working.client.job(job, 60)["state"] for job in (running, waiting)] == ["succeeded", "succeeded"]


@without("tasks/upkeep.py", "        place_dashboards()\n", "        pass\n")
def test_a_new_and_empty_cache_is_warm_within_a_minute_without_a_reader(working: Working, upstream: Upstream) -> None:
    upstream.on(events("hal"), Reply(data=[]))
    item = {"id": "a", "widget": "github", "params": {"username": "hal"}}
    board = working.client.ask("POST", "/api/dashboards", {"name": "Mine", "layout_json": [item]}).json()["id"]
    data = f"/api/dashboards/{board}/data"
    servers.until(lambda: working.client.until_ok(data).json()["widgets"]["a"]["state"] == "fresh", 20)
    asked = len(upstream.asked(events("hal")))

    working.replace_cache()
    began = time.monotonic()

    servers.until(lambda: len(upstream.asked(events("hal"))) > asked, 60)
    assert working.client.until_ok(read("hal"), 5).json() == []
    assert time.monotonic() - began < 60


@without(
    "store/lua/admit.lua", "if not redis.call('ZSCORE', 'ib:revoked', 'loaded') then return {'unloaded', limit, 0} end"
)
@without(
    "store/lua/admit.lua",
    "if redis.call('HEXISTS', 'ib:generations', 'loaded') == 0 then return {'unloaded', limit, 0} end",
)
def test_a_token_stays_revoked_in_a_new_and_empty_cache(working: Working) -> None:
    gone, changed = registered(working.stack.url), registered(working.stack.url)
    gone.ask("POST", "/api/auth/logout")
    changed.ask("DELETE", "/api/me")

    working.cache.flushall()

    assert (gone.get("/api/me").status, changed.get("/api/me").status) == (401, 401)
    assert working.client.get("/api/me").status == 200
