"""Asking whether what a process holds still holds, together with an admission: one small round trip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from store import connection, keys, tokens
from store.snapshots import Snapshot
from store.tokens import Admission, Verdict

LUA = Path(__file__).parent / "lua"
CONFIRM = tokens.admitting((LUA / "confirm_parts.lua").read_text())


@dataclass(frozen=True)
class Known:
    """What is known of a widget's parts, as the script takes it."""

    words: tuple[str | float, ...]


def known(snapshots: Iterable[Snapshot]) -> Known:
    """Note what these snapshots are, to ask later whether they still are."""
    found = list(snapshots)
    providers = sorted({keys.provider_of(one.key) for one in found})
    return Known((*(word for one in found for word in (one.key, one.etag, one.fetched_at)), "", *providers))


def confirm(what: Known, admission: Admission, used: int) -> tuple[Verdict, float, bool]:
    """Admit a request, as `tokens.admit` does; return the verdict, Redis' time, and whether what is known still holds.

    Nothing holds where a part is fetched or has failed, where its provider pauses, or where it is from before the clock
    of Redis was set back. Raises StoreDownError.
    """
    told, seconds, micros, holds = CONFIRM(*tokens.arguments(admission, used), *what.words)
    return tokens.verdict(admission, told), connection.seconds_of((int(seconds), int(micros))), holds == 1
