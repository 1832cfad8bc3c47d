from __future__ import annotations

import socket

import pytest

from tasks.resolve import LookUps, ask_system


class Nameserver:
    """Knows every name but those that end in `.invalid`."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
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
