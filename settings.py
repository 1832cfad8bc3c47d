"""What the operator may set: read once from the environment and `.env`, typed, frozen, and loud when wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar
from urllib.parse import parse_qs, urlsplit

from dotenv import dotenv_values

Network = IPv4Network | IPv6Network
T = TypeVar("T")

MIN_SECRET_BYTES = 32
MAX_PORT = 65_535
DURATION_UNITS = {"s": 1, "second": 1, "m": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}


class WrongSettingError(Exception):
    """A setting that stops the start; the message is one line and names it, never its value when it is secret."""


def text(raw: str) -> str:
    """Take the value as it is."""
    return raw


def whole(low: int, high: int) -> Callable[[str], int]:
    """Make a parser of whole numbers from low to high."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            msg = f"must be a whole number from {low} to {high}"
            raise ValueError(msg)
        return int(raw)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a parser that takes one of the words, in any case."""

    def parse(raw: str) -> str:
        if raw.lower() not in choices:
            msg = f"must be one of {', '.join(choices)}"
            raise ValueError(msg)
        return raw.lower()

    return parse


def duration(raw: str) -> timedelta:
    """Parse `3600`, `90 minutes`, `12h` or `7 days`; a bare number is seconds."""
    match = re.fullmatch(r"([0-9]{1,9}) *([a-z]*)", raw.lower())
    unit = match[2] if match else ""
    seconds = DURATION_UNITS.get(unit.removesuffix("s") or "s")
    if not match or seconds is None or int(match[1]) * seconds not in range(60, 366 * 86_400):
        msg = "must be a length of time from 60 seconds to 365 days, such as '7 days' or '12h'"
        raise ValueError(msg)
    return timedelta(seconds=int(match[1]) * seconds)


def networks(raw: str) -> tuple[Network, ...]:
    """Parse CIDRs separated by commas or blanks."""
    try:
        return tuple(ip_network(part) for part in re.split(r"[,\s]+", raw) if part)
    except ValueError as error:
        msg = f"must be networks in CIDR notation, such as 192.168.0.0/16 ({error})"
        raise ValueError(msg) from None


def origins(raw: str) -> tuple[str, ...]:
    """Parse origins (RFC 6454) separated by commas or blanks."""
    found = tuple(part for part in re.split(r"[,\s]+", raw) if part)
    if not all(re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", origin) for origin in found):
        msg = "must be origins such as https://example.org, separated by commas"
        raise ValueError(msg)
    return found


def base_url(raw: str) -> str:
    """Parse an absolute http or https URL; the trailing slash goes."""
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = "must be an absolute http or https URL"
        raise ValueError(msg)
    return raw.rstrip("/")


def secret_key(raw: str) -> str:
    """Refuse a signing key that HS256 would be weak with (RFC 7518, 3.2)."""
    if len(raw.encode()) < MIN_SECRET_BYTES:
        msg = f"must be at least {MIN_SECRET_BYTES} bytes"
        raise ValueError(msg)
    return raw


def credentials(raw: str) -> str:
    """Parse `user:password`, several separated by commas."""
    if not all(re.fullmatch(r"[^:,\s]+:[^,\s]+", pair) for pair in raw.split(",")):
        msg = "must be user:password, several separated by commas"
        raise ValueError(msg)
    return raw


def database_url(raw: str) -> str:
    """Parse a Postgres URL and name the driver in it."""
    scheme, _, rest = raw.partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"} or not rest:
        msg = "must begin with postgresql://"
        raise ValueError(msg)
    return f"postgresql+psycopg://{rest}"


def server_url(*schemes: str) -> Callable[[str], str]:
    """Make a parser of server URLs with one of the schemes."""

    def parse(raw: str) -> str:
        scheme = raw.partition("://")[0]
        if scheme not in schemes or "://" not in raw:
            cluster = " (Redis Cluster cannot carry Celery's queues)" if "cluster" in scheme else ""
            msg = f"must begin with one of {', '.join(f'{name}://' for name in schemes)}{cluster}"
            raise ValueError(msg)
        if scheme == "sentinel" and not parse_qs(urlsplit(raw.rsplit(";", maxsplit=1)[-1]).query).get("master_name"):
            msg = "must end with ?master_name=NAME when it is a sentinel URL"
            raise ValueError(msg)
        return raw

    return parse


def setting(default: object, parse: Callable[[str], Any] = text, *, secret: bool = False) -> Any:
    """Declare a setting: its default (None: not set), how its text is parsed, and whether it must never be shown."""
    return field(default=default, repr=not secret, metadata={"parse": parse, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting under its own name in lower case; None means that the operator gave none."""

    app_port: int = setting(8080, whole(0, MAX_PORT))
    app_host: str = setting("127.0.0.1")
    insightboard_home: Path = setting(Path(".insightboard"), Path)
    database_url: str = setting("", database_url, secret=True)
    database_pool: int = setting(10, whole(1, 1000))
    redis_url: str = setting("", server_url("redis", "rediss", "unix", "sentinel"), secret=True)
    celery_broker_url: str = setting(
        "", server_url("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps"), secret=True
    )
    jwt_secret: str = setting("", secret_key, secret=True)
    jwt_ttl: timedelta = setting(timedelta(days=7), duration)
    registration: Literal["open", "first", "closed"] = setting("open", one_of("open", "first", "closed"))
    cors_origins: tuple[str, ...] = setting((), origins)
    trusted_proxies: tuple[Network, ...] = setting((), networks)
    flower_port: int = setting(5555, whole(0, MAX_PORT))
    flower_basic_auth: str | None = setting(None, credentials, secret=True)
    metrics_token: str | None = setting(None, secret=True)
    log_format: Literal["auto", "text", "json"] = setting("auto", one_of("auto", "text", "json"))
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", one_of("debug", "info", "warning", "error")
    )
    api_processes: int = setting(1, whole(1, 64))
    worker_concurrency: int = setting(4, whole(1, 64))
    allowed_networks: tuple[Network, ...] = setting((), networks)
    github_api_token: str | None = setting(None, secret=True)
    openweather_api_key: str | None = setting(None, secret=True)
    newsapi_api_key: str | None = setting(None, secret=True)
    coingecko_api_key: str | None = setting(None, secret=True)
    github_api_url: str = setting("https://api.github.com", base_url)
    github_url: str = setting("https://github.com", base_url)
    openweather_api_url: str = setting("https://api.openweathermap.org", base_url)
    openmeteo_api_url: str = setting("https://api.open-meteo.com", base_url)
    openmeteo_geocoding_url: str = setting("https://geocoding-api.open-meteo.com", base_url)
    newsapi_url: str = setting("https://newsapi.org", base_url)
    hackernews_api_url: str = setting("https://hn.algolia.com", base_url)
    coingecko_api_url: str = setting("https://api.coingecko.com", base_url)


REQUIRED = ("jwt_secret", "database_url", "redis_url")
NAMES = {one.name.upper(): one for one in fields(Settings)}


def read(environ: Mapping[str, str], *, required: bool = True) -> Settings:
    """Parse the environment; an empty value counts as not set.

    Raises WrongSettingError for the first malformed, doubled or (where required) missing one.
    """
    values = {one.name: parsed(name, raw) for name, one in NAMES.items() if (raw := given(name, environ))}
    for name in REQUIRED if required else ():
        if name not in values:
            refuse(name.upper(), "must be set")
    if values.get("redis_url") and not values.get("celery_broker_url"):
        values["celery_broker_url"] = broker_beside(values["redis_url"])
    return Settings(**values)


def given(name: str, environ: Mapping[str, str]) -> str:
    """Return the setting's text, from NAME or, for a secret, from the file that NAME_FILE names."""
    direct, path = environ.get(name, "").strip(), environ.get(f"{name}_FILE", "").strip()
    if not path or not NAMES[name].metadata["secret"]:
        return direct
    if direct:
        refuse(f"{name}_FILE", f"cannot be given together with {name}")
    try:
        return Path(path).read_text(encoding="utf-8").strip() or refuse(f"{name}_FILE", "names an empty file")
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{name}_FILE", f"cannot be read ({type(error).__name__})")


def parsed(name: str, raw: str) -> Any:
    """Parse one setting's text, or refuse it by name; a control character is refused everywhere."""
    if re.search(r"[\x00-\x1f\x7f]", raw):
        refuse(name, "must not have control characters")
    try:
        return NAMES[name].metadata["parse"](raw)
    except ValueError as error:
        refuse(name, str(error))


def refuse(name: str, why: str) -> NoReturn:
    """Stop with the one line that names the setting."""
    msg = f"{name} {why}"
    raise WrongSettingError(msg)


def broker_beside(redis_url: str) -> str:
    """Put the broker on the cache's server, in the database after the cache's own."""
    head, mark, query = redis_url.partition("?")
    if head.startswith("unix://"):
        database = int((parse_qs(query).get("db") or ["0"])[0])
        return f"redis+socket://{head.removeprefix('unix://')}?virtual_host={database + 1}"
    hosts, _, database_text = head.rpartition("/") if head.count("/") > 2 else (head, "", "0")  # noqa: PLR2004 - scheme://
    return f"{hosts}/{int(database_text or 0) + 1}{mark}{query}"


def dotenv(path: Path = Path(".env")) -> dict[str, str]:
    """Read `.env` (python-dotenv's syntax); a name that is no setting of ours is refused."""
    found = {name: value or "" for name, value in dotenv_values(path).items()}
    secret = {f"{name}_FILE" for name, one in NAMES.items() if one.metadata["secret"]}
    for name in found.keys() - NAMES.keys() - secret:
        refuse(name, f"in {path} is not a setting of InsightBoard")
    return found


@cache
def load() -> Settings:
    """Read `.env` and the environment, which wins, once for this process; a wrong setting ends the process."""
    try:
        return read(dotenv() | os.environ)
    except WrongSettingError as error:
        raise SystemExit(f"insightboard: {error}") from None
