"""Many checks at once."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from time import monotonic

from tasks.probe import checked, probe
from tasks.visit import Terms
from tests.unit.outside import evil
from tests.unit.outside.conftest import LOOPBACK


def test_every_url_is_checked_once(server: evil.Server, terms: Terms) -> None:
    urls = [server.url(f"{path}?{number}") for number in range(50) for path in ("plain", "status/500")]

    samples = list(checked(urls, terms))

    assert sorted(urls) == sorted(sample.url for sample in samples)
    assert Counter(sample.error_kind for sample in samples) == {None: 50, "http": 50}


def test_no_urls_give_no_samples(terms: Terms) -> None:
    assert list(checked([], terms)) == []


def test_probe_takes_the_policy_and_the_contracts_limits(server: evil.Server) -> None:
    (sample,) = probe([server.url("plain")], LOOPBACK)

    assert (sample.status_code, sample.error_kind) == (200, None)


def test_samples_come_as_each_check_ends(server: evil.Server, terms: Terms) -> None:
    samples = checked([server.url("silence"), server.url("slow"), server.url("plain")], terms)

    assert [sample.url for sample in samples] == [server.url(path) for path in ("plain", "slow", "silence")]


def test_urls_that_hang_hold_no_place_that_others_need(server: evil.Server, terms: Terms) -> None:
    urls = [server.url(f"silence?{number}") for number in range(20)] + [server.url("plain")] * 20
    began = monotonic()

    samples = list(checked(urls, replace(terms, seconds=3.0), at_once=4))

    assert Counter(sample.error_kind for sample in samples) == {"timeout": 20, None: 20}
    assert monotonic() - began < 6.5


def test_young_checks_are_bounded(terms: Terms) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def behave(talk: evil.Talk) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        talk.stop.wait(0.02)
        with lock:
            running -= 1
        talk.send(evil.OK)

    with evil.serve(behave=behave) as counting:
        list(checked([counting.url("plain")] * 60, terms, at_once=4))

    assert most < 20  # 4, unless the machine stalls so long that some only seem to wait


def test_a_reader_that_leaves_early_waits_for_nothing(server: evil.Server, terms: Terms) -> None:
    began = monotonic()

    samples = checked([server.url("plain"), server.url("silence")], replace(terms, seconds=3.0))
    next(samples)
    samples.close()  # type: ignore[attr-defined]

    assert monotonic() - began < 1.0
