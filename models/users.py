"""Users: their e-mail, password hash, and the generation below which their tokens are refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import revocations, session
from models.base import Base

# "ib:first" in ASCII; whoever registers under REGISTRATION=first takes turns.
FIRST_LOCK = 0x69623A6669727374


class EmailTakenError(Exception):
    """Another user has this e-mail."""


class NotFirstError(Exception):
    """There is a user already, and only the first may register."""


class User(Base):
    """A row of `users`; e-mails are kept in lower case and compare so."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    email: Mapped[str]
    password_hash: Mapped[str]
    token_generation: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("users_email_key", text("lower(email)"), unique=True),)


def register(email: str, password_hash: str, *, only_first: bool = False) -> User:
    """Add a user; raises EmailTakenError, and NotFirstError where only the first may register."""
    user = User(email=email.lower(), password_hash=password_hash)
    try:
        with session.transaction() as db:
            if only_first:
                refuse_second(db)
            db.add(user)
            db.flush()
            db.refresh(user)
    except IntegrityError:
        raise EmailTakenError from None
    return user


def refuse_second(db: Session) -> None:
    """Raise NotFirstError when there is a user, alone among those who register now."""
    db.execute(select(func.pg_advisory_xact_lock(FIRST_LOCK)))
    if db.scalar(select(select(User.id).exists())):
        raise NotFirstError


def any_exists() -> bool:
    """Say whether somebody has registered."""
    with session.reading() as db:
        return bool(db.scalar(select(select(User.id).exists())))


def by_email(email: str) -> User | None:
    """Return the user with this e-mail, in any case."""
    with session.reading() as db:
        return db.scalar(select(User).where(func.lower(User.email) == email.lower()))


def by_id(user_id: UUID) -> User | None:
    """Return a user."""
    with session.reading() as db:
        return db.get(User, user_id)


def rehash(user_id: UUID, before: str, after: str) -> None:
    """Put a hash of today's strength in place of an older one, unless the password was changed meanwhile."""
    with session.transaction() as db:
        user = locked(db, user_id)
        if user and user.password_hash == before:
            user.password_hash = after


def change_password(user_id: UUID, before: str, after: str, until: datetime) -> int | None:
    """Set a new hash and refuse every token issued so far, the last of which ends at `until`; return the generation.

    None when the user is gone or the hash is no longer `before`: somebody else changed it meanwhile.
    """
    with session.transaction() as db:
        user = locked(db, user_id)
        if user is None or user.password_hash != before:
            return None
        user.password_hash = after
        user.token_generation += 1
        revocations.refuse_below(db, user_id, user.token_generation, until)
        return user.token_generation


def locked(db: Session, user_id: UUID) -> User | None:
    """Return a user, whom nobody else changes or gives a dashboard until the transaction ends."""
    return db.scalar(select(User).where(User.id == user_id).with_for_update())
