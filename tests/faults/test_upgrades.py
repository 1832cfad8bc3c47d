"""A new version's migrations run while the old version serves, and may be doubled, stopped and tried again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from redis import Redis

from migrations.__main__ import config
from store import jobs, snapshots
from tasks.reap import reap
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.protection import without
from tests.faults.stack import Stack

READERS = 12
STEP = '''
"""What a later version might bring."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    op.add_column("dashboards", sa.Column("colour", sa.String(), server_default="grey", nullable=False))
    op.create_index("dashboards_colour_index", "dashboards", ["colour"])
    op.execute("SELECT pg_sleep({seconds})")
'''


@dataclass(frozen=True)
class Newer:
    """A copy of the code with one more migration."""

    folder: Path
    stack: Stack

    def add_step(self, seconds: float) -> None:
        """Have the step hold its locks for so long."""
        head = ScriptDirectory.from_config(config()).get_current_head()
        path = self.folder / "migrations" / "versions" / "9999_colour.py"
        path.write_text(STEP.format(head=head, seconds=seconds), encoding="utf-8")

    def migrate(self) -> subprocess.Popen[str]:
        """Start what the service `migrate` runs."""
        return subprocess.Popen(
            [sys.executable, "-m", "migrations"],
            cwd=self.folder,
            env={**os.environ, **self.stack.environment},
            stderr=subprocess.PIPE,
            text=True,
        )

    def migrated(self) -> tuple[int, str]:
        """Run it to its end, or for 30 s; return its exit code and what it complained of."""
        with self.migrate() as running:
            with suppress(subprocess.TimeoutExpired):
                running.wait(30)
            running.kill()
            _, said = running.communicate()
        return running.returncode, said

    def columns(self) -> set[str]:
        """Return the names of the dashboards' columns."""
        with psycopg.connect(self.stack.environment["DATABASE_URL"]) as connection:
            rows = connection.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'dashboards'::regclass")
            return {name for (name,) in rows}

    def version(self) -> object:
        """Return the version's row and which transaction wrote it."""
        with psycopg.connect(self.stack.environment["DATABASE_URL"]) as connection:
            return connection.execute("SELECT xmin, version_num FROM alembic_version").fetchall()

    def sleeps(self) -> bool:
        """Say whether a step is in its last statement."""
        query = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        with psycopg.connect(self.stack.environment["DATABASE_URL"]) as connection:
            return connection.execute(query).fetchone() is not None


@pytest.fixture
def newer(stack: Stack, tmp_path: Path) -> Newer:
    folder = tmp_path / "newer"
    for name in ("migrations", "models"):
        shutil.copytree(servers.ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in servers.ROOT.glob("*.py"):
        shutil.copy(path, folder)
    found = Newer(folder, stack)
    found.add_step(seconds=1)
    return found


@contextmanager
def readers(stack: Stack) -> Iterator[list[int]]:
    """Have more users than the pool has connections read and write dashboards; give the statuses they get."""
    statuses: list[int] = []
    over = threading.Event()
    clients = [registered(stack.url) for _ in range(READERS)]

    def ask(client: Client) -> None:
        path = client.ask("POST", "/api/dashboards", {"name": "Home"}).headers["location"]
        while not over.wait(0.2):
            statuses.append(client.get("/api/dashboards").status)
            statuses.append(client.ask("PUT", path, {"name": "House"}).status)

    with ThreadPoolExecutor(READERS) as pool:
        asking = [pool.submit(ask, client) for client in clients]
        try:
            yield statuses
        finally:
            over.set()
        for one in asking:
            one.result()


@without("migrations/env.py", '        connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))\n')
def test_no_request_fails_while_a_migration_waits_in_vain_nor_while_it_runs(newer: Newer) -> None:
    database = newer.stack.environment["DATABASE_URL"]
    with readers(newer.stack) as statuses:
        with psycopg.connect(database) as backup:
            backup.execute("SELECT count(*) FROM dashboards")
            refused, said = newer.migrated()
        servers.until(lambda: len(statuses) > 100, 30)
        code, _ = newer.migrated()
        after = len(statuses)
        servers.until(lambda: len(statuses) > after + 100, 30)

    assert (refused, said.count("\n")) == (1, 1)
    assert "lock timeout" in said
    assert code == 0
    assert "colour" in newer.columns()
    assert Counter(status // 100 for status in statuses).keys() == {2}


@without("migrations/env.py", '        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))\n')
def test_two_migrations_at_once_take_each_step_once_and_a_third_none(newer: Newer) -> None:
    with newer.migrate() as first, newer.migrate() as second:
        codes = (first.wait(60), second.wait(60))
    row = newer.version()

    third, said = newer.migrated()

    assert codes == (0, 0)
    assert (third, said) == (0, "")
    assert newer.version() == row


@without(
    "migrations/env.py",
    "    with engine.begin() as connection:",
    '    with engine.execution_options(isolation_level="AUTOCOMMIT").begin() as connection:',
)
def test_a_migration_that_is_stopped_leaves_nothing_half_done(newer: Newer) -> None:
    newer.add_step(seconds=5)
    before = newer.columns()
    with newer.migrate() as running:
        servers.until(lambda: newer.sleeps() or running.poll() is not None, 30)
        running.terminate()
        code = running.wait(10)
    servers.until(lambda: not newer.sleeps(), 10)
    halfway = newer.columns()
    again, _ = newer.migrated()

    assert code == -signal.SIGTERM
    assert halfway == before
    assert again == 0
    assert "colour" in newer.columns()


@without("migrations/__main__.py", "    except CommandError as error:", "    except ZeroDivisionError as error:")
def test_an_older_version_says_in_one_line_that_the_database_is_newer_and_still_serves(newer: Newer) -> None:
    newer.migrated()

    older = [sys.executable, "-m", "migrations"]
    given = {**os.environ, **newer.stack.environment}
    done = subprocess.run(older, cwd=servers.ROOT, env=given, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "9999" in done.stderr
    assert newer.stack.client.ask("POST", "/api/dashboards", {"name": "Home"}).status == 201


@without(
    "tasks/outcome.py",
    "    if losing.lose(",
    "    providers.registry()[jobs.get([job_id])[0].provider]\n    if losing.lose(",
)
def test_a_job_for_a_provider_of_another_version_ends_and_holds_up_no_other(redis: Redis) -> None:
    theirs, ours = lost_job(redis, "tides", "tides:1", at=1), lost_job(redis, "github", "github:1", at=2)

    with suppress(KeyError):
        reap()

    assert [job.state for job in jobs.get([theirs, ours]) if job] == ["failed", "failed"]
    assert snapshots.read(["tides:1"]).entries["tides:1"].failure is not None


def lost_job(redis: Redis, provider: str, key: str, at: float) -> str:
    """Leave a job that was sent at `at`, epoch seconds, and has cost three workers their lives."""
    batch = jobs.Batch({key: {"harbour": "Oslo"}}, provider)
    (job_id,) = jobs.open_jobs(provider, [batch], most=1, queue="fetch", request_id="r1", since=0.0).to_send
    for owner in "abc":
        jobs.claim(job_id, owner)
        redis.delete(f"ib:lease:{job_id}")
    redis.hset(f"ib:job:{job_id}", "sent_at", at)
    redis.zadd("ib:jobs:open", {job_id: at})
    return job_id
