"""GitHub's public events of a user (docs.github.com/rest/activity/events), a new one every ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

PERIOD = 600
AMOUNT = 30
REPOSITORIES = ("tide-tables", "slow-bread", "pocket-atlas")
TITLES = (
    "Tides before 1900 are wrong",
    "Dough weight in ounces",
    "Islands fall off the map's edge",
    "Speed up the index",
)


def events(username: str, now: float) -> list[dict[str, Any]]:
    """Return the last events, newest first, in the payload shape since 2025-10; equal within ten minutes."""
    newest = int(now // PERIOD)
    return [event(username, newest - age) for age in range(AMOUNT)]


def event(username: str, slot: int) -> dict[str, Any]:
    """Make the event of one ten-minute slot; the slot decides everything about it."""
    kind, payload = KINDS[slot % len(KINDS)]
    repository = f"{username}/{REPOSITORIES[slot // 3 % len(REPOSITORIES)]}"
    return {
        "id": str(40_000_000_000 + slot),
        "type": kind,
        "actor": {"id": 1, "login": username, "display_login": username, "gravatar_id": "", "avatar_url": ""},
        "repo": {"id": 7, "name": repository, "url": f"https://api.github.com/repos/{repository}"},
        "payload": payload(slot),
        "public": True,
        "created_at": datetime.fromtimestamp(slot * PERIOD, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def push(slot: int) -> dict[str, Any]:
    """Name the commits before and after, as pushes do since 2025-10."""
    return {
        "repository_id": 7,
        "push_id": slot,
        "ref": "refs/heads/main",
        "head": f"{slot:040x}",
        "before": f"{slot - 1:040x}",
    }


def issue(slot: int) -> dict[str, Any]:
    """Open an issue."""
    number = slot % 400 + 1
    title = TITLES[slot % len(TITLES)]
    return {"action": "opened", "issue": {"number": number, "title": title, "html_url": "", "state": "open"}}


def comment(slot: int) -> dict[str, Any]:
    """Comment on an issue."""
    return {**issue(slot), "action": "created", "comment": {"id": slot, "body": "Seen here too.", "html_url": ""}}


def pull_request(slot: int) -> dict[str, Any]:
    """Close a pull request; its title is no longer part of the event since 2025-10."""
    number = slot % 400 + 1
    return {"action": "closed", "number": number, "pull_request": {"id": slot, "number": number, "url": ""}}


def created(slot: int) -> dict[str, Any]:
    """Create a branch."""
    return {"ref": f"try-{slot % 50}", "ref_type": "branch", "master_branch": "main", "description": None}


def release(slot: int) -> dict[str, Any]:
    """Publish a release."""
    tag = f"v1.{slot % 40}.0"
    return {"action": "published", "release": {"id": slot, "tag_name": tag, "name": tag, "html_url": ""}}


def watch(_: int) -> dict[str, Any]:
    """Star a repository."""
    return {"action": "started"}


def fork(slot: int) -> dict[str, Any]:
    """Fork a repository."""
    return {"forkee": {"id": slot, "full_name": "another/fork", "html_url": "https://github.com/another/fork"}}


KINDS = (
    ("PushEvent", push),
    ("PullRequestEvent", pull_request),
    ("IssueCommentEvent", comment),
    ("WatchEvent", watch),
    ("IssuesEvent", issue),
    ("PushEvent", push),
    ("CreateEvent", created),
    ("ForkEvent", fork),
    ("ReleaseEvent", release),
)
