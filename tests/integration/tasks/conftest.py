"""Asking for a part as a reader does, and running its job in this process as a worker would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

import dispatch
import providers
from providers import schema
from store import jobs, keys, snapshots
from tasks.fetch import fetch
from tests.upstream import Upstream

Ask = Callable[..., str]


@pytest.fixture(autouse=True)
def _empty(redis: Redis, upstream: Upstream) -> None:
    """Begin each test with nothing in Redis and nothing programmed."""


def key_of(provider: str, **params: Any) -> str:
    found = providers.registry()[provider]
    (part,) = found.parts(schema.load_params(found, params))
    return keys.widget_key(provider, schema.as_dict(part))


def ask(provider: str, queue: dispatch.QueueName = "interactive", request_id: str = "r1", **params: Any) -> str:
    """Ask for a widget and return the id of its (only) job."""
    found = providers.registry()[provider]
    parts = list(found.parts(schema.load_params(found, params)))
    plain = {keys.widget_key(provider, schema.as_dict(part)): schema.as_dict(part) for part in parts}
    since = snapshots.read([]).now
    batch = jobs.Batch(plain, provider, found.group(parts[0]))
    asked = dispatch.fetch(provider, [batch], most=found.batch, queue=queue, request_id=request_id, since=since)
    (job_id,) = set(asked.values())
    return job_id


def ran(job_id: str) -> jobs.Job:
    """Run a job here and return what became of it."""
    fetch(job_id)
    (job,) = jobs.get([job_id])
    assert job is not None
    return job


def entry(key: str) -> snapshots.Entry:
    return snapshots.read([key]).entries[key]


def fetched(provider: str, **params: Any) -> snapshots.Snapshot:
    """Return the snapshot of a widget that is there."""
    found = entry(key_of(provider, **params)).snapshot
    assert found is not None
    return found
