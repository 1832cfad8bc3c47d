"""The record of refused tokens: one row a token (`jti:…`) or user (`user:…`), until no such token can be left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import session
from models.base import Base

# More than any user's number of password changes: the generation of a user who is gone.
NEVER = 2**31
AT_ONCE = 1000
# A token that has ended by a clock that is ahead is still good by another, or once that clock is set back.
SPARE = timedelta(days=1)


class Revocation(Base):
    """A row of `revocations`; `generation` is the lowest that is still good, for a user's row only."""

    __tablename__ = "revocations"

    subject: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(index=True)


def refuse_token(jti: str, expires_at: datetime) -> None:
    """Refuse one token, which ends at `expires_at`; doing it twice changes nothing."""
    row = {"subject": f"jti:{jti}", "expires_at": expires_at}
    with session.transaction() as db:
        db.execute(insert(Revocation).values(row).on_conflict_do_nothing())


def refuse_below(db: Session, user_id: UUID, generation: int, until: datetime) -> None:
    """Refuse, in the caller's transaction, a user's tokens of lower generations, the last of which ends at `until`."""
    added = insert(Revocation).values({"subject": f"user:{user_id}", "generation": generation, "expires_at": until})
    higher = func.greatest(Revocation.generation, added.excluded.generation)
    changes = {"generation": higher, "expires_at": added.excluded.expires_at}
    db.execute(added.on_conflict_do_update(index_elements=["subject"], set_=changes))


def refused(user_id: str, jti: str, generation: int) -> bool:
    """Say whether a token is refused: itself, or all of its user's with its generation."""
    itself = Revocation.subject == f"jti:{jti}"
    older = (Revocation.subject == f"user:{user_id}") & (Revocation.generation > generation)
    with session.reading() as db:
        return bool(db.scalar(select(select(Revocation.subject).where(or_(itself, older)).exists())))


def tokens() -> Iterator[tuple[str, float]]:
    """Yield each refused token as (jti, its end in epoch seconds), read when iterated."""
    for subject, _, expires_at in rows("jti:"):
        yield subject.removeprefix("jti:"), expires_at.timestamp()


def generations() -> Iterator[tuple[str, int]]:
    """Yield (user id, the lowest generation that is still good), read when iterated."""
    for subject, generation, _ in rows("user:"):
        yield subject.removeprefix("user:"), generation or 0


def rows(prefix: str) -> Iterator[tuple[str, int | None, datetime]]:
    """Yield the rows whose subject begins so, a thousand in each transaction."""
    after = prefix
    while chunk := page(prefix, after):
        yield from chunk
        after = chunk[-1][0]


def page(prefix: str, after: str) -> list[tuple[str, int | None, datetime]]:
    """Return the next rows in the order of their subjects."""
    wanted = (
        select(Revocation.subject, Revocation.generation, Revocation.expires_at)
        .where(
            Revocation.subject.startswith(prefix),
            Revocation.subject > after,
            Revocation.expires_at > func.now() - SPARE,
        )
        .order_by(Revocation.subject)
        .limit(AT_ONCE)
    )
    with session.transaction() as db:
        return [(subject, generation, expires_at) for subject, generation, expires_at in db.execute(wanted)]


def prune() -> None:
    """Drop the rows whose tokens ended by themselves a day ago."""
    with session.transaction() as db:
        db.execute(delete(Revocation).where(Revocation.expires_at < func.now() - SPARE))
