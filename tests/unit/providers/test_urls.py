from __future__ import annotations

import json
import re
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.urls import Policy, Refused, check_address, check_url, parse, published_pattern
from tests.unit.providers.fakes import RECORDED

PUBLIC = Policy()
HOME = Policy(allowed_networks=(ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8"), ip_network("fd00::/8")))
EVERYTHING = Policy(allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "//example.org/", "http:example.org", "http:/example.org", "http:///x",
        "http://", "http://:80/",
        "ftp://example.org/", "file:///etc/passwd", "javascript://example.org/%0aalert(1)", "http//example.org",
        "http://user@example.org/", "http://user:pass@example.org/", "http://example.org:80@10.0.0.1/",
        "http://@a.test/",
        "http://exa mple.org/", "http://example.org/\t", "\nhttp://example.org/", "http://example.org/\u00a0",
        "http://example.org/\u0085x", "http://example.org\\@10.0.0.1/", "http://example.org/\\x",
        "http://a.test/\ud800",
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1./",
        "http://0x7f.1/", "http://1.2.3/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://01.2.3.4/", "http://a.0x/",
        "http://①②⑦.⓪.⓪.①/", "http://\uff11\uff12\uff17.0.0.1/", "http://127。0。0。1/",
        "http://\uff45xample.org/", "http://exa\u00admple.org/",
        "http://[::1/", "http://::1/", "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://[]/",
        "http://example.org:0/", "http://example.org:65536/", "http://example.org:x/",
        "http://example.org:-1/", "http://example.org:080/", "http://example.org:22/", "http://example.org:6000/",
        "http://example.org:10080/", "http://-a.test/", "http://a..test/",
        "http://a-.test/", f"http://{'a' * 64}.test/",
        f"http://{'a.' * 127}aa/", "http://%31%32%37.0.0.1/", "http://a%2eb/", "http://xn--zzzzzz9999/", "http://a!b/",
        f"http://a.test/{'x' * 2040}",
    ],
)  # fmt: skip
def test_a_hostile_or_broken_form_is_refused_whatever_the_policy(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url, EVERYTHING)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://example.org", "example.org", 80),
        ("HTTPS://EXAMPLE.org:8443/x?y#z", "example.org", 8443),
        ("https://example.org./", "example.org", 443),
        ("http://example.org:/", "example.org", 80),
        ("https://example.org:?x", "example.org", 443),
        ("http://[2001:4860:4860::8888]:", "2001:4860:4860::8888", 80),
        ("https://münchen.example.org/", "xn--mnchen-3ya.example.org", 443),
        ("https://xn--mnchen-3ya.example.org/", "xn--mnchen-3ya.example.org", 443),
        ("http://日本.example/", "xn--wgv71a.example", 80),
        ("http://r3---sn-x.my_host.example/", "r3---sn-x.my_host.example", 80),
        ("http://10.0.0.1.example.org/", "10.0.0.1.example.org", 80),
        ("http://1.0.0.1/", "1.0.0.1", 80),
        ("http://172.32.1.1/?u=http://10.0.0.1/@x", "172.32.1.1", 80),
        ("http://[2001:4860:4860:0::8888]/", "2001:4860:4860::8888", 80),
    ],
)
def test_a_public_url_is_taken_apart(url: str, host: str, port: int) -> None:
    target = check_url(url, PUBLIC)

    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://LOCALHOST./", "http://a.localhost:8000/", "http://127.0.0.2/", "http://10.1.2.3/",
        "http://192.168.0.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://[::1]/", "http://[fd00::1]/",
        "http://198.18.0.1/", "http://203.0.113.1/", "http://[2001:db8::1]/", "http://[3fff::1]/", "http://[fec0::1]/",
        "http://[5f00::1]/", "http://[64:ff9c::1]/", "http://169.254.1.1/", "http://[fe80::1]/",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_unless_the_operator_allows_it(url: str) -> None:
    with pytest.raises(Refused, match="private"):
        check_url(url, PUBLIC)

    check_url(url, EVERYTHING)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/", "http://169.254.170.2/", "http://168.63.129.16/", "http://100.100.100.200/",
        "http://192.0.0.192/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/", "http://METADATA/",
        "http://metadata.google.internal./", "http://instance-data/", "http://0.0.0.0/",
        "http://0.1.2.3/", "http://[::]/",
        "http://224.0.0.1/", "http://255.255.255.255/", "http://[ff02::1]/", "http://[fe80::a9fe:a9fe]/",
        "http://169.254.170.23/", "http://169.254.42.42/", "http://169.254.0.23/",
        "http://[::ffff:169.254.169.254]/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:0:127.0.0.1]/",
        "http://[::7f00:1]/",
        "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b:1::7f00:1]/", "http://[2002:7f00:1::1]/", "http://[2001::1]/",
    ],
)  # fmt: skip
def test_metadata_and_wrapped_addresses_are_refused_whatever_the_policy(url: str) -> None:
    with pytest.raises(Refused, match="never reached"):
        check_url(url, EVERYTHING)


@pytest.mark.parametrize(
    ("own", "url"),
    [
        (("127.0.0.1", 6379), "http://127.0.0.1:6379/"),
        (("127.0.0.1", 6379), "http://127.9.9.9:6379/"),
        (("127.0.0.1", 6379), "http://[::1]:6379/"),
        (("localhost", 6379), "http://localhost:6379/"),
        (("localhost", 6379), "http://127.0.0.1:6379/"),
        (("0.0.0.0", 6379), "http://127.0.0.1:6379/"),
        (("::1", 6379), "http://localhost.:6379/"),
        (("redis", 6379), "http://REDIS:6379/"),
        (("10.0.0.5", 5432), "http://10.0.0.5:5432/"),
        (("8.8.8.8", 5432), "http://8.8.8.8:5432/"),
    ],
)
def test_our_own_servers_are_refused_whatever_the_policy(own: tuple[str, int], url: str) -> None:
    with pytest.raises(Refused, match="own servers"):
        check_url(url, Policy(EVERYTHING.allowed_networks, (own,)))


def test_another_port_of_the_host_of_an_own_server_is_reached() -> None:
    check_url("http://127.0.0.1:8000/", Policy(HOME.allowed_networks, (("127.0.0.1", 6379),)))


@pytest.mark.parametrize("ip", ["", "x", "1.2.3", "1.2.3.4/8", "fe80::1%eth0", "2606:4700::1%1"])
def test_what_is_no_plain_address_is_refused(ip: str) -> None:
    with pytest.raises(Refused):
        check_address(ip, 80, EVERYTHING)


def test_an_allowed_network_opens_itself_only() -> None:
    check_address("10.1.2.3", 80, HOME)
    check_address("fd12::1", 80, HOME)
    with pytest.raises(Refused):
        check_address("192.168.0.1", 80, HOME)
    with pytest.raises(Refused):
        check_address("fd00:ec2::254", 80, HOME)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.from_regex(published_pattern(), alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_the_published_pattern_describes_is_taken(url: str) -> None:
    if not url.endswith("\n") and len(url) <= 2048:
        parse(url)


def test_the_published_pattern_has_the_empty_port() -> None:
    assert re.search(published_pattern(), "http://example.org:/")


@pytest.mark.parametrize(
    "url", ["http://0/", "http://127.1/", "http://a:0/", "http://a:25/", "http://u@a/", "http://a b/"]
)
def test_the_published_pattern_excludes_what_is_refused(url: str) -> None:
    assert not re.search(published_pattern(), url)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/fixtures is not there")
def test_the_corpus_behaves_as_far_as_a_url_shows_it() -> None:
    corpus: list[dict[str, Any]] = json.loads((RECORDED / "ssrf.json").read_text(encoding="utf-8"))
    at_connection = {"dns-private", "dns-mixed", "rebinding", "redirect"}

    wrong = [case["id"] for case in corpus if allowed(case["url"]) != (case["expect"] == "allow")]

    assert wrong == [case["id"] for case in corpus if case["group"] in at_connection]


def allowed(url: str) -> bool:
    try:
        check_url(url, PUBLIC)
    except Refused:
        return False
    return True
