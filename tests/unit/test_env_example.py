"""`.env.example` names every setting with its default, each under one line that explains it."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import settings

LINES = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8").splitlines()
FOUND = {match[1]: match[2] for line in LINES if (match := re.fullmatch(r"#([A-Z_]+)=(.*)", line))}


def test_every_setting_and_nothing_else_is_named() -> None:
    assert FOUND.keys() == settings.NAMES.keys()


def test_what_stands_there_is_the_default() -> None:
    defaults = settings.Settings()

    given = settings.read(FOUND, required=False)

    assert given == defaults
    assert given.jwt_ttl == timedelta(days=7)


def test_every_setting_stands_under_a_comment() -> None:
    for above, line in pairwise(LINES):
        if re.fullmatch(r"#[A-Z_]+=.*", line):
            assert above.startswith("# ")


def test_secrets_are_marked_and_have_no_default() -> None:
    marked = {line[1:].partition("=")[0] for above, line in pairwise(LINES) if above.endswith("(secret)")}

    assert marked == {name for name, one in settings.NAMES.items() if one.metadata["secret"]}
    assert all(FOUND[name] == "" for name in marked)
