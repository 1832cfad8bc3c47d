"""The replay upstream answers every provider in the shape it reads; a new provider without a replay fails here."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import make_server

import pytest
import requests

import providers
import settings
from demo import scene
from demo.upstream import BASES, HOST, Quiet, Server, application
from providers import encoding, schema
from providers.base import Answer, Context, ProviderError


class Http:
    """Asks for real, without the limits of the real client."""

    def get(
        self,
        url: str,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        conditional: bool = False,
    ) -> Answer:
        del conditional
        found = requests.get(url, params=dict(query or {}), headers=dict(headers or {}), timeout=10)
        return Answer(found.status_code, {name.lower(): value for name, value in found.headers.items()}, found.content)


class Memory(dict[str, str]):
    """Keeps what it is told for the test."""

    def set(self, name: str, value: str, ttl: timedelta) -> None:
        assert ttl > timedelta(0)
        self[name] = value


@pytest.fixture(scope="module")
def replay() -> Iterator[str]:
    with make_server(HOST, 0, application, Server, Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


def context(base: str, provider: Any) -> Context:
    replayed = {name.lower(): base + path for name, path in BASES.items()}
    defaults = settings.Settings()
    return Context(
        http=Http(),
        probe=lambda _: iter(()),
        credentials=dict.fromkeys(provider.credentials),
        base_urls={name: replayed.get(name, getattr(defaults, name)) for name in provider.base_urls},
        now=lambda: datetime.now(UTC),
        memory=Memory(),
        history=lambda checks: [[] for _ in checks],
        explain=provider.explain,
    )


@pytest.mark.parametrize("name", [one["id"] for one in scene.layout("") if one["widget"] != "status"])
def test_every_part_of_the_demos_widget_is_fetched_from_the_replay(replay: str, name: str) -> None:
    item = next(one for one in scene.layout(replay) if one["id"] == name)
    provider = providers.registry()[item["widget"]]
    params = schema.load_params(provider, item["params"])

    together = provider.fetch_parts(provider.parts(params), context(replay, provider))
    found = [one for answered in together for one in answered]

    assert found
    for _, result in found:
        assert not isinstance(result, ProviderError)
        assert len(encoding.encode(result)) > 50


def test_the_demo_shows_each_provider_under_ids_of_its_own() -> None:
    items = scene.layout("http://127.0.0.1:1")

    assert {item["widget"] for item in items} == set(providers.registry())
    assert len({item["id"] for item in items}) == len(items)


def test_the_sites_of_the_demo_are_up_slow_and_down(replay: str) -> None:
    urls = next(item for item in scene.layout(replay) if item["widget"] == "status")["params"]["urls"]

    found = {urlsplit(url).path: requests.get(url, timeout=10) for url in urls}

    assert {path: one.status_code for path, one in found.items()} == {
        "/site/shop": 200,
        "/site/blog": 200,
        "/site/docs": 200,
        "/site/reports": 200,
        "/site/archive": 503,
    }
    assert found["/site/reports"].elapsed > timedelta(seconds=2)


def test_an_unknown_place_user_or_currency_is_unknown_to_the_replay_too(replay: str) -> None:
    place = requests.get(f"{replay}/geocoding/v1/search", params={"name": "Atlantis"}, timeout=10)
    user = requests.get(f"{replay}/github/users/nobody/events/public", timeout=10)
    currency = requests.get(f"{replay}/coingecko/api/v3/coins/markets", params={"vs_currency": "xxx"}, timeout=10)

    assert "results" not in place.json()
    assert (user.status_code, currency.status_code) == (404, 422)


def test_github_events_that_did_not_change_are_a_304(replay: str) -> None:
    url = f"{replay}/github/users/octocat/events/public"
    first = requests.get(url, timeout=10)

    again = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)

    assert (again.status_code, again.content) == (304, b"")
