from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from providers import text
from providers.base import Answer, BadAnswer, CredentialsRefused, NotModified, ProviderError, RateLimited, Unavailable
from providers.news import Params, provider
from tests.unit.providers.fakes import answer, fetched, world, written

RUST = Params("rust", "de")


def with_key(reply: Answer) -> list[Any]:
    found: list[Any] = fetched(provider, RUST, world({"/v2/everything": reply}, newsapi_api_key="k3y"))
    return found


def without_key(reply: Answer) -> list[Any]:
    found: list[Any] = fetched(provider, RUST, world({"/api/v1/search_by_date": reply}))
    return found


def test_articles_are_plain_text_and_withdrawn_ones_left_out() -> None:
    articles = with_key(answer(written("news/newsapi.json")))

    assert [article.title for article in articles] == ["Ada & Bob meet", "No picture", "Author is an address"]
    first, second, third = articles
    assert first.description == "A bold step: 1 < 2"
    assert (first.source, first.author, first.url) == ("The Paper", "Ada L.", "https://paper.test/1")
    assert first.published_at == datetime(2026, 5, 6, 10, tzinfo=UTC)
    assert (second.url, second.image_url, second.published_at, second.author) == (None, None, None, None)
    assert (third.source, third.author, third.description) == (None, None, None)


def test_newsapi_is_asked_for_the_latest_with_the_key_in_a_header() -> None:
    around = world({"/v2/everything": answer(written("news/newsapi.json"))}, newsapi_api_key="k3y")

    fetched(provider, RUST, around)

    asked = around.http.asked[0]
    assert asked.query == {"q": "rust", "language": "de", "sortBy": "publishedAt", "pageSize": 50}
    assert asked.headers == {"X-Api-Key": "k3y"}


def test_stories_without_a_url_lead_to_their_discussion() -> None:
    stories = without_key(answer(written("news/hackernews.json")))

    assert [story.title for story in stories] == ['A "story" with a link', "Ask HN: why?", "Empty address"]
    assert [story.url for story in stories] == [
        "https://story.test/",
        "https://news.ycombinator.com/item?id=102",
        "https://news.ycombinator.com/item?id=103",
    ]
    assert stories[1].description == "Because it 'works' & so"
    assert {story.source for story in stories} == {"Hacker News"}


@pytest.mark.parametrize("credentials", [{}, {"newsapi_api_key": "k3y"}], ids=["hacker news", "newsapi"])
def test_a_304_of_either_source_says_that_nothing_changed(credentials: dict[str, str]) -> None:
    nothing = answer(b"", 304)
    around = world({"/v2/everything": nothing, "/api/v1/search_by_date": nothing}, **credentials)

    with pytest.raises(NotModified):
        fetched(provider, RUST, around)

    assert around.http.asked[0].conditional


@pytest.mark.parametrize("body", [[], {}, {"hits": None}, {"articles": None}, {"status": "ok"}])
def test_another_shape_is_a_bad_answer(body: object) -> None:
    with pytest.raises(BadAnswer):
        without_key(answer(body))
    with pytest.raises(BadAnswer):
        with_key(answer(body))


@pytest.mark.parametrize(
    ("status", "code", "kind", "wait"),
    [
        (401, "apiKeyInvalid", CredentialsRefused, None),
        (401, "apiKeyMissing", CredentialsRefused, None),
        (401, "apiKeyDisabled", CredentialsRefused, None),
        (429, "apiKeyExhausted", RateLimited, 3600),
        (429, "rateLimited", RateLimited, 3600),
        (200, "rateLimited", RateLimited, 3600),
        (426, "maximumResultsReached", CredentialsRefused, None),
        (400, "parameterInvalid", BadAnswer, None),
        (200, "parametersMissing", BadAnswer, None),
        (500, "unexpectedError", Unavailable, None),
    ],
)
def test_codes_are_told_apart(status: int, code: str, kind: type[ProviderError], wait: float | None) -> None:
    with pytest.raises(kind) as caught:
        with_key(answer({"status": "error", "code": code, "message": "k3y"}, status))

    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
    assert "k3y" not in caught.value.detail


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("a &lt;b&gt;bold&lt;/b&gt; word", "a bold word"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;after", "after"),
        ("git<em>hub</em>.com", "github.com"),
        ("one<br/>two<p>three", "one two three"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("cut <img src=x onerror=alert(1)", "cut"),
        ('cut <a href="https://x.test', "cut"),
        ("<!-- note -->said<!-- open", "said"),
        ("<style>p{}</style>said", "said"),
        ("  a\n\tb\u0000\u0007c  ", "a bc"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("<b></b>", None),
        ("", None),
        (None, None),
        (7, None),
        ("x" * 1200, "x" * 999 + "…"),
    ],
)  # fmt: skip
def test_text_becomes_plain(html: object, plain: str | None) -> None:
    assert text.plain(html) == plain


@pytest.mark.parametrize("piece", ["<", "<script", "<a ", "<!--", "&lt;", "</", "<a b=", "&amp;" * 3])
def test_no_text_makes_the_patterns_slow(piece: str) -> None:
    began = time.process_time()

    text.plain(piece * 200_000)

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.test/x?y#z", "https://a.test/x?y#z"),
        (" http://a.test/ ", "http://a.test/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//a.test/", None),
        ("/x", None),
        ("https://", None),
        ("https://u:p@a.test/", None),
        ('https://a.test/"onload=x', None),
        ("https://a.test/ x", None),
        ("http://[::1", None),
        ("https://a.test/\ud800", None),
        (5, None),
        (None, None),
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(value: object, expected: str | None) -> None:
    assert text.link(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-05-06T12:00:00Z", datetime(2026, 5, 6, 12, tzinfo=UTC)),
        ("2026-05-06T14:00:00+02:00", datetime(2026, 5, 6, 12, tzinfo=UTC)),
        ("2026-05-06T12:00:00", datetime(2026, 5, 6, 12, tzinfo=UTC)),
        (1778068800, datetime(2026, 5, 6, 12, tzinfo=UTC)),
        (0, None),
        (10**400, None),
        (1e300, None),
        (True, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_are_read_in_utc(value: object, expected: datetime | None) -> None:
    assert text.moment(value) == expected
