"""A psycopg connection that never waits for ever: a frozen server keeps its socket open and says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

if TYPE_CHECKING:
    from psycopg.abc import PQGen

V = TypeVar("V")

ANSWER_SECONDS = 3.2
PING_SECONDS = 1.0


class PatientConnection(Connection[TupleRow]):
    """Waits `patience` seconds for each answer; without one it closes, so that nothing else is sent on it.

    `used_at` is when it was last given back, in seconds of the monotonic clock.
    """

    patience = ANSWER_SECONDS
    used_at = 0.0

    def wait(self, gen: PQGen[V], interval: float = 0.1, timeout: float | None = None) -> V:
        """Run one exchange with the server; raises OperationalError when it takes too long."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def connect(arguments: tuple[Any, ...], options: dict[str, Any]) -> PatientConnection:
    """Open a connection with psycopg's arguments; raises OperationalError."""
    return PatientConnection.connect(*arguments, **options)
