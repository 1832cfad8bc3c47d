"""Bodies recorded from the real upstreams: ../shared/fixtures holds them, beside the repository and not part of it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

import providers
from providers import encoding, schema
from providers.base import (
    Answer,
    BadAnswer,
    CredentialsRefused,
    NotFound,
    NotModified,
    ProviderError,
    RateLimited,
)
from tests.unit.providers.fakes import RECORDED, Reply, answer, fetched, world

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/fixtures is not there")


def recorded(name: str) -> Answer:
    """Return a recorded answer with its status and headers."""
    folder, file = name.split("/")
    entries = json.loads((RECORDED / "manifest.json").read_text(encoding="utf-8"))[folder]
    entry = next(one for one in entries if one["file"] == file)
    status = int(str(entry["status"])[:3])
    headers = {key.lower(): str(value) for key, value in entry.get("headers", {}).items()}
    return Answer(status, headers, (RECORDED / name).read_bytes())


def payload(name: str, raw: dict[str, Any], replies: dict[str, Reply], **credentials: str) -> Any:
    """Return what a client would get, having checked it against its own schema."""
    provider = providers.registry()[name]
    found = fetched(provider, schema.load_params(provider, raw), world(replies, **credentials))
    shape = schema.result_schema(provider)()
    for one in found if provider.many else [found]:
        assert shape.validate(json.loads(encoding.encode(one))) == {}
    return found


@pytest.mark.parametrize(
    ("file", "count"),
    [("events_torvalds_2026", 12), ("events_jacquev6_2012_types", 1), ("events_sferik_2013_page1", 30)],
)
def test_recorded_github_events_read_as_sentences(file: str, count: int) -> None:
    events = payload("github", {"username": "x"}, {"/events/public": recorded(f"github/{file}.json")})

    assert len(events) >= count
    assert all(event.summary and "None" not in event.summary and "Event" not in event.summary for event in events)
    assert all(event.id and event.created_at and event.actor for event in events)


@pytest.mark.parametrize("file", ["top_headlines_2020", "top_headlines_q_newyork_2024", "top_headlines_us_2022"])
def test_recorded_news_is_plain(file: str) -> None:
    replies: dict[str, Reply] = {"/v2/everything": recorded(f"newsapi/{file}.json")}

    articles = payload("news", {"topic": "x"}, replies, newsapi_api_key="k")

    assert articles
    assert all(article.title and article.url and article.published_at for article in articles)
    assert all("<" not in (article.description or "") for article in articles)


def test_recorded_empty_news_is_an_empty_list() -> None:
    replies: dict[str, Reply] = {"/v2/everything": recorded("newsapi/empty_result.json")}

    assert payload("news", {"topic": "x"}, replies, newsapi_api_key="k") == []


def test_recorded_stories_all_have_a_link() -> None:
    stories = payload("news", {"topic": "x"}, {"/search_by_date": recorded("hackernews/algolia_search_a.json")})

    assert len(stories) == 8
    assert all(story.url and "<em>" not in story.title for story in stories)


def test_recorded_markets_are_read() -> None:
    replies: dict[str, Reply] = {"/coins/markets": recorded("coingecko/markets_bitcoin_usd_2026.json")}

    coin = payload("crypto", {"symbols": "btc"}, replies)[0]

    assert (coin.id, coin.price, coin.change_percentage_24h) == ("bitcoin", 77671, -0.95302)
    assert len(coin.sparkline_7d) == 3


def test_recorded_markets_without_a_week_are_read() -> None:
    replies: dict[str, Reply] = {"/coins/markets": recorded("coingecko/markets_btc_eth_in_eth_2021.json")}

    coins = payload("crypto", {"symbols": "eth,btc", "currency": "eth"}, replies)

    assert [(coin.id, coin.price, coin.sparkline_7d) for coin in coins] == [
        ("ethereum", 1.0, None),
        ("bitcoin", 12.666344, None),
    ]


@pytest.mark.parametrize(
    ("file", "temp", "forecast"),
    [("forecast_toronto_imperial", 32.6, 7), ("forecast_berlin_weathercode_only", None, 7)],
)
def test_recorded_open_meteo_is_read(file: str, temp: float | None, forecast: int) -> None:
    replies: dict[str, Reply] = {
        "/v1/search": recorded("open-meteo/geocode_hollywood.json"),
        "/v1/forecast": recorded(f"open-meteo/{file}.json"),
    }

    weather = payload("weather", {"city": "Hollywood, Florida"}, replies)

    assert (weather.city_name, weather.country, weather.temp) == ("Hollywood", "US", temp)
    assert weather.description == "overcast"
    assert len(weather.forecast) == forecast
    assert len(weather.hourly) == (24 if temp else 0)


@pytest.mark.parametrize(
    ("file", "city", "temp"), [("weather_london_kelvin", "London", 282.57), ("weather_moscow_ru_metric", "Москва", 12)]
)
def test_recorded_openweather_is_read(file: str, city: str, temp: float) -> None:
    replies: dict[str, Reply] = {
        "/weather": recorded(f"openweather/{file}.json"),
        "/forecast": recorded("openweather/forecast_london_5day.json"),
    }

    weather = payload("weather", {"city": "x"}, replies, openweather_api_key="k")

    assert (weather.city_name, weather.temp) == (city, temp)
    assert len(weather.forecast) == 6


@pytest.mark.parametrize(
    ("file", "name", "kind", "wait"),
    [
        ("github/error_401_bad_credentials.json", "github", CredentialsRefused, None),
        ("github/error_404_unknown_user.json", "github", NotFound, None),
        ("github/error_403_rate_limited.json", "github", RateLimited, 60),
        ("openweather/error_401_invalid_key.json", "weather", CredentialsRefused, None),
        ("openweather/error_404_city_not_found.json", "weather", NotFound, None),
        ("openweather/error_429_blocked.json", "weather", RateLimited, 600),
        ("open-meteo/error_400_latitude.json", "weather", BadAnswer, None),
        ("newsapi/error_400_parametersMissing.json", "news", BadAnswer, None),
        ("newsapi/error_401_apiKeyInvalid.json", "news", CredentialsRefused, None),
        ("newsapi/error_429_rateLimited.json", "news", RateLimited, 3600),
        ("coingecko/error_422_missing_ids.json", "crypto", BadAnswer, None),
        ("coingecko/error_429_rate_limited.json", "crypto", RateLimited, 119),
    ],
)
def test_recorded_errors_are_told_apart(file: str, name: str, kind: type[ProviderError], wait: float | None) -> None:
    error = providers.registry()[name].explain(recorded(file))

    assert type(error) is kind
    assert error.retry_after == wait


def test_the_recorded_daily_limit_waits_for_midnight() -> None:
    error = providers.registry()["weather"].explain(recorded("open-meteo/error_429_daily.json"))

    assert isinstance(error, RateLimited)
    assert 0 < (error.retry_after or 0) <= 86_400


def test_the_recorded_answer_without_a_match_is_not_found() -> None:
    with pytest.raises(NotFound):
        payload("weather", {"city": "x"}, {"/v1/search": recorded("open-meteo/geocode_no_match.json")})


def test_the_recorded_304_says_that_nothing_changed() -> None:
    with pytest.raises(NotModified):
        payload("github", {"username": "x"}, {"/events/public": recorded("github/not_modified_304.json")})


@pytest.mark.parametrize(
    "file", [path.name for path in sorted(RECORDED.glob("*/*.json")) if path.parent.name in {"coingecko", "hackernews"}]
)
@pytest.mark.parametrize("name", ["github", "news", "crypto"])
def test_a_body_that_is_meant_for_another_endpoint_breaks_nothing(file: str, name: str) -> None:
    body = next(RECORDED.glob(f"*/{file}")).read_bytes()
    ends = ("/events/public", "/search_by_date", "/coins/markets")
    raw = {"github": {"username": "x"}, "news": {"topic": "x"}, "crypto": {"symbols": "btc"}}[name]

    with suppress(ProviderError):
        payload(name, raw, {end: answer(body) for end in ends})
