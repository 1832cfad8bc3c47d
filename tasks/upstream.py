"""What requests needs to obey one deadline: connections that dial and shake hands through the guard."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from tasks.deadline import Deadline, TimedSocket
from tasks.guard import Ways, dial, secured, unvetted
from tasks.wire import Answered

# It logs whole URLs, and some carry a key in the query.
logging.getLogger("urllib3.connectionpool").addFilter(lambda _record: False)

Opener = Callable[[str, int], TimedSocket]


class Adapter(HTTPAdapter):
    """requests' transport on connections that keep one deadline, which all of them share."""

    def __init__(self, deadline: Deadline, ways: Ways, context: ssl.SSLContext) -> None:
        """Take the deadline, how names become connections, and the TLS context, which says whom to trust."""
        super().__init__(pool_connections=4, pool_maxsize=1)

        def opened(host: str, port: int) -> TimedSocket:
            return dial(host, port, deadline, vet=unvetted, ways=ways).sock

        self.poolmanager.pool_classes_by_scheme = {"http": plain_pool(opened), "https": secure_pool(opened, context)}


def plain_pool(opened: Opener) -> type[HTTPConnectionPool]:
    """Make a pool class whose connections `opened` opens."""

    class Connection(HTTPConnection):
        response_class = Answered

        def connect(self) -> None:
            self.sock = opened(self._dns_host, self.port)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    return Pool


def secure_pool(opened: Opener, context: ssl.SSLContext) -> type[HTTPSConnectionPool]:
    """Make a pool class whose connections `opened` opens, under TLS."""

    class Connection(HTTPSConnection):
        response_class = Answered

        def connect(self) -> None:
            self.sock = secured(opened(self._dns_host, self.port), self.host, context)
            self.is_verified = True

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool
