from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from providers.base import RateLimited, Unavailable, explain
from providers.waits import retry_after, wait_of
from tests.unit.providers.fakes import answer

DATE = "Wed, 06 May 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 400, 86_400),
        ("Wed, 06 May 2026 12:02:00 GMT", 120),
        ("Wednesday, 06-May-26 12:02:00 GMT", 120),
        ("Wed May  6 12:02:00 2026", 120),
        ("Wed, 06 May 2026 11:00:00 GMT", 0),
        ("Thu, 06 May 2027 12:00:00 GMT", 86_400),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("Wed, 99 May 2026 99:00:00 GMT", None),
        ("\u0663", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_answers_own_clock(said: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": said, "date": DATE}) == seconds


@pytest.mark.parametrize("date", [{}, {"date": "yesterday"}])
def test_without_a_date_of_the_answer_our_clock_counts(date: dict[str, str]) -> None:
    headers = {"retry-after": formatdate(time.time() + 100, usegmt=True), **date}

    assert retry_after(headers) == pytest.approx(100, abs=2)


@pytest.mark.parametrize(("said", "seconds"), [({}, 60), ({"retry-after": "0"}, 1), ({"retry-after": "5"}, 5)])
def test_the_usual_wait_is_for_answers_that_say_nothing(said: dict[str, str], seconds: float) -> None:
    assert wait_of(said, 60) == seconds


@pytest.mark.parametrize(
    ("status", "said", "kind", "seconds"),
    [
        (503, "Wed, 06 May 2026 12:02:00 GMT", RateLimited, 120),
        (503, "30", RateLimited, 30),
        (503, "0", Unavailable, None),
        (503, "", Unavailable, None),
        (429, "Wed, 06 May 2026 12:00:00 GMT", RateLimited, 1),
        (429, "", RateLimited, None),
    ],
)
def test_a_503_with_advice_is_a_rate_limit(status: int, said: str, kind: type, seconds: float | None) -> None:
    error = explain(answer({}, status, retry_after=said, date=DATE))

    assert type(error) is kind
    assert error.retry_after == seconds
