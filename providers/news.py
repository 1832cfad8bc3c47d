"""News on a topic: from NewsAPI when there is a key, else from Hacker News (Algolia), which needs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from marshmallow.validate import Length

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
    Unavailable,
    explain,
    param,
)
from providers.schema import FullMatch
from providers.waits import retry_after, wait_of

KEY = "newsapi_api_key"
MOST = 50
DESCRIPTION_CHARACTERS = 500
# The developer plan gives 50 requests in 12 hours: what is used up comes back in hours, not in minutes.
USED_UP_SECONDS = 3600.0
REMOVED, REMOVED_HOST = "[Removed]", "removed.com"
DISCUSSION = "https://news.ycombinator.com/item?id="
REFUSING_CODES = frozenset({"apiKeyDisabled", "apiKeyInvalid", "apiKeyMissing"})
SPENT_CODES = frozenset({"apiKeyExhausted", "rateLimited"})

Language = Literal["ar", "de", "en", "es", "fr", "he", "it", "nl", "no", "pt", "ru", "sv", "ud", "zh"]


@dataclass(frozen=True)
class Params:
    """On what, and in which language."""

    topic: str = param(
        "Words to look for, such as open source",
        validate=(Length(1, 100), FullMatch(text.PRINTABLE)),
        clean=text.folded,
        example="open source",
    )
    language: Language = param("Language of the articles (Hacker News has English only)", default="en", example="en")


@dataclass(frozen=True)
class Article:
    """One article; all text is plain."""

    title: str | None
    description: str | None
    url: str | None
    source: str | None
    author: str | None
    image_url: str | None
    published_at: datetime | None


class News(Provider[Params, list[Article]]):
    """At most 50 articles, the newest first."""

    name = "news"
    title = "News"
    description = "The latest articles on a topic."
    ttl = timedelta(minutes=15)
    view = "list"
    attribution = "https://hn.algolia.com"
    params, result, many = Params, Article, True
    credentials = (KEY,)
    base_urls = ("newsapi_url", "hackernews_api_url")

    def attribution_for(self, credentials: Mapping[str, str | None]) -> str | None:
        """Return the upstream that is asked."""
        return "https://newsapi.org" if credentials.get(KEY) else self.attribution

    def quotas(self, credentials: Mapping[str, str | None]) -> Sequence[Quota]:
        """Return the limits of NewsAPI's developer plan, or those of Algolia's open index."""
        if credentials.get(KEY):
            return (Quota(50, 43_200), Quota(100, 86_400))
        return (Quota(10_000, 3600),)

    def fetch(self, params: Params, context: Context) -> list[Article]:
        """Return the articles; withdrawn ones are left out."""
        found = (newsapi if context.credentials.get(KEY) else hacker_news)(params, context)
        return [article for article in found if article.title or article.url]

    def explain(self, answer: Answer) -> ProviderError:
        """Tell NewsAPI's errors apart by their code, all others by their status."""
        try:
            code = str(text.inner({"body": answer.json()}, "body").get("code", ""))
        except BadAnswer:
            code = ""
        return told(code, answer)


def told(code: str, answer: Answer) -> ProviderError:
    """Return the ProviderError of one of NewsAPI's codes (https://newsapi.org/docs/errors)."""
    status = answer.status
    if code in SPENT_CODES or status == 429 or (status == 503 and retry_after(answer.headers)):  # noqa: PLR2004 - RFC 6585
        wait = wait_of(answer.headers, USED_UP_SECONDS if code else 60.0)
        return RateLimited("the news provider's limit is used up", status_code=status, retry_after=wait)
    if code in REFUSING_CODES:
        return CredentialsRefused("NewsAPI refuses our key", status_code=status)
    if status == 426:  # noqa: PLR2004 - not documented, but live: what the plan does not include
        return CredentialsRefused("NewsAPI's plan does not include this request", status_code=status)
    if code == "unexpectedError":
        return Unavailable("NewsAPI failed on its side", status_code=status)
    return BadAnswer("NewsAPI refuses the request", status_code=status) if code else explain(answer)


def newsapi(params: Params, context: Context) -> list[Article]:
    """Ask NewsAPI; the key goes in a header, never in the URL."""
    query: dict[str, str | int] = {
        "q": params.topic,
        "language": params.language,
        "sortBy": "publishedAt",
        "pageSize": MOST,
    }
    headers = {"X-Api-Key": context.credentials[KEY] or ""}
    url = f"{context.base_urls['newsapi_url']}/v2/everything"
    body = text.record(context.get_json(url, query, headers, conditional=True))
    if body.get("status") == "error":
        raise told(str(body.get("code") or "unknown"), Answer(200, {}, b""))
    articles = text.records(body.get("articles"), "list of articles")
    return [article(raw) for raw in articles if not withdrawn(raw)]


def withdrawn(raw: Mapping[str, Any]) -> bool:
    """Say whether NewsAPI has removed the article and sends its empty shell."""
    url = text.link(raw.get("url"))
    return text.clean(raw.get("title")) == REMOVED or (url is not None and urlsplit(url).hostname == REMOVED_HOST)


def article(raw: Mapping[str, Any]) -> Article:
    """Return one article of NewsAPI; an author that is a web address is none."""
    author = text.plain(raw.get("author"))
    return Article(
        title=text.plain(raw.get("title")),
        description=text.plain(raw.get("description"), DESCRIPTION_CHARACTERS),
        url=text.link(raw.get("url")),
        source=text.plain(text.inner(raw, "source").get("name")),
        author=None if author and "://" in author else author,
        image_url=text.link(raw.get("urlToImage")),
        published_at=text.moment(raw.get("publishedAt")),
    )


def hacker_news(params: Params, context: Context) -> list[Article]:
    """Ask Hacker News' index for stories, the newest first."""
    query: dict[str, str | int] = {"query": params.topic, "tags": "story", "hitsPerPage": MOST}
    url = f"{context.base_urls['hackernews_api_url']}/api/v1/search_by_date"
    hits = text.records(text.record(context.get_json(url, query, conditional=True)).get("hits"), "list of stories")
    return [story(hit) for hit in hits]


def story(hit: Mapping[str, Any]) -> Article:
    """Return one story; one without a web address of its own leads to its discussion."""
    identity = hit.get("objectID") or hit.get("story_id")
    known = isinstance(identity, int | str) and str(identity).isascii() and str(identity).isdigit()
    return Article(
        title=text.plain(hit.get("title")),
        description=text.plain(hit.get("story_text"), DESCRIPTION_CHARACTERS),
        url=text.link(hit.get("url")) or (f"{DISCUSSION}{identity}" if known else None),
        source="Hacker News",
        author=text.plain(hit.get("author")),
        image_url=None,
        published_at=text.moment(hit.get("created_at")) or text.moment(hit.get("created_at_i")),
    )


provider = News()
