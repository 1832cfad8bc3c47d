"""Jobs: polled alone and with others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from store import jobs
from tests.integration.web.conftest import Person, said
from tests.integration.web.test_data import COINS, OSLO, PROBLEM


def test_a_job_can_be_polled_alone_and_with_others(anna: Person, redis: Redis) -> None:
    first = said(anna.get(OSLO))["job"]
    second = said(anna.get(COINS))["job"]
    unknown = "00000000-0000-4000-8000-000000000000"

    one = anna.get(f"/api/jobs/{first}")
    many = anna.get(f"/api/jobs?ids={second},{unknown},{first}")

    body = said(one)
    assert body.keys() == {
        "id", "provider", "state", "enqueued_at", "started_at", "finished_at", "attempts", "error", "data_url",
    }  # fmt: skip
    assert (body["id"], body["provider"], body["state"], body["error"]) == (first, "weather", "queued", None)
    assert anna.get(body["data_url"]).status_code == 202
    assert said(anna.get(body["data_url"]))["job"] == first
    assert [job["id"] for job in said(many)] == [second, first]
    assert one.headers["Cache-Control"] == "private, no-cache"
    assert anna.get(f"/api/jobs/{unknown}").status_code == 404
    assert anna.get("/api/jobs/nonsense").status_code == 404
    assert anna.get(f"/api/jobs/{unknown}").data == anna.get("/api/jobs/nonsense").data


def test_what_is_no_job_is_left_out_of_many(anna: Person) -> None:
    job = said(anna.get(OSLO))["job"]

    answers = [
        anna.get(f"/api/jobs?ids={ids}") for ids in (f"{job},nope", f"{job},", f"%00,{job.upper()},%ff", "", ",")
    ]

    assert [one.status_code for one in answers] == [200] * 5
    assert [[one["id"] for one in said(answer)] for answer in answers] == [[job], [job], [job], [], []]


def test_a_hundred_jobs_are_the_most_that_are_told_at_once(anna: Person) -> None:
    most = ",".join(["x"] * 100)

    statuses = [anna.get(f"/api/jobs?ids={ids}").status_code for ids in (most, f"{most},", f"{most},x")]
    answers = [anna.get("/api/jobs"), anna.get(f"/api/jobs?ids={most},x")]

    assert statuses == [200, 200, 422]
    assert [said(one)["errors"].keys() for one in answers] == [{"ids"}, {"ids"}]


def test_who_shares_a_job_is_told_their_own_parts_only(anna: Person, bert: Person) -> None:
    job_id = said(anna.get("/api/data/status?urls=http://a.test/?token=secret&urls=http://b.test/"))["job"]
    assert said(bert.get("/api/data/status?urls=http://c.test/"))["job"] == job_id

    for_anna, for_bert = (said(one.get(f"/api/jobs/{job_id}"))["data_url"] for one in (anna, bert))

    assert for_anna == "/api/data/status?urls=http%3A%2F%2Fa.test%2F%3Ftoken%3Dsecret&urls=http%3A%2F%2Fb.test%2F"
    assert for_bert == "/api/data/status?urls=http%3A%2F%2Fc.test%2F"
    assert said(bert.get(for_bert))["job"] == job_id


def test_who_has_asked_for_no_part_of_a_shared_job_or_for_too_many_is_told_none(
    anna: Person, bert: Person, sign_up: Callable[[], Person]
) -> None:
    urls = [f"http://a.test/{number}" for number in range(60)]
    some, others = ("&".join(f"urls={one}" for one in part) for part in (urls[:30], urls[30:]))
    job_id = said(anna.get(f"/api/data/status?{some}"))["job"]
    assert said(anna.get(f"/api/data/status?{others}"))["job"] == job_id
    bert.get("/api/data/status?urls=http://c.test/")

    told = [said(one.get(f"/api/jobs?ids={job_id}"))[0]["data_url"] for one in (anna, bert, sign_up())]

    assert told == [None, "/api/data/status?urls=http%3A%2F%2Fc.test%2F", None]


def test_repeated_ids_are_one_list(anna: Person) -> None:
    first, second = said(anna.get(OSLO))["job"], said(anna.get(COINS))["job"]
    most = ",".join(["x"] * 50)

    found = [anna.get(f"/api/jobs?ids={one}") for one in (f"{second}&ids={first}", f"&ids={first},x&ids={second}&ids=")]
    statuses = [anna.get(f"/api/jobs?ids={most}&ids={most}{end}").status_code for end in ("", ",x", "&ids=x")]

    assert [[one["id"] for one in said(answer)] for answer in found] == [[second, first], [first, second]]
    assert statuses == [200, 422, 422]


def test_blanks_around_ids_are_left_out(anna: Person) -> None:
    first, second = said(anna.get(OSLO))["job"], said(anna.get(COINS))["job"]

    found = said(anna.get(f"/api/jobs?ids=%20{first},%20{second}%20"))

    assert [one["id"] for one in found] == [first, second]


@pytest.mark.parametrize("path", ["/api/jobs?ids=a&x=1", "/api/jobs?ids=a&IDS=b", "/api/jobs?x=1&ids=a"])
def test_a_question_about_jobs_has_no_other_words(anna: Person, path: str) -> None:
    answer = anna.get(path)

    assert answer.status_code == 422
    assert said(answer)["errors"].keys() in ({"x"}, {"IDS"})


def test_a_failed_job_tells_why(anna: Person) -> None:
    job_id = said(anna.get(OSLO))["job"]
    jobs.claim(job_id, "test")
    jobs.close(job_id, "test", "failed", error=PROBLEM, attempts=2)

    body = said(anna.get(f"/api/jobs/{job_id}"))

    assert (body["state"], body["attempts"]) == ("failed", 2)
    assert body["error"]["type"].endswith("provider-error")
