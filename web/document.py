"""`python -m web.document FILE [--check]`: write the OpenAPI document, which the page's types are made of.

With `--check` nothing is written, and the exit code is 1 where the file says anything else. No server is asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from web import create_app


def document() -> str:
    """Return the document without the names of time zones, of which each release of tzdata knows others."""
    found = json.loads(create_app().test_client().get("/api/openapi.json").data)
    del found["components"]["schemas"]["Settings"]["properties"]["timezone"]["enum"]
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write or compare the file that is named first; return the exit code."""
    file = Path(arguments[0])
    made = document()
    if "--check" not in arguments:
        file.write_text(made, encoding="utf-8")
    elif not file.is_file() or file.read_text(encoding="utf-8") != made:
        sys.stderr.write(f"insightboard: {file} is not what the API says now: run `make openapi`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
