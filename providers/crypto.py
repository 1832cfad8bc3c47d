"""Prices of crypto currencies from CoinGecko; each coin is a part of its own, all that wait share one request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from marshmallow.validate import Length

from providers import text
from providers.base import (
    Answer,
    BadAnswer,
    Context,
    CredentialsRefused,
    Found,
    NotFound,
    Provider,
    ProviderError,
    Quota,
    RateLimited,
    explain,
    param,
)
from providers.schema import FullMatch
from providers.waits import wait_of

KEY = "coingecko_api_key"
MOST_A_REQUEST = 250
# Of the list in a URL, percent-encoded: servers refuse longer ones, which would fail the coins of others with it.
MOST_CHARACTERS = 6000
TICKER_CHARACTERS = 5
# What may be an id: nothing shorter than `tron` is looked up as one.
ID = re.compile(r"[a-z0-9][a-z0-9._-]{3,}")
ID_KEPT, UNKNOWN_KEPT = timedelta(days=1), timedelta(hours=1)
USUAL_WAIT = 60.0
TOO_MANY = 429
# The key is missing, of the wrong plan, or on the wrong host (https://docs.coingecko.com/docs/errors-and-rate-limits).
REFUSING_CODES = frozenset({10_002, 10_005, 10_010, 10_011})

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Params:
    """Which coins, and in which currency."""

    symbols: tuple[str, ...] = param(
        "Ticker symbols or CoinGecko ids, such as btc or matic-network",
        validate=Length(1),
        # Printable ASCII save the comma, which separates them here and upstream.
        each=FullMatch(r"^ *[!-+.-~-]{1,100} *$"),
        most=50,
        clean=text.folded,
        example=["btc", "eth"],
    )
    currency: str = param(
        "Currency of the prices, such as usd or eur",
        default="usd",
        validate=FullMatch(r"^ *[A-Za-z]{2,10} *$"),
        clean=text.folded,
        example="usd",
    )


@dataclass(frozen=True)
class Coin:
    """One coin; where `error` says that nobody knows the symbol, all but `symbol` is null."""

    id: str | None
    symbol: str
    name: str | None
    price: float | None
    change_24h: float | None
    change_percentage_24h: float | None
    market_cap: float | None
    image_url: str | None
    sparkline_7d: tuple[float, ...] | None
    updated_at: datetime | None
    error: Literal["unknown symbol"] | None


class Crypto(Provider[Params, Coin]):
    """A symbol is looked up once a day, in two requests at most; then one by ids refreshes all coins of a currency."""

    name = "crypto"
    title = "Crypto prices"
    description = "Prices of coins with their change in 24 hours and their last 7 days."
    ttl = timedelta(minutes=5)
    view = "table"
    attribution = "https://www.coingecko.com"
    params, result, many = Params, Coin, True
    joined = shares = True
    batch = MOST_A_REQUEST
    credentials = (KEY,)
    base_urls = ("coingecko_api_url",)

    def quotas(self, credentials: Mapping[str, str | None]) -> Sequence[Quota]:
        """Return the demo plan's limits, or what was seen without a key (5 to 15 requests a minute)."""
        return (Quota(30, 60), Quota(10_000, 30 * 86_400)) if credentials.get(KEY) else (Quota(10, 60),)

    def parts(self, params: Params) -> Sequence[Params]:
        """Return one part for each coin."""
        return [Params((symbol,), params.currency) for symbol in params.symbols]

    def group(self, part: Params) -> str | None:
        """Name the currency: coins of one currency are asked for together."""
        return part.currency

    def whole(self, parts: Sequence[Params]) -> Params:
        """Return the params of the coins together."""
        return Params(tuple(part.symbols[0] for part in parts), parts[0].currency)

    def fetch_parts(self, parts: Sequence[Params], context: Context) -> Iterator[Found[Params, Coin]]:
        """Yield every coin; one that nobody knows is a result too, so that it keeps its place."""
        for currency in dict.fromkeys(part.currency for part in parts):
            wanted = {part.symbols[0]: part for part in parts if part.currency == currency}
            rows = Market(currency, context).find(list(wanted))
            for symbol, part in wanted.items():
                yield [(part, coin(rows[symbol], symbol) if symbol in rows else unknown(symbol))]

    def explain(self, answer: Answer) -> ProviderError:
        """Tell CoinGecko's three shapes of errors apart."""
        code, message = code_and_message(answer)
        status = answer.status
        if code in REFUSING_CODES:
            return CredentialsRefused("CoinGecko refuses our key, or wants one", status_code=status)
        if TOO_MANY in {status, code}:
            wait = wait_of(answer.headers, USUAL_WAIT)
            return RateLimited("CoinGecko's limit is used up", status_code=status, retry_after=wait)
        if "vs_currency" in message and status in {400, 404, 422}:
            return NotFound("CoinGecko knows no such currency", status_code=status)
        return explain(answer)


class Market:
    """Looks coins up in one currency, in as few requests as their spelling allows."""

    def __init__(self, currency: str, context: Context) -> None:
        """Take the currency and the world."""
        self.currency, self.context = currency, context
        self.rows: dict[str, Row] = {}
        self.best: dict[str, Row] = {}

    def find(self, tokens: Sequence[str]) -> dict[str, Row]:
        """Return the row of each token that CoinGecko knows; what is found is remembered for a day.

        Tokens that are new take two requests at most: by symbols, which has all of them as soon as it is needed for
        one, and by ids, which has what is remembered too. Only a remembered coin that is gone may take a third.
        """
        kept = {token: known for token in tokens if (known := self.context.memory.get(f"id:{token}")) is not None}
        asked = [token for token in tokens if kept.get(token) != ""]
        new = [token for token in asked if token not in kept]
        tried = new if any(is_ticker(token) for token in new) else []
        self.by_symbol(tried)
        self.by_id([kept.get(token, token) for token in asked if token in kept or self.may_be_id(token)])
        self.by_symbol([token for token in asked if token not in tried and kept.get(token, token) not in self.rows])
        found = {token: row for token in asked if (row := self.meant(token, kept.get(token)))}
        for token in asked:
            self.remember(token, kept.get(token), found.get(token))
        return found

    def may_be_id(self, token: str) -> bool:
        """Say whether a new token has to be looked up as an id: a ticker symbol only where no coin has it."""
        return ID.fullmatch(token) is not None and not (is_ticker(token) and token in self.best)

    def meant(self, token: str, kept: str | None) -> Row | None:
        """Return the coin that a token means: by what is remembered, else by what it looks like, else the other way."""
        by_id, by_symbol = self.rows.get(kept or token), self.best.get(token)
        return by_symbol or by_id if kept is None and is_ticker(token) else by_id or by_symbol

    def remember(self, token: str, kept: str | None, row: Row | None) -> None:
        """Keep which coin a token means, or for a while that nobody knows it."""
        identity = str(row["id"]) if row else ""
        if identity != kept:
            self.context.memory.set(f"id:{token}", identity, ID_KEPT if row else UNKNOWN_KEPT)

    def by_symbol(self, tokens: Sequence[str]) -> None:
        """Look up the coin of the best market-cap rank for each ticker symbol."""
        for row in self.ask("symbols", tokens):
            symbol = text.folded(str(row.get("symbol")))
            if symbol in tokens and (symbol not in self.best or rank(row) < rank(self.best[symbol])):
                self.best[symbol] = row

    def by_id(self, ids: Sequence[str]) -> None:
        """Look up coins by id, save those that have come; CoinGecko leaves out the unknown without a word."""
        self.ask("ids", [identity for identity in dict.fromkeys(ids) if identity not in self.rows])

    def ask(self, key: Literal["ids", "symbols"], values: Sequence[str]) -> list[Row]:
        """Return the rows that have an id, and keep them by it; asks nothing where nothing is wanted."""
        rows: list[Row] = []
        for share in shares(values):
            query: dict[str, str | int] = {
                "vs_currency": self.currency,
                key: ",".join(share),
                "per_page": MOST_A_REQUEST,
                "sparkline": "true",
            }
            body = self.context.get_json(f"{self.base_url}/api/v3/coins/markets", query, self.headers())
            if isinstance(body, dict):
                raise self.context.explain(Answer(200, {}, json.dumps(body).encode()))
            rows += [row for row in text.records(body, "list of coins") if text.clean(row.get("id"))]
        self.rows |= {str(row["id"]): row for row in rows}
        return rows

    @property
    def base_url(self) -> str:
        """Return the API's address."""
        return self.context.base_urls["coingecko_api_url"]

    def headers(self) -> dict[str, str]:
        """Return the header of the key: the paid plans have their own host and their own header."""
        key = self.context.credentials.get(KEY)
        pro = (urlsplit(self.base_url).hostname or "").startswith("pro-api.")
        return {"x-cg-pro-api-key" if pro else "x-cg-demo-api-key": key} if key else {}


def shares(values: Sequence[str]) -> Iterator[list[str]]:
    """Yield the values in lists that fit one request each, by their number and by the length of its URL."""
    share: list[str] = []
    length = 0
    for value in values:
        added = len(quote(f"{value},", safe=""))
        if share and (len(share) == MOST_A_REQUEST or length + added > MOST_CHARACTERS):
            yield share
            share, length = [], 0
        share.append(value)
        length += added
    if share:
        yield share


def is_ticker(token: str) -> bool:
    """Say whether the token looks like a ticker symbol rather than an id."""
    return len(token) <= TICKER_CHARACTERS and "-" not in token


def rank(row: Row) -> tuple[float, float]:
    """Return what sorts the coins of one symbol: the market-cap rank, one without a rank last, then the market cap."""
    place = text.number(row.get("market_cap_rank"))
    return (float("inf") if place is None else place, -(text.number(row.get("market_cap")) or 0))


def coin(row: Row, token: str) -> Coin:
    """Return one coin as the page shows it."""
    return Coin(
        id=text.clean(row.get("id")),
        symbol=text.clean(row.get("symbol")) or token,
        name=text.plain(row.get("name")),
        price=text.number(row.get("current_price")),
        change_24h=text.number(row.get("price_change_24h")),
        change_percentage_24h=text.number(row.get("price_change_percentage_24h")),
        market_cap=text.number(row.get("market_cap")),
        image_url=text.link(row.get("image")),
        sparkline_7d=sparkline(text.inner(row, "sparkline_in_7d").get("price")),
        updated_at=text.moment(row.get("last_updated")),
        error=None,
    )


def unknown(symbol: str) -> Coin:
    """Return the entry that keeps the place of a coin that nobody knows."""
    return Coin(None, symbol, None, None, None, None, None, None, None, None, "unknown symbol")


def sparkline(values: object) -> tuple[float, ...] | None:
    """Return the prices of the last 7 days, the oldest first; None where none were sent."""
    if not isinstance(values, list):
        return None
    return tuple(price for value in values if (price := text.number(value)) is not None) or None


def code_and_message(answer: Answer) -> tuple[int | None, str]:
    """Return the code and the message of `{"error": …}`, `{"status": {…}}` or `{"error": {"status": {…}}}`."""
    try:
        body = {"body": answer.json()}
    except BadAnswer:
        return None, ""
    said = text.inner(body, "body", "status") or text.inner(body, "body", "error", "status")
    error = text.inner(body, "body").get("error")
    message = said.get("error_message") or (error if isinstance(error, str) else "")
    return text.whole(said.get("error_code")), str(message).lower()


provider = Crypto()
