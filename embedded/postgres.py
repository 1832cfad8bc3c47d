"""An embedded Postgres: a data folder of its own, and a unix socket that only we can reach."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from embedded import binaries, process
from embedded.binaries import EmbeddedError

USER = DATABASE = "postgres"
PORT = 5432
FIRST_WITH_BUILTIN_LOCALE = 17
# A unix socket's path has at most 107 bytes (unix(7); 103 on macOS), and .s.PGSQL.5432.lock is put below the folder.
LONGEST_FOLDER = 80
ORPHAN_SECONDS = 10.0
# Expected refusals (a taken e-mail address) would be logged with their SQL and its values: errors reach us anyway.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True)
class Postgres:
    """One embedded server: where its data, its socket and its binaries are."""

    data: Path
    socket: Path

    @property
    def url(self) -> str:
        """The URL that SQLAlchemy and psycopg take."""
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket), safe='')}&port={PORT}"

    def ready(self) -> bool:
        """Say whether the server answers a query."""
        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def planned(home: Path) -> Postgres:
    """Return where the server of `home` is or will be; nothing is started."""
    folder = process.private_folder(home.resolve() / "postgres")
    return Postgres(folder / "data", socket_folder(folder))


def prepare(home: Path) -> Postgres:
    """Create the data folder in `home` unless it is there (0.6 s), and make a start after a crash safe.

    Raises EmbeddedError when the folder belongs to another major version or another server still uses it.
    """
    server = planned(home)
    if not (server.data / "PG_VERSION").is_file():
        create(server.data)
    refuse_other_version(server.data)
    end_orphan(server.data)
    forget_socket(server.socket)
    return server


def socket_folder(folder: Path) -> Path:
    """Return a private folder whose path is short enough for a socket."""
    inside = folder / "run"
    if len(os.fsencode(inside)) <= LONGEST_FOLDER:
        return process.private_folder(inside)
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"ib-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or (short.stat().st_mode & 0o077) or short.stat().st_uid not in {os.getuid(), 65_534}:
        raise EmbeddedError(f"{short} is not private: remove it, or choose a shorter INSIGHTBOARD_HOME")
    return short


def create(data: Path) -> None:
    """Run initdb into a new folder; a half-made one of an interrupted start is begun again."""
    program = binaries.postgres("initdb")
    fresh = process.private_folder(data.with_name("data.new"))
    empty(fresh)
    locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
    if binaries.postgres_major(program.with_name("postgres")) < FIRST_WITH_BUILTIN_LOCALE:
        locale = ["--locale=C"]
    command: list[str | Path] = [
        program,
        "-D",
        fresh,
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-instructions",
        *locale,
    ]
    done = subprocess.run(  # noqa: S603 - our own binary
        process.tied(command, owned=[fresh]), capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode != 0:
        raise EmbeddedError(f"initdb failed: {' '.join(done.stderr.split())[-400:]}")
    fresh.rename(data)


def empty(folder: Path) -> None:
    """Remove what is in the folder."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def environment() -> dict[str, str]:
    """Return our environment without the variables that would lead Postgres elsewhere or into a missing locale."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def refuse_other_version(data: Path) -> None:
    """Raise EmbeddedError when another major version wrote the folder: the files of two are not interchangeable."""
    wrote = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    have = binaries.postgres_major(binaries.postgres("postgres"))
    if wrote != str(have):
        raise EmbeddedError(f"{data} was written by PostgreSQL {wrote}, but {have} is installed here")


def end_orphan(data: Path) -> None:
    """Let a server that a killed launcher left behind finish, stop it otherwise, and forget a dead one's pid file.

    The caller holds the lock of the home folder, so no living launcher owns the server.
    """
    record = data / "postmaster.pid"
    if not record.is_file():
        return
    first = record.read_text(encoding="ascii", errors="replace").split("\n", maxsplit=1)[0].strip()
    pid = int(first) if first.isascii() and first.isdigit() else 0
    end = time.monotonic() + ORPHAN_SECONDS
    while pid and serves(pid, data):
        if time.monotonic() > end:
            raise EmbeddedError(f"process {pid} still serves {data}: stop it first")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    record.unlink(missing_ok=True)


def forget_socket(folder: Path) -> None:
    """Remove the socket's lock of a dead server: its number may belong to another process by now."""
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (folder / name).unlink(missing_ok=True)


def serves(pid: int, data: Path) -> bool:
    """Say whether the process is a Postgres with this data folder, and not one that got the number later."""
    listed = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self").exists():
        return listed.is_file() and os.fsencode(data) in listed.read_bytes()
    printed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - macOS has no /proc
    return str(data) in printed.stdout


def command(server: Postgres, options: dict[str, str] | None = None) -> list[str]:
    """Return the command that runs the server in the foreground; SIGINT stops it fast and cleanly."""
    pairs: Sequence[str] = [f"{name}={value}" for name, value in (OPTIONS | (options or {})).items()]
    settings = [part for pair in pairs for part in ("-c", pair)]
    program: list[str | Path] = [
        binaries.postgres("postgres"),
        "-D",
        server.data,
        "-k",
        server.socket,
        "-p",
        str(PORT),
        *settings,
    ]
    return process.tied(program, owned=[server.data, server.socket], death=signal.SIGINT)


def start(home: Path, options: dict[str, str] | None = None) -> tuple[Postgres, subprocess.Popen[bytes]]:
    """Start a server in `home` and wait until it answers; stop it with `stop`."""
    server = prepare(home)
    log = home / "postgres" / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(  # noqa: S603 - our own binary
            command(server, options), stdout=output, stderr=output, env=environment(), start_new_session=True
        )
    process.wait_until(server.ready, running, "Postgres", log)
    return server, running


def stop(running: subprocess.Popen[bytes]) -> None:
    """Stop a server that `start` started: clients are cut off, what was committed is kept."""
    process.stop(running, signal.SIGINT)
