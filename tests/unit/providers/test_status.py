from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from providers import encoding
from providers.base import Sample, Unavailable
from providers.status import Params, provider
from providers.urls import Policy
from tests.unit.providers.fakes import NOW, World, fetched, world

URL = "http://a.test/"
FAST = Sample(URL, 200, 120, None, None, NOW, dns_ms=1, connect_ms=2, tls_ms=None, first_byte_ms=100)


def checked(*samples: Sample) -> tuple[list[Any], World]:
    around = world({})
    around.samples = samples
    return fetched(provider, Params(tuple(sample.url for sample in samples)), around), around


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "up"),
        ({"status_code": 204}, "up"),
        ({"status_code": 304}, "up"),
        ({"response_time_ms": 2000}, "up"),
        ({"response_time_ms": 2001}, "degraded"),
        ({"certificate_expires_at": NOW + timedelta(days=7)}, "degraded"),
        ({"certificate_expires_at": NOW + timedelta(days=7, seconds=1)}, "up"),
        ({"status_code": 404}, "down"),
        ({"status_code": 503, "response_time_ms": 9000}, "down"),
        ({"status_code": 200, "error_kind": "timeout", "error": "late"}, "down"),
        ({"status_code": 302, "error_kind": "too_many_redirects"}, "down"),
        ({"status_code": None, "error_kind": "dns", "response_time_ms": None}, "down"),
        ({"status_code": None, "response_time_ms": None}, "down"),
    ],
)
def test_a_sample_is_judged(changes: dict[str, Any], status: str) -> None:
    found, around = checked(replace(FAST, **changes))

    assert found[0].status == status
    assert around.counted == [(URL, status)]


def test_a_failing_status_is_an_http_error_even_when_the_probe_did_not_say_so() -> None:
    found, _ = checked(replace(FAST, status_code=503))

    assert (found[0].error_kind, found[0].error) == ("http", "the server answered 503")


def test_the_payload_is_the_documented_one() -> None:
    found, _ = checked(FAST)

    body = json.loads(encoding.encode(found[0]))

    history = body.pop("history")
    assert body == {
        "url": URL,
        "status": "up",
        "status_code": 200,
        "response_time_ms": 120,
        "error": None,
        "error_kind": None,
        "checked_at": "2026-05-06T12:00:00Z",
        "timings": {"dns": 1, "connect": 2, "tls": None, "first_byte": 100},
        "certificate_expires_at": None,
    }
    assert len(history) == 24
    assert history[-1] == {"hour": "2026-05-06T12:00:00Z", "up": 1, "degraded": 0, "down": 0}


def test_checks_come_as_they_end_and_a_url_without_a_sample_may_be_tried_again() -> None:
    around = world({})
    other = replace(FAST, url="http://b.test/")
    around.samples = (other, FAST)
    parts = provider.parts(Params(("http://c.test/", URL, "http://b.test/")))

    found = [one for together in provider.fetch_parts(parts, around.context(provider)) for one in together]

    assert [part.urls[0] for part, _ in found] == ["http://b.test/", URL, "http://c.test/"]
    assert isinstance(found[2][1], Unavailable)


def test_a_url_that_shows_a_private_address_is_refused_by_its_place() -> None:
    params = Params((URL, "http://127.0.0.1:6379/", "http://169.254.169.254/"))

    refused = provider.refuse(params, Policy())

    assert set(refused["urls"]) == {1, 2}
    assert provider.refuse(Params((URL,)), Policy()) == {}


def test_what_the_operator_allows_is_not_refused() -> None:
    allowing = Policy(allowed_networks=(ip_network("127.0.0.0/8"),), own_endpoints=(("127.0.0.1", 6379),))

    refused = provider.refuse(Params(("http://127.0.0.1:8000/", "http://localhost:6379/")), allowing)

    assert set(refused["urls"]) == {1}


def test_all_urls_may_share_a_job_in_the_queue_of_checks() -> None:
    parts = provider.parts(Params((URL, "http://b.test/")))

    assert {provider.group(part) for part in parts} == {"all"}
    assert (provider.queue, provider.batch, provider.joined) == ("checks", 500, True)
