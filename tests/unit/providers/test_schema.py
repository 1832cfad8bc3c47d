from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from marshmallow.validate import Range
from werkzeug.datastructures import MultiDict

import providers
from providers import encoding, schema
from providers.base import BadAnswer, Provider, param


@dataclass(frozen=True)
class Params:
    place: str
    days: int = param("How many", default=3, validate=Range(1, 7), example=2)
    wet: bool = param("Rain too", default=False, example=True)


@dataclass(frozen=True)
class Result:
    at: datetime
    value: float


class Toy(Provider[Params, Result]):
    name, title, description, ttl = "toy", "Toy", "A toy.", timedelta(minutes=1)
    params, result = Params, Result


TOY = Toy()


def load(name: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    return schema.as_dict(schema.load_params(providers.registry()[name], MultiDict(pairs)))


def errors(name: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    with pytest.raises(schema.ValidationError) as caught:
        load(name, *pairs)
    return dict(caught.value.messages_dict)


@pytest.mark.parametrize(
    ("name", "pairs", "expected"),
    [
        ("github", [("username", " TorValds ")], {"username": "torvalds"}),
        ("github", [("username", "GitHub-Actions[BOT]")], {"username": "github-actions[bot]"}),
        ("weather", [("city", "  New \u00a0 YORK ")], {"city": "new york", "units": "metric"}),
        ("weather", [("city", "A\u030arhus")], {"city": "århus", "units": "metric"}),
        ("weather", [("city", "Oslo"), ("city", " OSLO"), ("units", "Imperial ")],
         {"city": "oslo", "units": "imperial"}),
        ("weather", [("city", "Oslo"), ("units", "imperial"), ("units", " IMPERIAL")],
         {"city": "oslo", "units": "imperial"}),
        ("weather", [("city", f" \u3000 {'x' * 100} ")], {"city": "x" * 100, "units": "metric"}),
        ("weather", [("city", "A\u030a" * 100)], {"city": "å" * 100, "units": "metric"}),
        ("news", [("topic", f"{'a' * 100} ")], {"topic": "a" * 100, "language": "en"}),
        ("news", [("topic", f"{'a' * 49}{' ' * 9}{'b' * 50}")], {"topic": f"{'a' * 49} {'b' * 50}", "language": "en"}),
        ("news", [("topic", "Rust"), ("language", "DE")], {"topic": "rust", "language": "de"}),
        ("crypto", [("symbols", "BTC, eth,,btc,")], {"symbols": ["btc", "eth"], "currency": "usd"}),
        ("github", [("username", "Octo_Acme")], {"username": "octo_acme"}),
        ("crypto", [("symbols", "$WIF,a/b&c"), ("symbols", "btc")],
         {"symbols": ["$wif", "a/b&c", "btc"], "currency": "usd"}),
        ("crypto", [("symbols", ",".join(["btc", "BTC"] * 200))], {"symbols": ["btc"], "currency": "usd"}),
        ("status", [("urls", "http://a.test/")] * 51, {"urls": ["http://a.test/"]}),
        ("crypto", [("symbols", "btc"), ("symbols", "eth,sol"), ("currency", "EUR")],
         {"symbols": ["btc", "eth", "sol"], "currency": "eur"}),
        ("status", [("urls", "HTTPS://Example.ORG/Path?Q=A")], {"urls": ["https://example.org/Path?Q=A"]}),
        ("status", [("urls", "http://a.test/1,2,http://b.test")], {"urls": ["http://a.test/1,2", "http://b.test"]}),
        ("status", [("urls", "http://a.test/"), ("urls", "http://b.test, HTTP://A.test/")],
         {"urls": ["http://a.test/", "http://b.test"]}),
    ],
)  # fmt: skip
def test_equal_requests_have_one_spelling(name: str, pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert load(name, *pairs) == expected


@pytest.mark.parametrize(
    ("name", "pairs", "field"),
    [
        ("github", [], "username"),
        ("github", [("username", "")], "username"),
        ("github", [("username", "-x")], "username"),
        ("github", [("username", "a" * 40)], "username"),
        ("github", [("username", "torvalds\n")], "username"),
        ("github", [("username", "../../x")], "username"),
        ("github", [("username", "a"), ("username", "b")], "username"),
        ("weather", [("city", " \u3000 ")], "city"),
        ("weather", [("city", "Os\u0000lo")], "city"),
        ("weather", [("city", "x" * 101)], "city"),
        ("weather", [("city", f"{'x' * 101} ")], "city"),
        ("weather", [("city", f"{'x' * 100}\t")], "city"),
        ("weather", [("city", "\u0130" * 51)], "city"),
        ("news", [("topic", " " * 101)], "topic"),
        ("weather", [("city", "Oslo"), ("units", "kelvin")], "units"),
        ("news", [("topic", "x"), ("language", "xx")], "language"),
        ("crypto", [("symbols", "")], "symbols"),
        ("crypto", [("symbols", ",")], "symbols"),
        ("crypto", [("symbols", ",".join(f"c{n}" for n in range(51)))], "symbols"),
        ("crypto", [("symbols", "btc"), ("currency", "u$d")], "currency"),
        ("crypto", [("symbols", "a b")], "symbols"),
        ("crypto", [("symbols", "a\tb")], "symbols"),
        ("crypto", [("symbols", "é")], "symbols"),
        ("crypto", [("symbols", "x" * 101)], "symbols"),
        ("status", [("urls", f"http://a.test/{n}") for n in range(51)], "urls"),
        ("status", [("urls", "example.org")], "urls"),
        ("status", [("urls", " http://a.test/")], "urls"),
        ("status", [("urls", f"http://a.test/{'x' * 2048}")], "urls"),
        ("status", [("urls", f"http://a.test/{'x' * 2034} ")], "urls"),
        ("status", [("urls", "http://a.test/"), ("url", "x")], "url"),
    ],
)
def test_bad_parameters_are_named(name: str, pairs: list[tuple[str, str]], field: str) -> None:
    assert list(errors(name, *pairs)) == [field]


@pytest.mark.parametrize("raw", [None, [], "x", 1, {"city": None}, {"city": 1}, {"city": ["a"]}, {"city": {}}])
def test_json_of_another_shape_is_an_error(raw: object) -> None:
    with pytest.raises(schema.ValidationError):
        schema.load_params(providers.registry()["weather"], raw)


def test_json_takes_lists_and_comma_texts_alike() -> None:
    crypto = providers.registry()["crypto"]

    assert schema.load_params(crypto, {"symbols": ["BTC", "eth"]}) == schema.load_params(crypto, {"symbols": "btc,eth"})


def test_the_most_items_are_said_in_words_because_doubles_do_not_count() -> None:
    symbols = schema.json_schema(providers.registry()["crypto"])["properties"]["symbols"]

    assert symbols["minItems"] == 1
    assert "maxItems" not in symbols
    assert symbols["description"].endswith("at most 50 different ones")


def test_the_types_of_a_toy_are_derived() -> None:
    params = schema.load_params(TOY, MultiDict({"place": "x", "days": "5", "wet": "true"}))

    assert params == Params("x", 5, wet=True)
    assert schema.json_schema(TOY)["properties"]["days"] == {
        "type": "integer", "description": "How many", "examples": [2], "default": 3, "minimum": 1, "maximum": 7,
    }  # fmt: skip


def test_a_query_string_asks_for_the_same_params() -> None:
    status = providers.registry()["status"]
    params = schema.load_params(status, {"urls": ["http://a.test/?x=1&y=2,3", "http://b.test/ü"]})

    query = schema.query_string(params)

    assert query == "urls=http%3A%2F%2Fa.test%2F%3Fx%3D1%26y%3D2%2C3&urls=http%3A%2F%2Fb.test%2F%C3%BC"


def test_a_readable_line_has_no_query_string_of_a_url() -> None:
    params = schema.load_params(providers.registry()["status"], {"urls": ["http://a.test/x?token=secret#y"]})

    assert schema.readable(params) == "urls=http://a.test/x"


def test_times_are_written_in_utc_and_whole_seconds_without_a_fraction() -> None:
    summer = timezone(timedelta(hours=2))

    assert encoding.encode(Result(datetime(2026, 5, 6, 14, 0, tzinfo=summer), 1.5)) == (
        b'{"at":"2026-05-06T12:00:00Z","value":1.5}'
    )
    assert encoding.encode(datetime(2026, 5, 6, 14, 0, 0, 5000, UTC)) == b'"2026-05-06T14:00:00.005Z"'
    assert encoding.encode([date(2026, 5, 6)]) == b'["2026-05-06"]'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_carry_is_a_bad_answer(value: object) -> None:
    with pytest.raises(BadAnswer):
        encoding.encode([value])
