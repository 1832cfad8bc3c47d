"""What a worker's process gives back between its tasks."""

from __future__ import annotations

import linecache

from celery import signals

from tasks import forking
from tasks.fetch import fetch


def test_the_sources_of_a_traceback_that_was_logged_are_let_go() -> None:
    forking.tidied = 0.0
    linecache.getlines(__file__)
    assert __file__ in linecache.cache

    signals.task_postrun.send(fetch)

    assert __file__ not in linecache.cache
