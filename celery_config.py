"""The Celery app: its queues, limits, beat's schedule, and broker options by the role of the process."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

from celery import Celery
from celery.app.amqp import AMQP
from celery.schedules import schedule as every
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.transport import TRANSPORT_ALIASES, redis

from settings import Settings, load

Role = Literal["api", "worker"]

# A worker asks them in this order (queue_order_strategy below): a reader never waits behind warming.
QUEUES = ("upkeep", "interactive", "fetch", "checks")
JOB_SECONDS = 15
TICK_SECONDS = 5
# What an emptied Redis has lost is fetched again within a minute, the tick of warming and the fetch included.
RELOAD_SECONDS = 15
# A revocation of the last second before Redis was killed is not known to all processes for as long.
UPKEEP_SECONDS = 15


class Channel(redis.Channel):
    """A channel that makes one client for each of its pools; kombu's makes one for each command, at 0.1 ms."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)  # type: ignore[no-untyped-call]  # kombu's gap
        self.Client = lru_cache(maxsize=2)(self.Client)


class Transport(redis.Transport):
    """Redis as a broker, by our channels."""

    Channel = Channel


TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "celery_config:Transport"))


class Link(Connection):
    """A connection whose loss a busy worker survives.

    Celery closes a lost connection twice, the second time without its transport, and kombu 5.7 then stumbles over
    the messages that were not acknowledged, which ends the worker. Their jobs are sent again by tasks/reap.py.
    """

    def collect(self, socket_timeout: float | None = None) -> None:
        """Let go of what is lost: there is no broker to give messages back to."""
        if self._default_channel:
            self._default_channel.do_restore = False
        super().collect(socket_timeout)  # type: ignore[no-untyped-call]  # kombu's gap


class Links(AMQP):  # type: ignore[misc]  # untyped
    """What Celery builds its connections with."""

    Connection = Link


def make_app(settings: Settings, role: Role) -> Celery:
    """Build the app of a process: workers and beat wait for their broker, the API fails fast."""
    app = Celery("insightboard", include=["tasks"], amqp=Links, set_as_current=role == "worker")
    # Not broker_url: Celery would take CELERY_BROKER_URL from the environment instead, unparsed.
    app.conf.update(broker_read_url=broker_url(settings), broker_write_url=broker_url(settings))
    app.conf.update(common(), **broker(settings, role), **(worker() if role == "worker" else {}))
    return app


def common() -> dict[str, Any]:
    """Return what both roles share; no result backend, since a job's state is our own (DESIGN, 4)."""
    return {
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [Queue(name) for name in QUEUES],  # type: ignore[no-untyped-call]  # kombu's gap
        "task_default_queue": "upkeep",
        "task_create_missing_queues": False,
        "task_send_sent_event": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2},
        "enable_utc": True,
    }


def worker() -> dict[str, Any]:
    """Return what only workers and beat need."""
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        "task_soft_time_limit": JOB_SECONDS + 2,
        "task_time_limit": JOB_SECONDS + 7,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_max_tasks_per_child": 1000,
        "worker_max_memory_per_child": 200_000,
        "worker_eta_task_limit": 1000,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "beat_max_loop_interval": TICK_SECONDS,
        "beat_schedule": schedule(),
    }


def schedule() -> dict[str, Any]:
    """Return beat's table; a tick that was not taken before the next one is worthless, so it expires.

    RabbitMQ drops it itself; a worker goes by Redis' clock instead of its own (tasks/ticks.py: Tick).
    """
    ticks = {"warm": TICK_SECONDS, "reap": TICK_SECONDS, "reload": RELOAD_SECONDS, "upkeep": UPKEEP_SECONDS}
    return {
        name: {
            "task": name,
            "schedule": every(period, nowfun=steady),
            "options": {"queue": "upkeep", "expires": period},
        }
        for name, period in ticks.items()
    }


def steady() -> datetime:
    """Return the time on a clock that nobody sets: by the machine's own, set back, beat would stand still as long."""
    return datetime.fromtimestamp(time.monotonic(), UTC)


def broker_url(settings: Settings) -> str:
    """Return the URL as kombu wants it: a database stands in the path of every server, a master's name in the options.

    Where kombu fails over to another sentinel, it takes that one's path for the database.
    """
    url = settings.celery_broker_url
    if urlsplit(url).scheme not in {"redis", "rediss", "sentinel"}:
        return url
    servers = [urlsplit(one) for one in url.split(";")]
    query = parse_qs(servers[-1].query)
    path = f"/{query['db'][0]}" if "db" in query else servers[-1].path
    known = "&".join(one for one in servers[-1].query.split("&") if not one.startswith(("db=", "master_name=")))
    return ";".join(urlunsplit(one._replace(path=path, query=known)) for one in servers)


def broker(settings: Settings, role: Role) -> dict[str, Any]:
    """Choose the broker options by scheme and role (facts: a worker's read must outlast its blocking pop)."""
    scheme = urlsplit(settings.celery_broker_url).scheme
    options = amqp_options(role) if scheme.startswith("amqp") else redis_options(settings, role)
    chosen: dict[str, Any] = {
        "broker_transport_options": options,
        "broker_connection_timeout": 1 if role == "api" else 5,
    }
    if scheme == "rediss":
        chosen["broker_use_ssl"] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    return chosen


def amqp_options(role: Role) -> dict[str, Any]:
    """Return RabbitMQ's options: a publish counts only when the broker has confirmed it."""
    return {"confirm_publish": True, "read_timeout": 2 if role == "api" else None, "write_timeout": 2}


def redis_options(settings: Settings, role: Role) -> dict[str, Any]:
    """Return Redis' options; a message that its worker lost comes back after visibility_timeout seconds."""
    # A publish waits for it up to three times: 1.2 s of the 1.5 s that a reader may have to wait.
    waits = {"socket_timeout": 0.4, "socket_connect_timeout": 0.2, "retry_on_timeout": False}
    if role == "worker":
        waits = {"socket_timeout": 10, "socket_connect_timeout": 5, "retry_on_timeout": True}
    query = parse_qs(urlsplit(settings.celery_broker_url.rsplit(";", maxsplit=1)[-1]).query)
    sentinel: dict[str, Any] = {"master_name": query["master_name"][0]} if "master_name" in query else {}
    if sentinel and role == "api":
        # Left to itself, redis-py asks a sentinel that is away ten times, for half a minute.
        sentinel["sentinel_kwargs"] = waits | {"retry": None}
    return (
        waits
        | sentinel
        | {
            "socket_keepalive": True,
            # A worker whose link died unnoticed is deaf for twice as long, and a second.
            "health_check_interval": 10,
            "visibility_timeout": 120,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "queue_order_strategy": "priority",
        }
    )


app = make_app(load(), "worker")
