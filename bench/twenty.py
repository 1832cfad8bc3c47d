"""A person of the demo with a dashboard of twenty warm cards, made through the API."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from demo import scene
from demo.weather import PLACES

CARDS = 20
COINS = ("usd", "eur", "gbp", "jpy")
TOPICS = ("databases", "coast", "rust", "maps")
PEOPLE = ("octocat", "torvalds", "gvanrossum", "mitsuhiko")

# Column, lower half of the two lines that a row takes, width.
PLACED = ((0, 0, 4), (4, 0, 3), (7, 0, 5), (0, 1, 7), (7, 1, 5))


@dataclass(frozen=True)
class Person:
    """Who signs in, and where their dashboard is."""

    email: str
    password: str
    path: str


def ask(site: str, path: str, body: Any = None, token: str = "") -> Any:
    """Ask the API once, as a client with a token does; raises HTTPError where it refuses."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(site + path, data, headers)  # noqa: S310 - our own loopback server
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - the same
        return json.load(answer)


def person(site: str) -> Person:
    """Make an account with one dashboard of twenty cards, and return when all of them are fresh."""
    shown = ask(site, "/api/auth/login", {"email": scene.EMAIL, "password": scene.PASSWORD})["token"]
    urls = next(
        one["params"]["urls"]
        for one in ask(site, "/api/dashboards", token=shown)[0]["layout_json"]
        if one["widget"] == "status"
    )
    email, password = f"{uuid4().hex[:12]}@example.org", uuid4().hex
    token = ask(site, "/api/auth/register", {"email": email, "password": password})["token"]
    made = ask(site, "/api/dashboards", {"name": "Twenty", "layout_json": layout(urls)}, token)
    fill(site, f"/api/dashboards/{made['id']}/data", token)
    return Person(email, password, f"/d/{made['id']}")


def fill(site: str, path: str, token: str) -> None:
    """Ask until every card is fresh; raises SystemExit after a minute."""
    end = time.monotonic() + 60
    while {one["state"] for one in ask(site, path, token=token)["widgets"].values()} != {"fresh"}:
        if time.monotonic() > end:
            raise SystemExit("the dashboard of the benchmark was not filled")
        time.sleep(0.5)


def layout(urls: list[str]) -> list[dict[str, Any]]:
    """Return four rows of the five providers' cards, no two of which ask the same."""
    rows = [
        [
            ("weather", {"city": PLACES[number].name}),
            ("crypto", {"symbols": ["btc", "eth", "sol", "xrp", "doge"], "currency": COINS[number]}),
            ("status", {"urls": urls[number:]}),
            ("news", {"topic": TOPICS[number]}),
            ("github", {"username": PEOPLE[number]}),
        ]
        for number in range(4)
    ]
    return [
        {"id": f"{widget}-{y}", "widget": widget, "params": params, "x": x, "y": 9 * (2 * y + low), "w": w, "h": 9}
        for y, row in enumerate(rows)
        for (widget, params), (x, low, w) in zip(row, PLACED, strict=True)
    ]
