"""What is wanted: parts that were read lately or stand on a dashboard, by their own rules, and when each is due.

Keys: `ib:want:{part key}` (provider, part, read_until, and one field per dashboard), `ib:placed:{dashboard}` (its part
keys), `ib:wanted:{provider}` (part keys by how long they are wanted), `ib:refresh:{provider}` (those that dashboards
want refreshed otherwise than by the TTL, by the seconds between), `ib:due` (part keys by their next warming),
`ib:due:seen` (Redis' time when they were last looked at).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from store import connection

READ_SECONDS = 86_400
PLACED_SECONDS = 7 * 86_400
KNOWN_SECONDS = PLACED_SECONDS + 60
CLAIM_SECONDS = 30
# A large dashboard's parts are not due all at once.
APART_SECONDS = 0.5
LOADED = "ib:demand:loaded"

LUA = Path(__file__).parent / "lua"
CLAIM = connection.script((LUA / "claim_due.lua").read_text())
ALONG = connection.script((LUA / "claim_along.lua").read_text())
SEEN = connection.script((LUA / "note_reading.lua").read_text())
REFRESHES = connection.script((LUA / "read_refreshes.lua").read_text())


@dataclass(frozen=True)
class Rule:
    """What one item of a dashboard wants of a part: `refresh` in seconds, as cron in `timezone`, None for the TTL."""

    key: str
    provider: str
    part: Mapping[str, Any]
    refresh: int | str | None = None
    timezone: str = "UTC"


@dataclass(frozen=True)
class Want:
    """Everything that is wanted of one part; `read_until` in epoch seconds, 0 when nobody has read it for a day."""

    key: str
    provider: str
    part: dict[str, Any]
    read_until: float
    rules: list[tuple[int | str | None, str]]


class Due(NamedTuple):
    """When a part is warmed next, in epoch seconds, and the interval that counts for the quota; None: its TTL's."""

    at: float
    refresh: float | None = None


def seen(provider: str, parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Note that parts were read: they are kept warm for a day from now."""
    pairs = [word for key, part in parts.items() for word in (key, json.dumps(part))]
    SEEN(provider, READ_SECONDS, KNOWN_SECONDS, *pairs)


def want(pipe: Any, key: str, provider: str, part: Mapping[str, Any], until: float) -> None:
    """Add the commands that keep a part known until `until`, epoch seconds, at least."""
    pipe.hset(f"ib:want:{key}", mapping={"provider": provider, "part": json.dumps(part)})
    pipe.expire(f"ib:want:{key}", KNOWN_SECONDS)
    pipe.zadd(f"ib:wanted:{provider}", {key: until}, gt=True)


def place(dashboard_id: str, rules: Sequence[Rule]) -> None:
    """Replace what a dashboard wants: its parts are kept warm for seven days from now, by the rules' own rhythm."""
    now = connection.now()
    before = placed(dashboard_id)
    with connection.pipeline() as pipe:
        withdraw(pipe, dashboard_id, before)
        for index, (key, said) in enumerate(by_key(rules).items()):
            want(pipe, key, said[0].provider, said[0].part, now + PLACED_SECONDS)
            fields = {"until": now + PLACED_SECONDS, "rules": [(rule.refresh, rule.timezone) for rule in said]}
            pipe.hset(f"ib:want:{key}", f"on:{dashboard_id}", json.dumps(fields))
            pipe.sadd(f"ib:placed:{dashboard_id}", key)
            pipe.zadd("ib:due", {key: now + 1 + index * APART_SECONDS})
        pipe.expire(f"ib:placed:{dashboard_id}", PLACED_SECONDS)
        connection.execute(pipe)


def by_key(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Group rules by part key: two items of a dashboard may want the same part."""
    grouped: dict[str, list[Rule]] = {}
    for rule in rules:
        grouped.setdefault(rule.key, []).append(rule)
    return grouped


def remove(dashboard_id: str) -> None:
    """Forget what a dashboard wanted."""
    before = placed(dashboard_id)
    with connection.pipeline() as pipe:
        withdraw(pipe, dashboard_id, before)
        connection.execute(pipe)


def placed(dashboard_id: str) -> set[bytes]:
    """Return the keys of the parts that a dashboard wants."""
    found: Any = connection.call(lambda client: client.smembers(f"ib:placed:{dashboard_id}"))
    return set(found)


def withdraw(pipe: Any, dashboard_id: str, keys: Iterable[bytes]) -> None:
    """Add the commands that take a dashboard's rules out of its parts; what nobody wants then is dropped when due."""
    for key in keys:
        pipe.hdel(f"ib:want:{key.decode()}", f"on:{dashboard_id}")
    pipe.delete(f"ib:placed:{dashboard_id}")


def claim_due(limit: int) -> list[str]:
    """Take up to `limit` part keys whose time has come; each is taken by one caller only."""
    return [key.decode() for key in CLAIM(limit, CLAIM_SECONDS)]


def claim_along(provider: str, seconds: float) -> list[str]:
    """Take a provider's part keys whose time comes in so many seconds."""
    return [key.decode() for key in ALONG(provider, seconds, CLAIM_SECONDS)]


def parts(provider: str) -> dict[str, dict[str, Any]]:
    """Return the parts of a provider that are kept warm, by key."""
    now = connection.now()
    keys: Any = connection.call(lambda client: client.zrangebyscore(f"ib:wanted:{provider}", now, "+inf"))
    with connection.pipeline() as pipe:
        for key in keys:
            pipe.hget(f"ib:want:{key.decode()}", "part")
        found = connection.execute(pipe) if keys else []
    return {key.decode(): json.loads(part) for key, part in zip(keys, found, strict=True) if part}


def schedule(times: Mapping[str, float]) -> None:
    """Set when parts are warmed next, in epoch seconds, where they are wanted at all (known to the schedule)."""
    if times:
        connection.link().command("ZADD", "ib:due", "XX", *(word for key, at in times.items() for word in (at, key)))


def plan(provider: str, dues: Mapping[str, Due]) -> None:
    """Schedule parts of a provider, and note which of them dashboards want refreshed otherwise than by the TTL."""
    if not dues:
        return
    own = {key: due.refresh for key, due in dues.items() if due.refresh}
    others = dues.keys() - own.keys()
    with connection.pipeline() as pipe:
        pipe.zadd("ib:due", {key: due.at for key, due in dues.items()}, xx=True)
        if own:
            pipe.zadd(f"ib:refresh:{provider}", own)
        if others:
            pipe.zrem(f"ib:refresh:{provider}", *others)
        connection.execute(pipe)


def refreshes(provider: str) -> dict[str, float]:
    """Return which wanted parts of a provider are refreshed otherwise than by the TTL, and after how many seconds."""
    flat = REFRESHES(provider)
    return {key.decode(): float(seconds) for key, seconds in zip(flat[::2], flat[1::2], strict=True)}


def drop(provider: str, keys: Sequence[str]) -> None:
    """Stop warming parts that nobody wants any more."""
    if keys:
        with connection.pipeline() as pipe:
            pipe.zrem("ib:due", *keys)
            pipe.zrem(f"ib:wanted:{provider}", *keys)
            pipe.zrem(f"ib:refresh:{provider}", *keys)
            pipe.delete(*[f"ib:want:{key}" for key in keys])
            connection.execute(pipe)


def read(keys: Sequence[str]) -> list[Want | None]:
    """Read what is wanted of parts, None for those that nobody wants."""
    with connection.pipeline() as pipe:
        for key in keys:
            pipe.hgetall(f"ib:want:{key}")
        found = connection.execute(pipe)
    now = connection.now()
    forget_ended(dict(zip(keys, found, strict=True)), now)
    return [parse(key, fields, now) for key, fields in zip(keys, found, strict=True)]


def forget_ended(found: Mapping[str, Mapping[bytes, bytes]], now: float) -> None:
    """Drop the fields of dashboards that nobody has opened for seven days: they would be read for ever."""
    ended = {
        key: [name for name, value in fields.items() if name.startswith(b"on:") and json.loads(value)["until"] <= now]
        for key, fields in found.items()
    }
    with connection.pipeline() as pipe:
        for key, names in ended.items():
            if names:
                pipe.hdel(f"ib:want:{key}", *names)
        if len(pipe):
            connection.execute(pipe)


def parse(key: str, fields: Mapping[bytes, bytes], now: float) -> Want | None:
    """Build a want from its hash; rules of dashboards that were not opened for seven days no longer count."""
    if b"provider" not in fields:
        return None
    placed = [json.loads(value) for name, value in fields.items() if name.startswith(b"on:")]
    rules = [(refresh, zone) for one in placed if one["until"] > now for refresh, zone in one["rules"]]
    until = float(fields.get(b"read_until", 0))
    if until <= now and not rules:
        return None
    part = json.loads(fields[b"part"])
    return Want(key, fields[b"provider"].decode(), part, until if until > now else 0, rules)


def loaded() -> bool:
    """Say whether the dashboards' wants are in Redis; false after it was emptied."""
    return bool(connection.call(lambda client: client.exists(LOADED)))


def mark_loaded() -> None:
    """Note that the dashboards' wants are in Redis."""
    connection.call(lambda client: client.set(LOADED, 1))
