"""What an answer may cost: at most the deadline, one MiB kept of a check, no memory to speak of, one clear error.

Both ways out are attacked: the status check (tasks/visit.py) and the providers' client (tasks/http.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tasks.visit import Terms, visit
from tests import servers
from tests.faults import hostile
from tests.faults.again import in_time
from tests.faults.attacked import Met
from tests.faults.protection import without
from tests.unit.outside import evil
from tests.unit.outside.conftest import LOOPBACK

DEADLINE, TOLERANCE = 5.0, 0.3
SOON = 3.0
MOST_GROWTH = 50.0
# What a sender gets rid of beside what is read: the buffers of the sockets on both sides.
BUFFERED = 16 * 1024 * 1024
MIB = 1024 * 1024

READS = without("tasks/deadline.py", "settimeout(self.deadline.left())\n        count", "settimeout(30)\n        count")
FLOODED = without("tasks/wire.py", "self.sock.deadline.left()", "1")
SHAKES = without("tasks/guard.py", "sock.settimeout(sock.deadline.left())", "sock.settimeout(30)")
DRAIN = "drain(response, terms.max_bytes)"
DRAINS = without("tasks/visit.py", DRAIN, "response.read()")
FURTHER = "return further(url, location)"
LEAVES = without("tasks/visit.py", FURTHER, f"response.read()\n            {FURTHER}")
UNZIP = "__import__('gzip').decompress(response.read())"
UNPACKS = without("tasks/visit.py", DRAIN, UNZIP)
UNPACKS_FURTHER = without("tasks/visit.py", FURTHER, f"{UNZIP}\n            {FURTHER}")
BEGIN = "MAX_HEAD_BYTES\n        super().begin()"
HEADS = without("tasks/wire.py", BEGIN, BEGIN.replace("MAX_HEAD_BYTES", "None"))
TRAILER = "MAX_HEAD_BYTES\n        super()._read_and_discard_trailer()"
TRAILERS = without("tasks/wire.py", TRAILER, TRAILER.replace("MAX_HEAD_BYTES", "None"))
CHUNKS = without("tasks/wire.py", "if size < 0:", "if size < -1:")
HOP = "hop = ask(url, deadline, terms, seen)"
HOPS = without("tasks/visit.py", HOP, HOP.replace("deadline", "Deadline(terms.seconds)"))
FIVE = without("tasks/visit.py", "for _ in range(MAX_REDIRECTS + 1):", "while True:")
CAPPED = without("tasks/http.py", "if len(found) > self.limits.max_bytes:", "if False:")
UNPACKED = without("tasks/http.py", "decompress(packed, max_bytes + 1)", "decompress(packed)")
UNREAD = without("tasks/http.py", "unread = response.status_code in REDIRECTS", "unread = False")
SENT = "answer = self.sent(request)"
FETCH_HOPS = without("tasks/http.py", SENT, f"self.start()\n            {SENT}")
FETCH_FIVE = without("tasks/http.py", "for _ in range(MAX_REDIRECTS + 1):", "while True:")
SHAPED = without("providers/base.py", "except (ValueError, RecursionError):", "except ZeroDivisionError:")
VALUES = without("providers/base.py", "> MAX_VALUES:", "> 10**9:")


def attack(way: str, path: str, ended: str, *protections: pytest.MarkDecorator) -> Any:
    return pytest.param(way, path, ended, id=f"{way} {path}", marks=protections)


ENDLESS = [
    attack("check", "drip-status", "timeout", READS),
    attack("check", "drip-head", "timeout", READS),
    attack("check", "drip-body", "timeout", READS),
    attack("check", "drip-chunks", "timeout", READS),
    attack("check", "silence", "timeout", READS),
    attack("check", "tls-silence", "timeout", SHAKES),
    attack("check", "tls-drip", "timeout", SHAKES),
    attack("check", "continues", "timeout", READS, FLOODED),
    attack("check", "slow-redirects", "timeout", HOPS),
    attack("fetch", "drip-status", "TimedOut", READS),
    attack("fetch", "drip-head", "TimedOut", READS),
    attack("fetch", "drip-body", "TimedOut", READS),
    attack("fetch", "drip-chunks", "TimedOut", READS),
    attack("fetch", "silence", "TimedOut", READS),
    attack("fetch", "tls-silence", "TimedOut", SHAKES),
    attack("fetch", "tls-drip", "TimedOut", SHAKES),
    attack("fetch", "continues", "TimedOut", READS, FLOODED),
    attack("fetch", "slow-redirects", "TimedOut", FETCH_HOPS),
]
FULL = [
    attack("check", "endless-body", "answered", DRAINS),
    attack("check", "endless-chunks", "answered", DRAINS),
    attack("check", "bomb", "answered", UNPACKS),
    attack("check", "endless-redirect", "answered", LEAVES),
    attack("check", "bomb-redirect", "answered", UNPACKS_FURTHER),
    attack("check", "redirects", "too_many_redirects", FIVE),
    attack("check", "huge-head", "protocol", HEADS),
    attack("check", "endless-trailers", "protocol", TRAILERS),
    attack("check", "negative-chunk", "protocol", CHUNKS, DRAINS),
    attack("check", "json/ten-megabytes-nested", "answered", DRAINS),
    attack("fetch", "endless-body", "BadAnswer", CAPPED),
    attack("fetch", "endless-chunks", "BadAnswer", CAPPED),
    attack("fetch", "bomb", "BadAnswer", UNPACKED),
    attack("fetch", "endless-redirect", "answered", UNREAD),
    attack("fetch", "bomb-redirect", "answered", UNREAD),
    attack("fetch", "redirects", "BadAnswer", FETCH_FIVE),
    attack("fetch", "huge-head", "BadAnswer", HEADS),
    attack("fetch", "endless-trailers", "BadAnswer", TRAILERS),
    attack("fetch", "negative-chunk", "Unavailable", CHUNKS),
    attack("fetch", "json/ten-megabytes-nested", "BadAnswer", CAPPED, VALUES, SHAPED),
    attack("fetch", "json/nested", "BadAnswer", SHAPED),
    attack("fetch", "json/latin-1", "BadAnswer", SHAPED),
    attack("fetch", "json/truncated", "BadAnswer", SHAPED),
    attack("fetch", "json/html", "BadAnswer", SHAPED),
    attack("fetch", "json/empty", "BadAnswer", SHAPED),
    attack("fetch", "json/long-number", "BadAnswer", SHAPED),
    attack("fetch", "json/lists", "BadAnswer", VALUES),
    attack("fetch", "json/numbers", "BadAnswer", VALUES),
]


@pytest.fixture(scope="module")
def server() -> Iterator[evil.Server]:
    with hostile.serve() as running:
        yield running


@pytest.fixture
def terms() -> Terms:
    return Terms(LOOPBACK)


@pytest.fixture(scope="module")
def met(request: pytest.FixtureRequest, server: evil.Server) -> dict[tuple[str, str], Met]:
    """Meet every attack that was asked for: what floods one after the other, then what lasts side by side."""
    here = [item for item in request.session.items if item.path == request.path and isinstance(item, pytest.Function)]
    asked = [one.callspec.params for one in here if "met" in one.fixturenames]
    attacks = list(dict.fromkeys((str(one["way"]), str(one["path"])) for one in asked))
    lasting = [one for one in attacks if one in {param.values[:2] for param in ENDLESS}]
    flooding = [one for one in attacks if one not in lasting]
    with evil.chatter(b"\x16\x03\x03\x40\x00", drips=60) as dripping:
        urls = {(way, path): (way, url_of(server, path, dripping)) for way, path in attacks}
        flooded = ran([[urls[one]] for one in flooding])
        lasted = in_time(lambda: ran([[urls[one] for one in lasting]]), lambda found: all(map(ended_in_time, found)))
    return dict(zip(flooding + lasting, flooded + lasted, strict=True))


def ended_in_time(found: Met) -> bool:
    return abs(found.seconds - DEADLINE) <= TOLERANCE


def url_of(server: evil.Server, path: str, dripping: int) -> str:
    special = {"tls-drip": f"https://127.0.0.1:{dripping}/", "tls-silence": f"https://127.0.0.1:{server.port}/"}
    return special.get(path) or server.url(path)


def ran(batches: Sequence[Sequence[tuple[str, str]]]) -> list[Met]:
    command = [sys.executable, "-m", "tests.faults.attacked"]
    done = subprocess.run(
        command, cwd=servers.ROOT, input=json.dumps(batches), capture_output=True, text=True, check=True, timeout=60
    )
    return [Met(**one) for one in json.loads(done.stdout)]


@pytest.mark.parametrize(("way", "path", "ended"), ENDLESS)
def test_what_never_ends_is_ended_by_the_deadline(
    met: dict[tuple[str, str], Met], way: str, path: str, ended: str
) -> None:
    found = met[way, path]

    assert found.ended == ended, found
    assert ended_in_time(found), found
    assert found.growth < MOST_GROWTH, found


@pytest.mark.parametrize(("way", "path", "ended"), FULL)
def test_what_is_too_much_is_cut_off_at_once(met: dict[tuple[str, str], Met], way: str, path: str, ended: str) -> None:
    found = met[way, path]

    assert found.ended == ended, found
    assert found.seconds < SOON, found
    assert found.growth < MOST_GROWTH, found
    assert (found.words == "") == (ended == "answered"), found


@pytest.mark.parametrize("path", ["endless-body", "endless-chunks"])
@without("tasks/visit.py", "drain(response, terms.max_bytes)", "drain(response, 1 << 40)")
def test_of_an_endless_body_a_check_reads_one_mib(server: evil.Server, terms: Terms, path: str) -> None:
    before = server.sent[path]

    sample = visit(server.url(path), terms)

    assert (sample.error_kind, sample.status_code) == (None, 200)
    assert server.sent[path] - before < MIB + BUFFERED


@pytest.mark.parametrize("path", ["endless-redirect", "bomb-redirect"])
@LEAVES
def test_of_a_redirect_no_body_is_read(server: evil.Server, terms: Terms, path: str) -> None:
    before = server.sent[path]

    sample = visit(server.url(path), terms)

    assert (sample.error_kind, sample.status_code) == (None, 200)
    assert server.sent[path] - before < BUFFERED
