"""A good result lands: everything that it leaves behind is written in one round trip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from store import connection, counters, demand, runs, snapshots
from store.runs import Run

LAND = connection.script((Path(__file__).parent / "lua" / "land_result.lua").read_text())


@dataclass(frozen=True)
class Landed:
    """The snapshot that was written, and what is wanted of its part."""

    snapshot: snapshots.Snapshot
    want: demand.Want | None


def land(job_id: str, one: snapshots.Packed, run: Run, labels: Mapping[str, str], rest_s: float) -> Landed:
    """Keep a part's result and its run, count the fetch, end the flight, and wake who waits.

    `labels` are the counter's; for `rest_s` seconds nobody asks the upstream for the part again, as it asked us.
    """
    told = json.dumps({**asdict(run), "at": None})
    counter = counters.field("fetches", labels, "value")
    at, wanted = LAND(job_id, *one.words(), int(rest_s * 1000), told, runs.KEPT, runs.KEPT_SECONDS, counter)
    written = one.snapshot(float(at))
    fields = dict(zip(wanted[::2], wanted[1::2], strict=True))
    return Landed(written, demand.parse(one.key, fields, written.fetched_at))
