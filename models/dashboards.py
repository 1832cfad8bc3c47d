"""Dashboards: a name, a layout of widgets and free settings; whose they are is part of every query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ForeignKey, Text, bindparam, cast, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import session, users
from models.base import Base

MOST_A_USER = 100


class TooManyError(Exception):
    """The user has as many dashboards as one may have."""


class NoUserError(Exception):
    """The user was deleted meanwhile."""


class Dashboard(Base):
    """A row of `dashboards`; `opened_at` is when somebody last looked at it, to the hour."""

    __tablename__ = "dashboards"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    layout_json: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    settings_json: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    opened_at: Mapped[datetime | None] = mapped_column(server_default=func.now())


class Listed(NamedTuple):
    """A dashboard in a list; layout and settings are JSON as Postgres writes it, which nobody has to parse."""

    id: UUID
    name: str
    layout_json: str
    settings_json: str
    created_at: datetime
    updated_at: datetime


class Version(NamedTuple):
    """Which state of whose dashboard."""

    user_id: UUID
    id: UUID
    updated_at: datetime


MINE = select(Dashboard).where(Dashboard.id == bindparam("id"), Dashboard.user_id == bindparam("user_id"))
# Without a session, which costs half as much again: every board pays for it.
ROW = MINE.with_only_columns(*Dashboard.__table__.columns)
VERSION = MINE.with_only_columns(Dashboard.id).where(Dashboard.updated_at == bindparam("updated_at"))
LIST = (
    select(
        Dashboard.id,
        Dashboard.name,
        cast(Dashboard.layout_json, Text),
        cast(Dashboard.settings_json, Text),
        Dashboard.created_at,
        Dashboard.updated_at,
    )
    .where(Dashboard.user_id == bindparam("user_id"))
    .order_by(Dashboard.updated_at.desc(), Dashboard.id)
)


def owned(user_id: UUID) -> list[Listed]:
    """Return a user's dashboards, the one changed last first."""
    return [Listed(*row) for row in session.rows(LIST, {"user_id": user_id})]


def find(user_id: UUID, dashboard_id: UUID) -> Dashboard | None:
    """Return a user's dashboard; None when there is none, or when it is someone else's."""
    found = session.rows(ROW, {"id": dashboard_id, "user_id": user_id})
    return Dashboard(**found[0]._asdict()) if found else None


def holds(version: Version) -> bool:
    """Say whether a dashboard is still there, still theirs, and unchanged."""
    return bool(session.rows(VERSION, version._asdict()))


def add(user_id: UUID, fields: Mapping[str, Any]) -> Dashboard:
    """Add a dashboard; raises TooManyError, and NoUserError when the user was deleted meanwhile."""
    with session.transaction() as db:
        if users.locked(db, user_id) is None:
            raise NoUserError
        if (db.scalar(select(func.count()).where(Dashboard.user_id == user_id)) or 0) >= MOST_A_USER:
            raise TooManyError
        made = Dashboard(user_id=user_id, **fields)
        db.add(made)
        return stored(db, made)


def change(user_id: UUID, dashboard_id: UUID, decide: Callable[[Dashboard], Mapping[str, Any]]) -> Dashboard | None:
    """Change a dashboard and return it, None when the user has no such one.

    `decide` sees it as it is before, while nobody else can change it, and returns the new fields; what it raises
    keeps the dashboard as it is.
    """
    with session.transaction() as db:
        found = db.scalar(MINE.with_for_update(), {"id": dashboard_id, "user_id": user_id})
        if found is None:
            return None
        fields = decide(found)
        if not fields:
            return found
        for name, value in fields.items():
            setattr(found, name, value)
        # Not now(), which is when the transaction began: of two changes the later one has the later time.
        db.execute(update(Dashboard).where(Dashboard.id == dashboard_id).values(updated_at=func.clock_timestamp()))
        return stored(db, found)


def remove(user_id: UUID, dashboard_id: UUID, check: Callable[[Dashboard], None]) -> bool:
    """Delete a dashboard unless `check` raises; false when the user has no such one."""
    with session.transaction() as db:
        found = db.scalar(MINE.with_for_update(), {"id": dashboard_id, "user_id": user_id})
        if found is None:
            return False
        check(found)
        db.execute(delete(Dashboard).where(Dashboard.id == dashboard_id))
        return True


def stored(db: Session, dashboard: Dashboard) -> Dashboard:
    """Return the dashboard as every later reader gets it: JSONB has its own order of names and form of numbers."""
    db.flush()
    db.refresh(dashboard)
    return dashboard


def note_opening(dashboard_id: UUID, at_most_every: timedelta) -> bool:
    """Set `opened_at` to now; false when it was set less than `at_most_every` ago."""
    old = or_(Dashboard.opened_at.is_(None), Dashboard.opened_at < func.now() - at_most_every)
    change = update(Dashboard).where(Dashboard.id == dashboard_id, old).values(opened_at=func.now())
    with session.transaction() as db:
        return db.scalar(change.returning(Dashboard.id)) is not None


def forget_opening(dashboard_id: UUID) -> None:
    """Have the next opening count, however soon it comes."""
    with session.transaction() as db:
        db.execute(update(Dashboard).where(Dashboard.id == dashboard_id).values(opened_at=None))


def opened_since(seconds: float) -> Sequence[Dashboard]:
    """Return the dashboards that were opened in the last `seconds`."""
    recent = Dashboard.opened_at > func.now() - timedelta(seconds=seconds)
    with session.reading() as db:
        return db.scalars(select(Dashboard).where(recent)).all()
