from __future__ import annotations

from typing import Any

import pytest

from providers.base import Answer, BadAnswer, CredentialsRefused, NotFound, NotModified, ProviderError, RateLimited
from providers.github import Params, provider
from tests.unit.providers.fakes import answer, fetched, world, written

EVENTS = "/users/ada/events/public"


def told(payload: object) -> list[Any]:
    found: list[Any] = fetched(provider, Params("ada"), world({EVENTS: answer(payload)}))
    return found


def test_every_event_type_reads_as_a_sentence() -> None:
    assert [event.summary for event in told(written("github/events.json"))] == [
        "Pushed to main in ada/engine",
        "Pushed 2 commits to topic/x in ada/engine",
        "Merged pull request #12 in ada/engine: Add carry",
        "Merged pull request #12 in ada/engine",
        "Approved pull request #12 in ada/engine",
        "Commented on the code of pull request #12 in ada/engine",
        "Opened issue #3 in ada/engine: Vec<T> leaks & more",
        "Commented on issue #3 in ada/engine: Vec<T> leaks & more",
        "Created the repository ada/engine",
        "Created the tag v1 in ada/engine",
        "Deleted the branch old in ada/engine",
        "Forked ada/engine to bob/engine",
        "Published the release One in ada/engine",
        "Starred ada/engine",
        "Made ada/engine public",
        "Added bob as a collaborator in ada/engine",
        "Edited the wiki in ada/engine: Home",
        "Commented on commit ddddddd in ada/engine",
        "Answered discussion #5 in ada/engine: Why?",
        "Created sponsorship in ada/engine",
        "Quantum leap happened in ada/engine",
        "Created a gist",
        "Followed bob",
    ]


def test_links_are_built_from_the_site_and_not_from_the_api() -> None:
    urls = [event.url for event in told(written("github/events.json"))]

    assert urls[0] == f"https://github.test/ada/engine/compare/{'a' * 40}...{'b' * 40}"
    assert urls[1] == f"https://github.test/ada/engine/commit/{'b' * 40}"
    assert urls[3] == "https://github.test/ada/engine/pull/12"
    assert urls[9] == "https://github.test/ada/engine/tree/v1"
    assert urls[20] == "https://github.test/ada/engine"
    assert all("api.github.test" not in (url or "") for url in urls)


def test_links_of_the_public_site_are_led_to_the_operators_site() -> None:
    comment = {"html_url": "https://github.com/ada/engine/commit/d#c", "commit_id": "d"}

    assert told([{"type": "CommitCommentEvent", "payload": {"comment": comment}}])[0].url == (
        "https://github.test/ada/engine/commit/d#c"
    )


def test_an_event_without_a_repository_has_null_there() -> None:
    gist = told(written("github/events.json"))[-2]

    assert (gist.repo, gist.repo_url, gist.url) == (None, None, "https://gist.test/1")


def test_events_are_sorted_newest_first_and_capped() -> None:
    stamps = [f"2026-05-06T{hour:02d}:{minute:02d}:00Z" for hour in range(2) for minute in range(60)]

    events = told([{"id": at, "type": "WatchEvent", "created_at": at} for at in stamps])

    assert [event.id for event in events] == sorted(stamps, reverse=True)[:100]


def test_a_user_without_events_has_an_empty_list() -> None:
    assert told([]) == []


def test_the_request_is_conditional_versioned_and_carries_the_token_in_a_header() -> None:
    around = world({"/events/public": answer([])}, github_api_token="t0ken")

    fetched(provider, Params("dependabot[bot]"), around)

    asked = around.http.asked[0]
    assert asked.url == "https://api.github.test/users/dependabot%5Bbot%5D/events/public"
    assert asked.query == {"per_page": 100}
    assert asked.conditional
    assert asked.headers["Authorization"] == "Bearer t0ken"
    assert asked.headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_without_a_token_no_authorization_is_sent() -> None:
    around = world({EVENTS: answer([])})

    fetched(provider, Params("ada"), around)

    assert "Authorization" not in around.http.asked[0].headers
    assert provider.quotas({"github_api_token": None})[0].limit == 60
    assert provider.quotas({"github_api_token": "x"})[0].limit == 5000


def test_a_304_says_that_nothing_changed() -> None:
    with pytest.raises(NotModified):
        fetched(provider, Params("ada"), world({EVENTS: answer(b"", 304)}))


def test_an_object_instead_of_a_list_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        told({"message": "no list"})


DATE = "Wed, 06 May 2026 12:00:00 GMT"
RESET = str(1778068800 + 900)


@pytest.mark.parametrize(
    ("refusal", "kind", "wait"),
    [
        (answer({"message": "Not Found"}, 404), NotFound, None),
        (answer({"message": "Bad credentials"}, 401), CredentialsRefused, None),
        (answer({"message": "Resource not accessible by personal access token"}, 403), CredentialsRefused, None),
        (answer({"message": "Missing or invalid User Agent string."}, 403), BadAnswer, None),
        (answer({"message": "x"}, 403, retry_after="120"), RateLimited, 120),
        (answer({"message": "x"}, 429, retry_after="5"), RateLimited, 5),
        (
            answer({"message": "x"}, 403, x_ratelimit_remaining="0", x_ratelimit_reset=RESET, date=DATE),
            RateLimited,
            900,
        ),
        (answer({"message": "You have exceeded a secondary rate limit"}, 403), RateLimited, 60),
        (answer({"message": "API rate limit exceeded for 203.0.113.7."}, 403), RateLimited, 60),
        (answer({"message": "abuse detection"}, 403), RateLimited, 60),
        (answer(b"<html>", 429), RateLimited, 60),
        (answer({}, 403, x_ratelimit_remaining="0", x_ratelimit_reset="soon"), RateLimited, 60),
        (answer({}, 403, x_ratelimit_remaining="0", x_ratelimit_reset="99999999999", date=DATE), RateLimited, 86_400),
        (answer({}, 403, x_ratelimit_remaining="0", x_ratelimit_reset="1", date=DATE), RateLimited, 1),
        (answer({}, 429, retry_after="7200"), RateLimited, 7200),
        (answer({}, 429, retry_after="0"), RateLimited, 1),
        (answer({}, 403, retry_after="Wed, 06 May 2026 12:03:00 GMT", date=DATE), RateLimited, 180),
        (answer({}, 503, retry_after="Wed, 06 May 2026 12:03:00 GMT", date=DATE), RateLimited, 180),
    ],
)
def test_refusals_are_told_apart(refusal: Answer, kind: type[ProviderError], wait: float | None) -> None:
    error = provider.explain(refusal)

    assert type(error) is kind
    assert error.retry_after == wait
