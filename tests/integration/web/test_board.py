"""A board: every widget of a dashboard in one answer, whatever state each is in."""

from __future__ import annotations

from typing import Any

from redis import Redis

from store import pauses, snapshots
from tests.integration.web.conftest import Person, said
from tests.integration.web.test_data import PROBLEM, key_of, put, queued
from web.copies import COPIES

LAYOUT = [
    {"id": "fresh", "widget": "weather", "params": {"city": "Oslo"}},
    {"id": "stale", "widget": "weather", "params": {"city": "Bergen"}},
    {"id": "cold", "widget": "news", "params": {"topic": "databases"}},
    {"id": "broken", "widget": "github", "params": {"username": "nobody"}},
    {"id": "coins", "widget": "crypto", "params": {"symbols": ["btc", "eth"]}},
    {"id": "more", "widget": "crypto", "params": {"symbols": ["eth", "doge"]}},
]


def board(person: Person, layout: list[Any]) -> str:
    created = person.post("/api/dashboards", {"name": "Home", "layout_json": layout})
    assert created.status_code == 201, created.text
    return f"{created.headers['Location']}/data"


def test_a_board_tells_each_widgets_state(anna: Person, redis: Redis) -> None:
    path = board(anna, LAYOUT)
    put(key_of("weather", city="Oslo"), {"temp": 1})
    put(key_of("weather", city="Bergen"), {"temp": 2}, age=700, redis=redis)
    put(key_of("crypto", symbols=["btc"]), {"symbol": "btc"})
    snapshots.fail(key_of("github", username="nobody"), **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    answer = anna.get(path)

    found = said(answer)["widgets"]
    assert answer.status_code == 200
    assert {name: one["state"] for name, one in found.items()} == {
        "fresh": "fresh", "stale": "stale", "cold": "pending", "broken": "error", "coins": "pending", "more": "pending",
    }  # fmt: skip
    assert all(one.keys() == {"state", "data", "fetched_at", "expires_at", "error", "job"} for one in found.values())
    assert (found["fresh"]["data"], found["fresh"]["error"], found["fresh"]["job"]) == ({"temp": 1}, None, None)
    assert found["stale"]["data"] == {"temp": 2}
    assert found["stale"]["job"]
    assert found["coins"]["data"] == [{"symbol": "btc"}]
    assert found["more"]["job"] == found["coins"]["job"]
    assert found["broken"]["error"]["status"] == 502
    assert found["broken"]["error"]["retry_after"] >= 1
    assert queued(redis) == 3
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_an_unchanged_board_is_not_sent_again(anna: Person, redis: Redis) -> None:
    path = board(anna, LAYOUT[:1])
    put(key_of("weather", city="Oslo"), {"text": "x" * 3000})
    tags = [anna.get(path, headers={"Accept-Encoding": one}).headers["ETag"] for one in ("identity", "gzip")]

    before = [anna.get(path, headers={"If-None-Match": tag}).status_code for tag in tags]
    put(key_of("weather", city="Oslo"), {"text": "y" * 3000})
    after = [anna.get(path, headers={"If-None-Match": tag}).status_code for tag in tags]

    assert (before, after) == ([304, 304], [200, 200])


def test_a_stale_widget_of_a_paused_provider_says_so(anna: Person, redis: Redis) -> None:
    path = board(anna, LAYOUT[:2])
    put(key_of("weather", city="Bergen"), {"temp": 2}, age=700, redis=redis)
    limited = {"kind": "provider-rate-limited", "status": 503, "title": "wait", "detail": "slowly"}
    pauses.pause("weather", **limited, seconds=40)  # type: ignore[arg-type]  # a table

    found = said(anna.get(path))["widgets"]

    assert (found["fresh"]["state"], found["stale"]["state"]) == ("error", "stale")
    assert found["stale"]["error"]["type"].endswith("provider-rate-limited")
    assert queued(redis) == 0


def test_a_list_keeps_what_is_known_of_it_though_a_part_cannot_be_had(anna: Person, redis: Redis) -> None:
    path = board(anna, LAYOUT[4:])
    put(key_of("crypto", symbols=["btc"]), {"symbol": "btc"})
    for symbol in ("eth", "doge"):
        snapshots.fail(key_of("crypto", symbols=[symbol]), **PROBLEM, keep=None)  # type: ignore[arg-type]  # a table

    found = said(anna.get(path))["widgets"]

    assert (found["coins"]["state"], found["coins"]["data"]) == ("stale", [{"symbol": "btc"}])
    assert found["coins"]["fetched_at"]
    assert found["coins"]["error"]["type"].endswith("provider-error")
    assert (found["more"]["state"], found["more"]["data"], found["more"]["fetched_at"]) == ("error", None, None)
    assert queued(redis) == 0


def test_who_finds_a_job_of_others_on_their_board_is_told_where_their_own_parts_are(
    anna: Person, bert: Person, redis: Redis
) -> None:
    put(key_of("crypto", symbols=["btc"]), {"symbol": "btc"}, age=700, redis=redis)
    anna.get("/api/data/crypto?symbols=btc")
    path = board(bert, [{"id": "mine", "widget": "crypto", "params": {"symbols": ["btc"]}}])

    mine = said(bert.get(path))["widgets"]["mine"]
    anna.get("/api/data/crypto?symbols=doge")

    assert mine["state"] == "stale"
    assert said(bert.get(f"/api/jobs/{mine['job']}"))["data_url"] == "/api/data/crypto?symbols=btc&currency=usd"


def test_every_fifty_urls_count_as_a_fetch(anna: Person) -> None:
    def items(number: int) -> list[Any]:
        urls = [[f"https://{number}-{item}.example.org/{path}" for path in range(50)] for item in range(51)]
        return [{"id": f"i{at}", "widget": "status", "params": {"urls": some}} for at, some in enumerate(urls)]

    errors = [said(anna.get(board(anna, items(number))))["widgets"]["i0"]["error"] for number in range(6)]

    assert errors[:5] == [None] * 5
    assert errors[5]["type"].endswith("too-many-fetches")


def test_an_empty_board_is_empty(anna: Person) -> None:
    assert said(anna.get(board(anna, []))) == {"widgets": {}}


def test_a_board_costs_the_same_round_trips_whatever_its_size(anna: Person, redis: Redis) -> None:
    small, large = board(anna, LAYOUT[:1]), board(anna, [{**LAYOUT[0], "id": str(one)} for one in range(200)])
    put(key_of("weather", city="Oslo"), {"temp": 1})
    for path in (small, large):
        anna.get(path)

    assert round_trips(redis, anna, large) == round_trips(redis, anna, small)


def test_a_board_of_what_nobody_has_read_costs_the_same_round_trips_too(anna: Person, redis: Redis) -> None:
    boards = [
        board(
            anna, [{"id": f"w{one}", "widget": "weather", "params": {"city": f"{name} {one}"}} for one in range(count)]
        )
        for name, count in (("first", 3), ("some", 3), ("many", 40))
    ]
    round_trips(redis, anna, boards[0])

    some, many = (round_trips(redis, anna, path) for path in boards[1:])

    # Redis reads a large request in pieces, more of them on a busy machine; one by one, 37 widgets more cost 74 more.
    assert many < some + 37
    assert queued(redis) == 46


def round_trips(redis: Redis, person: Person, path: str) -> int:
    """Read a board, and return how often Redis was asked meanwhile."""
    COPIES.drop(None)
    before = redis.info("stats")["total_reads_processed"]
    assert person.get(path).status_code == 200
    return int(redis.info("stats")["total_reads_processed"] - before)
