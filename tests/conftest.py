"""Real servers for every test: started once for the session, empty for each test that asks for them.

The environment is complete as soon as this file is imported, so that modules which read settings may be imported;
the servers themselves start when the first test asks for `postgres_url` or `redis_url`.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import pytest_socket
from psycopg import sql
from redis import Redis

import settings
from embedded import postgres, process
from embedded import redis as embedded_redis
from tests.upstream import Upstream

ROOT = Path(__file__).parent.parent
HOME = Path(tempfile.mkdtemp(prefix="ib-test-"))
POSTGRES = postgres.planned(HOME)
REDIS = embedded_redis.prepare(HOME)
UPSTREAM = Upstream()
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
# Nothing is lost when a test run's machine loses power.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
GIVEN = {
    "INSIGHTBOARD_HOME": str(HOME),
    "DATABASE_URL": POSTGRES.url,
    # A test run may stand still for longer than an API would wait. What becomes of one that waits in vain is shown by
    # tests/faults on servers of their own.
    "REDIS_URL": f"{REDIS.url}?socket_timeout=10",
    # TEST_BROKER_URL runs the same tests on another broker, such as a RabbitMQ that was started by hand.
    "CELERY_BROKER_URL": os.environ.get("TEST_BROKER_URL") or settings.broker_beside(REDIS.url),
    "JWT_SECRET": "a secret of the tests, made up, 32 bytes or more",
    "LOG_LEVEL": "warning",
    **UPSTREAM.settings(),
}
# An empty value counts as not set, and keeps the developer's own environment and .env out.
os.environ.update(dict.fromkeys(settings.NAMES, "") | GIVEN)
os.environ["PYTHONUNBUFFERED"] = "1"
# A shell starts what it puts into the background with SIGINT ignored, and every process below would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.load.cache_clear()


def pytest_runtest_setup() -> None:
    """Close every socket but loopback and unix."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start Postgres once, migrate it, and give its URL."""
    server, running = postgres.start(HOME, FAST)
    if (ROOT / "migrations" / "__main__.py").is_file():
        migrated = subprocess.run(
            [sys.executable, "-m", "migrations"], cwd=ROOT, check=False, capture_output=True, text=True
        )
        assert migrated.returncode == 0, migrated.stderr
    yield server.url
    postgres.stop(running)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Start Valkey once and give its URL."""
    running = embedded_redis.run(REDIS)
    with Redis.from_url(REDIS.url) as client:
        # It waits for a disk that is slow, and no test pulls the plug.
        client.config_set("appendfsync", "no")
    yield REDIS.url
    embedded_redis.stop(running)


@pytest.fixture
def database(postgres_url: str) -> str:
    """Empty every table, and give the URL of the migrated database."""
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [sql.Identifier(name) for (name,) in rows if name != "alembic_version"]
        if tables:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tables)))
    return postgres_url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Empty cache and broker, and give a client of the cache."""
    with Redis.from_url(redis_url, socket_timeout=5) as client:
        client.flushall()
        if "TEST_BROKER_URL" in os.environ:
            empty_queues()
        yield client


def empty_queues() -> None:
    """Empty the queues of a broker that is not the Redis which was emptied."""
    from celery_config import app  # noqa: PLC0415 - it reads the settings, which are set above

    with app.connection_for_write() as connection:
        for queue in app.conf.task_queues:
            bound = queue(connection.default_channel)
            bound.declare()
            bound.purge()


@pytest.fixture
def processes(database: str, redis: Redis) -> Iterator[ExitStack]:
    """Give a place for processes on empty servers, which end with the test."""
    with ExitStack() as running:
        yield running


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Give the upstream that every provider's base URL points to, with nothing programmed."""
    UPSTREAM.reset()
    yield UPSTREAM
    UPSTREAM.reset()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an empty INSIGHTBOARD_HOME."""
    return process.private_folder(tmp_path / "home")
