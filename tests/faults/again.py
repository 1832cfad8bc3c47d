"""The machine has other things to do as well: what was measured in a noisy moment is measured again, twice at most.

Only for bounds that are missed each time without the protection, so that no repetition lets it pass. What is not a
matter of time is asserted in each round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

ROUNDS = 3


def in_time(measure: Callable[[], T], soon: Callable[[T], bool]) -> T:
    """Return the first of what is measured that came soon enough, or the last."""
    for _ in range(ROUNDS - 1):
        if soon(found := measure()):
            return found
    return measure()
