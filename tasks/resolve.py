"""Names to addresses, with a limit of our own: getaddrinfo has none."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address
from threading import BoundedSemaphore, Lock
from time import monotonic

LOOK_UP_SECONDS = 2.0
MAX_LOOK_UPS = 128

Resolver = Callable[[str, float], list[str]]

# glibc reads this in each new thread, so an abandoned look-up ends by itself instead of after 10 s a nameserver.
os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:2")


def ask_system(host: str) -> list[str]:
    """Return the addresses of a name, in the system's order of preference; raises OSError, and may take its time."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a name") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class LookUps:
    """Look-ups under way, each in a thread of its own and one for each name, so one that hangs stops no other name.

    The threads are kept: starting one costs more than looking most names up.
    """

    def __init__(self, ask: Callable[[str], list[str]] = ask_system, places: int = MAX_LOOK_UPS) -> None:
        """Take whom to ask and how many may be under way."""
        self.ask = ask
        self.places = BoundedSemaphore(places)
        self.lock = Lock()
        self.running: dict[str, Future[list[str]]] = {}

    def find(self, host: str, seconds: float) -> list[str]:
        """Return the addresses of a name; a literal address is its own answer.

        Raises OSError when the name does not resolve and TimeoutError after `seconds`.
        """
        if literal := as_literal(host):
            return [literal]
        ends = monotonic() + seconds
        future = self.joined(host, seconds)
        try:
            return future.result(timeout=max(0.0, ends - monotonic()))
        except CancelledError:
            raise TimeoutError from None

    def joined(self, host: str, seconds: float) -> Future[list[str]]:
        """Join the look-up of this name that is under way, or start one within `seconds`."""
        with self.lock:
            if host in self.running:
                return self.running[host]
        if not self.places.acquire(timeout=seconds):
            raise TimeoutError
        future = Future[list[str]]()
        with self.lock:
            other = self.running.setdefault(host, future)
        if other is not future:
            self.end(host, future)
            return other
        try:
            threads(os.getpid(), self).submit(self.run, host, future)
        except RuntimeError:  # the machine gives no more threads
            # A kept thread may still come to what could not be given a new one.
            if not future.cancel():
                return future
            self.end(host, future)
            raise TimeoutError from None
        return future

    def run(self, host: str, future: Future[list[str]]) -> None:
        """Ask, and hand the answer or the error to all who wait."""
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self.ask(host))
        except OSError as error:
            future.set_exception(error)
        finally:
            self.end(host, future)

    def end(self, host: str, future: Future[list[str]]) -> None:
        """Give the place back; who asks for the name from now on starts anew."""
        with self.lock:
            if self.running.get(host) is future:
                del self.running[host]
        self.places.release()


@cache
def threads(pid: int, look_ups: LookUps) -> ThreadPoolExecutor:  # noqa: ARG001 - a thread does not survive a fork
    """Return the threads of one process in which these look-ups are made."""
    return ThreadPoolExecutor(MAX_LOOK_UPS, thread_name_prefix="look-up")


def as_literal(host: str) -> str | None:
    """Return the address when the host is one, without brackets, else None."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None


look_up: Resolver = LookUps().find
