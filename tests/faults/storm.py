"""500 fetches at once, and what must be true of them whatever died meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from redis import Redis

from store.keys import widget_key
from tests import servers
from tests.e2e.client import Client, registered
from tests.github import event, events
from tests.upstream import Reply, Upstream

# A user may have 100 dashboards of 200 widgets, and cause 300 cold fetches a minute.
USERS, BOARDS, WIDGETS = 2, 2, 125
OPEN = {"queued", "running"}


@dataclass(frozen=True)
class Storm:
    """The jobs that two users' dashboards have caused, by the name of what each fetches."""

    upstream: Upstream
    clients: list[Client]
    boards: list[tuple[Client, str]] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)

    def ended(self) -> dict[str, dict[str, Any]]:
        """Return the jobs that a client can still see and that have ended, by id."""
        return {one["id"]: one for one in self.seen() if one["state"] not in OPEN}

    def seen(self) -> list[dict[str, Any]]:
        """Return what a client is told of the jobs; a server that is away tells nothing of any."""
        ids = list(self.jobs.values())
        found = []
        for number, start in enumerate(range(0, len(ids), 100)):
            client = self.clients[number % USERS]
            try:
                got = client.get(f"/api/jobs?ids={','.join(ids[start : start + 100])}")
            except OSError:
                return []
            if got.status != 200:
                return []
            found += got.json()
        return found

    def until_all_ended(self, seconds: float) -> dict[str, dict[str, Any]]:
        """Wait until every job has ended, and return them by id."""
        end = time.monotonic() + seconds
        while len(found := self.ended()) < len(self.jobs):
            assert time.monotonic() < end, Counter(one["state"] for one in self.seen())
            time.sleep(0.5)
        return found

    def until_some_asked(self, share: float) -> None:
        """Wait until so many of the requests have reached the upstream."""
        servers.until(lambda: sum(self.requests().values()) > share * len(self.jobs), 60)

    def requests(self) -> Counter[str]:
        """Count the requests that reached the upstream, by name."""
        mine = set(self.jobs)
        return Counter(
            name for one in self.upstream.asked("/github/users/") if (name := one.path.split("/")[3]) in mine
        )

    def widgets(self) -> dict[str, dict[str, Any]]:
        """Return what the dashboards show, by name; a database that was killed may need a moment."""
        found: dict[str, dict[str, Any]] = {}
        for client, board in self.boards:
            found |= client.until_ok(f"/api/dashboards/{board}/data").json()["widgets"]
        return found

    def all_stored(self, redis: Redis) -> None:
        """Fail unless every result is there, is that of its key, and was stored once."""
        shown = self.widgets()
        keys = [widget_key("github", {"username": name}) for name in self.jobs]
        with redis.pipeline() as pipe:
            for key in keys:
                pipe.llen(f"ib:runs:{key}")
            stored = pipe.execute()

        assert {name: one["state"] for name, one in shown.items()} == dict.fromkeys(self.jobs, "fresh")
        assert [one["data"][0]["actor"] for one in shown.values()] == list(shown)
        # Killed between the result and its run, a worker leaves none; nothing leaves two.
        assert max(stored) == 1


def storm(url: str, upstream: Upstream, widgets: int = WIDGETS, delay: float = 0.05) -> Storm:
    """Have two users open two dashboards each, of so many widgets: by default 500 keys that nobody has fetched yet."""
    started = Storm(upstream, [registered(url) for _ in range(USERS)])
    for client in started.clients:
        for _ in range(BOARDS):
            names = [f"u{uuid4().hex[:12]}" for _ in range(widgets)]
            for name in names:
                upstream.on(events(name), Reply(data=[event(name)], delay=delay))
            layout = [{"id": name, "widget": "github", "params": {"username": name}} for name in names]
            board = client.ask("POST", "/api/dashboards", {"name": "Storm", "layout_json": layout})
            assert board.status == 201, board.body
            board_id = board.json()["id"]
            started.boards.append((client, board_id))
            # At once, before warming fetches the first.
            shown = client.get(f"/api/dashboards/{board_id}/data").json()["widgets"]
            started.jobs.update({name: one["job"] for name, one in shown.items()})
    assert None not in started.jobs.values()
    return started
