"""Many checks at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import monotonic

from tasks.probe import BEAT_SECONDS, OPENING, OPENING_SECONDS, STARTS_A_BEAT, Pace, checked, probe
from tasks.visit import Seen, Terms, visit
from tests.unit.outside import evil
from tests.unit.outside.conftest import LOOPBACK


def test_every_url_is_checked_once(server: evil.Server, terms: Terms) -> None:
    urls = [server.url(f"{path}?{number}") for number in range(50) for path in ("plain", "status/500")]

    samples = [sample for together in checked(urls, terms) for sample in together]

    assert sorted(urls) == sorted(sample.url for sample in samples)
    assert Counter(sample.error_kind for sample in samples) == {None: 50, "http": 50}


def test_no_urls_give_no_samples(terms: Terms) -> None:
    assert list(checked([], terms)) == []


def test_probe_takes_the_policy_and_the_contracts_limits(server: evil.Server) -> None:
    ((sample,),) = probe([server.url("plain")], LOOPBACK)

    assert (sample.status_code, sample.error_kind) == (200, None)


def test_samples_come_as_each_check_ends(server: evil.Server, terms: Terms) -> None:
    samples = checked([server.url("silence"), server.url("plain")], replace(terms, seconds=3.0))

    assert [[sample.url for sample in one] for one in samples] == [[server.url("plain")], [server.url("silence")]]


def test_samples_that_end_close_together_come_together(server: evil.Server, terms: Terms) -> None:
    together = [len(samples) for samples in checked([server.url("plain")] * 60, terms)]

    assert sum(together) == 60
    assert len(together) < 30


def test_urls_that_hang_hold_no_place_that_others_need(server: evil.Server, terms: Terms) -> None:
    urls = [server.url(f"silence?{number}") for number in range(60)] + [server.url("plain")] * 20
    began = monotonic()

    samples = [sample for together in checked(urls, replace(terms, seconds=3.0)) for sample in together]

    assert Counter(sample.error_kind for sample in samples) == {"timeout": 60, None: 20}
    assert monotonic() - began < 8


def test_checks_do_not_start_all_at_once(server: evil.Server, terms: Terms) -> None:
    samples = [sample for together in checked([server.url("plain")] * 60, terms) for sample in together]

    ended = [sample.checked_at for sample in samples]
    assert max(ended) - min(ended) >= timedelta(seconds=60 / STARTS_A_BEAT * BEAT_SECONDS * 0.8)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_process_that_is_busy_starts_no_more() -> None:
    clock, work = Clock(), Clock()
    pace = Pace(clock, work)
    found = [pace.room()]

    for worked in (0.8, 0.2):
        clock.now += BEAT_SECONDS
        work.now += worked * BEAT_SECONDS
        found.append(pace.room())

    assert found == [STARTS_A_BEAT, 0, STARTS_A_BEAT]


def test_no_more_than_four_checks_open_their_connections_at_once() -> None:
    clock = Clock()
    pace = Pace(clock, Clock())
    opening = [pace.opened() for _ in range(OPENING)]
    found = [pace.room()]

    for asked, passed in ((True, BEAT_SECONDS), (False, OPENING_SECONDS)):
        opening[0].asked |= asked
        clock.now += passed
        found.append(pace.room())

    assert found == [0, 1, STARTS_A_BEAT]


def test_a_check_says_when_it_only_waits_for_its_server(server: evil.Server, terms: Terms) -> None:
    reached, refused = Seen(), Seen()

    visit(server.url("plain"), terms, reached)
    visit("http://10.0.0.1/", terms, refused)

    assert (reached.asked, refused.asked) == (True, True)


def test_a_reader_that_leaves_early_waits_for_nothing(server: evil.Server, terms: Terms) -> None:
    began = monotonic()

    samples = checked([server.url("plain"), server.url("silence")], terms)
    next(samples)
    samples.close()  # type: ignore[attr-defined]

    assert monotonic() - began < 4
