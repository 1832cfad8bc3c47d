"""What stands on a dashboard is kept warm for seven days after somebody looked at it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import wanted
from models import dashboards
from models.dashboards import Dashboard
from store import StoreDownError, demand, wake
from web import copies
from web.copies import COPIES

EVERY = timedelta(hours=1)


def opened(dashboard: Dashboard) -> None:
    """Note that somebody looks at a dashboard, at most once an hour."""
    last = dashboard.opened_at
    if last is not None and datetime.now(UTC) - last < EVERY:
        return
    if dashboards.note_opening(dashboard.id, EVERY):
        place(dashboard)


def place(dashboard: Dashboard) -> None:
    """Have what stands on it kept warm; while Redis is away the next opening does it."""
    tell(dashboard.id)
    try:
        demand.place(str(dashboard.id), wanted.rules(dashboard.layout_json, dashboard.settings_json))
    except StoreDownError:
        dashboards.forget_opening(dashboard.id)


def remove(dashboard_id: UUID) -> None:
    """Have it kept warm no longer; while Redis is away that ends by itself after seven days."""
    tell(dashboard_id)
    try:
        demand.remove(str(dashboard_id))
    except StoreDownError:
        return


def tell(dashboard_id: UUID) -> None:
    """Have no process answer with a copy of what the dashboard was; while Redis is away copies last their second."""
    news = copies.news_of(dashboard_id)
    COPIES.drop(news)
    with suppress(StoreDownError):
        wake.announce([news])
