"""Where `make run` listens: the API and Flower never at the same port, whichever of the two was given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import settings
from embedded.redis import LISTENING_PORTS, free_port
from launcher.home import Given, ports
from settings import WrongSettingError
from tests import servers

UNPRIVILEGED = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
AS_NOBODY = """
import os, settings
from launcher.home import Given, ports
def choose(given):
    return ports(Given(given, settings.read(given, required=False)))
# What Python loads late may be closed to nobody.
choose({})
if os.geteuid() == 0:
    os.setuid(65_534)
try:
    choose({"APP_PORT": "80"})
except settings.WrongSettingError as error:
    print(error)
"""


def found(given: dict[str, str]) -> Given:
    return Given(given, settings.read(given, required=False))


@pytest.mark.parametrize(("given", "other"), [("APP_PORT", "FLOWER_PORT"), ("FLOWER_PORT", "APP_PORT")])
def test_the_default_of_one_gives_way_to_the_port_that_was_given_for_the_other(given: str, other: str) -> None:
    port = free_port()
    both = found({"APP_PORT": str(port), "FLOWER_PORT": str(port)})

    chosen = ports(Given({given: str(port)}, both.settings))

    assert chosen[given] == str(port)
    assert int(chosen[other]) > port


def test_one_port_for_both_is_refused_in_one_line() -> None:
    port = str(free_port())

    with pytest.raises(WrongSettingError) as refused:
        ports(found({"APP_PORT": port, "FLOWER_PORT": port}))

    assert str(refused.value) == f"FLOWER_PORT {port} is APP_PORT already; Flower needs a port of its own"


@pytest.mark.skipif(not Path("/proc/net/if_inet6").is_file(), reason="this machine has no IPv6")
def test_a_free_port_is_found_on_ipv6_too() -> None:
    assert free_port("::1") in LISTENING_PORTS


def test_any_free_port_may_be_asked_for_twice() -> None:
    chosen = ports(found({"APP_PORT": "0", "FLOWER_PORT": "0"}))

    assert "0" not in chosen.values()


@pytest.mark.skipif(
    not UNPRIVILEGED.is_file() or int(UNPRIVILEGED.read_text()) <= 80, reason="low ports are everybody's here"
)
def test_a_port_that_only_root_may_have_is_refused_by_its_setting() -> None:
    command = [sys.executable, "-c", AS_NOBODY]

    done = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "APP_PORT 80 needs rights that you do not have: choose one over 1023\n"
