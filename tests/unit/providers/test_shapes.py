"""No answer of an upstream, however broken, may break a provider in a way that its task does not expect."""

from __future__ import annotations

from typing import Any

import pytest

import providers
from providers import encoding, schema
from providers.base import Provider, ProviderError
from tests.unit.providers.fakes import Reply, answer, distorted, fetched, world, written

# What the fetch task turns into BadAnswer; providers should seldom need it.
FORESEEN = (KeyError, TypeError, ValueError, IndexError, AttributeError)
NOW_OF = "weather/openweather_now.json"
CASES: list[tuple[str, dict[str, Any], dict[str, str], dict[str, str], str]] = [
    ("github", {"username": "ada"}, {}, {"/public": "github/events.json"}, "/public"),
    ("news", {"topic": "x"}, {"newsapi_api_key": "k"}, {"/everything": "news/newsapi.json"}, "/everything"),
    ("news", {"topic": "x"}, {}, {"/search_by_date": "news/hackernews.json"}, "/search_by_date"),
    ("crypto", {"symbols": "btc,eth"}, {}, {"/markets": "crypto/coins.json"}, "/markets"),
    *[
        (
            "weather",
            {"city": "x, us"},
            {},
            {"/search": "weather/geocode.json", "/forecast": "weather/open_meteo.json"},
            end,
        )
        for end in ("/search", "/forecast")
    ],
    *[
        (
            "weather",
            {"city": "x"},
            {"openweather_api_key": "k"},
            {"/weather": NOW_OF, "/forecast": "weather/openweather_forecast.json"},
            end,
        )
        for end in ("/weather", "/forecast")
    ],
]


@pytest.mark.parametrize(("name", "raw", "credentials", "files", "broken"), CASES)
def test_a_broken_answer_gives_null_or_an_error_that_the_task_knows(
    name: str, raw: dict[str, Any], credentials: dict[str, str], files: dict[str, str], broken: str
) -> None:
    provider = providers.registry()[name]
    params = schema.load_params(provider, raw)
    whole: dict[str, Any] = {end: written(file) for end, file in files.items()}

    for other in distorted(shortened(whole[broken])):
        replies: dict[str, Reply] = {end: answer(other if end == broken else body) for end, body in whole.items()}
        outcome = fetch(provider, params, world(replies, **credentials))

        assert valid(provider, outcome), other


def shortened(value: Any) -> Any:
    """Return the payload with lists of at most two items, so that the table of broken ones stays small."""
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return [shortened(one) for one in value[:2]] if isinstance(value, list) else value


def fetch(provider: Provider[Any, Any], params: Any, around: Any) -> Any:
    try:
        return fetched(provider, params, around)
    except (ProviderError, *FORESEEN) as error:
        return error


def valid(provider: Provider[Any, Any], outcome: Any) -> bool:
    """Say whether the outcome is an error, or a result that fits its own schema."""
    if isinstance(outcome, Exception):
        return isinstance(outcome, ProviderError)
    results = outcome if provider.many else [outcome]
    return all(schema.result_schema(provider)().loads(encoding.encode(one)) is not None for one in results)
