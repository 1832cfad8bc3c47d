"""How we name ourselves to the world."""

from __future__ import annotations

from configparser import ConfigParser
from functools import cache
from pathlib import Path


@cache
def user_agent() -> str:
    """Return `InsightBoard/<version>` with the version that setup.cfg states."""
    parser = ConfigParser()
    parser.read(Path(__file__).parent.parent / "setup.cfg", encoding="utf-8")
    return f"InsightBoard/{parser.get('metadata', 'version', fallback='0')}"
