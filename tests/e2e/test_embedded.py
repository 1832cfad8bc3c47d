"""The embedded servers: as root and not, after crashes, and behind closed doors."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

import psycopg
import pytest
import redis as client

from embedded import postgres, redis
from embedded.binaries import EmbeddedError
from tests import servers


@pytest.mark.parametrize("namespace", ["", "1"], ids=["namespace", "nobody"])
def test_postgres_starts_for_root_with_and_without_user_namespaces(home: Path, namespace: str) -> None:
    postgres_environment = {"INSIGHTBOARD_NO_NAMESPACE": namespace} if namespace else {}
    os.environ.update(postgres_environment)
    try:
        server, running = postgres.start(home)
        with psycopg.connect(server.url) as connection:
            row = connection.execute("SELECT datcollate FROM pg_database WHERE datname = 'postgres'").fetchone()
        postgres.stop(running)
    finally:
        os.environ.pop("INSIGHTBOARD_NO_NAMESPACE", None)

    assert row == ("C.UTF-8",)


def test_postgres_keeps_what_was_committed_when_it_is_killed(home: Path) -> None:
    server, running = postgres.start(home)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    running.send_signal(signal.SIGKILL)
    running.wait()

    server, running = postgres.start(home)
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    postgres.stop(running)

    assert row == (1000,)


def test_postgres_forgets_a_pid_file_whose_number_belongs_to_another_process(home: Path) -> None:
    server, running = postgres.start(home)
    postgres.stop(running)
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n", encoding="ascii")

    _, running = postgres.start(home)

    assert server.ready()
    postgres.stop(running)


def test_postgres_takes_over_from_a_server_that_was_left_behind(home: Path) -> None:
    _, left = postgres.start(home)

    server, running = postgres.start(home)

    assert left.wait(5) == 0
    assert server.ready()
    postgres.stop(running)


def test_data_of_another_major_version_is_refused_with_one_line(home: Path) -> None:
    server, running = postgres.start(home)
    postgres.stop(running)
    (server.data / "PG_VERSION").write_text("9\n", encoding="ascii")

    with pytest.raises(EmbeddedError, match=r"was written by PostgreSQL 9, but \d+ is installed here"):
        postgres.prepare(home)


def test_postgres_listens_only_in_a_private_folder(home: Path) -> None:
    server, running = postgres.start(home)
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
    mode = stat.S_IMODE(server.socket.stat().st_mode)
    postgres.stop(running)

    assert row == ("",)
    assert mode == 0o700


def test_a_home_with_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20) / ("path" * 20)

    server, running = postgres.start(home)

    assert server.ready()
    postgres.stop(running)


def test_redis_asks_for_its_password_and_keeps_it_out_of_the_process_list(home: Path) -> None:
    server = redis.prepare(home)
    running = redis.run(server)
    with client.Redis(port=server.port) as stranger, pytest.raises(client.AuthenticationError):
        stranger.ping()
    listed = "".join(command for _, command in servers.table().values())
    redis.stop(running)

    assert server.password not in listed
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((server.folder / "redis.conf").stat().st_mode) == 0o600


def test_redis_keeps_its_data_and_password_over_a_restart(home: Path) -> None:
    first = redis.prepare(home)
    running = redis.run(first)
    with client.Redis.from_url(first.url) as connection:
        connection.set("kept", "yes", ex=600)
    redis.stop(running)

    second = redis.prepare(home)
    running = redis.run(second)
    with client.Redis.from_url(second.url) as connection:
        kept, lives = connection.get("kept"), connection.ttl("kept")
        policy = connection.config_get("maxmemory*")
    redis.stop(running)

    assert (kept, second.password) == (b"yes", first.password)
    assert 0 < int(lives) <= 600
    assert policy["maxmemory-policy"] == "volatile-lru"


def test_a_server_ends_with_the_process_that_started_it(home: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from embedded import postgres, redis
home = Path({str(home)!r})
print(postgres.start(home)[1].pid, redis.run(redis.prepare(home)).pid, flush=True)
signal.pause()
"""
    with servers.running([sys.executable, "-c", script]) as owner:
        owner.wait_for(r"\d+ \d+")
        below = servers.descendants(owner.process.pid)

        os.kill(owner.process.pid, signal.SIGKILL)

        servers.until(lambda: not servers.alive(below), 10, lambda: str(servers.alive(below)))
