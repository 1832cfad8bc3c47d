"""What a launch is made of before anything starts: the home folder's lock, ports, secrets, the environment."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import settings
from embedded import process, redis
from launcher import parts
from settings import Settings, WrongSettingError

MAX_PORT = 65_535
# Celery warns root about pickle, which we never accept.
QUIET = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:::celery.platforms"}


class LaunchError(Exception):
    """The launch cannot go on; the message is one line for the operator."""


@dataclass(frozen=True)
class Given:
    """What the operator gave, as text by setting name, and the same parsed."""

    texts: Mapping[str, str]
    settings: Settings


def given(overrides: Mapping[str, str]) -> Given:
    """Read `.env` and the environment, with the overrides on top; raises WrongSettingError."""
    settings.check_names(os.environ)
    texts = settings.layered(settings.dotenv(), os.environ, overrides)
    return Given(texts, settings.read(texts, required=False))


@contextmanager
def usable(home: Path) -> Iterator[None]:
    """Turn what the system says about our data's folder into a LaunchError."""
    try:
        yield
    except OSError as error:
        raise LaunchError(f"INSIGHTBOARD_HOME {home} cannot be used: {error.strerror}") from None


def lock(home: Path) -> TextIO:
    """Create the home folder and own it as long as the returned file is open; raises LaunchError when that fails."""
    with usable(home):
        holder = (process.private_folder(home) / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder.seek(0)
            owner = holder.read().strip()
            holder.close()
            raise LaunchError(f"already runs in {home} (process {owner}); stop it, or set INSIGHTBOARD_HOME") from None
        holder.truncate(0)
        holder.write(str(os.getpid()))
        holder.flush()
        return holder


def ports(found: Given) -> dict[str, str]:
    """Choose where the API and Flower listen; raises WrongSettingError as `port` does, and for one port for both."""
    given, flower = {name for name, text in found.texts.items() if text.strip()}, found.settings.flower_port
    if flower and flower == found.settings.app_port and {"APP_PORT", "FLOWER_PORT"} <= given:
        raise WrongSettingError(f"FLOWER_PORT {flower} is APP_PORT already; Flower needs a port of its own")
    app = port(found, "APP_PORT", found.settings.app_host, besides=flower if "FLOWER_PORT" in given else 0)
    return {"APP_PORT": str(app), "FLOWER_PORT": str(port(found, "FLOWER_PORT", "127.0.0.1", besides=app))}


def port(found: Given, name: str, host: str, *, besides: int) -> int:
    """Return the port to listen on: the one given, or the default, or where that is taken the next free one.

    `besides` is one that is free, but not for this. Raises WrongSettingError when the operator named a port that is
    taken, or a host that is not ours.
    """
    wanted = int(getattr(found.settings, name.lower()))
    if wanted == 0:
        return redis.free_port(host)
    if found.texts.get(name, "").strip():
        if not is_free(host, wanted, name):
            raise WrongSettingError(f"{name} {wanted} is in use by another program")
        return wanted
    nearest = range(wanted, min(wanted + 100, MAX_PORT))
    return next((one for one in nearest if one != besides and is_free(host, one, name)), wanted)


def is_free(host: str, wanted: int, name: str = "port") -> bool:
    """Say whether nobody listens on the port; raises WrongSettingError when the address or the port cannot be ours.

    `name` is the setting that the port comes from.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, wanted, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise WrongSettingError(f"{name} {wanted} needs rights that you do not have: choose one over 1023") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise WrongSettingError(f"APP_HOST {host} is no address of this machine") from None
    return True


def environment(found: Given, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every part: what was given, what was chosen here, and a signing key that is kept."""
    home = found.settings.insightboard_home
    texts = {**os.environ, **found_overrides(found), **QUIET, **chosen}
    if not found.settings.jwt_secret:
        texts["JWT_SECRET"] = redis.kept_secret(home / "jwt_secret")
    if found.settings.log_format == "auto":
        texts["LOG_FORMAT"] = "text"
    return texts


def found_overrides(found: Given) -> dict[str, str]:
    """Return the settings among what was given, since overrides must reach the parts too."""
    names = settings.NAMES.keys() | {f"{name}_FILE" for name in settings.NAMES}
    return {name: text for name, text in found.texts.items() if name in names}


def empty_metrics(home: Path) -> None:
    """Make the folder in which several API processes add up their metrics, and drop those of an earlier launch."""
    for old in process.private_folder(parts.metrics_folder(home)).glob("*.db"):
        old.unlink()
