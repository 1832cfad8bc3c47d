from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg

from tests.conftest import ROOT


def test_a_database_with_somebody_elses_tables_ends_the_migrations_in_one_line(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE elsewhere")
    elsewhere = urlsplit(postgres_url)._replace(path="/elsewhere").geturl()
    with psycopg.connect(elsewhere) as connection:
        connection.execute("CREATE TABLE users (name text)")

    migrating = subprocess.run(
        [sys.executable, "-m", "migrations"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": elsewhere},
        capture_output=True,
        text=True,
    )

    assert migrating.returncode == 1
    (line,) = migrating.stderr.splitlines()
    assert line.startswith('insightboard: the database cannot be migrated now: relation "users" already exists')
