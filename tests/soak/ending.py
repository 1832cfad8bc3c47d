"""What is left once load and faults have stopped: jobs end, queues run empty, and nothing stays in flight."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis, RedisError

from tests.e2e.client import Client
from tests.soak.ledger import Ledger
from tests.soak.report import Report
from tests.soak.system import System

DRAIN_SECONDS = 90.0
# The messages of a killed worker come back to their queue after two minutes; their jobs were sent again long before.
RETURN_SECONDS = 150.0


def drain(system: System, ledger: Ledger, client: Client, report: Report) -> None:
    """Wait until every job has ended and every queue is empty; beat still ticks while jobs are waited for."""
    cache, broker = system.cache.client(), system.broker.client()

    def pending() -> dict[str, str]:
        asked = ledger.ask(client)
        return {job_id: state for job_id, state in asked.items() if state != "unknown"}

    took = waited(lambda: not pending() and cache.zcard("ib:jobs:open") == 0, DRAIN_SECONDS)
    report.row(
        "until every job had ended", f"{took:.0f} s", f"at most {DRAIN_SECONDS:.0f} s", kept=took < DRAIN_SECONDS
    )
    ready = client.get("/readyz")
    report.row("/readyz at the end", ready.status, "200", kept=ready.status == 200)
    for name in ("beat-1", "beat-2"):
        system.kept[name].stop()
    took = waited(lambda: messages(broker) == 0 and cache.zcard("ib:jobs:open") == 0, RETURN_SECONDS)
    left = messages(broker)
    report.row("messages left in the queues", f"{left} after {took:.0f} s more", "0", kept=left == 0)
    flights = sum(1 for pattern in ("ib:flight:*", "ib:lease:*") for _ in cache.scan_iter(pattern, count=1000))
    report.row("flights and leases left", flights, "0", kept=flights == 0)
    open_jobs = cache.zcard("ib:jobs:open")
    report.row("jobs left in ib:jobs:open", open_jobs, "0", kept=open_jobs == 0)
    accounts(system, ledger, client, report)


def accounts(system: System, ledger: Ledger, client: Client, report: Report) -> None:
    """Add what became of every job."""
    ledger.scan(system.cache.client())
    still = {job_id for job_id, state in ledger.ask(client).items() if state != "unknown"}
    lost, unended = len(set(ledger.lost()) - still), len(set(ledger.unended()) | still)
    known, ended = len(ledger.known()), len(ledger.ended)
    states = [f"{list(ledger.ended.values()).count(state)} {state}" for state in ("succeeded", "failed")]
    report.row("jobs opened", f"{known}, of them {len(ledger.given)} given to clients")
    report.row(
        "jobs ended", f"{ended} ({', '.join(states)})", "opened less lost", kept=unended == 0 and known == ended + lost
    )
    report.row("jobs lost with a cache that was emptied or killed", lost)
    for job_id in sorted(set(ledger.unended()) | still)[:5]:
        report.broken.append(f"job {job_id} has not ended: {system.cache.client().hgetall(f'ib:job:{job_id}')}")


def messages(broker: Redis) -> int:
    """Return how many messages wait in any queue or have not been acknowledged."""
    waiting = sum(broker.llen(queue) for queue in broker.scan_iter(_type="list"))
    return int(waiting + broker.hlen("unacked"))


def waited(true: Callable[[], bool], seconds: float) -> float:
    """Wait until the condition holds, at most so long; return how many seconds that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if true():
                break
        except RedisError:
            pass
        time.sleep(0.5)
    return time.monotonic() - began
