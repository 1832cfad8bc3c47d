from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from providers.urls import Policy
from tasks.guard import trusting
from tasks.visit import Terms
from tests.unit.outside import evil

LOOPBACK = Policy(allowed_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")), own_endpoints=())


@pytest.fixture(scope="session")
def server() -> Iterator[evil.Server]:
    with evil.serve() as running:
        yield running


@pytest.fixture(scope="session")
def secure() -> Iterator[evil.Server]:
    with evil.serve("good.pem") as running:
        yield running


@pytest.fixture(scope="session")
def terms() -> Terms:
    """Loopback may be reached, and the tests' authority is trusted."""
    return Terms(LOOPBACK, context=trusting(evil.AUTHORITY))
