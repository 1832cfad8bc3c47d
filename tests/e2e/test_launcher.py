"""`make run` as a newcomer meets it: from an empty folder to /readyz, and back to nothing."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import requests

import settings
from embedded import postgres
from launcher import parts
from launcher.home import is_free
from tests import servers
from tests.servers import Service, free_port

# The last line of the block: the others are read once it is there.
UP = "stop +Ctrl-C"
START_SECONDS = 90.0


def environment(home: Path) -> dict[str, str]:
    return {"INSIGHTBOARD_HOME": str(home), "APP_PORT": str(free_port()), "FLOWER_PORT": str(free_port())}


def url(launch: Service, what: str) -> str:
    line = next(line for line in launch.printed().splitlines() if f"  {what}" in line)
    return line.rsplit(maxsplit=1)[1].rstrip("/")


def test_a_launch_answers_stops_and_finds_its_data_again(home: Path) -> None:
    given = environment(home)
    person = {"email": "ada@example.org", "password": "a long enough password"}
    with servers.launcher(given) as launch:
        launch.wait_for(UP, START_SECONDS)
        registered = requests.post(f"{url(launch, 'page')}/api/auth/register", json=person, timeout=10)
        ready = requests.get(f"{url(launch, 'page')}/readyz", timeout=10)
        tasks = requests.get(f"{url(launch, 'Flower')}/api/tasks", timeout=10)
        below = servers.descendants(launch.process.pid)
        launch.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        code = launch.process.wait(20)
        stopping = time.monotonic() - asked

    assert (registered.status_code, ready.status_code, tasks.status_code) == (201, 200, 200)
    assert (code, servers.alive(below)) == (0, {})
    assert stopping < 15
    assert stat.S_IMODE((home / "jwt_secret").stat().st_mode) == 0o600

    begun = time.monotonic()
    with servers.launcher(given) as launch:
        launch.wait_for(UP, START_SECONDS)
        took = time.monotonic() - begun
        login = requests.post(f"{url(launch, 'page')}/api/auth/login", json=person, timeout=10)
        token = {"Authorization": f"Bearer {registered.json()['token']}"}
        me = requests.get(f"{url(launch, 'page')}/api/me", headers=token, timeout=10)

    assert (login.status_code, me.status_code) == (200, 200)
    assert took < 10


def test_several_api_processes_add_up_their_own_metrics_and_no_others(home: Path) -> None:
    with servers.launcher(environment(home) | {"API_PROCESSES": "2"}) as launch:
        launch.wait_for(UP, START_SECONDS)
        for _ in range(20):
            requests.get(f"{url(launch, 'page')}/api/nothing", timeout=10)
        metrics = requests.get(f"{url(launch, 'page')}/metrics", timeout=10).text
        others = requests.get(f"{url(launch, 'Flower')}/metrics", timeout=10).text

    assert re.search(r'^insightboard_http_requests_total\{.*status="404"\} 20.0$', metrics, re.MULTILINE)
    assert "flower_worker_online" in others
    assert "flower_" not in metrics


def test_a_worker_that_is_killed_comes_back(home: Path) -> None:
    with servers.launcher(environment(home)) as launch:
        launch.wait_for(UP, START_SECONDS)
        below = servers.descendants(launch.process.pid)
        pid = next(pid for pid, command in below.items() if "worker@%h" in command)
        children = servers.descendants(pid)

        os.kill(pid, signal.SIGKILL)

        launch.wait_for("worker ended by SIGKILL; starting it again")
        servers.until(lambda: servers.alive(children) == {}, 5)
        servers.until(lambda: any("worker@%h" in one for one in servers.descendants(launch.process.pid).values()), 10)


def test_a_killed_launcher_leaves_no_process_and_a_home_that_starts(home: Path) -> None:
    given = environment(home) | {"API_PROCESSES": "2"}
    with servers.launcher(given) as launch:
        launch.wait_for(UP, START_SECONDS)
        below = servers.descendants(launch.process.pid)

        os.kill(launch.process.pid, signal.SIGKILL)

        servers.until(lambda: not servers.alive(below), 10, lambda: str(servers.alive(below)))
    with servers.launcher(given) as launch:
        launch.wait_for(UP, START_SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="death signals are Linux's")
def test_an_api_whose_main_process_is_killed_leaves_no_worker_and_no_port(database: str, redis_url: str) -> None:
    with servers.api({"API_PROCESSES": "2"}) as api:
        servers.until(lambda: len(servers.descendants(api.process.pid)) == 2, 5)
        below = servers.descendants(api.process.pid)

        os.kill(api.process.pid, signal.SIGKILL)

        servers.until(lambda: not servers.alive(below), 5, lambda: str(servers.alive(below)))
        servers.until(lambda: is_free("127.0.0.1", api.port), 5)


def test_a_second_launch_in_the_same_home_is_refused_with_one_line(home: Path) -> None:
    with servers.launcher(environment(home)) as launch:
        launch.wait_for(r"postgres|redis|run")
        servers.until(lambda: (home / "lock").is_file() and (home / "lock").read_text(encoding="ascii"), 20)

        with servers.launcher(environment(home)) as second:
            assert second.process.wait(10) == 1
            printed = second.printed().splitlines()

    assert printed == [
        f"insightboard: already runs in {home} (process {launch.process.pid}); stop it, or set INSIGHTBOARD_HOME"
    ]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("API_PROCESSES", "none", "API_PROCESSES must be a whole number from 1 to 64"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of debug, info, warning, error"),
        ("REDIS_URL", "redis+cluster://a", "REDIS_URL must begin with one of"),
        ("APP_HOST", "203.0.113.9", "APP_HOST 203.0.113.9 is no address of this machine"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(home: Path, name: str, value: str, message: str) -> None:
    with servers.launcher({"INSIGHTBOARD_HOME": str(home), name: value}) as launch:
        assert launch.process.wait(20) == 1
        printed = launch.printed().splitlines()

    assert len(printed) == 1
    assert printed[0].startswith(f"insightboard: {message}")


@pytest.mark.parametrize("options", [(), ("--demo",)])
@pytest.mark.parametrize("home", ["/dev/null", "/proc/x"])
def test_a_home_that_cannot_be_one_stops_the_start_with_one_line(home: str, options: tuple[str, ...]) -> None:
    with servers.launcher({"INSIGHTBOARD_HOME": home}, *options) as launch:
        assert launch.process.wait(20) == 1
        printed = launch.printed().splitlines()

    assert len(printed) == 1
    assert printed[0].startswith(f"insightboard: INSIGHTBOARD_HOME {home}")


PRODUCTION = {
    "JWT_SECRET": "a secret of the tests, made up, 32 bytes or more",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
COMMANDS = {
    "api": ("granian", "wsgi:app", "--interface", "wsgi"),
    "worker": ("celery", "-A", "celery_config", "worker"),
    "beat": ("celery", "-A", "celery_config", "beat"),
    "migrations": ("migrations",),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict.fromkeys(PRODUCTION, ""), "JWT_SECRET must be set"),
        ({"DATABASE_URL": "", "REDIS_URL": ""}, "DATABASE_URL must be set"),
        ({"REDIS_URL": ""}, "REDIS_URL must be set"),
        ({"REDIS_URL": "redis://h:6379/abc"}, "REDIS_URL must name its database by a number"),
    ],
)
def test_a_production_start_with_a_wrong_setting_ends_with_one_line_that_names_it(
    command: tuple[str, ...], wrong: dict[str, str], message: str
) -> None:
    given = PRODUCTION | {"CELERY_BROKER_URL": "", "GRANIAN_PORT": str(free_port())} | wrong
    with servers.running([*parts.PYTHON, *command], given) as started:
        assert started.process.wait(30) != 0
        printed = started.printed()

    assert [line for line in printed.splitlines() if "insightboard:" in line] == [f"insightboard: {message}"]
    assert "Traceback" not in printed


def test_migrations_without_their_database_end_with_one_line() -> None:
    with servers.running([*parts.PYTHON, "migrations"], PRODUCTION) as started:
        assert started.process.wait(30) == 1
        printed = started.printed().splitlines()

    assert len(printed) == 1
    assert printed[0].startswith("insightboard: the database cannot be migrated now: ")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("REDIS_URL", "REDIS_URL does not answer, CELERY_BROKER_URL does not answer; stopping"),
        ("CELERY_BROKER_URL", "CELERY_BROKER_URL does not answer; stopping"),
    ],
)
def test_a_given_server_that_is_away_stops_the_start_with_a_line_that_names_it(
    home: Path, name: str, line: str
) -> None:
    with servers.launcher(environment(home) | {name: "redis://127.0.0.1:1/0"}) as launch:
        assert launch.process.wait(60) == 1
        printed = launch.printed().splitlines()

    assert [one.partition("| ")[2] for one in printed if "; stopping" in one and one.startswith("run")] == [line]


def test_a_port_that_was_asked_for_and_is_taken_stops_the_start_with_one_line(home: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with servers.launcher({"INSIGHTBOARD_HOME": str(home), "APP_PORT": str(port)}) as launch:
            assert launch.process.wait(20) == 1
            assert launch.printed().splitlines() == [f"insightboard: APP_PORT {port} is in use by another program"]


def test_migrations_leave_their_mark_in_the_embedded_database(home: Path) -> None:
    with servers.launcher(environment(home)) as launch:
        launch.wait_for(UP, START_SECONDS)
        with psycopg.connect(postgres.planned(home).url) as connection:
            row = connection.execute("SELECT count(*) FROM alembic_version").fetchone()

    assert row == (1,)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["SIGINT", "SIGTERM", "SIGKILL"]
)
def test_a_signal_to_make_alone_stops_everything(home: Path, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "Makefile").write_text(f"run:\n\t@cd {servers.ROOT}; exec {sys.executable} dev.py\n", encoding="utf-8")
    unset = dict.fromkeys(settings.NAMES, "")
    with servers.running(["/usr/bin/env", "make", "-C", str(tmp_path)], unset | environment(home)) as make:
        make.wait_for(UP, START_SECONDS)
        below = servers.descendants(make.process.pid)

        make.process.send_signal(number)

        servers.until(lambda: not servers.alive(below), 15, make.printed)
        assert re.search(r"run +\| stopped", make.printed())
