"""What is kept in Postgres; every function raises DatabaseDownError when Postgres cannot answer."""

from models.session import DatabaseDownError

__all__ = ["DatabaseDownError"]
