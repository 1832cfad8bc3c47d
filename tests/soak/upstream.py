"""The providers at the other end: right answers mostly, some of them late, and errors, limits and silence."""

from __future__ import annotations

import random
from urllib.parse import urlencode

import demo.upstream
from tests.upstream import Asked, Reply, Upstream

# One answer in a hundred each, or as many as stand here.
SLOW, WRONG, LIMITED, HANGING = 6, 3, 1, 1


class Unreliable(Upstream):
    """Answers as the replay of `make demo` does, save for a share of the requests."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0
        super().__init__()

    def choose(self, asked: Asked) -> Reply:
        with self.lock:
            self.count += 1
            drawn = self.chance.randrange(100)
        wrongs = (
            [Reply(delay=7.0)] * HANGING
            + [Reply(429, {"message": "slow down"}, headers={"Retry-After": "2"})] * LIMITED
            + [Reply(500, {"message": "broken"})] * WRONG
            + [right(asked, delay=0.5 + drawn / 10)] * SLOW
        )
        return wrongs[drawn] if drawn < len(wrongs) else right(asked)


def right(asked: Asked, delay: float = 0.0) -> Reply:
    """Return what the replay of `make demo` answers."""
    environ = {
        "PATH_INFO": asked.path,
        "QUERY_STRING": urlencode(asked.query),
        "HTTP_IF_NONE_MATCH": asked.headers.get("if-none-match", ""),
    }
    found = demo.upstream.choose(environ)
    return Reply(found.status, found.data, headers=found.headers, delay=delay)
