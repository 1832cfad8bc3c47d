"""The address that was vetted is the one that is dialled: whatever names, redirects, pools and the environment say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from providers.urls import Policy
from tasks.http import Client
from tests import servers
from tests.faults import addresses
from tests.faults.liar import PUBLIC, Liar, lying
from tests.faults.protection import without
from tests.unit.outside import evil

OTHER = "93.184.215.15"
VETTED = without("tasks/guard.py", "check_address(address, port, policy)", "pass")
OWN = without("providers/urls.py", "if is_own(address, port, policy):", "if False:")
SENDS = without(
    "tasks/http.py",
    "self.adapter.send(request, stream=True, timeout=self.deadline.left())",
    '__import__("requests").get(str(request.url), stream=True, timeout=1, allow_redirects=False)',
)


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as running:
        yield running


@without("tasks/guard.py", "connected(allowed, port,", "connected(resolved(host, deadline, ways.resolve), port,")
def test_a_name_is_looked_up_once_and_that_answer_is_dialled(liar: Liar) -> None:
    sample = liar.check("http://flip.example.org/", {"flip.example.org": [[PUBLIC], ["127.0.0.1"]]})

    assert sample.error_kind is None
    assert (liar.asked, liar.dialled) == (["flip.example.org"], [PUBLIC])


@VETTED
def test_a_name_that_turns_inwards_between_two_hops_is_blocked_at_the_second(liar: Liar) -> None:
    dns = {"flip.example.org": [[PUBLIC], ["10.0.0.1"]]}

    sample = liar.check("http://flip.example.org/", dns, ["/again"])

    assert (sample.error_kind, sample.status_code) == ("blocked", 302)
    assert (len(liar.asked), liar.dialled) == (2, [PUBLIC])


@pytest.mark.parametrize("inside", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("place", [0, 1, 2])
@without("tasks/guard.py", "if refusal and not (found and all(", "if refusal and not (found or all(")
def test_one_bad_answer_among_good_ones_blocks_the_name(liar: Liar, inside: str, place: int) -> None:
    answers = [PUBLIC, OTHER]
    answers.insert(place, inside)

    sample = liar.check("http://mixed.example.org/", {"mixed.example.org": [answers]})

    assert (sample.error_kind, liar.dialled) == ("blocked", [])


@pytest.mark.parametrize("hops", [0, 1, 4])
@VETTED
def test_no_hop_of_a_chain_of_redirects_leads_inside(liar: Liar, hops: int) -> None:
    dns = {"inside.example.org": [["192.168.1.1"]]}
    chain = [f"http://hop{number}.example.org/" for number in range(hops)]

    sample = liar.check("http://start.example.org/", dns, [*chain, "http://inside.example.org/"])

    assert (sample.error_kind, liar.dialled) == ("blocked", [PUBLIC] * (hops + 1))


@pytest.mark.parametrize(
    "location", ["//10.0.0.1/", "\\\\10.0.0.1\\x", "http://[bad/", "http:\\\\10.0.0.1/", "//[::1]"]
)
@VETTED
@without("tasks/visit.py", "return check_url(url, policy)", "return Target('http', urlsplit(url).hostname or 'x', 80)")
def test_a_location_in_an_odd_form_is_vetted_too(liar: Liar, location: str) -> None:
    dns = {"start.example.org": [[PUBLIC]]}

    sample = liar.check("http://start.example.org/", dns, [location])

    assert sample.error_kind == "blocked"
    assert set(liar.dialled) == {PUBLIC}


@without("providers/urls.py", "not within(address, policy.allowed_networks):", "not policy.allowed_networks:")
def test_an_allowed_network_opens_itself_and_nothing_beside_it(liar: Liar) -> None:
    policy = Policy(allowed_networks=(ip_network("10.1.0.0/16"),))
    dns = {"nas.example.org": [["10.1.2.3"]], "router.example.org": [["10.2.0.1"]]}

    inside = liar.check("http://nas.example.org/", dns, policy=policy), liar.dialled
    beside = liar.check("http://router.example.org/", dns, policy=policy), liar.dialled

    assert (inside[0].error_kind, inside[1]) == (None, ["10.1.2.3"])
    assert (beside[0].error_kind, beside[1]) == ("blocked", [])


@OWN
def test_our_own_servers_are_refused_in_an_allowed_network_and_their_neighbours_are_not(liar: Liar) -> None:
    policy = Policy(allowed_networks=(ip_network("10.0.0.0/8"),), own_endpoints=(("10.0.0.5", 5432),))
    dns = {"db.example.org": [["10.0.0.5"]]}

    own, dialled = liar.check("http://db.example.org:5432/", dns, policy=policy), liar.dialled
    neighbour = liar.check("http://db.example.org:8080/", dns, policy=policy)

    assert (own.error_kind, dialled, neighbour.error_kind) == ("blocked", [], None)


@without("tasks/guard.py", "if refusal and not (found and all(", "if refusal and not (False and all(")
def test_localhost_is_reached_by_the_loopback_that_is_allowed(liar: Liar) -> None:
    policy = Policy(allowed_networks=(ip_network("127.0.0.0/8"),))

    sample = liar.check("http://localhost/", {"localhost": [["::1", "127.0.0.1"]]}, policy=policy)

    assert (sample.error_kind, liar.dialled) == (None, ["127.0.0.1"])


@without("tasks/upstream.py", "self.sock = opened(self._dns_host, self.port)", "super().connect()")
def test_a_pool_that_refills_dials_through_the_same_door(liar: Liar) -> None:
    with Client(ways=liar.ways) as client:
        for _ in range(3):
            client.get("http://api.example.org/")  # each answer is the last of its connection

    assert (liar.asked, liar.dialled) == (["api.example.org"] * 3, [PUBLIC] * 3)


@pytest.mark.parametrize("location", ["http://127.0.0.9/", "https://api.example.org/", "http://api.example.org:81/"])
@without("tasks/http.py", "same = origin(urlsplit(target)) == origin(urlsplit(url))", "same = True")
def test_a_provider_that_redirects_elsewhere_is_not_followed(liar: Liar, location: str) -> None:
    liar.locations = [location]

    with Client(ways=liar.ways) as client, pytest.raises(Exception, match="redirects to another place"):
        client.get("http://api.example.org/")

    assert liar.dialled == [PUBLIC]


@pytest.mark.parametrize("given", ["proxies", ".netrc"])
@SENDS
def test_whatever_the_environment_says_the_kernel_is_asked_for_our_address_only(tmp_path: Path, given: str) -> None:
    (tmp_path / ".netrc").write_text("default login canary password canary\n", encoding="utf-8")
    names = [f"{scheme}_proxy" for scheme in ("http", "https", "all")]
    proxies = {name: "http://127.0.0.9:9" for one in names for name in (one, one.upper())}
    netrc = {"HOME": str(tmp_path), "NETRC": str(tmp_path / ".netrc")}

    with evil.serve() as server:
        ours = [server.url(path) for path in ("plain", "redirects/3", leads(f"http://127.0.0.2:{server.port}/plain"))]
        asked = {"hostile": list(addresses.hostile()), "ours": ours, "allowed": ["127.0.0.1/32"]}
        found = watched(asked, proxies if given == "proxies" else netrc)

    assert {(host, port) for host, port in found["dialled"]} == {("127.0.0.1", server.port)}
    assert found["asked"] == []
    assert set(found["hostile"].values()) == {"blocked"}
    assert list(found["checked"].values()) == [None, None, "blocked"]
    assert list(found["fetched"].values()) == [200, 200]
    assert "authorization" not in "".join(server.heads).lower()


def leads(location: str) -> str:
    return f"leads?{location.encode().hex()}"


def watched(asked: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.faults.watched"]
    given, read = {**os.environ, "NO_PROXY": "", "no_proxy": "", **environment}, json.dumps(asked)
    done = subprocess.run(
        command,
        cwd=servers.ROOT,
        env=given,
        input=read,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(json.loads(done.stdout))
