"""An embedded Valkey (or Redis): on a loopback port, behind a password that only its home folder knows."""

from __future__ import annotations

import random
import secrets
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from embedded import binaries, process
from embedded.binaries import EmbeddedError

MAX_MEMORY = "256mb"
READY_SECONDS = 0.5
LISTENING_PORTS = range(15_000, 32_000)
# What this process has given out stands free until somebody listens there.
GIVEN: set[int] = set()


@dataclass(frozen=True)
class Redis:
    """One embedded server: its folder, port and password."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The URL of the cache; the broker takes another database of it."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def ready(self) -> bool:
        """Say whether the server answers a PING to the password; while it loads its file it does not."""
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), READY_SECONDS)) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return b"+PONG" in connection.recv(256)
        except OSError:
            return False


def prepare(home: Path) -> Redis:
    """Write the server's configuration into `home` and choose a free port; the data of an earlier start is kept."""
    folder = process.private_folder(home.resolve() / "redis")
    server = Redis(folder, free_port(), kept_secret(folder / "password"))
    write_private(folder / "redis.conf", configuration(server))
    return server


def configuration(server: Redis) -> str:
    """Return redis.conf: append-only file, and under pressure only keys with a TTL are dropped."""
    lines = {
        "bind": "127.0.0.1",
        "port": server.port,
        "requirepass": server.password,
        "dir": f'"{server.folder}"',
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",
        "save": '""',
        "maxmemory": MAX_MEMORY,
        "maxmemory-policy": "volatile-lru",
        "loglevel": "warning",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def free_port(host: str = "127.0.0.1", ports: Sequence[int] = LISTENING_PORTS) -> int:
    """Return a TCP port that is free and stays so: none for outgoing connections, and none that was given before."""
    for port in random.sample(ports, 100):
        if port in GIVEN:
            continue
        with suppress(OSError):
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with closing(socket.socket(family, kind, protocol)) as probe:
                probe.bind(address)
                GIVEN.add(port)
                return port
    raise EmbeddedError(f"no free port was found on {host}")


def kept_secret(path: Path) -> str:
    """Return the secret in the file (0600), or make one of 256 bits there first."""
    if path.is_file() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    made = secrets.token_urlsafe(32)
    write_private(path, made)
    return made


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def command(server: Redis) -> list[str]:
    """Return the command that runs the server in the foreground; the password stays out of its arguments."""
    return process.tied([binaries.redis(), server.folder / "redis.conf"])


def run(server: Redis) -> subprocess.Popen[bytes]:
    """Start a prepared server and wait until it answers; stop it with `stop`."""
    log = server.folder / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(command(server), stdout=output, stderr=output, start_new_session=True)  # noqa: S603 - our own binary
    process.wait_until(server.ready, running, "Redis", log)
    return running


def stop(running: subprocess.Popen[bytes]) -> None:
    """Stop a server that `run` started; its file is complete afterwards."""
    process.stop(running, signal.SIGTERM)
