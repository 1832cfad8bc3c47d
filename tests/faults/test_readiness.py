"""What /readyz and /metrics say, and how soon, while the broker is gone, frozen, or never was there."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests import servers
from tests.e2e.client import Client, Got
from tests.faults.again import in_time
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


@dataclass(frozen=True)
class Told:
    """What /readyz and /metrics answered, and how many seconds both took."""

    ready: Got
    metrics: Got
    seconds: float


def told(url: str) -> Told:
    """Ask both."""
    client, began = Client(url), time.monotonic()
    ready, metrics = client.get("/readyz"), client.get("/metrics")
    return Told(ready, metrics, time.monotonic() - began)


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
    def measure() -> tuple[float, float]:
        with silent() as port, servers.api({"CELERY_BROKER_URL": broker.format(gone=1, silent=port)}) as api:
            first, second, printed = told(api.url), told(api.url), api.printed()
        assert (first.ready.status, second.ready.status, first.metrics.status) == (503, 503, 200)
        assert first.ready.json()["broker"] == second.ready.json()["broker"] == "does not answer"
        assert b"insightboard_http_requests" in first.metrics.body
        assert DEPTH not in first.metrics.body
        assert "Traceback" not in printed
        return first.seconds, second.seconds

    took = in_time(measure, soon)

    assert soon(took), took


def soon(took: tuple[float, float]) -> bool:
    # Two transports that wait a second each and the start of Celery; left alone, kombu and redis-py wait 2 to 27 s.
    return took[0] < 3 and took[1] < 1.5


@NOT_CAUGHT
def test_a_broker_that_freezes_is_told_soon_and_is_ready_again_when_it_is_back(warm: Stack) -> None:
    def measure() -> float:
        servers.until(lambda: warm.client.get("/readyz").json()["broker"].startswith("ok"), 5)
        servers.until(lambda: DEPTH in warm.client.get("/metrics").body, 5)
        with frozen(warm.broker):
            found = told(warm.url)
        assert (found.ready.status, found.ready.json()["broker"], found.metrics.status) == (503, "does not answer", 200)
        assert DEPTH not in found.metrics.body
        return found.seconds

    took = in_time(measure, lambda took: took < 2)

    assert took < 2
    servers.until(lambda: warm.client.get("/readyz").json()["broker"].startswith("ok"), 5)
