"""What is kept in Redis; every public function raises StoreDownError when Redis cannot answer."""

from store.connection import StoreDownError

__all__ = ["StoreDownError"]
