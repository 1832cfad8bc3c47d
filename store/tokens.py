"""Which tokens are refused: a copy in Redis of what Postgres records, read with the snapshots in one round trip.

Keys, none of which may be evicted, so none has a TTL: `ib:revoked` (sorted set: `jti:…` by the token's end),
`ib:generations` (hash: `user:…` -> the lowest generation that is still good). Both hold the mark `loaded`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from store import connection

T = TypeVar("T")

REQUESTS_A_MINUTE = 600
LOAD_AT_ONCE = 1000
LOADING_SECONDS = 3600
# A token that has ended by a clock that is ahead is still good by another, or once that clock is set back.
SPARE_SECONDS = 86_400

LUA = Path(__file__).parent / "lua"
ADMIT_TEXT = (LUA / "admit.lua").read_text()
ADMIT = connection.script(ADMIT_TEXT)
RAISE = connection.script((LUA / "raise_generations.lua").read_text())
FINISH = connection.script((LUA / "finish_load.lua").read_text())


@dataclass(frozen=True)
class Admission:
    """What a verified token says of itself, and how many requests its user may make in 60 seconds."""

    user_id: str
    jti: str
    generation: int
    limit: int = REQUESTS_A_MINUTE


@dataclass(frozen=True)
class Verdict:
    """Whether a request is let in; `unloaded` means that the copy must be loaded first; `reset_s` in seconds."""

    state: Literal["admitted", "revoked", "limited", "unloaded"]
    limit: int
    remaining: int
    reset_s: float


def admit(admission: Admission, used: int = 0) -> Verdict:
    """Admit one request and count it, with those that were let in before and not counted; raises StoreDownError."""
    return verdict(admission, ADMIT(*arguments(admission, used)))


def admitting(text: str) -> connection.Script:
    """Prepare a script that begins with an admission: it finds the outcome in `verdict`, its own ARGV from 6 on."""
    # As a function: both read ARGV by its places.
    return connection.script(f"local verdict = (function()\n{ADMIT_TEXT}\nend)()\n{text}")


def arguments(admission: Admission, used: int) -> tuple[str, str, int, int, int]:
    """Return the script's arguments."""
    return admission.user_id, admission.jti, admission.generation, admission.limit, used


def verdict(admission: Admission, answer: list[Any]) -> Verdict:
    """Read the script's answer."""
    state, remaining, left_ms = answer
    return Verdict(state.decode(), admission.limit, int(remaining), int(left_ms) / 1000)


def revoke(jti: str, expires_at: float) -> None:
    """Refuse one token from now on; `expires_at` is its own end in epoch seconds."""
    connection.call(lambda client: client.zadd("ib:revoked", {f"jti:{jti}": expires_at}))


def raise_generation(user_id: str, generation: int) -> None:
    """Refuse every token of the user with a lower generation."""
    RAISE(user_id, generation)


def load(revocations: Iterable[tuple[str, float]], generations: Iterable[tuple[str, int]]) -> None:
    """Add what Postgres records, as (jti, epoch seconds) and (user id, generation), then mark the copy as loaded.

    Give iterables that read Postgres when they are iterated: what is revoked meanwhile then arrives by one way or the
    other. Raises StoreDownError when Redis was emptied meanwhile; the copy then stays unloaded, and the next may try.
    """
    loading = f"loading:{secrets.token_hex(8)}"
    ends = connection.now() + LOADING_SECONDS
    connection.call(lambda client: client.zadd("ib:revoked", {loading: ends}))
    connection.call(lambda client: client.hset("ib:generations", loading, "1"))
    try:
        for some in chunks(revocations):
            add({f"jti:{jti}": expires_at for jti, expires_at in some})
        for pairs in chunks(generations):
            RAISE(*[item for pair in pairs for item in pair])
    except BaseException:
        connection.call(lambda client: client.hdel("ib:generations", loading))
        raise
    if not FINISH(loading):
        raise connection.StoreDownError("Redis was emptied while the revocations were loaded")


def loaded() -> bool:
    """Say whether Redis holds the whole copy; raises StoreDownError."""
    halves = (
        connection.call(lambda client: client.zscore("ib:revoked", "loaded")),
        connection.call(lambda client: client.hget("ib:generations", "loaded")),
    )
    return None not in halves


def add(ends: dict[str, float]) -> None:
    """Add revoked tokens by their ends, epoch seconds."""
    connection.call(lambda client: client.zadd("ib:revoked", ends))


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut items into lists that one command can carry."""
    left = iter(items)
    while chunk := list(islice(left, LOAD_AT_ONCE)):
        yield chunk


def prune() -> int:
    """Drop the revocations of tokens that ended by themselves a day ago, and return how many."""
    ended = connection.now() - SPARE_SECONDS
    return int(connection.call(lambda client: client.zremrangebyscore("ib:revoked", "-inf", ended)))
