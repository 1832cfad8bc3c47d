from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

FORKING = """
import os, sys
from sqlalchemy import text
from models import session
def ask():
    return session.rows(text("SELECT pg_backend_pid()"), {})[0][0]
mine = ask()
child = os.fork()
if child == 0:
    os._exit(0 if ask() != mine else 1)
status = os.waitpid(child, 0)[1]
sys.exit(status != 0 or ask() != mine)
"""


def test_a_forked_child_has_connections_of_its_own_on_the_same_engine(postgres_url: str) -> None:
    forking = subprocess.run([sys.executable, "-c", FORKING], check=False, cwd=ROOT, capture_output=True, text=True)

    assert (forking.returncode, forking.stderr) == (0, "")
