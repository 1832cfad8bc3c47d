"""Where sockets go: hostile URLs lead to no address that is not public, honest ones reach theirs."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from providers.base import Sample
from providers.urls import Policy
from tasks.deadline import Deadline, TimedSocket
from tasks.guard import Ways, connect
from tasks.visit import Terms, visit
from tests.unit.outside import evil

SHARED = Path(__file__).parents[4] / "shared" / "fixtures" / "ssrf.json"
PUBLIC = "93.184.215.14"


@dataclass
class Liar:
    """Answers look-ups from a table, one answer after the other, and notes every address that is dialled."""

    port: int
    table: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def resolve(self, host: str, _seconds: float) -> list[str]:
        if not host[-1].isalpha():
            return [host]
        answers = self.table.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        self.asked.append(host)
        return list(answers[min(self.asked.count(host), len(answers)) - 1])

    def connect(self, address: str, _port: int, deadline: Deadline, seconds: float) -> TimedSocket:
        self.dialled.append(address)
        return connect("127.0.0.1", self.port, deadline, seconds)


def cases() -> list[Any]:
    if not SHARED.is_file():
        return [pytest.param(None, id="shared-corpus", marks=pytest.mark.skip(reason=f"{SHARED} is absent"))]
    return [pytest.param(case, id=f"{case['id']} {case['why']}") for case in json.loads(SHARED.read_text())]


def judged(
    url: str, dns: Mapping[str, Sequence[Sequence[str]]], redirects: Sequence[str] = (), policy: Policy | None = None
) -> tuple[Sample, Liar]:
    """Check the URL among lies; the stub behind every address redirects to each of the Locations in turn."""
    locations = iter(redirects)

    def behave(talk: evil.Talk) -> None:
        location = next(locations, None)
        answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode() if location else evil.OK
        talk.send(answer)

    with evil.serve(behave=behave) as server:
        liar = Liar(server.port, dns)
        terms = Terms(policy or Policy(), seconds=0.5, ways=Ways(liar.resolve, liar.connect))
        return visit(url, terms), liar


@pytest.mark.parametrize("case", cases())
def test_the_shared_corpus_is_judged_as_expected(case: Mapping[str, Any]) -> None:
    sample, liar = judged(case["url"], case.get("dns", {}), case.get("redirects", ()))

    assert set(liar.dialled) <= set(case.get("ok_ips", ()))
    if case["expect"] == "allow":
        assert liar.dialled
        assert sample.error_kind == ("timeout" if case["url"].startswith("https") else None)  # the stub talks no TLS
    elif case["group"] != "rebinding":
        assert sample.error_kind in {"blocked", "dns"}


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.31.255.255"),
        *("192.0.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1"),
        *("2002:7f00:1::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "3fff::1", "5f00::1"),
        *("fe80::1%lo", "not an address"),
    ],
)
def test_a_name_that_leads_to_a_special_address_is_blocked_undialled(address: str) -> None:
    sample, liar = judged("http://name.example.org/", {"name.example.org": [[address]]})

    assert (sample.error_kind, liar.dialled) == ("blocked", [])


def test_one_bad_answer_among_good_ones_blocks_the_name() -> None:
    sample, liar = judged("http://half.example.org/", {"half.example.org": [[PUBLIC, "10.0.0.1"]]})

    assert (sample.error_kind, liar.dialled) == ("blocked", [])


def test_a_name_is_looked_up_once_and_that_answer_is_dialled() -> None:
    sample, liar = judged("http://flip.example.org/", {"flip.example.org": [[PUBLIC], ["127.0.0.1"]]})

    assert sample.error_kind is None
    assert (liar.asked, liar.dialled) == (["flip.example.org"], [PUBLIC])


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1/", "//10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/"),
        *("http://2130706433/", "file:///etc/passwd", "ftp://name.example.org/", "http://inside.example.org/"),
        *("http://user@name.example.org/", "http://name.example.org:22/", "http://[bad/", "\\\\10.0.0.1\\x"),
    ],
)
def test_a_redirect_is_vetted_like_the_first_url(location: str) -> None:
    dns = {"name.example.org": [[PUBLIC]], "inside.example.org": [["10.0.0.1"]]}

    sample, liar = judged("http://name.example.org/", dns, [location])

    assert (sample.error_kind, sample.status_code) == ("blocked", 302)
    assert liar.dialled == [PUBLIC]


def test_an_allowed_network_is_dialled() -> None:
    policy = Policy(allowed_networks=(ip_network("10.1.0.0/16"),))

    sample, liar = judged("http://nas.example.org/", {"nas.example.org": [["10.1.2.3"]]}, policy=policy)

    assert (sample.error_kind, liar.dialled) == (None, ["10.1.2.3"])


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"])
def test_no_allowed_network_opens_metadata(address: str) -> None:
    policy = Policy(allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))

    sample, liar = judged("http://meta.example.org/", {"meta.example.org": [[address]]}, policy=policy)

    assert (sample.error_kind, liar.dialled) == ("blocked", [])


def test_our_own_servers_are_refused_in_an_allowed_network_and_their_neighbours_are_not() -> None:
    policy = Policy(allowed_networks=(ip_network("10.0.0.0/8"),), own_endpoints=(("10.0.0.5", 5432),))
    dns = {"db.example.org": [["10.0.0.5"]]}

    own, liar = judged("http://db.example.org:5432/", dns, policy=policy)
    neighbour, _ = judged("http://db.example.org:8080/", dns, policy=policy)

    assert (own.error_kind, liar.dialled, neighbour.error_kind) == ("blocked", [], None)


def test_localhost_is_reached_by_the_loopback_that_is_allowed() -> None:
    policy = Policy(allowed_networks=(ip_network("127.0.0.0/8"),))

    sample, liar = judged("http://localhost/", {"localhost": [["::1", "127.0.0.1"]]}, policy=policy)

    assert (sample.error_kind, liar.dialled) == (None, ["127.0.0.1"])
