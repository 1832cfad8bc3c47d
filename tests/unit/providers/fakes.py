"""A world for providers that is made by hand: an upstream with written answers, a memory, a clock, a history."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from providers.base import Answer, Context, Hour, Provider, ProviderError, Sample

WRITTEN = Path(__file__).parents[2] / "fixtures" / "providers"
RECORDED = Path(__file__).parents[4] / "shared" / "fixtures"
NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
HOSTS = {
    "github_api_url": "https://api.github.test",
    "github_url": "https://github.test",
    "openweather_api_url": "https://openweather.test",
    "openmeteo_api_url": "https://meteo.test",
    "openmeteo_geocoding_url": "https://geocoding.test",
    "newsapi_url": "https://newsapi.test",
    "hackernews_api_url": "https://hn.test",
    "coingecko_api_url": "https://coingecko.test",
}


@dataclass(frozen=True)
class Asked:
    url: str
    query: Mapping[str, str | int]
    headers: Mapping[str, str]
    conditional: bool


OTHERS: tuple[Any, ...] = (
    None, [], {}, "", "x", 0, -1, 1.5, True, 10**400, [None], {"a": None}, "<b>&amp;\u0000</b>", [[]],
)  # fmt: skip

Reply = Answer | Callable[[Asked], Answer]


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer; a body that is no bytes is sent as JSON, and `x_y=` is the header `x-y`."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


@dataclass
class FakeHttp:
    """Answers by the end of the URL's path, and notes what it was asked."""

    replies: Mapping[str, Reply]
    asked: list[Asked] = field(default_factory=list)

    def get(
        self,
        url: str,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        conditional: bool = False,
    ) -> Answer:
        one = Asked(url, query or {}, headers or {}, conditional)
        self.asked.append(one)
        reply = next((reply for end, reply in self.replies.items() if url.endswith(end)), None)
        assert reply is not None, f"nobody expected {url}"
        return reply if isinstance(reply, Answer) else reply(one)


@dataclass
class FakeMemory:
    kept: dict[str, str] = field(default_factory=dict)
    ttls: dict[str, timedelta] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def set(self, name: str, value: str, ttl: timedelta) -> None:
        self.kept[name], self.ttls[name] = value, ttl


@dataclass
class World:
    """What one fetch touches."""

    http: FakeHttp
    memory: FakeMemory = field(default_factory=FakeMemory)
    credentials: dict[str, str | None] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=lambda: dict(HOSTS))
    samples: Sequence[Sample] = ()
    counted: list[tuple[str, str]] = field(default_factory=list)

    def context(self, provider: Provider[Any, Any]) -> Context:
        return Context(
            http=self.http,
            probe=self.probe,
            credentials={name: self.credentials.get(name) for name in provider.credentials},
            base_urls={name: self.hosts[name] for name in provider.base_urls},
            now=lambda: NOW,
            memory=self.memory,
            history=self.history,
            explain=provider.explain,
        )

    def probe(self, urls: Sequence[str]) -> Iterator[Sequence[Sample]]:
        yield [sample for sample in self.samples if sample.url in urls]

    def history(self, checks: Sequence[tuple[str, str]]) -> list[list[Hour]]:
        self.counted += checks
        return [[Hour(NOW - timedelta(hours=back), 1, 0, 0) for back in range(23, -1, -1)] for _ in checks]


def world(replies: Mapping[str, Reply], **credentials: str) -> World:
    return World(FakeHttp(replies), credentials=dict(credentials))


def fetched(provider: Provider[Any, Any], params: Any, around: World) -> Any:
    """Return the payload as a client would read it."""
    context = around.context(provider)
    parts = provider.parts(params)
    found = dict(one for together in provider.fetch_parts(parts, context) for one in together)
    results = [found[part] for part in parts]
    for result in results:
        if isinstance(result, ProviderError):
            raise result
    return results if provider.joined else results[0]


def written(name: str) -> Any:
    """Return a payload that was written for this project."""
    return json.loads((WRITTEN / name).read_text(encoding="utf-8"))


def distorted(value: Any) -> Iterable[Any]:
    """Yield the JSON value with one thing in it missing or of another type, for everything in it."""
    yield from OTHERS
    if isinstance(value, dict):
        for name in value:
            yield {key: one for key, one in value.items() if key != name}
            yield from ({**value, name: other} for other in distorted(value[name]))
    elif isinstance(value, list) and value:
        yield from ([other, *value[1:]] for other in distorted(value[0]))
