"""Worker processes share the memory of what was loaded before they were forked."""

from __future__ import annotations

import gc
from typing import Any

from celery import signals

import providers
from tasks import guard


@signals.worker_before_create_process.connect
def keep_shared(**_: Any) -> None:
    """Load what every child would load for itself, and take all of it out of the collector's sight.

    The collector's marks would give each child a copy of every page that it looks at.
    """
    providers.registry()
    guard.trust()
    gc.collect()
    gc.freeze()
