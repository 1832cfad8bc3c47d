"""What the soak's readers ask for, and whether an answer is one to that question and no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from demo.crypto import COINS
from demo.weather import PLACES

TOPICS = ("tides", "bread", "maps", "islands", "clocks", "rivers")


@dataclass(frozen=True)
class Question:
    """A provider and its params, as a query and as a dashboard's item have them."""

    provider: str
    params: Mapping[str, str | list[str]]

    @property
    def path(self) -> str:
        return f"/api/data/{self.provider}?{urlencode(self.params, doseq=True)}"

    def item(self, name: str) -> dict[str, Any]:
        """Return it as an item of a layout; checked URLs are refreshed every minute, all else by its TTL."""
        place = {"id": name, "widget": self.provider, "params": self.params, "x": 0, "y": 0, "w": 4, "h": 4}
        return place | ({"refresh": 60} if self.provider == "status" else {})

    def answered_by(self, data: Any, *, partly: bool = False) -> bool:
        """Say whether the data are about what was asked: every provider repeats it somewhere.

        `partly` lets parts of a list be missing, but at least one must be there, and those that are in the order asked.
        """
        asked = self.params
        match self.provider:
            case "github":
                return bool(data) and all(one["repo"].startswith(f"{asked['username']}/") for one in data)
            case "weather":
                return bool(data["city_name"] == asked["city"] and data["units"] == asked["units"])
            case "news":
                return bool(data) and all(str(asked["topic"]) in one["title"].lower() for one in data)
            case "crypto":
                return listed([one["symbol"] for one in data], asked["symbols"], partly=partly)
            case _:
                return listed([one["url"] for one in data], asked["urls"], partly=partly)


def github(username: str) -> Question:
    return Question("github", {"username": username})


def weather(city: str, units: str = "metric") -> Question:
    return Question("weather", {"city": city, "units": units})


def listed(found: list[Any], asked: Any, *, partly: bool) -> bool:
    """Say whether a list is the one that was asked for, or at least a part of it in its order."""
    return found == ([one for one in asked if one in found] if partly and found else asked)


def news(topic: str) -> Question:
    return Question("news", {"topic": topic})


def crypto(symbols: Sequence[str], currency: str = "usd") -> Question:
    return Question("crypto", {"symbols": list(symbols), "currency": currency})


def status(*urls: str) -> Question:
    return Question("status", {"urls": list(urls)})


def popular(sites: str) -> list[Question]:
    """Return what the dashboards hold, which is warm nearly always."""
    symbols = [coin.symbol for coin in COINS]
    return [
        *(github(f"popular-{number}") for number in range(10)),
        *(weather(place.name) for place in PLACES),
        *(news(topic) for topic in TOPICS),
        *(crypto(symbols[start : start + 5]) for start in range(0, 8, 2)),
        *(status(f"{sites}/shop?of={number}", f"{sites}/blog?of={number}") for number in range(6)),
    ]


def rare(sites: str) -> list[Question]:
    """Return what is asked for now and then, and therefore often cold.

    They are so few that a process has met them all, and holds what it keeps of them, within a fifth of a life that is
    followed: what grows later is a leak.
    """
    return [
        *(github(f"rare-{number}") for number in range(30)),
        *(weather(place.name, "imperial") for place in PLACES),
        *(news(f"{topic} of {number}") for topic in TOPICS for number in range(4)),
        *(crypto([coin.symbol], "chf") for coin in COINS),
        *(status(f"{sites}/{page}?rare={number}") for number in range(5) for page in ("shop", "docs", "archive")),
    ]
