"""Hacker News by Algolia (hn.algolia.com/api): made-up stories about whatever topic is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

PERIOD = 2700
MOST = 20
TITLES = (
    "What we learned from ten years of {topic}",
    "Show HN: A small tool for {topic}",
    "Ask HN: How did you get started with {topic}?",
    "The unexpected history of {topic}",
    "{topic} in 2,000 lines",
    "Why {topic} still surprises its experts",
    "A gentle introduction to {topic}",
    "Measuring {topic} honestly",
)
AUTHORS = ("lindqvist", "marlow", "okafor", "tanaka", "ferreira")


def search(query: Mapping[str, str], now: float) -> dict[str, Any]:
    """Return one page of stories, newest first; a new one every 45 minutes."""
    topic = query.get("query", "").strip() or "software"
    amount = min(int(query.get("hitsPerPage", str(MOST))), MOST)
    newest = int(now // PERIOD)
    hits = [story(topic, newest - age) for age in range(amount)]
    return {"hits": hits, "nbHits": len(hits), "page": 0, "nbPages": 1, "hitsPerPage": amount, "query": topic}


def story(topic: str, slot: int) -> dict[str, Any]:
    """Make the story of one slot; a question has a text and no URL, as on the real site."""
    title = TITLES[slot % len(TITLES)].format(topic=topic)
    title = title[0].upper() + title[1:]
    asks = title.startswith("Ask HN")
    at = datetime.fromtimestamp(slot * PERIOD, UTC)
    return {
        "objectID": str(30_000_000 + slot),
        "story_id": 30_000_000 + slot,
        "title": title,
        "url": None if asks else f"https://example.com/{slot % 1000}",
        "story_text": "I&#x27;d like to hear <i>your</i> way.<p>Books count, too." if asks else None,
        "author": AUTHORS[slot % len(AUTHORS)],
        "points": slot % 300 + 3,
        "num_comments": slot % 90,
        "created_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "created_at_i": int(at.timestamp()),
        "_tags": ["story", f"author_{AUTHORS[slot % len(AUTHORS)]}", "ask_hn" if asks else "story"],
    }
