from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.base import Answer, BadAnswer, CredentialsRefused, NotFound, ProviderError, RateLimited
from providers.crypto import Params, provider
from tests.unit.providers.fakes import Asked, World, answer, fetched, world, written

MARKETS = "/api/v3/coins/markets"


def market(asked: Asked) -> Answer:
    """Answer as CoinGecko does: by ids or by symbols, leaving out what it does not know without a word."""
    coins = written("crypto/coins.json")
    key = "ids" if "ids" in asked.query else "symbols"
    wanted = str(asked.query[key]).split(",")
    return answer([one for one in coins if one["id" if key == "ids" else "symbol"] in wanted])


def known(reply: Answer | Callable[[Asked], Answer] = market, **credentials: str) -> World:
    return world({MARKETS: reply}, **credentials)


def asked(around: World) -> list[tuple[str, str]]:
    """Return what was asked by: (`ids` or `symbols`, the tokens)."""
    queries = [one.query for one in around.http.asked]
    return [(key, str(query[key])) for query in queries for key in ("ids", "symbols") if key in query]


def coins(symbols: str, around: World, currency: str = "usd") -> list[Any]:
    found: list[Any] = fetched(provider, Params(tuple(symbols.split(",")), currency), around)
    return found


def test_a_coin_has_money_percent_and_its_week() -> None:
    coin = coins("btc", known())[0]

    assert (coin.id, coin.symbol, coin.name, coin.price) == ("bitcoin", "btc", "Bitcoin", 77671)
    assert (coin.change_24h, coin.change_percentage_24h) == (-1.5, -0.5)
    assert coin.sparkline_7d == (1.0, 2.02027e-10, 3)
    assert coin.updated_at == datetime(2026, 5, 6, 11, 59, tzinfo=UTC)
    assert coin.image_url == "https://img.test/bitcoin.png"
    assert coin.error is None


def test_the_order_is_the_one_asked_and_an_unknown_symbol_keeps_its_place() -> None:
    found = coins("eth,nope,bitcoin,btc", known())

    assert [coin.id for coin in found] == ["ethereum", None, "bitcoin", "bitcoin"]
    assert (found[1].symbol, found[1].name, found[1].price, found[1].error) == ("nope", None, None, "unknown symbol")


def test_a_symbol_means_the_coin_of_the_best_rank_and_never_an_id_that_looks_like_it() -> None:
    assert [coin.id for coin in coins("link,uni", known())] == ["chainlink", "uniswap"]


def test_nulls_stay_null() -> None:
    coin = coins("dead", known())[0]

    assert coin.id == "dead-coin"
    assert {coin.price, coin.change_24h, coin.market_cap, coin.sparkline_7d, coin.updated_at, coin.image_url} == {None}


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        ("btc,eth,link", [("symbols", "btc,eth,link")]),
        ("bitcoin,matic-network", [("ids", "bitcoin,matic-network")]),
        ("btc,matic-network", [("symbols", "btc,matic-network"), ("ids", "matic-network")]),
        ("btc,bitcoin", [("symbols", "btc,bitcoin")]),
        ("btc,nope", [("symbols", "btc,nope"), ("ids", "nope")]),
        ("btc,xyz,$wif,a:b", [("symbols", "btc,xyz,$wif,a:b")]),
        ("btc,nope,matic-network,unknown-coin",
         [("symbols", "btc,nope,matic-network,unknown-coin"), ("ids", "nope,matic-network,unknown-coin")]),
        ("bitcoin,unknown-coin", [("ids", "bitcoin,unknown-coin"), ("symbols", "unknown-coin")]),
    ],
)  # fmt: skip
def test_tokens_of_one_class_take_one_request_and_what_is_missing_is_tried_the_other_way(
    symbols: str, expected: list[tuple[str, str]]
) -> None:
    around = known()

    coins(symbols, around)

    assert asked(around) == expected


def test_a_refresh_is_one_request_by_ids() -> None:
    around = known()
    coins("btc,link,matic-network,nope", around)
    around.http.asked.clear()

    again = coins("btc,link,matic-network,nope", around)

    assert asked(around) == [("ids", "bitcoin,chainlink,matic-network")]
    assert [coin.id for coin in again] == ["bitcoin", "chainlink", "matic-network", None]
    assert around.memory.ttls["id:btc"] == timedelta(days=1)
    assert around.memory.ttls["id:nope"] == timedelta(hours=1)


def test_remembered_tickers_are_asked_for_by_id_together_with_new_ids() -> None:
    around = known()
    coins("btc", around)
    around.http.asked.clear()

    coins("btc,matic-network", around)

    assert asked(around) == [("ids", "bitcoin,matic-network")]


def test_an_id_is_remembered_as_one_in_every_currency() -> None:
    around = known()
    coins("bitcoin", around)
    around.http.asked.clear()

    coins("bitcoin", around, "eur")

    assert asked(around) == [("ids", "bitcoin")]
    assert around.memory.ttls["id:bitcoin"] == timedelta(days=1)


def test_an_id_comes_before_a_symbol_of_the_same_letters() -> None:
    rows = {"ids": [{"id": "bitcoin", "symbol": "btc"}], "symbols": [{"id": "joke", "symbol": "bitcoin"}]}

    found = coins("bitcoin,xyz", known(lambda asked: answer(rows["ids" if "ids" in asked.query else "symbols"])))

    assert [coin.id for coin in found] == ["bitcoin", None]


def test_a_remembered_coin_that_is_gone_is_looked_up_anew() -> None:
    around = known()
    around.memory.kept["id:btc"] = "bitcoin-of-old"

    assert coins("btc", around)[0].id == "bitcoin"
    assert asked(around) == [("ids", "bitcoin-of-old"), ("symbols", "btc")]
    assert around.memory.kept["id:btc"] == "bitcoin"


def test_fifty_coins_of_one_class_take_one_request() -> None:
    around = known()

    coins(",".join(f"coin-number-{number}" for number in range(50)), around)

    assert len(asked(around)) == 2
    assert asked(around)[0][1].count(",") == 49


def test_a_list_that_makes_no_url_is_shared_out() -> None:
    around = known()

    coins(",".join(f"{number:02d}{'%' * 98}" for number in range(50)), around)

    assert [said.count(",") + 1 for _, said in asked(around)] == [20, 20, 10]


def test_the_currency_is_passed_on_and_groups_the_parts() -> None:
    around = known()

    coins("btc", around, "eur")

    assert around.http.asked[0].query["vs_currency"] == "eur"
    assert around.http.asked[0].query["sparkline"] == "true"
    assert provider.group(Params(("btc",), "eur")) == "eur"


@pytest.mark.parametrize(
    ("host", "header"),
    [
        ("https://api.coingecko.com", "x-cg-demo-api-key"),
        ("https://pro-api.coingecko.com", "x-cg-pro-api-key"),
        ("http://127.0.0.1:9", "x-cg-demo-api-key"),
    ],
)
def test_the_key_goes_in_the_header_of_its_host(host: str, header: str) -> None:
    around = known(coingecko_api_key="k3y")
    around.hosts["coingecko_api_url"] = host

    coins("btc", around)

    assert around.http.asked[0].headers == {header: "k3y"}
    assert "k3y" not in around.http.asked[0].url + str(around.http.asked[0].query)


def test_without_a_key_no_header_is_sent() -> None:
    around = known()

    coins("btc", around)

    assert around.http.asked[0].headers == {}


@pytest.mark.parametrize(
    ("reply", "kind", "wait"),
    [
        (answer({"status": {"error_code": 429, "error_message": "x"}}, 429, retry_after="119"), RateLimited, 119),
        (answer({"status": {"error_code": 429}}, 429), RateLimited, 60),
        (answer({"status": {"error_code": 429}}), RateLimited, 60),
        (answer(b"<html>Cloudflare</html>", 429), RateLimited, 60),
        (answer({"error": {"status": {"error_code": 10002}}}, 401), CredentialsRefused, None),
        (answer({"status": {"error_code": 10005}}, 403), CredentialsRefused, None),
        (answer({"error": {"status": {"error_code": 10010}}}, 400), CredentialsRefused, None),
        (answer({"status": {"error_code": 10011}}, 400), CredentialsRefused, None),
        (answer({"error": "invalid vs_currency"}, 422), NotFound, None),
        (answer({"error": "Missing parameter ids"}, 422), BadAnswer, None),
        (answer({}), BadAnswer, None),
        (answer("x"), BadAnswer, None),
        (answer(b"<html>"), BadAnswer, None),
    ],
)
def test_three_shapes_of_errors_are_told_apart(reply: Answer, kind: type[ProviderError], wait: float | None) -> None:
    with pytest.raises(kind) as caught:
        coins("btc", known(reply))

    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
