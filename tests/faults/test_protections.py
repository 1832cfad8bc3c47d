"""The folder's own rule: a fault test names the protection it shows, and that protection is still there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.protection import swaps

HERE = Path(__file__)


def fault_tests(session: pytest.Session) -> list[pytest.Item]:
    return [item for item in session.items if HERE.parent in item.path.parents and item.path != HERE]


def test_every_fault_test_names_its_protection(request: pytest.FixtureRequest) -> None:
    assert {item.nodeid for item in fault_tests(request.session) if not swaps(item)} == set()


def test_every_protection_stands_once_where_it_is_said_to_stand(request: pytest.FixtureRequest) -> None:
    named = {swap for item in fault_tests(request.session) for swap in swaps(item)}

    assert {str(swap): swap.found() for swap in named if swap.found() != 1} == {}
