"""CoinGecko's /coins/markets (docs.coingecko.com) for a dozen coins; the prices are made up and move slowly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

HOUR, DAY = 3600, 86_400
CURRENCIES = {"usd": 1.0, "eur": 0.92, "gbp": 0.79, "chf": 0.88, "jpy": 151.0, "btc": 1 / 64_000}


@dataclass(frozen=True)
class Coin:
    """One coin: its price in US dollars and how many there are."""

    number: int
    id: str
    symbol: str
    name: str
    price: float
    supply: float


COINS = (
    Coin(1, "bitcoin", "btc", "Bitcoin", 64_000, 19.8e6),
    Coin(2, "ethereum", "eth", "Ethereum", 3_200, 120e6),
    Coin(3, "tether", "usdt", "Tether", 1, 120e9),
    Coin(4, "binancecoin", "bnb", "BNB", 590, 146e6),
    Coin(5, "solana", "sol", "Solana", 150, 470e6),
    Coin(6, "ripple", "xrp", "XRP", 0.6, 56e9),
    Coin(7, "dogecoin", "doge", "Dogecoin", 0.13, 145e9),
    Coin(8, "cardano", "ada", "Cardano", 0.42, 35e9),
    Coin(9, "chainlink", "link", "Chainlink", 14, 600e6),
    Coin(10, "polkadot", "dot", "Polkadot", 6, 1.4e9),
    Coin(11, "litecoin", "ltc", "Litecoin", 75, 75e6),
    Coin(12, "uniswap", "uni", "Uniswap", 8, 600e6),
)


def markets(query: Mapping[str, str], now: float) -> list[dict[str, Any]] | None:
    """Return the coins asked for by `ids` or else by `symbols`, by market cap; None for an unknown currency."""
    factor = CURRENCIES.get(query.get("vs_currency", ""))
    if factor is None:
        return None
    ids, symbols = (set(query.get(name, "").lower().split(",")) - {""} for name in ("ids", "symbols"))
    found = [coin for coin in COINS if (coin.id in ids if ids else coin.symbol in symbols)]
    return [market(coin, factor, now, sparkline=query.get("sparkline") == "true") for coin in found]


def price(coin: Coin, at: float) -> float:
    """Return a coin's price in US dollars at a time: two slow waves around its own."""
    sway = 0.0 if coin.symbol == "usdt" else 0.04
    return coin.price * (1 + sway * math.sin(at / DAY + coin.number) + sway / 4 * math.sin(at / HOUR * coin.number))


def market(coin: Coin, factor: float, now: float, *, sparkline: bool) -> dict[str, Any]:
    """Return one entry as documented; the change of 24 hours is money, its percentage is percent."""
    current, before = price(coin, now) * factor, price(coin, now - DAY) * factor
    week = [price(coin, now - hour * HOUR) * factor for hour in range(168, 0, -1)]
    return {
        "id": coin.id,
        "symbol": coin.symbol,
        "name": coin.name,
        "image": None,
        "current_price": current,
        "market_cap": round(current * coin.supply),
        "market_cap_rank": coin.number,
        "high_24h": max(*week[-24:], current),
        "low_24h": min(*week[-24:], current),
        "price_change_24h": current - before,
        "price_change_percentage_24h": (current / before - 1) * 100,
        "last_updated": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        **({"sparkline_in_7d": {"price": week}} if sparkline else {}),
    }
