"""A look-up has a limit of its own, since getaddrinfo has none, and one that hangs stops nobody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from providers.base import Unavailable
from providers.urls import Policy
from tasks.guard import Ways
from tasks.http import Client
from tasks.resolve import LookUps
from tasks.visit import Terms, visit
from tests import servers
from tests.faults.again import in_time
from tests.faults.protection import without

LIMIT, TOLERANCE = 2.0, 0.3
APART = ["unshare", "--map-root-user", "--mount", "--net"]
OWN_LIMIT = without("tasks/guard.py", "resolve(host, min(LOOK_UP_SECONDS, deadline.left()))", "resolve(host, 4)")


class Nameserver:
    """Answers at once, except for names that begin with `silent`: those wait until `speak` is set; `slow` ones, 2 s."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.speak = threading.Event()

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        if host.startswith("silent"):
            self.speak.wait(8)
        if host.startswith("slow"):
            sleep(2)
        return ["192.0.2.1"]


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    asked = Nameserver()
    yield asked
    asked.speak.set()


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Check one URL where the system's only nameserver is silent."""
    if subprocess.run([*APART, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine gives no network namespace (unshare) for a nameserver of our own")
    resolv_conf: Path = tmp_path_factory.mktemp("dns") / "resolv.conf"
    resolv_conf.write_text("nameserver 127.0.0.1\n", encoding="utf-8")
    command = [*APART, sys.executable, "-m", "tests.faults.silent_dns", str(resolv_conf)]
    # tasks/resolve.py sets it where it is not set, in this process as in that one.
    given = {name: value for name, value in os.environ.items() if name != "RES_OPTIONS"}

    def measure() -> dict[str, Any]:
        done = subprocess.run(
            command, cwd=servers.ROOT, env=given, check=True, capture_output=True, text=True, timeout=60
        )
        return dict(json.loads(done.stdout))

    return in_time(measure, lambda found: found["seconds"] <= LIMIT + TOLERANCE)


@OWN_LIMIT
def test_the_systems_silent_nameserver_is_given_up_on_after_two_seconds(silence: dict[str, Any]) -> None:
    assert silence["ended"] == "dns"
    assert "got no answer in 2 s" in silence["words"]
    assert silence["seconds"] <= LIMIT + TOLERANCE


@without("tasks/resolve.py", "timeout:1 attempts:2", "timeout:5 attempts:2")
def test_an_abandoned_look_up_soon_ends_by_itself(silence: dict[str, Any]) -> None:
    assert silence["all"] < 6


@OWN_LIMIT
def test_a_check_and_a_fetch_tell_a_silent_nameserver_from_a_silent_server(nameserver: Nameserver) -> None:
    def measure() -> tuple[str | None, float]:
        ways = Ways(LookUps(nameserver).find)
        terms = Terms(Policy(), ways=ways)
        with ThreadPoolExecutor(1) as pool, Client(ways=ways) as client:
            began = monotonic()
            checking = pool.submit(visit, "http://silent.example.org/", terms)
            with pytest.raises(Unavailable, match="dns"):
                client.get("http://silent.example.net/")
            return checking.result().error_kind, monotonic() - began

    def soon(found: tuple[str | None, float]) -> bool:
        return abs(found[1] - LIMIT) <= TOLERANCE

    error_kind, seconds = in_time(measure, soon)

    assert error_kind == "dns"
    assert soon((error_kind, seconds)), seconds


@without("tasks/resolve.py", "if host in self.running:", "if False:")
@without("tasks/resolve.py", "if other is not future:", "if False:")
def test_a_name_that_hangs_takes_one_place_however_many_ask(nameserver: Nameserver) -> None:
    look_ups = LookUps(nameserver, places=2)

    with ThreadPoolExecutor(10) as pool:
        asking = [pool.submit(look_ups.find, "silent.test", 0.3) for _ in range(10)]

    assert all(isinstance(one.exception(), TimeoutError) for one in asking)
    assert look_ups.find("lively.test", 1.0) == ["192.0.2.1"]


@without("tasks/resolve.py", "if other is not future:", "if False:")
def test_two_who_waited_for_a_place_look_a_name_up_once(nameserver: Nameserver) -> None:
    look_ups = LookUps(nameserver, places=2)

    with ThreadPoolExecutor(4) as pool:
        for number in range(2):
            pool.submit(look_ups.find, f"silent{number}.test", 8)
        servers.until(lambda: len(nameserver.asked) == 2, 5)
        waiting = [pool.submit(look_ups.find, "slow.test", 8) for _ in range(2)]
        sleep(0.2)
        nameserver.speak.set()
        found = [one.result() for one in waiting]

    assert found == [["192.0.2.1"]] * 2
    assert nameserver.asked.count("slow.test") == 1


@without("tasks/resolve.py", "MAX_LOOK_UPS = 128", "MAX_LOOK_UPS = 8")
def test_a_hundred_names_that_hang_stop_no_other(nameserver: Nameserver) -> None:
    look_ups = LookUps(nameserver)

    with ThreadPoolExecutor(100) as pool:
        asking = [pool.submit(look_ups.find, f"silent{number}.test", 0.5) for number in range(100)]
        servers.until(lambda: len(nameserver.asked) == 100, 5)
        lively = look_ups.find("lively.test", 1.0)

    assert lively == ["192.0.2.1"]
    assert all(isinstance(one.exception(), TimeoutError) for one in asking)


@without("tasks/resolve.py", "self.places.release()", "pass")
def test_places_come_back_when_hanging_look_ups_end(nameserver: Nameserver) -> None:
    look_ups = LookUps(nameserver, places=1)
    for name in ("silent.test", "lively.test"):
        with pytest.raises(TimeoutError):
            look_ups.find(name, 0.1)

    nameserver.speak.set()
    servers.until(lambda: not look_ups.running, 5)

    assert look_ups.find("lively.test", 1.0) == ["192.0.2.1"]
