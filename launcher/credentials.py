"""Make the secrets of a production installation once: `python -m launcher.credentials FOLDER`.

docker-compose.yml runs it before everything else; every service then reads its own files of the folder, so no password
stands in an environment, a command line or the repository.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

POLICIES = {"broker": "noeviction", "cache": "volatile-lru"}
MAX_MEMORY = {"broker": "0", "cache": "512mb"}


def kept(path: Path, made: str) -> str:
    """Return the text of the file, which is made with `made` in it (0600) unless it is there."""
    if not path.is_file():
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(made, encoding="ascii")
        # In one step: half a secret would be kept for ever.
        fresh.replace(path)
    return path.read_text(encoding="ascii")


def server(folder: Path, name: str) -> str:
    """Write the configuration of one Redis server, and return its URL; its file is read by another user."""
    password = kept(folder / f"{name}_password", secrets.token_urlsafe(32))
    lines = f"""requirepass {password}
appendonly yes
appendfsync everysec
maxmemory {MAX_MEMORY[name]}
maxmemory-policy {POLICIES[name]}
"""
    configuration = folder / f"{name}.conf"
    configuration.write_text(lines, encoding="ascii")
    configuration.chmod(0o644)
    return f"redis://:{password}@{name}:6379/0"


def main(folder: Path) -> None:
    """Make what is missing in the folder; what is there stays as it is."""
    password = kept(folder / "postgres_password", secrets.token_urlsafe(32))
    kept(folder / "database_url", f"postgresql://insightboard:{password}@postgres:5432/insightboard")
    kept(folder / "redis_url", server(folder, "cache"))
    kept(folder / "celery_broker_url", server(folder, "broker"))
    kept(folder / "jwt_secret", secrets.token_urlsafe(48))
    kept(folder / "flower_basic_auth", f"admin:{secrets.token_urlsafe(16)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
