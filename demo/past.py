"""The day before the demo was started: how the checks of its sites are made to have ended."""

from __future__ import annotations

import time
from collections.abc import Sequence

from demo.upstream import SITES
from store import history

# How many hours ago a site was not up; each is now what the replay upstream makes it.
TROUBLES = {
    "/site/blog": {14: "degraded"},
    "/site/reports": {1: "degraded", 2: "degraded", 9: "degraded", 10: "degraded", 17: "down"},
    "/site/archive": {1: "down", 12: "degraded", 13: "down"},
}


def fill(base: str, now: float | None = None) -> None:
    """Count a check of each site in each hour of the day before this one in which there was none.

    Raises StoreDownError.
    """
    at = time.time() if now is None else now
    known = history.read([history.key(base + site) for site in SITES], at)
    gaps = [[sum(counted) == 0 for _, *counted in hours] for hours in known]
    for ago in reversed(range(1, history.HOURS)):
        checks = [one for one, empty in zip(ended(base, ago), gaps, strict=True) if empty[-1 - ago]]
        history.count(checks, at - ago * history.HOUR_SECONDS)


def ended(base: str, ago: int) -> Sequence[tuple[str, str]]:
    """Return each site's key in the history, and how its check ended so many hours ago."""
    return [(history.key(base + site), TROUBLES.get(site, {}).get(ago, "up")) for site in SITES]
