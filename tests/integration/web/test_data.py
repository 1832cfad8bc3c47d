"""Reading a widget: what is answered for each thing that Redis may hold, and that one fetch serves all who ask."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from flask.testing import FlaskClient
from redis import Redis

import providers
from providers import schema
from store import alive, jobs, pauses, runs, snapshots
from tests.integration.web.conftest import Person, said
from tests.landed import land
from web.copies import COPIES
from web.reading import Widget, widget

OSLO = "/api/data/weather?city=Oslo"
COINS = "/api/data/crypto?symbols=btc,eth"
UNPACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}
PROBLEM = {"kind": "provider-error", "status": 502, "title": "broken", "detail": "it broke"}


def named(provider: str, **params: Any) -> Widget:
    one = providers.registry()[provider]
    return widget(one, schema.load_params(one, params))


def key_of(provider: str, **params: Any) -> str:
    return next(iter(named(provider, **params).parts))


def put(key: str, data: Any, *, age: float = 0.0, ttl: float = 600.0, redis: Redis | None = None) -> None:
    land(key, json.dumps(data).encode(), ttl=ttl, joined=key.startswith(("crypto", "status")))
    # As the news of a worker does, a moment later.
    COPIES.drop(key)
    if redis is not None and age:
        now = float(redis.hget(f"ib:snapshot:{key}", "fetched_at") or 0)
        redis.hset(f"ib:snapshot:{key}", "fetched_at", now - age)


def queued(redis: Redis) -> int:
    return redis.zcard("ib:jobs:open")


def test_a_cold_read_is_a_job_and_one_fetch_for_all(anna: Person, bert: Person, redis: Redis) -> None:
    answers = [anna.get(OSLO), bert.get("/api/data/weather?city=%20oSLO%20&units=metric"), anna.get(OSLO)]

    body = said(answers[0])
    assert [one.status_code for one in answers] == [202, 202, 202]
    assert body.keys() == {"job", "state", "retry_after"}
    assert body["state"] == "queued"
    assert answers[0].headers["Location"] == f"/api/jobs/{body['job']}"
    assert int(answers[0].headers["Retry-After"]) >= 1
    assert {said(one)["job"] for one in answers} == {body["job"]}
    assert queued(redis) == 1


def test_a_fresh_snapshot_is_sent_as_it_is_stored(anna: Person, redis: Redis) -> None:
    key = key_of("weather", city="Oslo")
    put(key, {"temp": 3}, age=100, redis=redis)

    answer = anna.get(OSLO)

    assert answer.status_code == 200
    assert answer.data == b'{"temp": 3}'
    assert answer.headers["Age"] == "100"
    assert answer.headers["Cache-Control"] == "private, max-age=600, stale-while-revalidate=86400"
    assert answer.headers["Cache-Status"] in {"insightboard; hit; ttl=499", "insightboard; hit; ttl=500"}
    assert {"Accept-Encoding", "Authorization", "Cookie"} <= set(answer.vary)
    assert answer.last_modified
    assert answer.headers["RateLimit"].startswith('"requests";r=599')
    assert queued(redis) == 0


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate", "gzip"), ("gzip, br", "br")],
)
def test_each_coding_has_its_own_tag_and_any_of_them_is_known(anna: Person, accepted: str, coding: str) -> None:
    put(key_of("weather", city="Oslo"), {"text": "x" * 3000})
    plain = anna.get(OSLO)
    packed = anna.get(OSLO, headers={"Accept-Encoding": accepted})

    again = [anna.get(OSLO, headers={"If-None-Match": one.headers["ETag"]}) for one in (plain, packed)]

    assert UNPACK[coding](packed.data) == plain.data
    assert packed.headers["Content-Encoding"] == coding
    assert packed.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{coding}"'
    assert not plain.headers["ETag"].startswith("W/")
    assert [one.status_code for one in again] == [304, 304]
    for name in ("ETag", "Age", "Cache-Control", "Cache-Status", "Vary", "Last-Modified"):
        assert name in again[0].headers, name
    assert "Content-Type" not in again[0].headers


@pytest.mark.parametrize(("accepted", "coding"), [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br")])
def test_what_is_put_together_for_one_client_is_packed_for_it(anna: Person, accepted: str, coding: str) -> None:
    put(key_of("crypto", symbols=["btc"]), {"id": "bitcoin", "name": "x" * 300})
    layout = [{"id": "a", "widget": "crypto", "params": {"symbols": ["btc"]}}]
    mine = said(anna.post("/api/dashboards", {"name": "Home", "layout_json": layout}))["id"]
    paths = ["/api/data/crypto?symbols=btc", f"/api/dashboards/{mine}", f"/api/dashboards/{mine}/data", "/api/widgets"]

    plain = [anna.get(path) for path in paths]
    packed = [anna.get(path, headers={"Accept-Encoding": accepted}) for path in paths]
    again = [
        anna.get(path, headers={"If-None-Match": one.headers["ETag"]}) for path, one in zip(paths, packed, strict=True)
    ]

    assert [UNPACK[coding](one.data) for one in packed] == [one.data for one in plain]
    assert [one.headers["Content-Encoding"] for one in packed] == [coding] * 4
    assert [one.headers["ETag"] for one in packed] == [one.headers["ETag"][:-1] + f'-{coding}"' for one in plain]
    assert [one.status_code for one in again] == [304] * 4


@pytest.mark.parametrize(("characters", "coding"), [(197, None), (198, "gzip")])
def test_a_body_is_packed_from_200_bytes_on(anna: Person, characters: int, coding: str | None) -> None:
    put(key_of("weather", city="Oslo"), "x" * characters)

    assert anna.get(OSLO, headers={"Accept-Encoding": "gzip"}).headers.get("Content-Encoding") == coding


def test_if_match_is_answered_with_the_state_that_it_names_or_not_at_all(anna: Person) -> None:
    put(key_of("weather", city="Oslo"), {"text": "x" * 3000})
    mine = said(anna.post("/api/dashboards", {"name": "Home", "layout_json": []}))["id"]
    board = f"/api/dashboards/{mine}/data"

    def asked(path: str, *forms: str) -> list[int]:
        tag = anna.get(path).headers["ETag"]
        return [anna.get(path, headers={"If-Match": form.replace("{}", tag)}).status_code for form in forms]

    for path in (OSLO, f"/api/dashboards/{mine}", "/api/widgets"):
        tag = anna.get(path).headers["ETag"].strip('"')
        right = asked(path, "*", "{}", '"x", {}', f'"{tag}-gzip"', f'"{tag}-br"')
        wrong = asked(path, '"x"', "W/{}", "nonsense", "", "{} {}")
        assert (right, wrong) == ([200] * 5, [412] * 5), path
    assert asked(board, "*", "{}", '"x"', "nonsense") == [200, 412, 412, 412]


def test_a_state_that_is_not_the_wanted_one_is_a_problem_whatever_the_client_has(anna: Person) -> None:
    put(key_of("weather", city="Oslo"), {"temp": 3})
    tag = anna.get(OSLO).headers["ETag"]

    other = anna.get(OSLO, headers={"If-Match": '"other"', "If-None-Match": tag})
    known = anna.get(OSLO, headers={"If-Match": tag, "If-None-Match": tag})

    assert (other.status_code, other.mimetype, known.status_code) == (412, "application/problem+json", 304)
    assert said(other)["type"].endswith("precondition-failed")


def test_a_refused_coding_is_not_used(anna: Person) -> None:
    put(key_of("weather", city="Oslo"), {"text": "x" * 3000})

    answer = anna.get(OSLO, headers={"Accept-Encoding": "gzip;q=0, identity"})

    assert "Content-Encoding" not in answer.headers


def test_head_is_get_without_the_body(anna: Person) -> None:
    put(key_of("weather", city="Oslo"), {"temp": 3})

    answer = anna.ask("HEAD", OSLO)

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == anna.get(OSLO).headers["ETag"]


def test_a_stale_snapshot_is_sent_at_once_and_refreshed_behind(anna: Person, redis: Redis) -> None:
    put(key_of("weather", city="Oslo"), {"temp": 3}, age=700, redis=redis)

    answers = [anna.get(OSLO) for _ in range(3)]

    assert {one.status_code for one in answers} == {200}
    assert "; ttl=-1" in answers[0].headers["Cache-Status"]
    assert queued(redis) == 1


@pytest.mark.parametrize(
    ("kind", "status", "waits"),
    [
        ("provider-not-found", 404, False),
        ("provider-credentials", 502, True),
        ("provider-rate-limited", 503, True),
        ("provider-error", 502, True),
        ("provider-timeout", 504, True),
    ],
)
def test_the_last_failure_is_told_where_there_is_nothing(
    anna: Person,
    redis: Redis,
    kind: str,
    status: int,
    waits: bool,  # noqa: FBT001 - a table
) -> None:
    failed = {"kind": kind, "status": status, "title": "t", "detail": "d"}
    snapshots.fail(key_of("weather", city="Oslo"), **failed, keep=None)  # type: ignore[arg-type]  # a table

    answer = anna.get(OSLO)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert said(answer)["type"].endswith(kind)
    assert ("Retry-After" in answer.headers) is waits
    assert queued(redis) == 0


def test_a_stale_snapshot_outlives_failures_and_names_them(anna: Person, redis: Redis) -> None:
    key = key_of("weather", city="Oslo")
    put(key, {"temp": 3}, age=700, redis=redis)
    snapshots.fail(key, **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    answer = anna.get(OSLO)

    assert answer.status_code == 200
    assert answer.headers["Cache-Status"].endswith("; detail=provider-error")
    assert queued(redis) == 0


def test_a_paused_provider_answers_cold_keys_at_once(anna: Person, redis: Redis) -> None:
    put(key_of("weather", city="Bergen"), {"temp": 1}, age=700, redis=redis)
    limited = {"kind": "provider-rate-limited", "status": 503, "title": "wait", "detail": "slowly"}
    pauses.pause("weather", **limited, seconds=40)  # type: ignore[arg-type]  # a table

    cold, stale = anna.get(OSLO), anna.get("/api/data/weather?city=Bergen")
    forced = anna.get("/api/data/weather?city=Bergen", headers={"Cache-Control": "no-cache"})

    assert cold.status_code == 503
    assert 38 <= int(cold.headers["Retry-After"]) <= 40
    assert (stale.status_code, forced.status_code) == (200, 200)
    assert stale.headers["Cache-Status"].endswith("; detail=provider-rate-limited")
    assert queued(redis) == 0


def test_no_cache_refreshes_what_is_fresh_once_in_ten_seconds(anna: Person, redis: Redis) -> None:
    key = key_of("weather", city="Oslo")
    put(key, {"temp": 3})

    first = anna.get(OSLO, headers={"Cache-Control": "no-cache"})
    opened = queued(redis)
    job_id = jobs_open(redis)[0]
    jobs.abandon(job_id)
    second = anna.get(OSLO, headers={"Cache-Control": "no-cache"})

    assert (first.status_code, second.status_code) == (200, 200)
    assert opened == 1
    assert queued(redis) == 0


def test_a_forced_read_that_is_refused_leaves_the_next_one_its_refresh(
    anna: Person, bert: Person, redis: Redis
) -> None:
    put(key_of("weather", city="Oslo"), {"temp": 3})
    for number in range(300):
        anna.get(f"/api/data/weather?city=Town{number}")
    before = queued(redis)

    answers = [one.get(OSLO, headers={"Cache-Control": "no-cache"}) for one in (anna, bert, anna)]

    assert [one.status_code for one in answers] == [429, 200, 200]
    assert queued(redis) == before + 1


def jobs_open(redis: Redis) -> list[str]:
    return [one.decode() for one in redis.zrange("ib:jobs:open", 0, -1)]  # type: ignore[union-attr]  # not awaited


def work(redis: Redis, finish: Callable[[list[str]], None], seconds: float = 3.0) -> threading.Thread:
    """Stand in for a worker: take the first job that is opened, have its keys finished, and end it."""

    def run() -> None:
        end = time.monotonic() + seconds
        while not (ids := jobs_open(redis)) and time.monotonic() < end:
            time.sleep(0.02)
        job = jobs.get(ids)[0]
        assert job is not None
        jobs.claim(job.id, "test")
        finish(job.keys)
        jobs.land(job.id, job.keys)
        jobs.close(job.id, "test", "succeeded", attempts=1)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_who_prefers_to_wait_gets_the_data_when_it_lands(anna: Person, redis: Redis) -> None:
    worker = work(redis, lambda keys: put(keys[0], {"temp": 4}))

    answer = anna.get(OSLO, headers={"Prefer": "wait=5"})

    worker.join()
    assert answer.status_code == 200
    assert said(answer) == {"temp": 4}
    assert answer.headers["Preference-Applied"] == "wait=5"


def test_who_waits_for_a_fetch_that_fails_gets_the_failure(anna: Person, redis: Redis) -> None:
    def fail(keys: list[str]) -> None:
        snapshots.fail(keys[0], **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    worker = work(redis, fail)

    answer = anna.get(OSLO, headers={"Prefer": "respond-async, wait=99"})

    worker.join()
    assert answer.status_code == 502
    assert answer.headers["Preference-Applied"] == "wait=10"


def test_past_the_wait_the_job_is_told_as_without_it(anna: Person) -> None:
    began = time.monotonic()

    answer = anna.get(OSLO, headers={"Prefer": "wait=1"})

    assert 0.9 <= time.monotonic() - began < 5
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers


def test_a_forced_refresh_is_waited_for_and_a_failed_one_leaves_the_old(anna: Person, redis: Redis) -> None:
    put(key_of("weather", city="Oslo"), {"temp": 3})

    def fail(keys: list[str]) -> None:
        snapshots.fail(keys[0], **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    worker = work(redis, fail)
    answer = anna.get(OSLO, headers={"Prefer": "wait=5", "Cache-Control": "no-cache"})

    worker.join()
    assert (answer.status_code, said(answer)) == (200, {"temp": 3})
    assert answer.headers["Preference-Applied"] == "wait=5"
    assert "detail=provider-error" in answer.headers["Cache-Status"]


def test_coins_share_one_job_and_what_is_known_comes_with_it(anna: Person, redis: Redis) -> None:
    btc = key_of("crypto", symbols=["btc"])
    put(btc, {"symbol": "btc"})

    partly = anna.get(COINS)
    other = anna.get("/api/data/crypto?symbols=doge,eth")

    assert partly.status_code == 202
    assert said(partly)["data"] == [{"symbol": "btc"}]
    assert said(other)["job"] == said(partly)["job"]
    assert queued(redis) == 1


def test_what_is_known_of_a_list_comes_with_the_error_of_what_is_missing(anna: Person, redis: Redis) -> None:
    put(key_of("crypto", symbols=["btc"]), {"symbol": "btc"})
    snapshots.fail(key_of("crypto", symbols=["eth"]), **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    broken = anna.get(COINS)
    pauses.pause("crypto", **{**PROBLEM, "kind": "provider-rate-limited", "status": 503}, seconds=40)  # type: ignore[arg-type]  # a table
    paused = anna.get(COINS)
    nothing = anna.get("/api/data/crypto?symbols=doge")

    assert (broken.status_code, paused.status_code, nothing.status_code) == (502, 503, 503)
    assert broken.mimetype == "application/problem+json"
    assert (said(broken)["data"], said(paused)["data"]) == ([{"symbol": "btc"}], [{"symbol": "btc"}])
    assert "data" not in said(nothing)
    assert queued(redis) == 0


def test_what_is_known_of_a_list_is_refreshed_though_another_part_cannot_be_had(anna: Person, redis: Redis) -> None:
    put(key_of("crypto", symbols=["btc"]), {"symbol": "btc"}, age=700, redis=redis)
    snapshots.fail(key_of("crypto", symbols=["eth"]), **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    answer = anna.get(COINS)

    assert (answer.status_code, said(answer)["data"]) == (502, [{"symbol": "btc"}])
    assert queued(redis) == 1


def test_joined_parts_come_in_the_order_asked_and_are_as_old_as_the_oldest(anna: Person, redis: Redis) -> None:
    put(key_of("crypto", symbols=["btc"]), {"symbol": "btc"}, age=50, redis=redis)
    put(key_of("crypto", symbols=["eth"]), {"symbol": "eth"}, age=10, redis=redis)

    forward, backward = anna.get(COINS), anna.get("/api/data/crypto?symbols=ETH&symbols=BTC")

    assert [one["symbol"] for one in said(forward)] == ["btc", "eth"]
    assert [one["symbol"] for one in said(backward)] == ["eth", "btc"]
    assert forward.headers["ETag"] != backward.headers["ETag"]
    assert {forward.headers["Age"], backward.headers["Age"]} == {"50"}


@pytest.mark.parametrize(
    "query",
    [
        "weather",
        "weather?city=",
        "weather?city=Oslo&units=kelvin",
        "weather?city=Oslo&planet=Mars",
        "weather?city=Oslo&city=Bergen",
        "weather?city=a%00b",
        "weather?city=%ff",
        "weather?city=Oslo&%ff=1",
        "weather?city=%ED%A0%80",
        "weather/runs?city=%ff",
        "crypto",
        "crypto?symbols=",
        "status?urls=ftp://example.org/",
        "status?urls=http://10.0.0.1/",
        "status?urls=http://169.254.169.254/",
        "status?urls=http://user:pass@example.org/",
        "status?urls=http://2130706433/",
    ],
)
def test_bad_parameters_are_unprocessable_and_queue_nothing(anna: Person, redis: Redis, query: str) -> None:
    answer = anna.get(f"/api/data/{query}")

    assert answer.status_code == 422, answer.text
    assert said(answer)["errors"]
    assert queued(redis) == 0


def test_a_revoked_token_is_told_before_bad_parameters(anna: Person) -> None:
    anna.post("/api/auth/logout", None)

    assert {anna.get(f"/api/data/weather{query}").status_code for query in ("", "?city=Oslo")} == {401}


def test_the_three_hundred_and_first_cold_fetch_in_a_minute_is_too_many(anna: Person, bert: Person) -> None:
    statuses = {anna.get(f"/api/data/weather?city=Town{number}").status_code for number in range(300)}

    last, other = anna.get(OSLO), bert.get(OSLO)

    assert statuses == {202}
    assert last.status_code == 429
    assert said(last)["type"].endswith("too-many-fetches")
    assert last.headers["RateLimit-Policy"].startswith('"fetches"')
    assert other.status_code == 202
    assert anna.get(OSLO).status_code == 202


@pytest.mark.parametrize("path", ["weather", "weather/runs", "weather?city=Oslo", "weather/runs?city=Oslo"])
def test_every_request_counts_once(anna: Person, path: str) -> None:
    first, second = (anna.get(f"/api/data/{path}").headers["RateLimit"] for _ in range(2))

    assert (first[:18], second[:18]) == ('"requests";r=599;t', '"requests";r=598;t')


def test_the_last_runs_tell_why_it_is_stale(anna: Person) -> None:
    key = key_of("weather", city="Oslo")
    runs.record(key, runs.Run(1_700_000_000.0, "succeeded", None, 200, 120, "r1"))
    runs.record(key, runs.Run(1_700_000_600.0, "failed", "it broke", 500, 80, "r2"))
    snapshots.fail(key, **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    body = said(anna.get("/api/data/weather/runs?city=OSLO"))

    assert body["next_try_at"] is not None
    assert [run["request_id"] for run in body["runs"]] == ["r2", "r1"]
    assert body["runs"][1] == {
        "at": "2023-11-14T22:13:20.000Z",
        "outcome": "succeeded",
        "detail": None,
        "status_code": 200,
        "duration_ms": 120,
        "request_id": "r1",
    }


def test_the_catalogue_lists_every_provider_with_its_form(anna: Person) -> None:
    found = {one["name"]: one for one in said(anna.get("/api/widgets"))}

    assert found.keys() == providers.registry().keys()
    assert found["weather"]["ttl"] == 600
    assert found["weather"]["params"]["required"] == ["city"]
    assert {"title", "description", "configured", "attribution"} <= found["weather"].keys()


def test_the_catalogue_names_whom_the_keys_choose_and_never_a_key(
    anna: Person, configured: Callable[..., FlaskClient]
) -> None:
    plain = anna.get("/api/widgets")
    keyed = configured(OPENWEATHER_API_KEY="made-up-weather", NEWSAPI_API_KEY="made-up-news")
    answers = [plain, keyed.get("/api/widgets", headers={"Authorization": f"Bearer {anna.token}"})]

    found = [{one["name"]: one["attribution"] for one in said(answer)} for answer in answers]

    assert [(one["weather"], one["news"]) for one in found] == [
        ("https://open-meteo.com", "https://hn.algolia.com"),
        ("https://openweathermap.org", "https://newsapi.org"),
    ]
    assert found[0]["github"] == found[1]["github"] == "https://github.com"
    assert b"made-up" not in answers[1].data


def test_ready_says_one_line_for_each_part(anna: Person) -> None:
    before = anna.get("/readyz")
    for part in ("worker", "beat"):
        alive.beat(part)
    after = anna.get("/readyz")

    assert before.status_code == 503
    assert after.status_code == 200
    assert said(after).keys() == {"status", "database", "redis", "broker", "worker", "beat"}


def test_metrics_are_prometheus_text(anna: Person) -> None:
    anna.get(OSLO)

    text = anna.get("/metrics").text

    assert 'insightboard_http_requests_total{method="GET",route="/api/data/weather",status="202"}' in text
    assert 'insightboard_queue_depth{queue="interactive"}' in text
