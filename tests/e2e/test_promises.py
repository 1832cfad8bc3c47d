"""The promises of the product, seen from outside: whole processes, real servers, an upstream that counts."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from redis import Redis

from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.github import event, events, read
from tests.upstream import Reply, Upstream

EVENTS = events("torvalds")
READ = read("torvalds")
EVENT = event("torvalds")


def make_stale(redis: Redis) -> None:
    for key in redis.scan_iter("ib:snapshot:github:*"):
        redis.hset(key, "fetched_at", time.time() - 301)


def test_a_cold_read_is_a_job_and_then_the_data(processes: ExitStack, upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]))
    api = processes.enter_context(servers.api())
    processes.enter_context(servers.worker())
    client = registered(api.url)

    cold = client.until(READ, lambda got: got.status == 202)
    job = client.job(cold.json()["job"])
    warm = client.get(job["data_url"])

    assert cold.headers["location"] == f"/api/jobs/{cold.json()['job']}"
    assert int(cold.headers["retry-after"]) >= 1
    assert job["state"] == "succeeded"
    assert warm.status == 200
    assert warm.json()[0]["repo"] == "git/git"


def test_200_cold_readers_over_two_apis_and_two_workers_cause_one_request(
    processes: ExitStack, upstream: Upstream
) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT], delay=0.5))
    apis = [processes.enter_context(servers.api()) for _ in range(2)]
    for _ in range(2):
        processes.enter_context(servers.worker())
    token = registered(apis[0].url).token
    # What an API loads for its first reader is not for a rush to wait for.
    for api in apis:
        Client(api.url, token).until_ok("/api/me")

    def read(number: int) -> Got:
        return Client(apis[number % 2].url, token).get(READ)

    with ThreadPoolExecutor(50) as readers:
        answers = list(readers.map(read, range(200)))
    Client(apis[0].url, token).until_ok(READ)

    assert {answer.status for answer in answers} <= {200, 202}
    assert len({answer.json()["job"] for answer in answers if answer.status == 202}) == 1
    assert len(upstream.asked(EVENTS)) == 1


def test_readers_keep_the_last_good_data_while_the_upstream_answers_500(
    processes: ExitStack, upstream: Upstream, redis: Redis
) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]), Reply(500, {}))
    api = processes.enter_context(servers.api())
    processes.enter_context(servers.worker())
    client = registered(api.url)
    client.get(READ)
    client.until_ok(READ)
    make_stale(redis)

    client.get(READ)
    got = client.until(READ, lambda got: "detail=" in got.headers.get("cache-status", ""))

    assert got.status == 200
    assert got.json()[0]["repo"] == "git/git"
    assert "detail=provider-error" in got.headers["cache-status"]


def test_a_dashboards_widgets_are_warmed_without_a_reader(
    processes: ExitStack, upstream: Upstream, redis: Redis
) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]))
    api = processes.enter_context(servers.api())
    worker = processes.enter_context(servers.worker())
    processes.enter_context(servers.beat())
    client = registered(api.url)
    item = {"id": "a", "widget": "github", "params": {"username": "torvalds"}, "x": 0, "y": 0, "w": 4, "h": 4}
    board = client.ask("POST", "/api/dashboards", {"name": "Mine", "layout_json": [item]})
    client.get(f"/api/dashboards/{board.json()['id']}/data")
    client.until_ok(READ)
    # A job that ends says when its part is due, and data can be read a moment before it ends.
    servers.until(lambda: not redis.zcard("ib:jobs:open"), 20)
    asked = len(upstream.asked(EVENTS))

    make_stale(redis)
    for key in redis.scan_iter("ib:snapshot:github:*"):
        redis.zadd("ib:due", {key.decode().removeprefix("ib:snapshot:"): 0})
    servers.until(lambda: len(upstream.asked(EVENTS)) == asked + 1, 20, worker.printed)

    assert board.status == 201


def test_the_request_id_reaches_the_task(processes: ExitStack, upstream: Upstream) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]))
    api = processes.enter_context(servers.api({"LOG_LEVEL": "info"}))
    worker = processes.enter_context(servers.worker({"LOG_LEVEL": "info"}))
    client = registered(api.url)

    got = client.get(READ, {"X-Request-ID": "hello-from-outside"})

    assert got.headers["x-request-id"] == "hello-from-outside"
    worker.wait_for("hello-from-outside", 20)
    api.wait_for("hello-from-outside", 5)


def test_every_line_about_a_job_says_which_request_caused_it(processes: ExitStack, upstream: Upstream) -> None:
    names = [f"user{number}" for number in range(8)]
    for name in names:
        upstream.on(events(name), Reply(data=[EVENT]))
    client = registered(processes.enter_context(servers.api()).url)
    asked = [client.get(read(name), {"X-Request-ID": "hello-from-outside"}).json()["job"] for name in names]

    # Those that a process takes along have messages of their own, which find nothing left to do.
    given = {"LOG_LEVEL": "info", "LOG_FORMAT": "json", "WORKER_CONCURRENCY": "1"}
    worker = processes.enter_context(servers.worker(given))
    servers.until(lambda: len(of_jobs(worker, asked)) == 2 * len(asked) - 1, 20, worker.printed)

    lines = of_jobs(worker, asked)
    assert {one["event"] for one in lines} == {"fetch", "not started"}
    assert {one.get("request_id") for one in lines} == {"hello-from-outside"}


def of_jobs(worker: servers.Service, ids: list[str]) -> list[dict[str, Any]]:
    """Return the events of the worker's log that name one of the jobs."""
    lines = [line for line in worker.printed().splitlines() if line.startswith("{") and line.endswith("}")]
    return [event for event in map(json.loads, lines) if event.get("job_id") in ids]
