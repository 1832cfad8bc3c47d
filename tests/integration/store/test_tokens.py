from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from store import StoreDownError, connection, tokens

LATER = 4e9


@pytest.fixture
def loaded(redis: Redis) -> Redis:
    """Load an empty record of revocations."""
    tokens.load([], [])
    return redis


def state(user: str = "user", jti: str = "jti", generation: int = 0) -> str:
    return tokens.admit(tokens.Admission(user, jti, generation)).state


@pytest.mark.usefixtures("redis")
def test_no_token_is_admitted_before_the_copy_is_loaded() -> None:
    assert state() == "unloaded"
    tokens.load([], [])
    assert state() == "admitted"


@pytest.mark.parametrize("lost", ["ib:revoked", "ib:generations"])
def test_losing_either_half_of_the_copy_is_seen(loaded: Redis, lost: str) -> None:
    loaded.delete(lost)

    assert state() == "unloaded"


@pytest.mark.usefixtures("loaded")
def test_a_revoked_token_is_refused_and_its_users_other_token_is_not() -> None:
    tokens.revoke("jti", LATER)

    assert state(jti="jti") == "revoked"
    assert state(jti="other") == "admitted"


@pytest.mark.usefixtures("loaded")
def test_a_token_named_like_our_own_marks_is_a_token_like_any_other() -> None:
    tokens.revoke("loaded", LATER)

    assert state(user="loaded", jti="other") == "admitted"
    assert state(jti="loaded") == "revoked"


@pytest.mark.usefixtures("loaded")
def test_tokens_of_an_older_generation_are_refused_and_a_generation_never_falls() -> None:
    tokens.raise_generation("user", 3)
    tokens.raise_generation("user", 2)

    assert state(generation=2) == "revoked"
    assert state(generation=3) == "admitted"
    assert state(user="other") == "admitted"


@pytest.mark.usefixtures("loaded")
def test_a_deleted_users_tokens_are_refused_whatever_their_generation() -> None:
    tokens.raise_generation("user", 2**31)

    assert state(generation=2**31 - 1) == "revoked"


@pytest.mark.usefixtures("loaded")
def test_the_record_is_added_to_what_is_known_already() -> None:
    tokens.revoke("before", LATER)

    tokens.load(((f"jti-{number}", LATER) for number in range(2500)), [("user", 1)])

    assert [state(jti=jti, generation=1) for jti in ("before", "jti-0", "jti-2499", "new")] == ["revoked"] * 3 + [
        "admitted"
    ]
    assert state(jti="new") == "revoked"


def test_a_flush_while_loading_leaves_the_copy_unloaded(redis: Redis) -> None:
    def flushing() -> Iterator[tuple[str, int]]:
        redis.flushall()
        yield "user", 1

    with pytest.raises(StoreDownError):
        tokens.load([("jti", LATER)], flushing())

    assert state() == "unloaded"


def test_revocations_are_never_evicted_and_nothing_is_left_of_a_loading(redis: Redis) -> None:
    tokens.load([("jti", LATER)], [("user", 1)])

    assert redis.ttl("ib:revoked") == redis.ttl("ib:generations") == -1
    assert redis.zrange("ib:revoked", 0, -1) == [b"jti:jti", b"loaded"]
    assert set(redis.hkeys("ib:generations")) == {b"user:user", b"loaded"}


def test_pruning_drops_tokens_that_have_ended_and_nothing_else(loaded: Redis) -> None:
    tokens.revoke("ended", connection.now() - tokens.SPARE_SECONDS - 1)
    tokens.revoke("jti", LATER)

    assert tokens.prune() == 1

    assert loaded.zrange("ib:revoked", 0, -1) == [b"jti:jti", b"loaded"]


@pytest.mark.usefixtures("loaded")
def test_a_user_has_so_many_requests_a_minute_over_all_threads() -> None:
    admission = tokens.Admission("user", "jti", 0, limit=50)

    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda _: tokens.admit(admission), range(80)))

    assert sorted(one.state for one in verdicts) == ["admitted"] * 50 + ["limited"] * 30
    assert sorted(one.remaining for one in verdicts if one.state == "admitted") == list(range(50))
    assert all(0 < one.reset_s <= 60 for one in verdicts)
    assert state(user="other") == "admitted"


def test_refused_tokens_are_not_counted(loaded: Redis) -> None:
    tokens.revoke("jti", LATER)

    state()

    assert not loaded.exists("ib:rate:user:user")


def test_the_next_window_begins_anew(loaded: Redis) -> None:
    admission = tokens.Admission("user", "jti", 0, limit=1)
    tokens.admit(admission)
    assert tokens.admit(admission).state == "limited"

    loaded.pexpire("ib:rate:user:user", 1)

    assert any(tokens.admit(admission).state == "admitted" for _ in range(100))


def test_a_load_that_fails_leaves_no_mark_behind(redis: Redis) -> None:
    def broken() -> Iterator[tuple[str, float]]:
        raise OSError("the record is away")
        yield ("", 0.0)

    with pytest.raises(OSError, match="record"):
        tokens.load(broken(), [])

    assert redis.hgetall("ib:generations") == {}
