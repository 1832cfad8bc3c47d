"""Tokens that were good: signed out, of an old password or of an account that is gone, they are refused everywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from redis import Redis

from tests import servers
from tests.e2e.client import Client, registered
from tests.faults.forging import forged
from tests.faults.protection import without
from tests.integration.web.conftest import PASSWORD

# What a token of nobody we know may read: it says whether the token itself was taken.
PATH = "/api/widgets"


@pytest.fixture(scope="module")
def other(postgres_url: str, redis_url: str) -> Iterator[str]:
    """Serve the API by a second process."""
    with servers.api() as service:
        yield service.url


@pytest.mark.parametrize("way", ["sign out", "change the password", "delete the account"])
@without(
    "web/revoking.py",
    "        telling()\n    except StoreDownError:\n        later",
    "        pass\n    except StoreDownError:\n        later",
)
def test_a_token_that_has_served_its_time_is_refused_by_every_process(
    api: str, other: str, redis: Redis, way: str
) -> None:
    anna = registered(api)
    elsewhere = Client(other, anna.token)
    before = elsewhere.get("/api/me").status

    if way == "sign out":
        done = anna.ask("POST", "/api/auth/logout")
    elif way == "delete the account":
        done = anna.ask("DELETE", "/api/me")
    else:
        change = {"current_password": PASSWORD, "new_password": "another fine one"}
        done = anna.ask("PUT", "/api/me/password", change)

    assert (before, done.status) == (200, 204)
    servers.until(lambda: elsewhere.get(PATH).status == 401, 2)
    assert [one.get(path).status for one in (anna, elsewhere) for path in (PATH, "/api/me", "/api/dashboards")] == [
        401
    ] * 6


@without(
    "web/loading.py",
    "tokens.load(revocations.tokens(), revocations.generations())",
    "tokens.load([], [])",
)
def test_it_stays_refused_when_redis_is_emptied(api: str, other: str, redis: Redis) -> None:
    anna, bert = registered(api), registered(api)
    anna.ask("POST", "/api/auth/logout")

    redis.flushall()

    assert [Client(url, anna.token).get(PATH).status for url in (api, other)] == [401, 401]
    assert bert.get(PATH).status == 200


@without("web/tokens.py", "datetime.now(UTC) + longest()", "datetime.now(UTC) + settings.load().jwt_ttl")
def test_a_token_of_a_longer_ttl_stays_refused_until_it_ends(api: str, redis: Redis, postgres_url: str) -> None:
    anna = registered(api)
    user = anna.get("/api/me").json()["id"]
    ends = int(time.time()) + 300 * 86_400
    older = Client(api, forged({"sub": user, "exp": ends}))
    before = older.get(PATH).status

    anna.ask("PUT", "/api/me/password", {"current_password": PASSWORD, "new_password": "another fine one"})

    with psycopg.connect(postgres_url) as database:
        row = database.execute("SELECT expires_at FROM revocations WHERE subject = %s", [f"user:{user}"]).fetchone()
    assert row is not None
    assert (before, older.get(PATH).status) == (200, 401)
    assert row[0].timestamp() > ends


@without("web/account.py", 'raise unauthorized("The account is gone.")', "raise Problem(500, '')")
def test_a_genuine_token_of_nobody_we_know_is_unauthorized_where_its_account_is_asked_for(
    api: str, redis: Redis
) -> None:
    got = Client(api, forged({})).get("/api/me")

    assert (got.status, got.json()["detail"]) == (401, "The account is gone.")
