"""Who tries passwords: how often, from where, against whom, over all processes; and what an answer's time tells."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import pytest
from redis import Redis

from tests import servers
from tests.e2e.client import Client, Got, registered
from tests.faults.again import in_time
from tests.faults.protection import without
from tests.integration.web.conftest import PASSWORD

ADDRESSES = count(1)


@dataclass(frozen=True)
class Doors:
    """Three API processes on one Redis; our own address is a proxy to two of them, and to `plain` it is none."""

    first: str
    second: str
    plain: str

    def login(self, number: int, email: str, password: str, address: str) -> Got:
        """Sign in at one of the two, by turns, as from an address behind the trusted proxy."""
        url = (self.first, self.second)[number % 2]
        return login(url, email, password, {"X-Forwarded-For": address})


@pytest.fixture(scope="module")
def doors(postgres_url: str, redis_url: str) -> Iterator[Doors]:
    trusting, other = {"TRUSTED_PROXIES": "127.0.0.0/8"}, {"TRUSTED_PROXIES": "192.0.2.0/24"}
    with servers.api(trusting) as first, servers.api(trusting) as second, servers.api(other) as plain:
        yield Doors(first.url, second.url, plain.url)


@pytest.fixture
def email(doors: Doors, redis: Redis) -> str:
    """Register somebody whose password is PASSWORD, with no failed sign-in anywhere."""
    name = f"{uuid4().hex}@example.org"
    assert Client(doors.first).ask("POST", "/api/auth/register", {"email": name, "password": PASSWORD}).status == 201
    return name


def login(url: str, email: str, password: str, headers: dict[str, str] | None = None) -> Got:
    return Client(url).ask("POST", "/api/auth/login", {"email": email, "password": password}, headers)


def somewhere() -> str:
    """Return an address that was never used before."""
    number = next(ADDRESSES)
    return f"198.18.{number // 250}.{number % 250 + 1}"


@without("web/throttle.py", "PAIR, PLACE, ACCOUNT = 10, 50, 100", "PAIR, PLACE, ACCOUNT = 50, 50, 100")
def test_one_account_is_tried_ten_times_from_one_address_over_all_processes(doors: Doors, email: str) -> None:
    here = somewhere()

    failures = [doors.login(number, email, "wrong", here).status for number in range(10)]
    right = [doors.login(number, email, PASSWORD, here) for number in range(2)]
    shouted = doors.login(0, email.upper(), PASSWORD, here)
    elsewhere = doors.login(0, email, PASSWORD, somewhere())

    assert failures == [401] * 10
    assert [one.status for one in right] == [429, 429]
    assert 0 < int(right[0].headers["retry-after"]) <= 900
    assert shouted.status == 429
    assert elsewhere.status == 200


@without("web/throttle.py", "PAIR, PLACE, ACCOUNT = 10, 50, 100", "PAIR, PLACE, ACCOUNT = 10, 500, 100")
def test_one_address_fails_fifty_times_whatever_the_accounts(doors: Doors, email: str) -> None:
    here = somewhere()

    failures = Counter(doors.login(n, f"{n}@example.org", "wrong", here).status for n in range(50))

    assert failures == {401: 50}
    assert [doors.login(n, email, PASSWORD, here).status for n in range(2)] == [429, 429]
    assert doors.login(0, email, PASSWORD, somewhere()).status == 200


@without("web/throttle.py", "PAIR, PLACE, ACCOUNT = 10, 50, 100", "PAIR, PLACE, ACCOUNT = 10, 50, 1000")
def test_one_account_fails_a_hundred_times_whatever_the_addresses(doors: Doors, email: str) -> None:
    failures = Counter(doors.login(n, email, "wrong", somewhere()).status for n in range(100))

    assert failures == {401: 100}
    assert [doors.login(n, email, PASSWORD, somewhere()).status for n in range(2)] == [429, 429]


@without(
    "web/throttle.py",
    "        rate = rates.take(name, limit, WINDOW_SECONDS)",
    "        rate = rates.peek(name, limit)",
)
def test_many_tries_at_once_count_too(doors: Doors, email: str) -> None:
    here = somewhere()

    with ThreadPoolExecutor(40) as guessers:
        found = Counter(guessers.map(lambda n: doors.login(n, email, "wrong", here).status, range(40)))

    assert found == {401: 10, 429: 30}


@without(
    "web/proxies.py",
    "return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else",
    "return",
)
def test_a_network_of_ipv6_is_one_address(doors: Doors, email: str) -> None:
    found = [doors.login(n, email, "wrong", f"2001:db8:0:7::{n:x}").status for n in range(11)]

    assert found == [401] * 10 + [429]


@without("web/throttle.py", "        raise\n    give_back(taken)", "        raise")
def test_right_passwords_are_no_failures(doors: Doors, email: str) -> None:
    here = somewhere()

    assert {doors.login(n, email, PASSWORD, here).status for n in range(12)} == {200}


@without("web/proxies.py", 'if self.trusts(parse(environ.get("REMOTE_ADDR", ""))):', "if True:")
def test_nobody_but_a_trusted_proxy_names_the_address(doors: Doors, email: str) -> None:
    headers = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")

    for number in range(10):
        login(doors.plain, email, "wrong", {"X-Forwarded-For": somewhere()})
        login(doors.plain, f"{number}@example.org", "wrong", {"X-Forwarded-For": somewhere()})
    found = {name: login(doors.plain, email, PASSWORD, {name: somewhere()}).status for name in headers}

    assert found == dict.fromkeys(headers, 429)


@without("web/proxies.py", "if not self.trusts(address):", "if False:")
def test_an_address_that_the_client_wrote_itself_before_the_proxys_is_not_believed(doors: Doors, email: str) -> None:
    here = somewhere()

    found = [doors.login(n, email, "wrong", f"{somewhere()}, {here}").status for n in range(11)]

    assert found == [401] * 10 + [429]


@without("web/account.py", 'with throttle.attempt(user.email, f"token {admission.identity().jti}"):', "if True:")
def test_an_open_session_is_no_way_to_try_passwords(doors: Doors, email: str) -> None:
    token = login(doors.plain, email, PASSWORD).json()["token"]
    clients = [Client(url, token) for url in (doors.first, doors.second)]
    change = {"current_password": "wrong", "new_password": "another fine one"}

    found = [clients[n % 2].ask("PUT", "/api/me/password", change).status for n in range(11)]

    assert found == [403] * 10 + [429]


@without("web/account.py", 'f"token {admission.identity().jti}"', '"account"')
def test_sessions_in_which_passwords_are_tried_lock_nobody_else_out(doors: Doors, email: str) -> None:
    token = login(doors.plain, email, PASSWORD).json()["token"]
    change = {"current_password": "wrong", "new_password": "another fine one"}

    tried = Counter(registered(doors.first).ask("PUT", "/api/me/password", change).status for _ in range(51))
    mine = Client(doors.first, token).ask("PUT", "/api/me/password", change).status

    assert (tried, mine) == ({403: 51}, 403)


@without("web/account.py", 'f"token {admission.identity().jti}"', 'f"account {user.id}"')
def test_passwords_that_are_tried_in_one_session_do_not_keep_another_from_changing_it(doors: Doors, email: str) -> None:
    stolen, mine = (Client(doors.first, login(doors.plain, email, PASSWORD).json()["token"]) for _ in range(2))
    wrong = {"current_password": "wrong", "new_password": "another fine one"}
    tried = [stolen.ask("PUT", "/api/me/password", wrong).status for _ in range(11)]

    changed = mine.ask("PUT", "/api/me/password", {**wrong, "current_password": PASSWORD})

    assert tried == [403] * 10 + [429]
    assert changed.status == 204
    assert stolen.get("/api/me").status == 401


@without("store/tokens.py", "REQUESTS_A_MINUTE = 600", "REQUESTS_A_MINUTE = 700")
def test_the_six_hundred_and_first_request_in_a_minute_is_too_many_over_all_processes(doors: Doors, email: str) -> None:
    token = login(doors.plain, email, PASSWORD).json()["token"]
    clients = [Client(url, token) for url in (doors.first, doors.second)]
    with ThreadPoolExecutor(4) as many:
        before = Counter(many.map(lambda n: clients[n % 2].get("/api/widgets").status, range(600)))

    last = clients[1].get("/api/widgets")

    assert before == {200: 600}
    assert last.status == 429
    assert 0 < int(last.headers["retry-after"]) <= 60
    assert last.headers["ratelimit"].startswith('"requests";r=0;t=')


@without("web/admission.py", "return signed_in(view, limited=False)", "return signed_in(view)")
def test_who_was_robbed_of_a_token_can_end_it_although_the_thief_uses_up_all_requests(doors: Doors, email: str) -> None:
    mine = Client(doors.first, login(doors.plain, email, PASSWORD).json()["token"])
    with ThreadPoolExecutor(4) as thief:
        used = Counter(thief.map(lambda _: mine.get("/api/widgets").status, range(601)))
    change = {"current_password": PASSWORD, "new_password": "another fine one"}

    changed = mine.ask("PUT", "/api/me/password", change).status
    again = Client(doors.first, login(doors.plain, email, "another fine one").json()["token"])
    left = (again.get("/api/widgets").status, again.ask("POST", "/api/auth/logout").status)
    last = Client(doors.first, login(doors.plain, email, "another fine one").json()["token"])
    gone = last.ask("DELETE", "/api/me").status

    assert used == {200: 600, 429: 1}
    assert (changed, left, gone) == (204, (429, 204), 204)
    assert [one.get("/api/me").status for one in (mine, again, last)] == [401, 401, 401]


@without("web/passwords.py", "HASHER.verify(stored or dummy(), password)", 'HASHER.verify(stored or "", password)')
def test_no_answer_tells_whether_an_email_is_known_by_its_bytes_or_its_time(doors: Doors, email: str) -> None:
    answers = [
        login(doors.first, name, "not this one", {"X-Forwarded-For": somewhere()}) for name in (email, "no@example.org")
    ]

    # Without the protection it is below a half each time.
    found = in_time(lambda: ratio(doors.first), lambda found: 0.9 <= found <= 1.1)

    assert (answers[0].status, answers[0].body) == (answers[1].status, answers[1].body)
    assert 0.9 <= found <= 1.1


def ratio(url: str) -> float:
    """Return the median time of 60 failures for an unknown e-mail by a known one's, in turns, so both meet one load."""
    unknown, known = (f"{uuid4().hex}@example.org" for _ in range(2))
    Client(url).ask("POST", "/api/auth/register", {"email": known, "password": PASSWORD})
    took: dict[str, list[float]] = {unknown: [], known: []}
    for number in range(60):
        # Neither of a pair is always the one that comes after a pause.
        for email in (unknown, known) if number % 2 else (known, unknown):
            began = time.perf_counter()
            assert login(url, email, "not this one", {"X-Forwarded-For": somewhere()}).status == 401
            took[email].append(time.perf_counter() - began)
    return statistics.median(took[unknown]) / statistics.median(took[known])
