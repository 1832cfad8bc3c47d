"""The connection to the broker, beside what kombu makes of it."""

from __future__ import annotations

import pytest
from kombu.transport import redis

from celery_config import app


def test_a_channel_makes_one_client_for_all_its_commands() -> None:
    with app.connection_for_write() as connection, connection.channel() as channel:
        if not isinstance(channel, redis.Channel):
            pytest.skip("the broker of this run is no Redis")

        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
            assert first is not channel.client
