"""The users: what each of them does, one thing at a time, and what has to be true of the answer."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.e2e.client import Client, Got
from tests.soak.answers import Tally
from tests.soak.ledger import Ledger
from tests.soak.questions import Question

PASSWORD = "correct horse battery"
WIDGETS = 6
# A token that was signed out is refused by every process within 2 s.
SIGNED_OUT_SECONDS = 2.5


@dataclass
class User:
    """One user: a token, a dashboard, and the names it may have, since a change may be lost or made by a 503."""

    email: str
    token: str
    board: str = ""
    items: dict[str, Question] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Readers:
    """All users of one soak, over any of its API processes."""

    urls: Callable[[], list[str]]
    popular: Sequence[Question]
    rare: Sequence[Question]
    tally: Tally
    ledger: Ledger
    chance: random.Random
    users: list[User] = field(default_factory=list)

    def join(self) -> None:
        """Register one more user with a dashboard."""
        email = f"{uuid4().hex}@example.org"
        client = Client(self.urls()[0])
        token = client.ask("POST", "/api/auth/register", {"email": email, "password": PASSWORD}).json()["token"]
        user = User(email, token)
        user.items = {f"w{place}": one for place, one in enumerate(self.chance.sample(self.popular, WIDGETS))}
        layout = [one.item(name) for name, one in user.items.items()]
        made = Client(client.url, token).ask("POST", "/api/dashboards", {"name": "Home", "layout_json": layout})
        user.board, user.names = made.json()["id"], {"Home"}
        self.users.append(user)

    def act(self) -> None:
        """Do one thing, drawn by its share of the load."""
        things = [self.read_popular, self.read_rare, self.open_board, self.poll, self.force]
        things += [self.edit, self.list_boards, self.sign_in_and_out, self.ask_why]
        chosen = self.chance.choices(things, weights=[38, 16, 16, 10, 4, 6, 4, 2, 4])[0]
        chosen(self.chance.choice(self.users))

    def ask(self, user: User, method: str, path: str, expected: set[int], **more: Any) -> Got:
        """Make one request to one of the APIs, and have its answer judged; status 0 where none came."""
        began = time.monotonic()
        try:
            got = Client(self.chance.choice(self.urls()), user.token).ask(method, path, **more)
        except (OSError, http.client.HTTPException) as error:
            got = Got(0, {}, type(error).__name__.encode())
        route = path.partition("?")[0]
        self.tally.got(f"{method} {route}", got, began, time.monotonic(), expected)
        return got

    def read(self, user: User, question: Question, headers: dict[str, str] | None = None) -> None:
        """Read a widget; its data must be of what was asked, and a cold one must name its job."""
        got = self.ask(user, "GET", question.path, {200, 202, 404}, headers=headers)
        if got.status == 200:
            self.judge(question, got.json(), "read")
        if got.status == 202:
            self.ledger.give(got.json()["job"])

    def judge(self, question: Question, data: Any, where: str, *, partly: bool = False) -> None:
        """Say so when data are of something else than was asked for."""
        self.tally.count("data judged")
        if not question.answered_by(data, partly=partly):
            self.tally.count("wrong data")
            self.tally.wrong(f"wrong data ({where}) for {question.path}: {str(data)[:200]}")

    def read_popular(self, user: User) -> None:
        self.read(user, self.chance.choice(self.popular))

    def read_rare(self, user: User) -> None:
        """Read what is often cold; every third reader waits for it."""
        waits = {"Prefer": "wait=3"} if self.chance.random() < 1 / 3 else None
        self.read(user, self.chance.choice(self.rare), waits)

    def force(self, user: User) -> None:
        self.read(user, self.chance.choice(self.popular), {"Cache-Control": "no-cache"})

    def open_board(self, user: User) -> None:
        """Read a dashboard's data."""
        got = self.ask(user, "GET", f"/api/dashboards/{user.board}/data", {200})
        for name, one in got.json()["widgets"].items() if got.status == 200 else ():
            if one["state"] in {"fresh", "stale"}:
                # What is known of a list is told as stale, with the error of what is missing.
                partly = one["state"] == "stale" and one["error"] is not None
                self.judge(user.items[name], one["data"], "board", partly=partly)
            if one["job"]:
                self.ledger.give(one["job"])

    def poll(self, user: User) -> None:
        """Ask for a job that somebody was given; it may be unknown only where the cache has lost it."""
        recent = self.ledger.recent()
        if not recent:
            return
        job_id = self.chance.choice(recent)
        got = self.ask(user, "GET", f"/api/jobs/{job_id}", {200, 404})
        if got.status == 404 and not self.ledger.excused(job_id):
            self.tally.wrong(f"job {job_id} is unknown, and no cache was emptied since it was given")

    def edit(self, user: User) -> None:
        """Rename the dashboard and read it back: what was answered with 200 is kept."""
        with user.lock:
            name, path = uuid4().hex, f"/api/dashboards/{user.board}"
            changed = self.ask(user, "PUT", path, {200}, body={"name": name})
            user.names = {name} if changed.status == 200 else user.names | {name}
            got = self.ask(user, "GET", path, {200})
            if got.status == 200 and got.json()["name"] not in user.names:
                self.tally.wrong(f"a dashboard is called {got.json()['name']!r}, not one of {user.names}")

    def list_boards(self, user: User) -> None:
        self.ask(user, "GET", "/api/dashboards", {200})

    def ask_why(self, user: User) -> None:
        question = self.chance.choice(self.popular)
        self.ask(user, "GET", question.path.replace("?", "/runs?"), {200})

    def sign_in_and_out(self, user: User) -> None:
        """Sign in, be known, sign out, and be refused from then on by whichever process is asked."""
        got = self.ask(user, "POST", "/api/auth/login", {200}, body={"email": user.email, "password": PASSWORD})
        if got.status != 200:
            return
        guest = User(user.email, got.json()["token"])
        self.ask(guest, "GET", "/api/me", {200})
        out, at = self.ask(guest, "POST", "/api/auth/logout", {204}), time.monotonic()
        time.sleep(SIGNED_OUT_SECONDS)
        # A cache that is killed may lose a revocation of its last second; upkeep loads it again within 15 s.
        if out.status == 204 and not self.ledger.lost_since(at):
            self.ask(guest, "GET", "/api/me", {401})
