"""What make keeps to itself: a SIGINT sent to make alone, and make's own death; both mean that we should stop."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path


def gone() -> Callable[[], bool]:
    """Return a function that says whether the make that started us wants an end; never, where no make did.

    GNU make passes on a SIGTERM, but at a SIGINT it only waits for its recipe, which a terminal would have told too;
    it no longer catches SIGINT then, and Linux shows that.
    """
    make = os.getppid() if os.environ.get("MAKELEVEL") else 0
    listened = catches_sigint(make)
    return lambda: bool(make) and (os.getppid() != make or (listened and not catches_sigint(make)))


def catches_sigint(pid: int) -> bool:
    """Say whether the process has a handler for SIGINT (proc(5), SigCgt); false where there is no /proc."""
    try:
        status = (Path("/proc") / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    caught = re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGINT - 1) & 1)
