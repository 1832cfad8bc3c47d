from __future__ import annotations

import pytest
from flask import Flask

from web.waiting import preferred


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=5", 5),
        ("wait=0", 0),
        ("respond-async, Wait = 007", 7),
        ('wait="10"', 10),
        ("wait=11", 10),
        ("wait=9999999999", 10),
        (f"wait={'9' * 5000}", 10),
        (f"wait={'0' * 20}3", 3),
        ("wait=-1", 0),
        ("wait=5s", 0),
        ("wait", 0),
        ("", 0),
    ],
)
def test_more_than_ten_seconds_count_as_ten_however_many_digits_they_have(header: str, seconds: int) -> None:
    with Flask("test").test_request_context(headers={"Prefer": header}):
        assert preferred() == seconds
