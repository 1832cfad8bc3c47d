"""What /readyz and /metrics say, and how soon, while the broker is gone, frozen, or never was there."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import servers
from tests.e2e.client import Client, Got
from tests.faults.protection import without
from tests.faults.stack import Stack, frozen

DEPTH = b"insightboard_queue_depth{"
NOT_CAUGHT = without("dispatch.py", "with answering(lost), connection:", "with answering(), connection:")
RESTING = without("dispatch.py", "        connection.ensure_connection(**once)\n")
ASKED_OFTEN = without("celery_config.py", 'sentinel["sentinel_kwargs"] = waits | {"retry": None}', "pass")


@contextmanager
def silent() -> Iterator[int]:
    """Give a port that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        yield int(listener.getsockname()[1])


def timed(client: Client) -> tuple[Got, Got, float]:
    """Return /readyz, /metrics, and how many seconds both took."""
    began = time.monotonic()
    return client.get("/readyz"), client.get("/metrics"), time.monotonic() - began


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param("redis://127.0.0.1:{gone}/0", marks=[NOT_CAUGHT, RESTING]),
        pytest.param("redis://127.0.0.1:{silent}/0", marks=[NOT_CAUGHT, RESTING]),
        pytest.param("sentinel://127.0.0.1:{silent};sentinel://127.0.0.1:{gone}/0?master_name=m", marks=ASKED_OFTEN),
        pytest.param("amqp://127.0.0.1:{gone}//", marks=RESTING),
        pytest.param("amqp://127.0.0.1:{silent}//", marks=RESTING),
    ],
)
def test_a_broker_that_is_away_is_told_soon_and_costs_one_wait(database: str, redis_url: str, broker: str) -> None:
    with silent() as port, servers.api({"CELERY_BROKER_URL": broker.format(gone=1, silent=port)}) as api:
        ready, metrics, first = timed(Client(api.url))
        again, _, second = timed(Client(api.url))
        printed = api.printed()

    assert (ready.status, again.status, metrics.status) == (503, 503, 200)
    assert ready.json()["broker"] == again.json()["broker"] == "does not answer"
    assert b"insightboard_http_requests" in metrics.body
    assert DEPTH not in metrics.body
    # Two transports that wait a second each and the start of Celery; left alone, kombu and redis-py wait 2 to 27 s.
    assert first < 3
    assert second < 1.5
    assert "Traceback" not in printed


@NOT_CAUGHT
def test_a_broker_that_freezes_is_told_soon_and_is_ready_again_when_it_is_back(warm: Stack) -> None:
    _, before, _ = timed(warm.client)
    with frozen(warm.broker):
        ready, metrics, seconds = timed(warm.client)

    assert DEPTH in before.body
    assert (ready.status, ready.json()["broker"], metrics.status) == (503, "does not answer", 200)
    assert DEPTH not in metrics.body
    assert seconds < 2
    servers.until(lambda: warm.client.get("/readyz").json()["broker"].startswith("ok"), 5)
