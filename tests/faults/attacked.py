"""Meets attacks, each in a fork of its own, so that the peak of memory is that attack's; a program of its own.

Reads lists of [way, URL] as JSON from standard input, where the way is `check` (a status check) or `fetch` (the
providers' client); those of one list are met side by side. Writes what became of each as JSON, in the same order.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from providers.base import ProviderError
from tasks.http import Client
from tasks.visit import Terms, visit
from tests.unit.outside.conftest import LOOPBACK

LONGEST = 15.0
# The kernel counts in KiB, macOS' in bytes.
UNITS_IN_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Met:
    """How an attack ended, its status and words for the reader, after how many seconds and MiB of growth."""

    ended: str
    status: int | None
    words: str
    seconds: float
    growth: float


ENDLESS = Met("never ended", None, "", LONGEST, 0.0)


def peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNITS_IN_MIB


def checked(url: str) -> tuple[str, int | None, str]:
    """Check the URL with the contract's limits; return the error_kind, or `answered`."""
    sample = visit(url, Terms(LOOPBACK))
    return sample.error_kind or "answered", sample.status_code, sample.error or ""


def fetched(url: str) -> tuple[str, int | None, str]:
    """Ask for JSON as a provider does; return the name of the error, or `answered`."""
    try:
        with Client() as client:
            answer = client.get(url)
            answer.json()
    except ProviderError as error:
        return type(error).__name__, error.status_code, error.detail
    except Exception as error:  # noqa: BLE001 - an error that the client does not know is what the tests look for
        return f"unforeseen {type(error).__name__}", None, str(error)
    return "answered", answer.status, ""


WAYS = {"check": checked, "fetch": fetched}


def meet(index: int, way: str, url: str, found: Any) -> None:
    """Meet one attack, in the fork."""
    before, began = peak(), monotonic()
    ended, status, words = WAYS[way](url)
    found.put((index, Met(ended, status, words, monotonic() - began, peak() - before)))


def side_by_side(attacks: list[tuple[str, str]]) -> list[Met]:
    """Meet the attacks at the same time; what has not ended after LONGEST seconds is ended."""
    context = multiprocessing.get_context("fork")
    found = context.SimpleQueue()
    forks = [context.Process(target=meet, args=(index, *attack, found)) for index, attack in enumerate(attacks)]
    began = monotonic()
    for fork in forks:
        fork.start()
    for fork in forks:
        fork.join(max(0.0, began + LONGEST - monotonic()))
        fork.kill()
    met: dict[int, Met] = {}
    while not found.empty():
        index, one = found.get()
        met[index] = one
    return [met.get(index, ENDLESS) for index in range(len(forks))]


if __name__ == "__main__":
    # What is loaded at the first use belongs to nobody's growth.
    for way_out in WAYS.values():
        way_out("http://127.0.0.1:9/")
    json.dump([asdict(one) for batch in json.load(sys.stdin) for one in side_by_side(batch)], sys.stdout)
