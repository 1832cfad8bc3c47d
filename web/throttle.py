"""Failed sign-ins are counted for 15 minutes: by account and place, by place, by account."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from store import rates
from web.problems import Problem

WINDOW_SECONDS = 15 * 60
PAIR, PLACE, ACCOUNT = 10, 50, 100
REFUSED = frozenset({401, 403})


@contextmanager
def attempt(email: str, place: str) -> Iterator[None]:
    """Count an attempt before it is made, so that many at once count too; give it back when the block ends well.

    `place` is where it comes from: a client's network (web/proxies.py), or a token. It ends badly when it is refused
    (401, 403); that we could not look is no fault of who tries. Raises Problem (429) instead when one of the limits is
    reached; the right password is refused then too.
    """
    taken: list[str] = []
    for name, limit in counters(email, place).items():
        rate = rates.take(name, limit, WINDOW_SECONDS)
        if not rate.allowed:
            give_back(taken)
            raise Problem(429, "Too many failed sign-ins.", kind="too-many-sign-ins", retry_after=rate.reset_s)
        taken.append(name)
    try:
        yield
    except Exception as error:
        if not isinstance(error, Problem) or error.status not in REFUSED:
            give_back(taken)
        raise
    give_back(taken)


def counters(email: str, place: str) -> dict[str, int]:
    """Return the limits by counter; e-mails are not readable in Redis' keys."""
    account = hashlib.sha256(email.encode()).hexdigest()[:32]
    return {
        f"login:pair:{account}:{place}": PAIR,
        f"login:place:{place}": PLACE,
        f"login:account:{account}": ACCOUNT,
    }


def give_back(names: list[str]) -> None:
    """Take attempts back."""
    for name in names:
        rates.give_back(name)
