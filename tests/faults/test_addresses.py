"""Where sockets go: no URL that a user can name leads to what is not public, what lies beside it is reached.

The ways are the URL itself (422 at entry, and nothing dialled when it is in the queue all the same), a name, and a
redirect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from providers.urls import Policy
from tests import servers
from tests.e2e.client import Client, registered
from tests.faults import addresses
from tests.faults.liar import PUBLIC, Liar, lying
from tests.faults.protection import without

SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "ssrf.json"
OWN_CASES = 150
START = "http://start.example.org/"

TABLE_V4 = without("providers/urls.py", "return not any(address in network for network in PRIVATE_V4)", "return True")
NEVER_V4 = without("providers/urls.py", "return any(address in network for network in NEVER_V4)", "return False")
TABLE_V6 = without("providers/urls.py", "return address in PUBLIC_V6 and not any", "return not any")
NEVER_V6 = without("providers/urls.py", "or any(address in network for network in NEVER_V6)", "")
NUMERIC = without("providers/urls.py", "if NUMERIC_END.fullmatch(ascii_host):", "if False:")
USERINFO = [
    without("providers/urls.py", 'if "@" in shape["authority"]:', "if False:"),
    without("providers/urls.py", r"(?P<authority>[^/?#]*)", r"(?:[^/?#@]*@)*(?P<authority>[^/?#]*)"),
]
PROTECTIONS = {
    "decimal": [NUMERIC],
    "octal": [NUMERIC],
    "hexadecimal": [NUMERIC],
    "short": [NUMERIC],
    "too much of an address": [NUMERIC],
    "IPv4 blocks": [TABLE_V4, NEVER_V4],
    "IPv6 blocks": [TABLE_V6, NEVER_V6],
    "IPv4 in IPv6": [TABLE_V6, NEVER_V6, without("providers/urls.py", "return address in COMPATIBLE_V6 or", "return")],
    "zone ids": [
        without("providers/urls.py", r"(?P<host>\[[0-9a-f:.]*\]|[^", r"(?P<host>\[[^]]*\]|[^"),
        without("providers/urls.py", "address.scope_id is not None", "False"),
        NEVER_V6,
        TABLE_V6,
    ],
    "loopback by name": [without("providers/urls.py", '== "localhost" or target.host.endswith(".localhost")', '== ""')],
    "metadata": [without("providers/urls.py", "if target.host in METADATA_HOSTS:", "if False:")],
    "userinfo": USERINFO,
    "look-alikes": [without("providers/urls.py", 'if not encoded.startswith("xn--") or "." in encoded:', "if False:")],
    "no name of the internet": [without("providers/urls.py", "if not LABEL.fullmatch(label) or", "if")],
    "ports": [without("providers/urls.py", "if port > MAX_PORT or port in BLOCKED_PORTS:", "if False:")],
    "schemes": [without("providers/urls.py", "(?P<scheme>https?)://", "(?P<scheme>[a-z]+)://")],
    "control characters and blanks": [without("providers/urls.py", "if HOSTILE.search(url):", "if False:")],
    "splitting": USERINFO,
    "lengths": [without("providers/urls.py", "if len(url) > MAX_CHARACTERS:", "if False:")],
}
CLASSES = [pytest.param(name, marks=PROTECTIONS[name], id=name) for name in addresses.HOSTILE]
ENTRY = without("web/params.py", "if errors := provider.refuse(params, policy()):", "if errors := {}:")
NO_PUBLIC = without("providers/urls.py", "return not any(address in network for network in PRIVATE_V4)", "return False")
ADDRESSES = {
    "IPv4 blocks": addresses.first_and_last(addresses.BLOCKS_V4),
    "IPv6 blocks": addresses.first_and_last(addresses.BLOCKS_V6),
    "IPv4 in IPv6": addresses.WRAPPED,
    "metadata": addresses.METADATA,
    "zone ids": ("fe80::1%lo", "fe80::1%eth0", "2606:4700::1%lo", "::1%lo"),
    "no addresses": ("", "localhost", "1.2.3", "0x7f.1", "2130706433", "127.0.0.1/8", "::g"),
}
BESIDE = {
    "IPv4 blocks": addresses.beside(addresses.BLOCKS_V4),
    "IPv6 blocks": addresses.beside(addresses.BLOCKS_V6),
    "IPv4 in IPv6": addresses.WRAPPED_NEIGHBOURS,
}


def corpus() -> Sequence[dict[str, Any]]:
    return json.loads(SHARED.read_text(encoding="utf-8")) if SHARED.is_file() else []


def cases() -> list[Any]:
    if not SHARED.is_file():
        return [pytest.param(None, id="shared-corpus", marks=pytest.mark.skip(reason=f"{SHARED.name} is absent"))]
    return [pytest.param(case, id=f"{case['id']} {case['why']}") for case in corpus()]


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    with lying() as running:
        yield running


@pytest.fixture(scope="module")
def client(postgres_url: str, redis_url: str) -> Iterator[Client]:
    with servers.api() as api:
        yield registered(api.url)


@ENTRY
def test_a_url_that_shows_where_it_leads_is_422_at_entry(client: Client) -> None:
    urls = list(addresses.hostile())

    taken = [url for url in urls if client.get(f"/api/data/status?urls={quote(url, safe='')}").status != 422]

    assert taken == []


@ENTRY
def test_a_dashboard_that_holds_such_a_url_is_422_and_points_to_it(client: Client) -> None:
    urls = ["http://example.org/", "http://127.0.0.1/", "http://[fd00:c1::a9fe:a9fe]/", "http://2130706433/"]
    items = [{"id": str(place), "widget": "status", "params": {"urls": [url]}} for place, url in enumerate(urls)]

    got = client.ask("POST", "/api/dashboards", {"name": "Home", "layout_json": items})

    assert got.status == 422
    assert [place for place in range(4) if f"/{place}/" in json.dumps(got.json()["errors"])] == [1, 2, 3]


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_is_dialled_for_a_hostile_url(liar: Liar, name: str) -> None:
    wrong = {}
    for url in addresses.HOSTILE[name]:
        sample = liar.check(url)
        if sample.error_kind != "blocked" or liar.dialled or liar.asked:
            wrong[url] = (sample.error_kind, liar.asked, liar.dialled)

    assert wrong == {}


@pytest.mark.parametrize("name", CLASSES)
def test_no_redirect_leads_there(liar: Liar, name: str) -> None:
    wrong = {}
    for url in filter(leads_away, addresses.HOSTILE[name]):
        sample = liar.check(START, redirects=[url])
        if (sample.error_kind, sample.status_code, liar.dialled) != ("blocked", 302, [PUBLIC]):
            wrong[url] = (sample.error_kind, sample.status_code, liar.dialled)

    assert wrong == {}


@pytest.mark.parametrize("name", ADDRESSES)
@without("tasks/guard.py", "check_address(address, port, policy)", "pass")
def test_no_name_leads_there(liar: Liar, name: str) -> None:
    wrong = {}
    for address in ADDRESSES[name]:
        sample = liar.check("http://name.example.org/", {"name.example.org": [[address]]})
        if sample.error_kind != "blocked" or liar.dialled:
            wrong[address] = (sample.error_kind, liar.dialled)

    assert wrong == {}


@pytest.mark.parametrize("name", addresses.HONEST)
@NO_PUBLIC
def test_what_lies_just_outside_is_dialled(liar: Liar, name: str) -> None:
    wrong = {}
    for url in addresses.HONEST[name]:
        sample = liar.check(url)
        if sample.error_kind or liar.dialled != [shown(url)]:
            wrong[url] = (sample.error_kind, sample.error, liar.dialled)

    assert wrong == {}


@pytest.mark.parametrize("name", BESIDE)
@NO_PUBLIC
@without("providers/urls.py", "return address in PUBLIC_V6 and not any", "return False and not any")
def test_a_name_that_leads_just_outside_is_dialled(liar: Liar, name: str) -> None:
    wrong = {}
    for address in BESIDE[name]:
        sample = liar.check("http://name.example.org/", {"name.example.org": [[address]]})
        if sample.error_kind or liar.dialled != [address]:
            wrong[address] = (sample.error_kind, liar.dialled)

    assert wrong == {}


@NEVER_V4
@NEVER_V6
def test_no_allowed_network_opens_metadata_and_its_neighbours_are_the_operators(liar: Liar) -> None:
    everything = Policy(allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))

    opened = [url for url in addresses.urls(addresses.METADATA) if not blocked(liar, url, everything)]
    closed = [url for url in addresses.urls(addresses.METADATA_NEIGHBOURS) if blocked(liar, url, everything)]

    assert (opened, closed) == ([], [])


@NUMERIC
def test_at_least_150_cases_that_are_not_shared_are_stopped(liar: Liar) -> None:
    shared = {case["url"] for case in corpus()}
    own = [url for url in addresses.hostile() if url not in shared]
    for name, urls in addresses.HOSTILE.items():
        print(f"{len(urls):4} {name}, {len(addresses.HONEST.get(name, ()))} just outside")

    stopped = [url for url in own if blocked(liar, url, Policy())]

    print(f"{len(own):4} own hostile URLs, {len(stopped)} stopped")
    assert len(stopped) >= OWN_CASES
    assert stopped == own


@pytest.mark.parametrize("case", cases())
@without("tasks/guard.py", "check_address(address, port, policy)", "pass")
def test_the_shared_corpus_is_judged_as_expected(liar: Liar, case: Mapping[str, Any]) -> None:
    sample = liar.check(case["url"], case.get("dns", {}), case.get("redirects", ()))

    assert set(liar.dialled) <= set(case.get("ok_ips", ()))
    if case["expect"] == "allow":
        assert liar.dialled
        assert sample.error_kind == ("timeout" if case["url"].startswith("https") else None)  # the stub talks no TLS
    elif case["group"] != "rebinding":
        assert sample.error_kind in {"blocked", "dns"}


def leads_away(url: str) -> bool:
    """Say whether the URL stays itself in a Location: blanks are trimmed there, and without a host it is relative."""
    return not re.search(r"[ \t\r\n]", url) and re.search("://[^/]", url) is not None


def shown(url: str) -> str:
    """Return the address in the URL, or the one that every name leads to."""
    try:
        return str(ip_address(urlsplit(url).hostname or ""))
    except ValueError:
        return PUBLIC


def blocked(liar: Liar, url: str, policy: Policy) -> bool:
    return liar.check(url, policy=policy).error_kind == "blocked" and not liar.dialled
