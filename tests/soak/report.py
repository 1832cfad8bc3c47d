"""The figures as one Markdown table, and a line for each promise that was broken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.soak.samples import LEAST_GROWTH_MIB, MOST_DESCRIPTORS, MOST_GROWTH, MOST_POOLED, Life

# What the cache holds grows with the hour that ended jobs are kept; what bounds it is its maxmemory.
NOT_JUDGED = {"cache"}
# Their descriptors are their clients' connections, whose pools fill up to their bound; the clients' are judged.
SERVERS = frozenset({"broker", "cache", "postgres"})
MOST_LINES = 20


@dataclass
class Report:
    """Rows of the table, and what was broken."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def row(self, name: str, value: object, promise: str = "", *, kept: bool = True) -> None:
        """Add a figure; `promise` says what it has to be."""
        self.rows.append((name, str(value), promise and f"{promise}: {'kept' if kept else 'BROKEN'}"))
        if not kept:
            self.broken.append(f"{name}: {value} ({promise})")

    def processes(self, lives: Iterable[Life], seconds: float) -> None:
        """Add the memory and descriptors of each part's processes that were followed for so long."""
        parts: dict[str, list[Life]] = {}
        for life in lives:
            parts.setdefault(life.part, []).append(life)
        for part, found in sorted(parts.items()):
            self.process(part, found)
        self.row("processes followed", sum(map(len, parts.values())), f"at least {seconds / 60:.0f} min each")

    def process(self, part: str, found: list[Life]) -> None:
        """Add the worst of a part's processes."""
        most, fds = max(found, key=lambda life: life.growth), max(found, key=lambda life: life.more_descriptors)
        before, after = most.memories
        grown = f"{before / 1024:.1f} to {after / 1024:.1f} MiB ({most.growth - 1:+.1%})"
        limit = "" if part in NOT_JUDGED else f"at most {MOST_GROWTH - 1:+.0%} or {LEAST_GROWTH_MIB:+g} MiB"
        kept = part in NOT_JUDGED or all(life.flat for life in found)
        self.row(f"memory of {part}, worst of {len(found)}", grown, limit, kept=kept)
        peak, last = fds.descriptors
        self.row(
            f"descriptors of {part}, worst of {len(found)}",
            f"{last:g}, at most {peak:g} in the first half",
            "" if part in SERVERS else f"at most {MOST_DESCRIPTORS:+d} or {MOST_POOLED}",
            kept=part in SERVERS or not any(life.leaks for life in found),
        )

    def show(self) -> str:
        """Return the table and the broken promises."""
        lines = ["| figure | value | promise |", "| --- | --- | --- |"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        lines += ["", *(f"BROKEN: {one}" for one in self.broken[:MOST_LINES])]
        if len(self.broken) > MOST_LINES:
            lines.append(f"BROKEN: and {len(self.broken) - MOST_LINES} more")
        return "\n".join(lines).strip()
