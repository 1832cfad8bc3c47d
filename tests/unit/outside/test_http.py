"""The client that providers are handed, against honest and hostile upstreams."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

import pytest

from providers.base import BadAnswer, ProviderError, RateLimited, TimedOut, Unavailable
from tasks.guard import Ways, trust, trusting
from tasks.http import Client, Hooks, Limits
from tests.unit.outside import evil

KEY = "CANARY123"


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(context=trusting(evil.AUTHORITY)) as made:
        yield made


@dataclass
class Notes:
    """What the hooks were told, in order."""

    seen: list[object] = field(default_factory=list)

    @contextmanager
    def gate(self) -> Iterator[None]:
        self.seen.append("in")
        yield
        self.seen.append("out")

    def on_answer(self, status: int, headers: Mapping[str, str], seconds: float) -> None:
        assert 0 <= seconds < 5
        self.seen.append((status, headers.get("x-poll-interval")))


@pytest.mark.parametrize("path", ["plain", "slow", "chunks", "early-hints", "redirects/5"])
def test_honest_answers_arrive(server: evil.Server, client: Client, path: str) -> None:
    answer = client.get(server.url(path))

    assert (answer.status, answer.body in {b"ok", b"hello"}) == (200, True)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_an_error_status_is_an_answer(server: evil.Server, client: Client, status: int) -> None:
    answer = client.get(server.url(f"status/{status}"))

    assert (answer.status, answer.body) == (status, b"no")


def test_tls_answers_arrive(secure: evil.Server, client: Client) -> None:
    assert client.get(secure.url("plain")).status == 200


def test_query_headers_and_our_name_are_sent(server: evil.Server, client: Client) -> None:
    client.get(server.url("plain"), {"q": "a b", "n": 3}, {"X-Api-Key": "made up", "Accept": "text/plain"})

    head = server.heads[-1]
    assert head.startswith("GET /plain?q=a+b&n=3 HTTP/1.1\r\n")
    assert "X-Api-Key: made up\r\n" in head
    assert "Accept: text/plain\r\n" in head
    assert "User-Agent: InsightBoard/" in head


def test_headers_are_told_by_lower_case_name(server: evil.Server, client: Client) -> None:
    assert client.get(server.url("tagged")).headers["x-poll-interval"] == "60"


def test_gzip_is_unpacked(server: evil.Server, client: Client) -> None:
    assert client.get(server.url("packed")).json() == {"packed": True}


@pytest.mark.parametrize(
    ("path", "error", "word"),
    [
        ("brotli", BadAnswer, "not asked for"),
        ("no-gzip", BadAnswer, "broken gzip"),
        ("cut-gzip", BadAnswer, "ends early"),
        ("huge-head", BadAnswer, "longer than 256 KiB"),
        ("redirects", BadAnswer, "more than 5 times"),
        ("leads?" + b"http://other.example.org/".hex(), BadAnswer, "another place"),
        ("leads?" + b"https://127.0.0.1/".hex(), BadAnswer, "another place"),
        ("leads?" + b"http://[bad/".hex(), BadAnswer, "another place"),
        ("many-heads", Unavailable, "not HTTP"),
        ("no-http", Unavailable, "not HTTP"),
        ("hang-up", Unavailable, "broke off"),
        ("cut-body", Unavailable, "broke off"),
        ("cut-chunks", Unavailable, "broke off"),
    ],
)
def test_a_bad_answer_has_its_error(
    server: evil.Server, client: Client, path: str, error: type[ProviderError], word: str
) -> None:
    with pytest.raises(error, match=word) as caught:
        client.get(server.url(path))

    assert type(caught.value) is error


def test_no_request_outlives_its_job(server: evil.Server) -> None:
    began = monotonic()

    with Client(Limits(job_ends=began + 0.5)) as client:
        with pytest.raises(TimedOut, match="did not answer"):
            client.get(server.url("silence"))
        with pytest.raises(TimedOut, match="no time left"):
            client.get(server.url("plain"))

    assert monotonic() - began < 3


def test_each_request_on_a_kept_connection_has_a_deadline_of_its_own(server: evil.Server) -> None:
    with Client(Limits(request_seconds=2.0)) as client:
        for _ in range(11):
            assert client.get(server.url("slow")).status == 200


def test_a_port_where_nobody_listens_is_unavailable(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(Unavailable, match="connect"):
        client.get(f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_resolve_is_unavailable() -> None:
    def resolve(_host: str, _seconds: float) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with Client(ways=Ways(resolve=resolve)) as client, pytest.raises(Unavailable, match="dns"):
        client.get("http://api.example.org/")


def test_a_certificate_that_nobody_vouches_for_is_unavailable(secure: evil.Server) -> None:
    with Client(context=trust()) as client, pytest.raises(Unavailable, match="certificate"):
        client.get(secure.url("plain"))


def test_validators_come_back_as_a_304(server: evil.Server, client: Client) -> None:
    client.get(server.url("tagged"), {"appid": KEY}, conditional=True)

    with Client(validators=client.validators) as later:
        answer = later.get(server.url("tagged"), {"appid": KEY}, conditional=True)

    assert (answer.status, answer.body) == (304, b"")
    assert later.validators == client.validators
    assert KEY not in repr(later.validators)
    assert "If-Modified-Since: Mon, 23 Nov 2026 10:00:00 GMT\r\n" in server.heads[-1]


def test_an_unconditional_request_sends_no_validators(server: evil.Server, client: Client) -> None:
    for _ in range(2):
        assert client.get(server.url("tagged")).status == 200

    assert "If-" not in server.heads[-1]


def test_hooks_hear_of_every_answer_inside_the_gate(server: evil.Server) -> None:
    notes = Notes()

    with Client(hooks=Hooks(notes.gate, notes.on_answer)) as client:
        client.get(server.url("redirects/1"))
        client.get(server.url("tagged"))

    assert notes.seen == ["in", (302, None), (200, None), "out", "in", (200, "60"), "out"]


def test_a_gate_that_refuses_sends_nothing(server: evil.Server) -> None:
    @contextmanager
    def closed() -> Iterator[None]:
        raise RateLimited("not today", retry_after=60)
        yield

    before = len(server.heads)
    with Client(hooks=Hooks(closed)) as client, pytest.raises(RateLimited):
        client.get(server.url("plain"))

    assert len(server.heads) == before


def test_waiting_at_the_gate_costs_nothing_of_the_deadline(server: evil.Server) -> None:
    @contextmanager
    def slow() -> Iterator[None]:
        sleep(2.1)
        yield

    with Client(Limits(request_seconds=2.0), Hooks(slow)) as client:
        assert client.get(server.url("slow")).status == 200


@pytest.mark.parametrize(
    "path",
    ["silence", "hang-up", "no-http", "huge-head", "many-heads", "no-gzip", "redirects", "drip-redirects", "cut-body"],
)
def test_a_key_in_the_query_reaches_no_error_and_no_log(
    server: evil.Server, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with Client(Limits(request_seconds=0.3)) as client, pytest.raises(ProviderError) as caught:
        client.get(server.url(path), {"appid": KEY})

    told = "".join(traceback.format_exception(caught.value)) + caught.value.detail + caplog.text
    assert KEY not in told
    assert f"127.0.0.1/{path}" in told


def test_a_url_that_is_none_is_a_bad_answer_without_its_key(client: Client) -> None:
    with pytest.raises(BadAnswer) as caught:
        client.get("http://[bad/", {"appid": KEY})

    assert KEY not in "".join(traceback.format_exception(caught.value))
