"""A Redis behind Sentinel whose master is killed: reads, jobs and sign-ins go on with the replica."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from embedded import binaries, process
from embedded import redis as embedded_redis
from store import connection
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.protection import without
from tests.faults.stack import served
from tests.github import events, read
from tests.upstream import Reply, Upstream

SENTINEL = """
bind 127.0.0.1
port {port}
dir "{folder}"
sentinel monitor main 127.0.0.1 {master} 1
sentinel auth-pass main {password}
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 5000
"""
# Without a pool that asks the sentinels for the master whenever it connects.
MASTER_FOR = "    found: redis.Redis = asking(links, options).master_for("
ASKED_ONCE = """
    address = asking(links, options).discover_master("main")
    return redis.Redis(*address, password=unquote(login.password or ""), **options)
"""


@contextmanager
def master_and_replica(
    home: Path,
) -> Iterator[tuple[embedded_redis.Redis, subprocess.Popen[bytes], embedded_redis.Redis]]:
    """Start two servers, the second of which follows the first."""
    first = embedded_redis.prepare(process.private_folder(home / "first"))
    second = replace(embedded_redis.prepare(process.private_folder(home / "second")), password=first.password)
    # Either may be the master, so both have the password that leads to the other.
    for one in (first, second):
        lines = embedded_redis.configuration(one) + f"masterauth {first.password}\n"
        embedded_redis.write_private(one.folder / "redis.conf", lines)
    with ExitStack() as stopping:
        running = [embedded_redis.run(one) for one in (first, second)]
        for server in running:
            stopping.callback(embedded_redis.stop, server)
        with Redis.from_url(second.url) as replica:
            replica.replicaof("127.0.0.1", str(first.port))
            servers.until(lambda: replica.info("replication")["master_link_status"] == "up", 20)
        yield first, running[0], second


@contextmanager
def sentinel(home: Path, master: embedded_redis.Redis) -> Iterator[str]:
    """Watch the master, and give the URL that leads to whoever it is."""
    port = embedded_redis.free_port()
    folder = process.private_folder(home / "sentinel")
    given = folder / "sentinel.conf"
    given.write_text(SENTINEL.format(port=port, folder=folder, master=master.port, password=master.password))
    with servers.running([str(binaries.redis()), str(given), "--sentinel"]), Redis(port=port) as watcher:
        servers.until(lambda: replicas(watcher) == 1, 20)
        yield f"sentinel://:{master.password}@127.0.0.1:{port}/0?master_name=main"


def replicas(watcher: Redis) -> int:
    """Return how many replicas the sentinel knows; 0 while it starts."""
    with suppress(RedisError):
        return len(watcher.sentinel_slaves("main"))
    return 0


@pytest.mark.soak
@without("store/connection.py", MASTER_FOR, ASKED_ONCE + MASTER_FOR)
def test_a_master_that_is_killed_is_followed_by_its_replica(tmp_path: Path, upstream: Upstream) -> None:
    upstream.on(events("torvalds"), Reply(data=[]))
    upstream.on(events("hopper"), Reply(data=[]))
    with ExitStack() as running:
        first, master, second = running.enter_context(master_and_replica(tmp_path))
        url = running.enter_context(sentinel(tmp_path, first))
        given = running.enter_context(served(tmp_path)).environment
        environment = given | {"REDIS_URL": url, "CELERY_BROKER_URL": ""}
        worker = running.enter_context(servers.worker(environment))
        running.enter_context(servers.beat(environment))
        client = registered(running.enter_context(servers.api(environment)).url)
        gone = registered(client.url)
        client.get(read("torvalds"))
        client.until_ok(read("torvalds"))
        gone.ask("POST", "/api/auth/logout")

        ours = connection.behind_sentinels(url)

        for pid in [master.pid, *servers.descendants(master.pid)]:
            os.kill(pid, signal.SIGKILL)
        meanwhile = {client.get(read("torvalds")).status for _ in range(20)}
        servers.until(lambda: "detail" not in client.get(read("torvalds")).headers["cache-status"], 30)
        refused = gone.get("/api/me").status
        job = queued(client)
        state = client.job(job, 60)["state"]

        with Redis.from_url(second.url) as promoted:
            assert promoted.info("replication")["role"] == "master"
    # What no URL check may reach.
    assert ours == [("127.0.0.1", first.port), ("127.0.0.1", second.port)]
    assert meanwhile == {200}
    assert refused == 401
    assert state == "succeeded", worker.printed()


def queued(client: Client) -> str:
    """Have something fetched that nobody has read, and return the job."""
    servers.until(lambda: client.get(read("hopper")).status == 202, 20)
    return str(client.get(read("hopper")).json().get("job") or "")
