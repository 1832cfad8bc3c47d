"""What the operator may set: read once from the environment and `.env`, typed, frozen, and loud when wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qs, urlsplit, urlunsplit

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

import setting_types
from setting_types import (
    MAX_PORT,
    base_url,
    credentials,
    database_url,
    duration,
    folder,
    host,
    networks,
    one_of,
    origins,
    secret_key,
    server_url,
    text,
    token,
    whole,
)

Network = setting_types.Network


class WrongSettingError(Exception):
    """A setting that stops the start; the message is one line and names it, never its value when it is secret."""


def setting(default: object, parse: Callable[[str], Any] = text, *, secret: bool = False) -> Any:
    """Declare a setting: its default (None: not set), how its text is parsed, and whether it must never be shown."""
    return field(default=default, repr=not secret, metadata={"parse": parse, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting under its own name in lower case; None means that the operator gave none."""

    app_port: int = setting(8080, whole(0, MAX_PORT))
    app_host: str = setting("127.0.0.1", host)
    insightboard_home: Path = setting(Path(".insightboard"), folder)
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
    metrics_token: str | None = setting(None, token, secret=True)
    log_format: Literal["auto", "text", "json"] = setting("auto", one_of("auto", "text", "json"))
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", one_of("debug", "info", "warning", "error")
    )
    api_processes: int = setting(1, whole(1, 64))
    worker_concurrency: int = setting(4, whole(1, 64))
    allowed_networks: tuple[Network, ...] = setting((), networks)
    github_api_token: str | None = setting(None, token, secret=True)
    openweather_api_key: str | None = setting(None, token, secret=True)
    newsapi_api_key: str | None = setting(None, token, secret=True)
    coingecko_api_key: str | None = setting(None, token, secret=True)
    github_api_url: str = setting("https://api.github.com", base_url)
    github_url: str = setting("https://github.com", base_url)
    openweather_api_url: str = setting("https://api.openweathermap.org", base_url)
    openmeteo_api_url: str = setting("https://api.open-meteo.com", base_url)
    openmeteo_geocoding_url: str = setting("https://geocoding-api.open-meteo.com", base_url)
    newsapi_url: str = setting("https://newsapi.org", base_url)
    hackernews_api_url: str = setting("https://hn.algolia.com", base_url)
    coingecko_api_url: str = setting("https://api.coingecko.com", base_url)


# Redis has 16 databases unless it is told otherwise.
LAST_DATABASE = 15
REQUIRED = ("jwt_secret", "database_url", "redis_url")
NAMES = {one.name.upper(): one for one in fields(Settings)}
SECRET_FILES = {f"{name}_FILE": name for name, one in NAMES.items() if one.metadata["secret"]}


# A slip in a shorter name may be any word, and these are common for what other programs use.
LONG_NAME = 8
OTHERS = {"CORS_ORIGIN", "LOGLEVEL"}


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
    except (OSError, ValueError) as error:
        refuse(f"{name}_FILE", f"cannot be read ({type(error).__name__})")


def parsed(name: str, raw: str) -> Any:
    """Parse one setting's text, or refuse it by name; no setting has control characters or bytes that are no UTF-8."""
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", raw):
        refuse(name, "must be UTF-8 without control characters")
    try:
        return NAMES[name].metadata["parse"](raw)
    except ValueError as error:
        refuse(name, str(error))


def refuse(name: str, why: str) -> NoReturn:
    """Stop with the one line that names the setting."""
    msg = " ".join(f"{name} {why}".split())
    raise WrongSettingError(msg)


def broker_beside(redis_url: str) -> str:
    """Put the broker on the cache's server, in the database after the cache's own, or before it where that is the last.

    Of the options after `?` it takes what kombu knows; the rest is for the cache's client.
    """
    others, mark, last = redis_url.rpartition(";")
    parts = urlsplit(last)
    at_path = "" if parts.scheme == "unix" else parts.path.strip("/")
    own = int(parse_qs(parts.query).get("db", [at_path])[0] or 0)
    database = own + 1 if own < LAST_DATABASE else own - 1
    if parts.scheme == "unix":
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"
    known = "&".join(one for one in parts.query.split("&") if one.startswith(("ssl_", "master_name=")))
    return others + mark + urlunsplit(parts._replace(path=f"/{database}", query=known))


def dotenv(path: Path = Path(".env")) -> dict[str, str]:
    """Read `.env` (python-dotenv's syntax); what is no assignment or no setting of ours is refused."""
    try:
        written = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        refuse(str(path), f"cannot be read ({type(error).__name__})")
    for one in parse_stream(StringIO(written)):
        check_binding(one, path)
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(written)).items()}


def check_binding(one: Binding, path: Path) -> None:
    """Refuse what python-dotenv would pass over; the line is not repeated, since a secret may stand in it."""
    if one.error or (one.key is not None and one.value is None):
        blank = one.original.string[: -len(one.original.string.lstrip())].count("\n")
        refuse(f"{path} line {one.original.line + blank}", "must be NAME=value")
    # Docker Compose reads the same file, for settings of its own.
    composes = one.key is None or one.key.startswith("COMPOSE_")
    if not composes and one.key not in NAMES.keys() | SECRET_FILES.keys():
        refuse(f"{one.key}", f"in {path} is not a setting of InsightBoard")


def check_names(environ: Mapping[str, str]) -> None:
    """Refuse a name in the environment that must be a slip of one of ours, since the setting would stay as it was."""
    ours = NAMES.keys() | SECRET_FILES.keys()
    for name in sorted(environ.keys() - ours - OTHERS):
        meant = next((one for one in sorted(ours) if len(one) >= LONG_NAME and is_slip(name.upper(), one)), None)
        if meant is not None:
            refuse(name, f"in the environment is not a setting of InsightBoard; is it meant to be {meant}?")


def is_slip(name: str, meant: str) -> bool:
    """Say whether both are one but for case and a letter more, less, or in its neighbour's place.

    With another letter it is another word (API_PORT, DATABASE_URI), and what only goes on behind one of our names, such
    as DATABASE_URL2, is somebody else's too.
    """
    same = next((at for at, letter in enumerate(meant) if name[at : at + 1] != letter), len(meant))
    rest, wanted = name[same:], meant[same:]
    if not wanted:
        return not rest
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return swapped or wanted == rest[1:] or wanted[1:] == rest


def layered(*places: Mapping[str, str]) -> dict[str, str]:
    """Lay places over each other: the last that names a setting wins, be it as NAME or as NAME_FILE, even if empty."""
    texts: dict[str, str] = {}
    for place in places:
        named = {SECRET_FILES.get(name, name) for name in place}
        texts = {name: value for name, value in texts.items() if SECRET_FILES.get(name, name) not in named} | {**place}
    return texts


@cache
def load() -> Settings:
    """Read `.env` and the environment, which wins, once for this process; a wrong setting ends the process."""
    try:
        check_names(os.environ)
        return read(layered(dotenv(), os.environ))
    except WrongSettingError as error:
        raise SystemExit(f"insightboard: {error}") from None
