"""The message of a task, which is acknowledged once the task has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery.worker.request import Request


class Delivery(Request):  # type: ignore[misc]  # untyped
    """A message whose connection may be lost before it is acknowledged: the broker then delivers it again.

    On a channel that was closed meanwhile, kombu's Redis transport raises AttributeError, which Celery takes for a
    fault of its own: the whole worker would end.
    """

    def __init__(self, message: Any, connection_errors: Sequence[type[Exception]] = (), **given: Any) -> None:
        super().__init__(message, connection_errors=(*connection_errors, AttributeError), **given)
