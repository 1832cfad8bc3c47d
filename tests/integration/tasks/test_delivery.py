"""Acknowledging a message whose connection to the broker was lost meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery.utils.imports import symbol_by_name

from celery_config import app
from tasks import warm
from tasks.fetch import fetch
from tests.integration.tasks.conftest import ask


def sent_fetch() -> str:
    ask("github", username="torvalds")
    return "interactive"


def sent_tick() -> str:
    warm.warm.apply_async()
    return "upkeep"


@pytest.mark.parametrize(("task", "send"), [(fetch, sent_fetch), (warm.warm, sent_tick)], ids=["fetch", "tick"])
def test_a_receipt_for_a_lost_connection_ends_no_worker(task: Any, send: Callable[[], str]) -> None:
    queue = send()
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(queue).get(timeout=5)
        request = symbol_by_name(task.Request)(
            message, on_ack=message.ack_log_error, app=app, task=task, connection_errors=connection.connection_errors
        )
        message.channel.basic_reject(message.delivery_tag, requeue=True)
        message.channel.close()

        request.acknowledge()

        assert not message.acknowledged
