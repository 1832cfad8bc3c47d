"""Good results land: everything that they leave behind is written in one round trip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from store import connection, counters, demand, runs, snapshots
from store.packing import Packed
from store.runs import Run

LAND = connection.script((Path(__file__).parent / "lua" / "land_results.lua").read_text())


@dataclass(frozen=True)
class Landed:
    """The snapshot that was written, and what is wanted of its part."""

    snapshot: snapshots.Snapshot
    want: demand.Want | None


def land(
    job_id: str, owner: str, results: Sequence[Packed], run: Run, labels: Mapping[str, str], rest_s: float
) -> list[Landed] | None:
    """Keep the results of parts and their run, count the fetches, end the flights, and wake who waits.

    None of that, and None, where the job is not the owner's any more: it was started again meanwhile.
    `labels` are the counter's; for `rest_s` seconds nobody asks the upstream for the parts again, as it asked us.
    Raises StoreDownError where Redis refused one of them, after the others have landed.
    """
    told = json.dumps({**asdict(run), "at": None})
    counter = counters.field("fetches", labels, "value")
    words = [word for one in results for word in one.words()]
    answer = LAND(job_id, owner, int(rest_s * 1000), told, runs.KEPT, runs.KEPT_SECONDS, counter, *words)
    if not answer:
        return None
    at, *wanted = answer
    if refused := [why for why in wanted if isinstance(why, bytes)]:
        raise connection.StoreDownError(
            f"Redis refused {len(refused)} of {len(results)} results ({refused[0].decode()})"
        )
    return [landed(one, float(at), fields) for one, fields in zip(results, wanted, strict=True)]


def landed(one: Packed, at: float, flat: Sequence[bytes]) -> Landed:
    """Return what landed at a time in epoch seconds, and what is wanted of it."""
    written = one.snapshot(at)
    return Landed(written, demand.parse(one.key, dict(zip(flat[::2], flat[1::2], strict=True)), at))
