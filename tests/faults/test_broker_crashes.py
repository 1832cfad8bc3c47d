"""A broker that is killed while a worker is busy."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import celery_config
import settings
from embedded import process
from embedded import redis as embedded_redis
from tests.faults.protection import without


@without("celery_config.py", "self._default_channel.do_restore = False", "pass")
def test_a_lost_connection_can_be_closed_twice_although_messages_were_not_acknowledged(home: Path) -> None:
    broker = embedded_redis.prepare(process.private_folder(home / "broker"))
    running = embedded_redis.run(broker)
    app = celery_config.make_app(settings.read({"CELERY_BROKER_URL": broker.url}, required=False), "api")
    taken: list[object] = []

    with app.connection_for_read() as connection:
        connection.SimpleQueue("fetch").put("a job")
        # A worker has a second channel, for commands.
        for channel, queue in ((connection.default_channel, "fetch"), (connection.channel(), "checks")):
            connection.Consumer([app.amqp.queues[queue]], channel=channel, on_message=taken.append).consume()
        connection.drain_events(timeout=5)
        # The next message is waited for when the broker goes.
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.2)
        running.kill()
        running.wait()

        # What Celery's consumer does then; it ends the worker where the second raises.
        connection.collect(socket_timeout=1)
        connection.close()

    assert len(taken) == 1
