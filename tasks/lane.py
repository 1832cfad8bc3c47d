"""What stands before each upstream request: the provider's lane and its budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from providers.base import RateLimited
from store import lanes, quota

HOLD_SECONDS = 8
WAIT_SECONDS = 1.5
LOOK_SECONDS = 0.05


class LaneBusyError(Exception):
    """The provider's lane stayed taken; the job is to come back later."""


class PutOffError(Exception):
    """Warming has used up its share of the provider's quota; `seconds` is how long until there is room again."""

    def __init__(self, seconds: float) -> None:
        """Take the seconds."""
        super().__init__(f"no room for {seconds:.0f} s")
        self.seconds = seconds


@contextmanager
def lane(provider: str, limit: int | None) -> Iterator[None]:
    """Hold one of the provider's `limit` places for one request; raises LaneBusyError after WAIT_SECONDS."""
    if limit is None:
        yield
        return
    token = enter(provider, limit)
    try:
        yield
    finally:
        lanes.leave(provider, token)


def enter(provider: str, limit: int) -> str:
    """Wait for a place and return its token."""
    until = time.monotonic() + WAIT_SECONDS
    while (token := lanes.enter(provider, limit, HOLD_SECONDS)) is None:
        if time.monotonic() > until:
            raise LaneBusyError(provider)
        time.sleep(LOOK_SECONDS)
    return token


def spend(provider: str, quotas: Sequence[tuple[int, int]], *, warming: bool) -> None:
    """Count one request against the provider's quotas (limit, seconds).

    Raises PutOffError when warming has used up its share of one, RateLimited when a day's quota is used up, or what the
    provider said to remain.
    """
    share = quota.WARMING if warming else quota.READERS
    wait = quota.take(provider, quotas, share=share)
    if wait > 0 and warming:
        raise PutOffError(wait)
    if wait > 0:
        raise RateLimited("our own budget for this provider is used up", retry_after=wait)
