"""One structured log line for each event, from HTTP to task, in JSON or readable on a terminal; secrets never."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from dataclasses import fields
from typing import Any

import structlog

from settings import Settings

Event = MutableMapping[str, Any]
SHORTEST_SECRET = 6


class Redactor:
    """Replaces every secret of the settings wherever it stands in an event, as the last line of defence."""

    def __init__(self, settings: Settings) -> None:
        """Remember the secret values; very short ones would garble ordinary words."""
        values = (getattr(settings, one.name) for one in fields(settings) if one.metadata["secret"])
        self.secrets = tuple(value for value in values if value and len(value) >= SHORTEST_SECRET)

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        """Return the event without secrets (structlog's processor protocol)."""
        return {name: self.clean(value) for name, value in event.items()}

    def clean(self, value: Any) -> Any:
        """Return the value with each secret in its text replaced."""
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, "[secret]")
        return value


def configure(settings: Settings) -> None:
    """Send structlog's events and the standard library's records to standard error in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
        Redactor(settings),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Redactor(settings),
                renderer(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    quiet_libraries()
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def renderer(settings: Settings) -> Any:
    """Choose readable lines for a terminal and JSON for everything else, unless the operator chose."""
    readable = sys.stderr.isatty() if settings.log_format == "auto" else settings.log_format == "text"
    if readable:
        # Plain tracebacks: the pretty ones print local variables, and those may hold a URL with a key.
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.processors.JSONRenderer()


def quiet_libraries() -> None:
    """Keep libraries that log every request or message from drowning our own lines."""
    for name in (
        "urllib3",
        "amqp",
        "alembic",
        "celery.beat",
        "celery.worker",
        "celery.app.trace",
        "celery.utils.functional",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def get(name: str) -> Any:
    """Return the logger of a subject, such as `insightboard.fetch`."""
    return structlog.stdlib.get_logger(f"insightboard.{name}")
