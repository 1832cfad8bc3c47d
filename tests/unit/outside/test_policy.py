from __future__ import annotations

import socket
from ipaddress import ip_network

import pytest

from endpoints import named
from providers.urls import Refused, check_address, check_url
from settings import Settings
from tasks.policy import policy, policy_of_the_minute

NAMES = {"postgres": ["172.18.0.2"], "cache": ["172.18.0.3", "fd12::3"], "flower": ["172.18.0.9"]}


def resolve(host: str, _seconds: float) -> list[str]:
    if host in NAMES:
        return NAMES[host]
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg://ib:pw@postgres/ib", [("postgres", 5432)]),
        ("postgresql+psycopg://ib:p%40w@[::1]:6543/ib", [("::1", 6543)]),
        ("postgresql+psycopg://one:1111,two/ib", [("one", 1111), ("two", 5432)]),
        ("postgresql+psycopg:///ib?host=three&port=5433", [("three", 5433)]),
        ("postgresql+psycopg:///ib?host=/run/postgresql", []),
        ("postgresql+psycopg://four/ib?hostaddr=10.0.0.4", [("four", 5432), ("10.0.0.4", 5432)]),
        ("postgresql+psycopg://six/ib?hostaddr=fd12::4,::1", [("six", 5432), ("fd12::4", 5432), ("::1", 5432)]),
        (
            "postgresql+psycopg:///ib?host=one,two&port=5433,",
            [("one", 5433), ("one", 5432), ("two", 5433), ("two", 5432)],
        ),
        ("redis://:secret@cache/0", [("cache", 6379)]),
        ("rediss://cache:6380/0", [("cache", 6380)]),
        ("unix:///run/redis.sock?db=1", []),
        ("redis+socket:///run/redis.sock", []),
        ("sentinel://a:26379;sentinel://b/0?master_name=one", [("a", 26379), ("b", 26379)]),
        ("amqp://guest:guest@rabbit//", [("rabbit", 5672)]),
        ("amqps://rabbit/", [("rabbit", 5671)]),
        ("", []),
    ],
)
def test_every_server_of_a_url_is_known(url: str, expected: list[tuple[str, int]]) -> None:
    assert expected == list(named(url))


SETTINGS = Settings(
    database_url="postgresql+psycopg://ib:pw@postgres/ib",
    redis_url="redis://cache:6379/0",
    celery_broker_url="amqp://127.0.0.1:5672//",
    flower_port=5555,
    allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")),
)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        *(("172.18.0.2", 5432), ("172.18.0.3", 6379), ("fd12::3", 6379), ("127.0.0.1", 5672), ("127.0.0.7", 5672)),
        *(("::1", 5672), ("127.0.0.1", 5555), ("::1", 5555), ("172.18.0.9", 5555)),
    ],
)
def test_our_own_servers_are_refused_by_address_whatever_is_allowed(address: str, port: int) -> None:
    with pytest.raises(Refused):
        check_address(address, port, policy(SETTINGS, resolve))


@pytest.mark.parametrize("url", ["http://postgres:5432/", "http://cache:6379/", "http://localhost:5555/"])
def test_our_own_servers_are_refused_by_name_whatever_is_allowed(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url, policy(SETTINGS, resolve))


@pytest.mark.parametrize(("address", "port"), [("172.18.0.2", 80), ("127.0.0.1", 8080), ("172.18.0.3", 5432)])
def test_other_ports_and_neighbours_are_what_the_operator_allowed(address: str, port: int) -> None:
    check_address(address, port, policy(SETTINGS, resolve))


def test_our_own_names_are_looked_up_once_for_many_jobs() -> None:
    asked: list[str] = []

    def counting(host: str, seconds: float) -> list[str]:
        asked.append(host)
        return resolve(host, seconds)

    for _ in range(3):
        policy(SETTINGS, counting)

    assert asked.count("postgres") <= 2


def test_while_the_names_of_our_servers_cannot_be_looked_up_no_private_address_is_reached() -> None:
    def silent(_host: str, _seconds: float) -> list[str]:
        raise TimeoutError

    with pytest.raises(Refused):
        check_address("172.18.0.2", 80, policy(SETTINGS, silent))
    check_address("1.1.1.1", 80, policy(SETTINGS, silent))


def test_without_internet_what_the_operator_allowed_is_reached() -> None:
    def offline(host: str, _seconds: float) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    local = Settings(
        database_url="postgresql+psycopg://ib@127.0.0.1/ib",
        redis_url="redis://localhost/0",
        celery_broker_url="redis://[::1]/1",
        allowed_networks=(ip_network("127.0.0.1/32"),),
    )

    check_address("127.0.0.1", 8000, policy(local, offline))


def test_addresses_that_were_found_once_are_ours_while_nobody_answers() -> None:
    silent = False

    def sometimes(host: str, seconds: float) -> list[str]:
        if silent:
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return resolve(host, seconds)

    before = policy(SETTINGS, sometimes)
    silent = True
    policy_of_the_minute.cache_clear()

    assert policy(SETTINGS, sometimes) == before
