from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from tasks.resolve import LookUps, ask_system


class Nameserver:
    """Answers at once, except for names that begin with `silent`: those wait until `speak` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.speak = threading.Event()

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        if host.startswith("silent"):
            self.speak.wait(5)
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return ["192.0.2.1"]


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "[2001:db8::7]"])
def test_a_literal_address_asks_nobody(host: str) -> None:
    nameserver = Nameserver()

    assert [host.strip("[]")] == LookUps(nameserver).find(host, 1.0)
    assert nameserver.asked == []


def test_a_name_that_does_not_exist_raises_the_resolvers_error() -> None:
    with pytest.raises(socket.gaierror):
        LookUps(Nameserver()).find("gone.invalid", 1.0)


def test_the_system_knows_localhost() -> None:
    assert "127.0.0.1" in ask_system("localhost")


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "b..test"])
def test_the_system_refuses_what_is_no_name(host: str) -> None:
    with pytest.raises(OSError, match=r".*"):
        ask_system(host)


def test_a_silent_nameserver_is_given_up_on_in_time() -> None:
    nameserver, began = Nameserver(), monotonic()

    with pytest.raises(TimeoutError):
        LookUps(nameserver).find("silent.test", 0.2)

    assert monotonic() - began < 1.0
    nameserver.speak.set()


def test_a_name_that_hangs_takes_one_place_however_many_ask() -> None:
    nameserver = Nameserver()
    look_ups = LookUps(nameserver, places=2)

    with ThreadPoolExecutor(10) as pool:
        asking = [pool.submit(look_ups.find, "silent.test", 0.2) for _ in range(10)]
    assert all(isinstance(one.exception(), TimeoutError) for one in asking)

    assert look_ups.find("lively.test", 1.0) == ["192.0.2.1"]
    assert nameserver.asked.count("silent.test") <= 2
    nameserver.speak.set()


def test_places_come_back_when_hanging_look_ups_end() -> None:
    nameserver = Nameserver()
    look_ups = LookUps(nameserver, places=1)
    with pytest.raises(TimeoutError):
        look_ups.find("silent.test", 0.1)
    with pytest.raises(TimeoutError):
        look_ups.find("lively.test", 0.1)

    nameserver.speak.set()
    sleep(0.05)

    assert look_ups.find("lively.test", 1.0) == ["192.0.2.1"]
