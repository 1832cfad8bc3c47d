"""No secret is shown anywhere: a canary in every secret setting, and every place that could show it is searched."""

from __future__ import annotations

import os
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests
from redis import Redis

import settings
from tests import servers
from tests.e2e.client import registered
from tests.upstream import Reply, Upstream

CANARY = "CANARY-b7e1"
SECRETS = {name for name, one in settings.NAMES.items() if one.metadata["secret"]}
PROVIDER_KEYS = {"GITHUB_API_TOKEN", "OPENWEATHER_API_KEY", "NEWSAPI_API_KEY", "COINGECKO_API_KEY"}
READS = [
    "/api/data/github?username=torvalds",
    "/api/data/weather?city=Oslo",
    "/api/data/news?topic=flask",
    "/api/data/crypto?symbols=btc",
]

PATHS = [
    "/github/users/torvalds/events/public",
    "/openweather/data/2.5/weather",
    "/openweather/data/2.5/forecast",
    "/newsapi/v2/everything",
    "/coingecko/api/v3/coins/markets",
]


def planted() -> dict[str, str]:
    """Return the environment with the canary in every secret; in server URLs it is a user name nobody checks."""
    keys = {name: f"{CANARY}-{name}".ljust(40, "x") for name in PROVIDER_KEYS | {"JWT_SECRET", "METRICS_TOKEN"}}
    return {**keys, "FLOWER_BASIC_AUTH": f"admin:{CANARY}-flower", "LOG_LEVEL": "debug", "LOG_FORMAT": "json"}


def test_the_canary_is_planted_in_every_secret_but_the_servers_urls() -> None:
    assert SECRETS - set(planted()) == {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"}


@pytest.mark.parametrize("status", [200, 401, 500])
def test_no_secret_is_shown_anywhere(status: int, database: str, redis: Redis, upstream: Upstream) -> None:
    for path in PATHS:
        upstream.on(path, Reply(status, {"message": "no"}))
    shown: dict[str, bytes] = {}
    with ExitStack() as stack:
        api = stack.enter_context(servers.api(planted()))
        worker = stack.enter_context(servers.worker(planted()))
        flower = stack.enter_context(servers.flower(planted()))
        client = registered(api.url)
        # Flower hears of tasks only once it listens to the workers.
        servers.until(lambda: b"flower_worker_online{" in asked(flower.url + "/metrics"), 20)
        for read in READS:
            got = client.get(read, {"Prefer": "wait=10"})
            shown[read] = got.body + str(got.headers).encode()
            shown[f"{read} runs"] = client.get(read.replace("?", "/runs?")).body
        for path in ("/api/openapi.json", "/api/widgets", "/readyz", "/metrics", "/api/nothing"):
            shown[path] = client.get(path).body
        for path in ("/api/tasks", "/api/workers", "/api/queues/length", "/tasks", "/broker"):
            shown[f"flower {path}"] = asked(flower.url + path)
        for name, service in {"api": api, "worker": worker, "flower": flower}.items():
            shown[f"{name} log"] = service.printed().encode()
    for key in redis.scan_iter("*"):
        shown[f"redis {key.decode(errors='replace')}"] = key + (redis.dump(key) or b"")
    broker = Redis.from_url(os.environ["CELERY_BROKER_URL"])
    for key in broker.scan_iter("*"):
        shown[f"broker {key.decode(errors='replace')}"] = key + (broker.dump(key) or b"")

    assert b"fetch" in shown["flower /api/tasks"]
    password = str(urlsplit(os.environ["REDIS_URL"]).password).encode()
    assert [place for place, text in shown.items() if CANARY.encode() in text or password in text] == []
    assert any(CANARY in str(one.headers) + str(one.query) for one in upstream.asked())


def asked(url: str) -> bytes:
    """Return what Flower answers to its operator, the error pages included."""
    user, _, password = planted()["FLOWER_BASIC_AUTH"].partition(":")
    return requests.get(url, auth=(user, password), timeout=10).content
