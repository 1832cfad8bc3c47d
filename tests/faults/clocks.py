"""Setting clocks: the wall clock of processes, and that of Redis, whose jump is everything in it being older."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from store import quota

HOUR = 3600.0
# Epoch seconds, from 2017 to 2033; nothing else that we keep is a number of this size.
EPOCH = re.compile(r"(?<![\d.])1[5-9]\d{8}(?:\.\d+)?(?![\d.])")


@dataclass(frozen=True)
class Clock:
    """The wall clock of the processes that are started with its settings."""

    file: Path

    def settings(self) -> dict[str, str]:
        """Return the environment of a process that shall live by this clock."""
        self.set(self.off() if self.file.exists() else 0)
        return {"PYTHONPATH": str(Path(__file__).parent / "clock"), "WALL_CLOCK": str(self.file)}

    def off(self) -> float:
        """Return how many seconds it is off."""
        return float(self.file.read_text(encoding="ascii"))

    def set(self, seconds: float) -> None:
        """Let it be so many seconds ahead of the machine's."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self.file)


def jump(redis: Redis, seconds: float) -> None:
    """Do to Redis what a jump of its clock does: everything of ours in it becomes so many seconds older.

    Every TTL ends earlier, since Redis keeps it as a point in time too. Kombu's keys are not ours, and live by the
    clocks of the processes.
    """
    for key in redis.scan_iter("ib:*"):
        ends = redis.pexpiretime(key.decode())
        shift(redis, key, seconds)
        if ends > 0:
            redis.pexpireat(key, int(ends - seconds * 1000))


def shift(redis: Redis, key: bytes, seconds: float) -> None:
    """Make every point in time that a key holds older."""
    kind = redis.type(key)
    if key.startswith(b"ib:slot:"):
        period = {b"warm": 5, b"reap": 5, b"upkeep": 15}[key.removeprefix(b"ib:slot:")]
        redis.decrby(key, int(seconds // period))
    elif kind == b"zset":
        scores: Any = redis.zrange(key, 0, -1, withscores=True)
        redis.zadd(key, {member: older(score, seconds) for member, score in scores})
    elif kind == b"hash":
        fields: Any = redis.hgetall(key)
        redis.delete(key)
        redis.hset(key, mapping=dict(moved(key, name, value, seconds) for name, value in fields.items()))
    elif kind == b"string":
        text: Any = redis.get(key)
        redis.set(key, earlier(text, seconds), keepttl=True)


def moved(key: bytes, name: bytes, value: bytes, seconds: float) -> tuple[bytes, bytes]:
    """Return a hash's field so many seconds older; the fields of a quota's window count its slots since the epoch."""
    window = key.rpartition(b":")[2]
    if key.startswith(b"ib:quota:") and window.isdigit():
        return str(int(int(name) - seconds // (int(window) / quota.SLOTS))).encode(), value
    return name, earlier(value, seconds)


def older(at: float, seconds: float) -> float:
    """Return a score so many seconds earlier, if it is a point in time at all."""
    return at - seconds if EPOCH.fullmatch(f"{at:.6f}") else at


def earlier(value: bytes, seconds: float) -> bytes:
    """Return a text with every point in time in it so many seconds earlier; bytes that are no text stay."""
    try:
        return EPOCH.sub(lambda found: f"{float(found[0]) - seconds:.6f}", value.decode()).encode()
    except UnicodeDecodeError:
        return value
