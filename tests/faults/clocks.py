"""Setting clocks: the wall clock of processes, and that of Redis, whose jump is everything in it being older."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

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
        shift(redis, key, seconds)
        ends = redis.pexpiretime(key)
        if ends > 0:
            redis.pexpireat(key, int(ends - seconds * 1000))


def shift(redis: Redis, key: bytes, seconds: float) -> None:
    """Make every point in time that a key holds older."""
    kind = redis.type(key)
    if kind == b"zset":
        for member, score in redis.zrange(key, 0, -1, withscores=True):
            redis.zadd(key, {member: older(score, seconds)})
    elif kind == b"hash":
        fields = redis.hgetall(key)
        redis.hset(key, mapping={name: earlier(value, seconds) for name, value in fields.items()})
    elif kind == b"string":
        redis.set(key, earlier(redis.get(key) or b"", seconds), keepttl=True)
    slots(redis, key, seconds)


def slots(redis: Redis, key: bytes, seconds: float) -> None:
    """Move what counts periods since the epoch: the last slot of a tick, the slots of a quota's window."""
    kind, _, rest = key.decode().removeprefix("ib:").partition(":")
    if kind == "slot":
        period = {"warm": 5, "reap": 5, "upkeep": 60}[rest]
        redis.set(key, int(int(redis.get(key) or 0) - seconds // period), keepttl=True)
    elif kind == "quota" and not rest.endswith(":said"):
        width = int(rest.rpartition(":")[2]) / 20
        counts = {int(int(slot) - seconds // width): count for slot, count in redis.hgetall(key).items()}
        ends = redis.pexpiretime(key)
        redis.delete(key)
        redis.hset(key, mapping=counts)
        redis.pexpireat(key, ends)


def older(at: float, seconds: float) -> float:
    """Return a score so many seconds earlier, if it is a point in time at all."""
    return at - seconds if EPOCH.fullmatch(f"{at:.6f}") else at


def earlier(value: bytes, seconds: float) -> bytes:
    """Return a text with every point in time in it so many seconds earlier; a body's bytes stay as they are."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value
    return EPOCH.sub(lambda found: f"{float(found[0]) - seconds:.6f}", text).encode()
