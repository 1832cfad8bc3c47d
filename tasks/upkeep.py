"""Prune what has ended, and give Redis back what only Postgres kept."""

from __future__ import annotations

import logs
import wanted
from celery_config import RELOAD_SECONDS, UPKEEP_SECONDS, app
from models import dashboards, revocations
from models.session import DatabaseDownError
from store import StoreDownError, demand, tokens
from tasks import ticks

log = logs.get("upkeep")


@app.task(name="upkeep", ignore_result=True, Request="tasks.ticks:Tick", throws=StoreDownError)
def upkeep() -> None:
    """Prune and reload; a database that is away is tried again at the next slot."""
    if not ticks.mine("upkeep", UPKEEP_SECONDS):
        return
    try:
        copy_revocations()
        revocations.prune()
    except DatabaseDownError:
        log.warning("database away")
    tokens.prune()


@app.task(name="reload", ignore_result=True, Request="tasks.ticks:Tick", throws=StoreDownError)
def reload() -> None:
    """Have the dashboards' widgets kept warm again, soon after Redis was emptied."""
    if not ticks.mine("reload", RELOAD_SECONDS) or demand.loaded():
        return
    try:
        place_dashboards()
    except DatabaseDownError:
        log.warning("database away")


def copy_revocations() -> None:
    """Copy the record of revoked tokens to Redis, so that a copy that missed one has it in UPKEEP_SECONDS."""
    tokens.load(revocations.tokens(), revocations.generations())


def place_dashboards() -> None:
    """Place what the dashboards opened lately want, after Redis was emptied."""
    for one in dashboards.opened_since(demand.PLACED_SECONDS):
        demand.place(str(one.id), wanted.rules(one.layout_json, one.settings_json))
    demand.mark_loaded()
