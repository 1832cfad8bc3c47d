"""What many of these tests stand on; a module whose API is set otherwise has a fixture of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

import web
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.stack import OSLO, Stack, stacked


@pytest.fixture
def stack(home: Path) -> Iterator[Stack]:
    """Give an API on a Postgres, a cache and a broker of its own."""
    with stacked(home) as running:
        yield running


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give an API that has read Oslo, for the tests that leave it as they found it."""
    with stacked(tmp_path_factory.mktemp("warm")) as running:
        running.put(600)
        running.client.get(OSLO)
        yield running


@pytest.fixture(scope="module")
def api(postgres_url: str, redis_url: str) -> Iterator[str]:
    """Give the URL of an API that is set as it is by default."""
    with servers.api() as service:
        yield service.url


@pytest.fixture(scope="module")
def app(postgres_url: str, redis_url: str) -> Flask:
    """Give the application itself, which knows its paths."""
    return web.create_app()


@pytest.fixture
def anna(api: str, redis: Redis) -> Client:
    """Give somebody who has an account."""
    return registered(api)


@pytest.fixture
def bert(api: str, redis: Redis) -> Client:
    """Give somebody else."""
    return registered(api)
