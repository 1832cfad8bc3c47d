"""The benchmark runs, and measures everything that it claims to; its times are judged by nobody here."""

from __future__ import annotations

import re
import sys

import settings
from bench.reads import CACHED, FLOOR, RAW
from bench.report import BARS
from tests import servers

ROW = re.compile(r"^\| ([^|]+) \|", re.MULTILINE)
ALSO = {
    "cold read alone, p50",
    "50 cold keys at once, p99",
    "warm read beside 200 waiting clients, p99",
    "1,000 checks, HTTP",
    "1,000 checks, TLS",
    "1,000 checks, 5 % of them hanging",
    "worker with its children (PSS)",
    "API process, start to `/healthz`",
    "1,000",
}


def test_the_short_benchmark_has_every_row() -> None:
    unset = dict.fromkeys(settings.NAMES, "")

    with servers.running([sys.executable, "-m", "bench", "--short"], unset) as bench:
        code = bench.process.wait(600)
        printed = bench.printed()

    assert code == 0, printed[-3000:]
    assert {FLOOR, CACHED, RAW, *BARS, *ALSO} - set(ROW.findall(printed)) == set()
