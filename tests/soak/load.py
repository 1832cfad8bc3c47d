"""Requests at a set rate, whatever the answers take; and what a full cache does meanwhile: ageing and evictions."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from redis import Redis, RedisError

THREADS = 32
# A client that is so late leaves its request out, as a visitor would.
LATE_SECONDS = 5.0
AGED, EVICTED = 2, 2
DAY = 86_400


class Load:
    """Calls `act` so often a second, over many threads."""

    def __init__(self, rate: float, act: Callable[[], None], failed: Callable[[str], None]) -> None:
        self.rate, self.act, self.failed = rate, act, failed
        self.began = self.next = time.monotonic()
        self.sent = self.left_out = 0
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(THREADS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let what is under way end."""
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def run(self) -> None:
        while not self.stopped.wait(max(0.0, self.slot() - time.monotonic())):
            try:
                self.act()
            except Exception as error:  # noqa: BLE001 - the soak goes on, and tells of it at the end
                self.failed(f"the load itself failed: {error!r}")

    def slot(self) -> float:
        """Take the next moment for a request, in seconds of the monotonic clock."""
        with self.lock:
            while self.next < time.monotonic() - LATE_SECONDS:
                self.next += 1 / self.rate
                self.left_out += 1
            self.next += 1 / self.rate
            self.sent += 1
            return self.next

    @property
    def achieved(self) -> float:
        """How many requests were begun a second."""
        return self.sent / (time.monotonic() - self.began)


class Wear(threading.Thread):
    """Each second, turns two snapshots stale and evicts two: half an hour is shorter than the TTLs."""

    def __init__(self, cache: Redis, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.cache, self.chance = cache, chance
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(1.0):
            try:
                self.wear()
            except RedisError:
                continue

    def wear(self) -> None:
        keys = sorted(self.cache.scan_iter("ib:snapshot:*", count=1000))
        chosen = self.chance.sample(keys, min(len(keys), AGED + EVICTED))
        for key in chosen[:AGED]:
            # Only what is still there: a hash with this field alone would be no snapshot.
            self.cache.eval(AGE, 1, key, time.time() - DAY)
        if chosen[AGED:]:
            self.cache.delete(*chosen[AGED:])


AGE = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'fetched_at', ARGV[1]) end return 0"
