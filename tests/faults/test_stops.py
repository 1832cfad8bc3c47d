"""`docker stop` of every service of docker-compose.yml: in time, with a clean code, and nothing accepted is lost."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from launcher import credentials, parts, supervise
from tests import servers
from tests.e2e.client import Client, registered
from tests.e2e.compose import SERVICES, command, start, stopped
from tests.faults.again import in_time
from tests.faults.protection import without
from tests.github import event, events, read
from tests.servers import Service, free_port
from tests.upstream import Reply, Upstream

CLEAN = {0, 143}
TOKEN = {"GITHUB_API_TOKEN": "made-up", "ALLOWED_NETWORKS": "127.0.0.1/32"}


def api(processes: ExitStack) -> Service:
    port = free_port()
    given = {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "GRANIAN_WORKERS": "2", **TOKEN}
    service = start(processes, "api", given, port)
    servers.until(lambda: servers.get(port, "/healthz") == 200, 30, service.printed)
    return service


def timed(client: Client, path: str, headers: dict[str, str] | None = None) -> tuple[float, object]:
    """Return when a request began, and its status or what broke it."""
    began = time.monotonic()
    try:
        return began, client.get(path, headers).status
    except OSError as error:
        return began, type(error).__name__


@without("docker-compose.yml", "--workers-kill-timeout 15", "--workers-kill-timeout 3")
def test_an_api_under_load_answers_all_that_it_has_accepted(processes: ExitStack, redis: Redis) -> None:
    service = api(processes)
    asker, waiter = registered(service.url), registered(service.url)

    def ask(_: int) -> list[tuple[float, object]]:
        found = [timed(asker, "/api/dashboards")]
        while found[-1][1] == 200:
            found.append(timed(asker, "/api/dashboards"))
            time.sleep(0.1)
        return found

    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(ask, number) for number in range(8)]
        waiting = [pool.submit(timed, waiter, read(f"w{number}"), {"Prefer": "wait=10"}) for number in range(8)]
        servers.until(lambda: len(redis.keys("ib:flight:*")) == 8, 5)
        time.sleep(1.5)
        told = time.monotonic()
        code = stopped("api", service)
        seconds = time.monotonic() - told

    # Who began just before may not have been heard yet.
    asked = [status for asker in asking for began, status in asker.result() if began < told - 1]
    accepted = asked + [one.result()[1] for one in waiting]
    assert (code in CLEAN, seconds < 25) == (True, True)
    assert Counter(accepted).keys() == {200, 202}
    assert accepted.count(202) == 8


@without(
    "docker-compose.yml",
    "worker@%h --without-mingle --without-gossip --loglevel warning\n    stop_grace_period: 30s",
    "worker@%h --without-mingle --without-gossip --loglevel warning\n    stop_grace_period: 1s",
)
def test_a_worker_under_load_ends_what_it_has_started_and_returns_the_rest(
    processes: ExitStack, upstream: Upstream
) -> None:
    # More than four processes take along together.
    names = [f"u{number}" for number in range(80)]
    for name in names:
        upstream.on(events(name), Reply(data=[event(name)], delay=2))
    client = registered(api(processes).url)
    jobs = [client.cold(read(name)) for name in names]
    service = start(processes, "worker", TOKEN)
    servers.until(lambda: len(upstream.asked()) >= 4, 30, service.printed)

    told = time.monotonic()
    code = stopped("worker", service)
    seconds = time.monotonic() - told
    states = Counter(one["state"] for one in client.get(f"/api/jobs?ids={','.join(jobs)}").json())
    start(processes, "worker", TOKEN)

    assert (code in CLEAN, seconds < 25) == (True, True)
    assert states.keys() <= {"queued", "succeeded"}
    assert {client.job(job)["state"] for job in jobs} == {"succeeded"}
    assert [len(upstream.asked(events(name))) for name in names] == [1] * len(names)


@without("tasks/http.py", "self.deadline.restart(seconds)", "self.deadline.restart(600)")
@without("celery_config.py", '"task_soft_time_limit": JOB_SECONDS + 2', '"task_soft_time_limit": None')
@without("celery_config.py", '"task_time_limit": JOB_SECONDS + 7', '"task_time_limit": None')
def test_every_service_of_ours_stops_in_time_though_upstreams_hang(processes: ExitStack, upstream: Upstream) -> None:
    upstream.on(events("hangs"), Reply(gate=upstream.hold()))
    upstream.on("/hangs", Reply(gate=upstream.hold()))
    services = {"api": api(processes), "flower": flower(processes)}
    services |= {name: start(processes, name, TOKEN) for name in ("worker", "checks", "beat")}
    servers.until(lambda: servers.get(services["api"].port, "/readyz") == 200, 60, services["api"].printed)
    client = registered(services["api"].url)
    client.get(read("hangs"))
    client.get(f"/api/data/status?urls={upstream.url}/hangs")
    servers.until(lambda: len(upstream.asked()) >= 2, 20)
    below = {pid: line for one in services.values() for pid, line in servers.descendants(one.process.pid).items()}

    told = time.monotonic()
    with ThreadPoolExecutor(len(services)) as pool:
        codes = dict(zip(services, pool.map(stopped, services, services.values()), strict=True))
    seconds = time.monotonic() - told

    assert {name for name, code in codes.items() if code not in CLEAN} == set()
    assert seconds < 25
    assert servers.alive(below) == {}
    assert services.keys() | {"migrate", "secrets", "broker", "cache", "postgres"} == SERVICES.keys()


def flower(processes: ExitStack) -> Service:
    port = free_port()
    words = [word.replace("5555", str(port)) for word in command("flower")]
    service = processes.enter_context(servers.running(words, {"FLOWER_BASIC_AUTH": "admin:made-up"}))
    servers.until(lambda: servers.get(port, "/healthcheck") == 200, 30, service.printed)
    return service


@without("docker-compose.yml", "stop_grace_period: 30s\n  depends_on:", "stop_grace_period: 0s\n  depends_on:")
@pytest.mark.parametrize("name", ["broker", "cache"])
def test_a_redis_that_is_asked_to_stop_keeps_what_it_was_told(tmp_path: Path, name: str) -> None:
    credentials.main(tmp_path)
    port, password = free_port(), (tmp_path / f"{name}_password").read_text(encoding="ascii")
    words = [word.replace("/run/insightboard", str(tmp_path)) for word in command(name)]
    words += ["--port", str(port), "--dir", str(tmp_path), "--bind", "127.0.0.1"]
    with servers.running(words) as server, Redis(port=port, password=password) as client:
        server.wait_for("Ready to accept connections", 20)
        client.set("told", "kept")
        code = stopped(name, server)

    with servers.running(words) as server, Redis(port=port, password=password) as client:
        server.wait_for("Ready to accept connections", 20)
        kept = client.get("told")

    assert (code in CLEAN, kept) == (True, b"kept")


@without("launcher/parts.py", "mute=mute, stop=signal.SIGINT", "mute=mute")
def test_postgres_stops_though_clients_stay_connected(home: Path) -> None:
    part, given = parts.database(home)

    def measure() -> int | None:
        with servers.running(part.command) as server:
            servers.until(part.ready, 20, server.printed)
            with psycopg.connect(given["DATABASE_URL"]), suppress(subprocess.TimeoutExpired):
                server.process.send_signal(part.stop)
                return server.process.wait(supervise.SERVER_STOP_SECONDS)
        return None

    assert in_time(measure, lambda code: code is not None) == 0
