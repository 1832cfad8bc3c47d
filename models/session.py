"""The engine and the one way to a transaction; whatever keeps Postgres from answering is DatabaseDownError."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from threading import BoundedSemaphore
from typing import Any

from psycopg import Error
from sqlalchemy import Dialect, Engine, Executable, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

import settings
from models import wire

# Longer by a second than a migration may wait for a lock, so that those who meet it are served after all.
POOL_SECONDS = 2.5
# How many of a process' threads may be in Postgres or wait for a connection: readers, who need none, have the others.
PLACES = 16
PLACE_SECONDS = 0.3
CONNECT_SECONDS = 2
STATEMENT_MS = 3000
# A connection that was used a moment ago is taken for alive, which saves every busy request a question.
RESTED_SECONDS = 1.0
# SQLSTATEs of a server that answers, but cannot serve: read-only after a failover, out of room, going down.
AWAY = ("25006", "53", "57P")


class DatabaseDownError(Exception):
    """Postgres could not answer in time, or refused to serve: what it records cannot be known or changed now."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Give a session whose work is committed at the end and undone on any error; raises DatabaseDownError."""
    with answering(), Session(engine(), expire_on_commit=False) as session, session.begin():
        # Not an option of the connection: PgBouncer gives each transaction another one.
        session.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_MS}"))
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session for one SELECT, which costs one round trip instead of four; raises DatabaseDownError.

    It is a transaction of its own, without a time limit in Postgres: ours ends the wait (models/wire.py).
    """
    with answering(), Session(autocommitting(), expire_on_commit=False) as session:
        yield session


def rows(statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """Return a SELECT's rows as they come, of which no objects are made; raises DatabaseDownError."""
    with answering(), autocommitting().connect() as connection:
        return connection.execute(statement, given).all()


@contextmanager
def answering() -> Iterator[None]:
    """Turn every way in which Postgres can be away into DatabaseDownError."""
    try:
        with place():
            yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise DatabaseDownError(type(error.__cause__ or error).__name__) from error
    except DBAPIError as error:
        if error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(AWAY):
            raise DatabaseDownError(type(error.orig).__name__) from error
        raise


@contextmanager
def place() -> Iterator[None]:
    """Hold one of the process' places; raises DatabaseDownError when all stay taken: Postgres is slow or frozen."""
    taken = places(os.getpid())
    if not taken.acquire(timeout=PLACE_SECONDS):
        raise DatabaseDownError("all places are taken")
    try:
        yield
    finally:
        taken.release()


@cache
def places(pid: int) -> BoundedSemaphore:  # noqa: ARG001 - a forked child begins anew: the parent's may be taken for ever
    """Return the places of one process."""
    return BoundedSemaphore(PLACES)


def engine() -> Engine:
    """Return the engine, on which a forked child has connections of its own: two processes must not share a socket."""
    return _engine(settings.load().database_url)


def autocommitting() -> Engine:
    """Return the same engine, on whose connections each statement is a transaction."""
    return _autocommitting(engine())


@cache
def _autocommitting(made: Engine) -> Engine:
    """Build the variant of an engine; it shares the connections."""
    return made.execution_options(isolation_level="AUTOCOMMIT")


@cache
def _engine(url: str) -> Engine:
    """Build an engine; nothing is sent yet."""
    made = create_engine(
        url,
        pool_size=settings.load().database_pool,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        # PgBouncer's connections know nothing of the statements that another one prepared.
        connect_args={"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None},
    )
    event.listen(made, "do_connect", connect)
    event.listen(made, "checkout", partial(checked_out, made.dialect))
    event.listen(made, "checkin", checked_in)
    os.register_at_fork(after_in_child=partial(made.dispose, close=False))
    return made


def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> wire.PatientConnection:
    """Open a connection that never waits for ever."""
    return wire.connect(tuple(arguments), options)


def checked_out(dialect: Dialect, connection: Any, _record: object, _proxy: object) -> None:
    """Ask a connection that has rested whether it is still there, then wait for statements as long as they may take."""
    if time.monotonic() - connection.used_at > RESTED_SECONDS:
        try:
            dialect.do_ping(connection)
        except Error as error:
            raise DisconnectionError from error
    connection.patience = wire.ANSWER_SECONDS


def checked_in(connection: Any, _record: object) -> None:
    """Wait only shortly for the ping that comes next; a connection that broke is None."""
    if connection is not None:
        connection.patience = wire.PING_SECONDS
        connection.used_at = time.monotonic()


def answers() -> None:
    """Ask Postgres for nothing; raises DatabaseDownError."""
    with transaction() as session:
        session.execute(text("SELECT 1"))
