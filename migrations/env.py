"""What Alembic runs: one migration at a time over all processes, and never a long wait for a table's lock."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

import settings
from models import dashboards, revocations, users
from models.base import Base

# "ib:mig" in ASCII.
LOCK = 0x69623A6D6967
LOCK_TIMEOUT_MS = 1500
# Importing a table's module adds it to the metadata that is compared.
TABLES = (users.User, dashboards.Dashboard, revocations.Revocation)


def online() -> None:
    """Migrate over a connection of its own; a second caller waits until the first has ended, then finds nothing."""
    engine = create_engine(settings.load().database_url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Run the steps in the connection's transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    context.run_migrations()


def offline() -> None:
    """Print the steps as SQL."""
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
