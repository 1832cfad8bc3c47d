"""How many upstream requests a provider allows us, counted over all workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from store import connection

# Readers go before warming: what nobody waits for leaves a fifth of a quota to them.
READERS = 1.0
WARMING = 0.8
SLOTS = 20
# A quota of a day is spent for the day. A shorter one is what we assume of the provider: it holds back warming, while
# readers ask until the provider itself says that it is too much, since what is documented may not be what it allows.
BINDING_SECONDS = 86_400
MOST_BELIEVED_SECONDS = 86_400

LUA = Path(__file__).parent / "lua"
TAKE = connection.script((LUA / "take_quota.lua").read_text())
LEARN = connection.script((LUA / "learn_quota.lua").read_text())


def take(provider: str, quotas: Sequence[tuple[int, int]], *, share: float = READERS) -> float:
    """Take one request from every quota (limit, seconds), or from none and return the seconds to wait; 0.0 when taken.

    `share` is the part of each limit that the caller may use up: warming leaves the rest to readers, who are only
    counted in quotas of less than BINDING_SECONDS.
    """
    binding = BINDING_SECONDS if share == READERS else 0
    return float(TAKE(provider, share, binding, SLOTS, *[number for quota in quotas for number in quota]))


def learn(provider: str, remaining: int | None, reset_at: float | None, limit: int | None = None) -> None:
    """Note what the provider said (X-RateLimit-*): its limit, and requests that remain until `reset_at`, epoch seconds.

    None is what it did not say. Nothing is believed for more than a day after it was said last.
    """
    said = ["" if one is None else one for one in (remaining, reset_at, limit)]
    LEARN(provider, *said, MOST_BELIEVED_SECONDS)


def corrected(quotas: Sequence[tuple[int, int]], limit: int | None) -> Sequence[tuple[int, int]]:
    """Return the documented quotas (limit, seconds) with the limit that the provider said, if it said one.

    Where it documents several, it did not say which of them it meant, and they stay as they are.
    """
    return [(limit, seconds) for _, seconds in quotas] if limit and len(quotas) == 1 else quotas


def apart(
    refreshes: Mapping[float, int], cost: float, quotas: Sequence[tuple[int, int]], *, share: float = WARMING
) -> float:
    """Return how many seconds must lie at least between two refreshes of a part; 0 where every quota suffices.

    `refreshes` are how many parts there are of each interval in seconds, `cost` the requests that a refresh takes;
    warming may use `share` of every quota's limit in so many seconds.
    """
    return max([0.0, *(least(refreshes, limit * share / (seconds * cost)) for limit, seconds in quotas)])


def least(refreshes: Mapping[float, int], rate: float) -> float:
    """Return the interval in seconds that the most frequent refreshes are put back to, so that all keep to a rate.

    The rate is in refreshes a second. 0 where they keep to it as they are.
    """
    rest = sum(many / seconds for seconds, many in refreshes.items())
    if rest <= rate:
        return 0.0
    stretched, found = 0, 0.0
    for seconds, many in sorted(refreshes.items()):
        if found and found <= seconds:
            break
        stretched += many
        rest -= many / seconds
        found = stretched / (rate - rest) if rate > rest else 0.0
    return round(found, 3)
