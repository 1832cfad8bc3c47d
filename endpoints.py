"""Where our own servers listen, as the settings name them: what no URL check may ever reach."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from settings import Settings

DEFAULT_PORTS = {
    "postgresql+psycopg": 5432,
    "redis": 6379,
    "rediss": 6379,
    "sentinel": 26_379,
    "amqp": 5672,
    "amqps": 5671,
}


# Flower listens where the API does, or is the service of that name in docker-compose.yml, whose network is private.
GUESSED = "flower"


def own(settings: Settings) -> Iterator[tuple[str, int]]:
    """Yield host and port of our Postgres, cache, broker and Flower, as the settings name them."""
    for url in (settings.database_url, settings.redis_url, settings.celery_broker_url):
        yield from named(url)
    for host in (settings.app_host, "localhost", *([GUESSED] if settings.allowed_networks else [])):
        yield host, settings.flower_port


def named(url: str) -> Iterator[tuple[str, int]]:
    """Yield every host and port of a server URL; several are separated by `;` or commas, a UNIX socket has none."""
    scheme = urlsplit(url).scheme
    default = DEFAULT_PORTS.get(scheme)
    if default is None:
        return
    for one in url.split(";"):
        parts = urlsplit(one)
        query = parse_qs(parts.query)
        ports = [int(port or default) for port in query.get("port", [""])[0].split(",")]
        given = [parts.netloc.rpartition("@")[2], *query.get("host", []), *query.get("hostaddr", [])]
        hosts = [host for some in given for host in some.split(",")]
        for split in (urlsplit(f"//{bracketed(host)}") for host in hosts if not host.startswith("/")):
            if split.hostname:
                # Which port of a list belongs to which host does not matter to what is refused.
                yield from ((split.hostname, port) for port in ([split.port] if split.port else ports))


def bracketed(host: str) -> str:
    """Return a host as a URL has it: `hostaddr` has IPv6 addresses without brackets."""
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
