"""What a GitHub user did lately, from the events of the REST API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from providers import text
from providers.base import (
    Answer,
    BadAnswer,
    Context,
    CredentialsRefused,
    Provider,
    ProviderError,
    Quota,
    RateLimited,
    explain,
    param,
)
from providers.facts.github_events import told
from providers.schema import FullMatch
from providers.waits import bounded, retry_after, sent_at, wait_of

PER_PAGE = 100
API_VERSION = "2022-11-28"
USUAL_WAIT = 60.0


@dataclass(frozen=True)
class Params:
    """Whose events."""

    username: str = param(
        "GitHub user or bot, such as torvalds or dependabot[bot]",
        validate=FullMatch(r"^ *[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:\[[Bb][Oo][Tt]\])? *$"),
        clean=text.folded,
        example="torvalds",
    )


@dataclass(frozen=True)
class Event:
    """One thing the user did."""

    id: str | None
    type: str | None
    actor: str | None
    actor_avatar_url: str | None
    repo: str | None
    repo_url: str | None
    summary: str
    url: str | None
    created_at: datetime | None


class GitHub(Provider[Params, list[Event]]):
    """Public events of the last 30 days; a 304 costs nothing of the limit, so every request is conditional."""

    name = "github"
    title = "GitHub activity"
    description = "What a GitHub user did lately: pushes, pull requests, issues, releases and all else that is public."
    ttl = timedelta(minutes=5)
    view = "list"
    attribution = "https://github.com"
    params, result, many = Params, Event, True
    credentials = ("github_api_token",)
    base_urls = ("github_api_url", "github_url")

    def quotas(self, credentials: Mapping[str, str | None]) -> Sequence[Quota]:
        """Return GitHub's primary limit: 5,000 requests an hour with a token, 60 without."""
        return (Quota(5000 if credentials.get("github_api_token") else 60, 3600),)

    def fetch(self, params: Params, context: Context) -> list[Event]:
        """Return at most 100 events, newest first; raises NotModified when nothing happened since."""
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
        if token := context.credentials.get("github_api_token"):
            headers["Authorization"] = f"Bearer {token}"
        url = f"{context.base_urls['github_api_url']}/users/{quote(params.username, safe='')}/events/public"
        found = context.get_json(url, {"per_page": PER_PAGE}, headers, conditional=True)
        events = [event(raw, context.base_urls["github_url"]) for raw in text.records(found)]
        return sorted(events, key=newness, reverse=True)[:PER_PAGE]

    def explain(self, answer: Answer) -> ProviderError:
        """Tell rate limits (403 or 429, with or without headers) from refused tokens."""
        status = answer.status
        if status not in {403, 429}:
            return explain(answer)
        message = message_of(answer).lower()
        limited = status == 429 or "retry-after" in answer.headers or spent(answer)  # noqa: PLR2004 - RFC 6585
        if limited or "rate limit" in message or "abuse" in message:
            return RateLimited("GitHub's rate limit is used up", status_code=status, retry_after=advice(answer))
        if "user agent" in message:
            return BadAnswer("GitHub refuses our User-Agent", status_code=status)
        return CredentialsRefused("GitHub refuses our token, or asks for one", status_code=status)


def event(raw: Mapping[str, Any], site: str) -> Event:
    """Return one event as the page shows it."""
    actor, repo = text.inner(raw, "actor"), text.clean(text.inner(raw, "repo").get("name"))
    repo = repo if repo and repo.strip("/") else None
    repo_url = f"{site}/{repo}" if repo else None
    kind = text.clean(raw.get("type"))
    summary, url = told(kind or "", text.inner(raw, "payload"), repo, site)
    identity = raw.get("id")
    return Event(
        id=str(identity) if isinstance(identity, int) else text.clean(identity),
        type=kind,
        actor=text.clean(actor.get("login")),
        actor_avatar_url=text.link(actor.get("avatar_url")),
        repo=repo,
        repo_url=text.link(repo_url),
        summary=summary,
        url=text.link(url) or text.link(repo_url),
        created_at=text.moment(raw.get("created_at")),
    )


def newness(one: Event) -> datetime:
    """Return when the event happened; one without a time is the oldest."""
    return one.created_at or datetime.min.replace(tzinfo=UTC)


def message_of(answer: Answer) -> str:
    """Return the message of an error body, empty when it has none."""
    try:
        return str(text.inner({"body": answer.json()}, "body").get("message", ""))
    except BadAnswer:
        return ""


def spent(answer: Answer) -> bool:
    """Say whether the primary limit is used up."""
    return answer.headers.get("x-ratelimit-remaining", "").strip() == "0"


def advice(answer: Answer) -> float:
    """Return for how many seconds GitHub asks to wait: Retry-After, else until the reset, else a minute."""
    reset = answer.headers.get("x-ratelimit-reset", "").strip()
    if retry_after(answer.headers) is None and spent(answer) and reset.isascii() and reset.isdigit():
        return bounded(float(reset) - sent_at(answer.headers))
    return wait_of(answer.headers, USUAL_WAIT)


provider = GitHub()
