"""What a check says of every kind of server, honest and hostile."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from time import sleep

import pytest

from tasks.guard import Ways, trust
from tasks.visit import Terms, visit
from tests.unit.outside import evil

ANSWERS = [
    ("plain", None, 200),
    ("slow", None, 200),
    ("chunks", None, 200),
    ("early-hints", None, 200),
    ("status/204", None, 204),
    ("status/304", None, 304),
    ("status/404", "http", 404),
    ("status/503", "http", 503),
    ("status/999", "http", 999),
    ("nowhere", None, 302),
    ("redirects/5", None, 200),
    ("redirects/6", "too_many_redirects", 302),
    ("many-heads", "protocol", None),
    ("no-http", "protocol", None),
    ("hang-up", "protocol", None),
    ("switching", "protocol", None),
    ("cut-body", "protocol", 200),
    ("cut-chunks", "protocol", 200),
]
ENDLESS = [
    ("drip-body", 200),
    ("drip-head", None),
    ("drip-redirects", 302),
    ("continues", None),
    ("silence", None),
]


@pytest.mark.parametrize(("path", "kind", "status"), ANSWERS)
def test_every_answer_has_its_kind_and_status(
    server: evil.Server, terms: Terms, path: str, kind: str | None, status: int | None
) -> None:
    sample = visit(server.url(path), terms)

    assert (sample.error_kind, sample.status_code) == (kind, status), sample
    assert (sample.error is None) == (kind is None)
    assert (sample.response_time_ms is None) == (kind not in {None, "http"})


@pytest.mark.parametrize(("path", "status"), ENDLESS)
def test_what_never_ends_is_a_timeout_with_the_status_that_came(
    server: evil.Server, terms: Terms, path: str, status: int | None
) -> None:
    sample = visit(server.url(path), replace(terms, seconds=2.0))

    assert (sample.error_kind, sample.status_code) == ("timeout", status)


def test_a_check_times_every_step_of_the_last_hop(secure: evil.Server, terms: Terms) -> None:
    sample = visit(secure.url("slow"), terms)

    steps = (sample.dns_ms, sample.connect_ms, sample.tls_ms, sample.first_byte_ms)
    assert None not in steps
    assert (sample.first_byte_ms or 0) >= 150
    assert (sample.response_time_ms or 0) >= (sample.first_byte_ms or 0)


def test_over_plain_http_there_is_no_tls_time_and_no_certificate(server: evil.Server, terms: Terms) -> None:
    sample = visit(server.url("plain"), terms)

    assert (sample.tls_ms, sample.certificate_expires_at) == (None, None)


def test_the_response_time_counts_every_hop(server: evil.Server, terms: Terms) -> None:
    sample = visit(server.url(f"leads?{b'/slow'.hex()}"), terms)

    assert sample.error_kind is None
    assert (sample.response_time_ms or 0) >= 195


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_good_certificate_is_up_and_its_end_is_told(secure: evil.Server, terms: Terms, host: str) -> None:
    sample = visit(secure.url("plain", host), replace(terms, ways=Ways(resolve=lambda _host, _seconds: ["127.0.0.1"])))

    assert (sample.error_kind, sample.status_code) == (None, 200)
    assert sample.certificate_expires_at is not None
    assert sample.certificate_expires_at > datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("certificate", "word"), [("expired.pem", "expired"), ("other.pem", "mismatch")])
def test_a_bad_certificate_is_tls_and_says_why(terms: Terms, certificate: str, word: str) -> None:
    with evil.serve(certificate) as server:
        sample = visit(server.url("plain"), terms)

    assert sample.error_kind == "tls"
    assert word in (sample.error or "")


def test_a_certificate_of_an_unknown_authority_is_tls(secure: evil.Server, terms: Terms) -> None:
    sample = visit(secure.url("plain"), replace(terms, context=trust()))

    assert (sample.error_kind, sample.status_code) == ("tls", None)


def test_https_to_a_port_that_answers_no_tls_is_tls(terms: Terms) -> None:
    with evil.chatter(b"220 mail.example ESMTP\r\n") as port:
        sample = visit(f"https://127.0.0.1:{port}/", terms)

    assert sample.error_kind == "tls"


def test_http_to_a_port_that_talks_tls_is_protocol(secure: evil.Server, terms: Terms) -> None:
    sample = visit(secure.url("plain").replace("https:", "http:"), terms)

    assert sample.error_kind == "protocol"


def test_a_port_where_nobody_listens_is_connect(terms: Terms) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    sample = visit(f"http://127.0.0.1:{port}/", terms)

    assert (sample.error_kind, sample.error) == ("connect", "connection refused")
    assert sample.connect_ms is None


def test_the_time_of_the_name_is_told_though_nobody_listens(terms: Terms) -> None:
    def slowly(_host: str, _seconds: float) -> list[str]:
        sleep(0.03)
        return ["127.0.0.1"]

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    sample = visit(f"http://closed.example.org:{port}/", replace(terms, ways=Ways(resolve=slowly)))

    assert (sample.error_kind, sample.connect_ms) == ("connect", None)
    assert (sample.dns_ms or 0) >= 30


def test_a_name_that_does_not_resolve_is_dns(terms: Terms) -> None:
    sample = visit("http://gone.example.org/", replace(terms, ways=Ways(resolve=unknown)))

    assert (sample.error_kind, sample.error) == ("dns", "the name gone.example.org does not resolve")
    assert sample.dns_ms is None


@pytest.mark.parametrize("error", [TimeoutError(), socket.gaierror(socket.EAI_AGAIN, "again")])
def test_a_silent_nameserver_is_dns(terms: Terms, error: OSError) -> None:
    def silent(_host: str, _seconds: float) -> list[str]:
        raise error

    sample = visit("http://slow.example.org/", replace(terms, ways=Ways(resolve=silent)))

    assert sample.error_kind == "dns"
    assert "slow.example.org got no answer" in (sample.error or "")


def test_the_next_address_is_tried_when_the_first_is_dead(server: evil.Server, terms: Terms) -> None:
    ways = Ways(resolve=lambda _host, _seconds: ["::1", "127.0.0.1"])

    sample = visit(server.url("plain", "twice.example.org"), replace(terms, ways=ways))

    assert (sample.error_kind, sample.status_code) == (None, 200)


@pytest.mark.parametrize("location", ["/plain?ä ö", "plain#part", "?again", "//127.0.0.1:{port}/plain"])
def test_unusual_locations_are_followed(terms: Terms, location: str) -> None:
    answers = iter([b"HTTP/1.1 302 Found\r\nLocation: %b\r\n\r\n", evil.OK])

    with evil.serve(behave=lambda talk: talk.send(next(answers).replace(b"%b", where))) as server:
        where = location.format(port=server.port).encode()
        sample = visit(server.url("plain"), terms)

    assert (sample.error_kind, sample.status_code) == (None, 200)


def test_the_request_names_us_and_keeps_no_connection(server: evil.Server, terms: Terms) -> None:
    visit(server.url("plain/ü%20?q=ä&r=%2F#part"), terms)

    head = server.heads[-1]
    assert head.startswith("GET /plain/%C3%BC%20?q=%C3%A4&r=%2F HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "User-Agent: InsightBoard/" in head
    assert "Connection: close\r\n" in head


def test_a_fault_of_our_own_spoils_one_sample_only(server: evil.Server, terms: Terms) -> None:
    def resolve(_host: str, _seconds: float) -> list[str]:
        raise ZeroDivisionError

    sample = visit(server.url("plain"), replace(terms, ways=Ways(resolve=resolve)))

    assert sample.error_kind == "protocol"


def unknown(_host: str, _seconds: float) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")
