"""`python -m tests.soak --minutes 30 --rate 20 --seed 1`: run the soak, print its table, exit 1 on a broken promise."""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import settings
from tests.e2e.client import Client
from tests.soak import ending, faults, questions, system
from tests.soak.answers import Tally
from tests.soak.ledger import Ledger
from tests.soak.load import Load, Wear
from tests.soak.readers import Readers
from tests.soak.report import Report
from tests.soak.samples import Sampler
from tests.soak.system import System
from tests.soak.upstream import Unreliable
from tests.soak.windows import Windows

USERS = 12
OUTSIDE = "outside of faults"
LONG_SECONDS = 600.0
GIVEN = {
    "JWT_SECRET": "a secret of the soak, made up, 32 bytes or more",
    "LOG_LEVEL": "warning",
    "ALLOWED_NETWORKS": "127.0.0.0/8",
    # Made up; with a token GitHub allows 5,000 requests an hour instead of 60.
    "GITHUB_API_TOKEN": "made-up",
}


def main() -> int:
    """Run it all; return the exit code."""
    given = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # What a shell starts in the background ignores SIGINT, and so would Postgres, which is stopped by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    report = Report()
    upstream = Unreliable(drawn(given.seed, "upstream"))
    with tempfile.TemporaryDirectory(prefix="ib-soak-") as name:
        environment = dict.fromkeys(settings.NAMES, "") | GIVEN | {"INSIGHTBOARD_HOME": name} | upstream.settings()
        with system.started(Path(name), environment) as running:
            soak(running, upstream, given, report)
        logged(running, given.keep, report)
    upstream.close()
    print(report.show())
    return 1 if report.broken else 0


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long the load lasts")
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--every", type=float, default=45.0, help="seconds from fault to fault, on average")
    parser.add_argument("--keep", type=Path, help="a folder for the logs and for all samples of memory")
    parser.add_argument("--seed", type=int, default=1, help="what load and faults are drawn from")
    return parser.parse_args()


def drawn(seed: int, what: str) -> random.Random:
    """Return what decides over one part of the soak."""
    return random.Random(f"{seed} {what}")  # noqa: S311 - drawn, so that it can be drawn again


def soak(running: System, upstream: Unreliable, given: argparse.Namespace, report: Report) -> None:
    """Load the system and do it harm, then wait for its end and add the figures."""
    windows, ledger, sites = Windows(), Ledger(), f"{upstream.url}/site"
    tally, seconds = Tally(windows), given.minutes * 60
    readers = Readers(
        lambda: running.urls,
        questions.popular(sites),
        questions.rare(sites),
        tally,
        ledger,
        drawn(given.seed, "readers"),
    )
    for _ in range(USERS):
        readers.join()
    sampler = Sampler(running.roots, lambda: ledger.scan(running.cache.client()))
    wear, load = Wear(running.cache.client(), drawn(given.seed, "wear")), Load(given.rate, readers.act, tally.wrong)
    for one in (sampler, wear, load):
        one.start()
    world = faults.World(running, ledger, drawn(given.seed, "faults"))
    names = harm(world, windows, seconds, given.every, report)
    rate = load.achieved
    load.stop()
    wear.stopped.set()
    sampler.stopped.set()
    report.row("length", f"{given.minutes:g} min, seed {given.seed}")
    report.row("requests", f"{load.sent}, {rate:.1f}/s of {given.rate:g}/s; {load.left_out} left out while all waited")
    report.row("upstream requests", upstream.count)
    report.row("faults", f"{sum(names.values())}: " + ", ".join(f"{many} {name}" for name, many in names.items()))
    answered(tally, report)
    ending.drain(running, ledger, Client(running.urls[0], readers.users[0].token), report)
    long = min(LONG_SECONDS, seconds / 3)
    report.processes(sampler.followed(long), long)
    if given.keep:
        (given.keep / "samples.csv").write_text(sampler.table(), encoding="utf-8")


def harm(world: faults.World, windows: Windows, seconds: float, every: float, report: Report) -> Counter[str]:
    """Go through the schedule, starting again what dies by itself; return how often each fault happened."""
    began, names, deaths = time.monotonic(), Counter[str](), Counter[str]()
    schedule = faults.plan(world.chance, seconds, every)
    for at, fault in [*schedule, (seconds, None)]:
        while time.monotonic() - began < at:
            deaths.update(revived(world.system, windows))
            time.sleep(0.2)
        if fault:
            print(f"{at:7.1f} s  {fault.name}", file=sys.stderr, flush=True)
            names[fault.name] += 1
            with windows.open(fault.name):
                fault.happen(world)
    for name, many in deaths.items():
        report.row(f"{name}, and was started again", many, "0" if OUTSIDE in name else "", kept=OUTSIDE not in name)
    return names


def revived(running: System, windows: Windows) -> list[str]:
    """Start again what has died by itself; return what to say of each."""
    now = time.monotonic()
    where = "in a fault" if windows.excuse(now, now) else OUTSIDE
    return [f"{name} ended by itself {where}" for name in running.revive()]


def answered(tally: Tally, report: Report) -> None:
    """Add how the readers were answered."""
    judged, wrong = tally.counts.pop("data judged", 0), tally.counts.pop("wrong data", 0)
    said = ", ".join(f"{many} {kind}" for kind, many in tally.counts.most_common())
    report.row("answers", said)
    report.row("answered within", f"{tally.quantile(0.5) * 1000:.0f} ms (median), {tally.quantile(0.99):.2f} s (99 %)")
    report.row("5xx that is neither 503 nor a provider's", tally.counts["5xx"], "0", kept=tally.counts["5xx"] == 0)
    report.row("data judged against the question", judged)
    report.row("wrong data", wrong, "0", kept=wrong == 0)
    outside = len(tally.broken) - wrong
    report.row("503, no or unexpected answers outside of faults and 10 s after", outside, "0", kept=outside == 0)
    report.broken += tally.broken


def logged(running: System, keep: Path | None, report: Report) -> None:
    """Add how often our processes logged what nobody expected."""
    text = "\n".join(log for keeper in running.kept.values() for log in keeper.logs)
    report.row("tracebacks in the logs", len(re.findall(r"^Traceback", text, re.MULTILINE)))
    report.row("jobs that a worker did not survive", text.count("job lost"))
    if keep:
        (keep / "log").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
