"""Password hashes (Argon2id with OWASP's parameters), computed two at a time: each takes 7 MiB and 25 ms."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from web.problems import Problem

HASHER = PasswordHasher(time_cost=5, memory_cost=7_168, parallelism=1)
AT_ONCE = threading.BoundedSemaphore(2)
WAIT_SECONDS = 2.0
# mallopt(3): from how many bytes on a block is mapped by itself, and given back when it is freed.
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 1024 * 1024

# Unless it is set, glibc raises it to what was freed last, and each thread that hashed once keeps its 7 MiB.
with suppress(AttributeError):
    ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def hashed(password: str) -> str:
    """Return a new hash of a password; raises Problem (503) when too many are being computed."""
    with turn():
        return HASHER.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Say whether the password has this hash; without one it takes the same time and says no."""
    with turn():
        try:
            return HASHER.verify(stored or dummy(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def dummy() -> str:
    """Return a hash that no password fits, with today's parameters."""
    return HASHER.hash("nobody has this password")


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn; raises Problem (503) when none comes in time."""
    if not AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise Problem(503, "Too many sign in at once.", kind="too-many-sign-ins", retry_after=WAIT_SECONDS)
    try:
        yield
    finally:
        AT_ONCE.release()
