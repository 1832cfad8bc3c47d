"""A provider's answer that cannot be used ends its job with one clear error, and the last good data stays."""

from __future__ import annotations

import pytest
from redis import Redis

from tests.faults import hostile
from tests.faults.protection import without
from tests.github import event, events
from tests.integration.tasks.conftest import ask, entry, key_of, ran
from tests.upstream import Reply, Upstream

EVENTS = events("torvalds")
EVENT = event("torvalds")
UNUSABLE = {
    **{name: Reply(body=body) for name, body in hostile.NO_JSON.items()},
    "a page of a hotel's network": Reply(body=hostile.NO_JSON["html"], headers={"Content-Type": "text/html"}),
    "no gzip": Reply(body=b"[]", headers={"Content-Encoding": "gzip"}),
    "brotli": Reply(body=b"[]", headers={"Content-Encoding": "br"}),
    "another type": Reply(data={"events": []}),
    "not a number": Reply(body=b"NaN"),
    "a redirect elsewhere": Reply(302, {}, headers={"Location": "http://127.0.0.2/"}),
}


@pytest.fixture(autouse=True)
def _empty(redis: Redis, upstream: Upstream) -> None:
    """Begin each test with nothing in Redis and nothing programmed."""


@pytest.mark.parametrize("name", UNUSABLE)
@without("providers/base.py", "except (ValueError, RecursionError):", "except ZeroDivisionError:")
@without("tasks/fetch.py", "except SHAPE_ERRORS:", "except ZeroDivisionError:")
def test_an_answer_that_cannot_be_used_is_one_clear_error(redis: Redis, upstream: Upstream, name: str) -> None:
    upstream.on(EVENTS, Reply(data=[EVENT]), UNUSABLE[name])
    key = key_of("github", username="torvalds")
    ran(ask("github", username="torvalds"))
    redis.hset(f"ib:snapshot:{key}", "fetched_at", "1000000000")

    job = ran(ask("github", username="torvalds"))
    found = entry(key)

    assert (job.state, (job.error or {}).get("kind")) == ("failed", "provider-error")
    assert found.failure is not None
    assert len(found.failure.detail) < 200
    assert found.snapshot is not None
    assert b"git/git" in found.snapshot.body
    assert found.job_id is None
