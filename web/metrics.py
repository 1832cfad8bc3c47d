"""What Prometheus reads: this API's requests, and what workers counted in Redis."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache

import prometheus_client
from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import dispatch
import settings
from dispatch import BrokerDownError
from store import StoreDownError, alive, counters, jobs
from web import tokens
from web.problems import unauthorized

REQUESTS = Counter("insightboard_http_requests", "Requests", ["method", "route", "status"])
SECONDS = Histogram("insightboard_http_request_seconds", "How long requests took", ["route"])
KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})

blueprint = Blueprint("metrics", __name__)


def install(app: Flask) -> None:
    """Count every request."""
    app.after_request(count)


def count(answer: Response) -> Response:
    """Count a request by its route, never by its path, of which there are too many."""
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in KNOWN else "other"
    observe(method, route, answer.status_code, time.perf_counter() - g.began)
    return answer


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request to a route."""
    requests_of(method, route, status).inc()
    seconds_of(route).observe(seconds)


@cache
def requests_of(method: str, route: str, status: int) -> Counter:
    """Return the counter of a route's answers of a status."""
    return REQUESTS.labels(method, route, str(status))


@cache
def seconds_of(route: str) -> Histogram:
    """Return the histogram of a route."""
    return SECONDS.labels(route)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return all metrics; with METRICS_TOKEN set, to its bearer only."""
    token = settings.load().metrics_token
    # WSGI hands bytes on as Latin-1 (PEP 3333).
    given = tokens.bearer(request.headers.get("Authorization")).encode()
    if token and not hmac.compare_digest(given, token.encode()):
        raise unauthorized()
    answer = Response(prometheus_client.generate_latest(registry()))
    answer.headers["Content-Type"] = prometheus_client.CONTENT_TYPE_PLAIN_0_0_4
    answer.headers["Cache-Control"] = "no-store"
    return answer


def registry() -> CollectorRegistry:
    """Return this process' metrics, or those of all API processes where they share a folder, and the workers'."""
    made = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(made)  # type: ignore[no-untyped-call]  # untyped
    else:
        made.register(Own())
    made.register(Shared())
    return made


class Own(Collector):
    """What this process counted."""

    def collect(self) -> Iterable[Metric]:
        """Yield the process' metrics."""
        return prometheus_client.REGISTRY.collect()


class Shared(Collector):
    """What is in Redis and in the broker; what does not answer is left out."""

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: what there is is known when it is read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the workers' counters, the queues' depths, and ages."""
        with suppress(StoreDownError):
            yield from counted()
            yield from ages()
        with suppress(BrokerDownError):
            yield depths()


def counted() -> Iterator[Metric]:
    """Yield what workers counted."""
    found = counters.read()
    families: dict[str, Metric] = {}
    for one in found.counters:
        names = sorted(one.labels)
        made = CounterMetricFamily(f"insightboard_{one.name}", f"{one.name}, by workers", labels=names)
        family = families.setdefault(one.name, made)
        family.add_metric([one.labels[name] for name in names], one.value)  # type: ignore[attr-defined]  # its own method
    for each in found.histograms:
        names = sorted(each.labels)
        drawn = HistogramMetricFamily(f"insightboard_{each.name}_seconds", f"{each.name}, by workers", labels=names)
        family = families.setdefault(f"{each.name}_seconds", drawn)
        buckets = [("+Inf" if bound == float("inf") else str(bound), float(many)) for bound, many in each.buckets]
        family.add_metric([each.labels[name] for name in names], buckets, each.total_s)  # type: ignore[attr-defined]  # the same
    yield from families.values()


def ages() -> Iterator[Metric]:
    """Yield how long the oldest job has waited, and when each part of the system was last alive."""
    waited = "How long the oldest queued job has waited"
    yield GaugeMetricFamily("insightboard_oldest_job_seconds", waited, jobs.oldest_waiting() or 0)
    silent = GaugeMetricFamily("insightboard_silent_seconds", "Since a part was last alive", labels=["part"])
    for part, seconds in alive.ages().items():
        silent.add_metric([part], seconds)
    yield silent


def depths() -> Metric:
    """Return how many messages wait in each queue."""
    found = GaugeMetricFamily("insightboard_queue_depth", "Messages that wait", labels=["queue"])
    for queue, many in dispatch.depths().items():
        found.add_metric([queue], many)
    return found
