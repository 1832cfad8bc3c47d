"""What ends a whole account, over all tables."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from models import revocations, session, users
from models.dashboards import Dashboard


def delete(user_id: UUID, until: datetime) -> list[UUID] | None:
    """Delete a user with all dashboards and refuse every token, the last of which ends at `until`.

    Returns the dashboards' ids; None when the user is gone.
    """
    with session.transaction() as db:
        user = users.locked(db, user_id)
        if user is None:
            return None
        owned = list(db.scalars(select(Dashboard.id).where(Dashboard.user_id == user_id)))
        revocations.refuse_below(db, user_id, revocations.NEVER, until)
        db.delete(user)
        return owned
