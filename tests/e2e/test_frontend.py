"""The page's own tests (Vitest), and how it is built: by the Node.js that there is, or by the one that is pinned."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT

FRONTEND = ROOT / "frontend"
RUN = FRONTEND / "run.sh"


def test_the_pages_own_tests_pass() -> None:
    assert (FRONTEND / "node_modules").is_dir(), "the page's packages are not installed: run `make test`"

    done = subprocess.run([RUN, "npm", "test"], capture_output=True, text=True, check=False, timeout=600)

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Give a repository whose Pythons and Nodes are scripts that say what they are asked."""
    (tmp_path / "frontend").mkdir()
    (tmp_path / "frontend" / "run.sh").write_bytes(RUN.read_bytes())
    (tmp_path / "frontend" / "run.sh").chmod(0o755)
    install = 'echo "python $*"; printf "#!/bin/sh\\nexit 0\\n" > "${0%/*}/node"; cp "${0%/*}/node" "${0%/*}/npm"\n'
    script(tmp_path / ".venv/bin/python", f'{install}chmod +x "${{0%/*}}/node" "${{0%/*}}/npm"')
    return tmp_path


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def ran(machine: Path, *command: str) -> str:
    """Run a command by the machine's own Node.js, and return what was printed."""
    path = f"{machine / 'bin'}:{tools(machine)}"
    done = subprocess.run(
        [machine / "frontend" / "run.sh", *command],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout


def tools(machine: Path) -> Path:
    """Return a folder with what a shell needs, and no Node.js, which may stand beside it on this machine."""
    folder = machine / "tools"
    folder.mkdir(exist_ok=True)
    for name in ("sh", "dirname", "cp", "chmod", "env"):
        found = next(Path(one) / name for one in os.defpath.split(":") if (Path(one) / name).exists())
        if not (folder / name).exists():
            (folder / name).symlink_to(found)
    return folder


@pytest.mark.parametrize(("code", "installs"), [(0, False), (1, True)])
def test_node_is_installed_where_the_machines_own_is_too_old(machine: Path, code: int, installs: bool) -> None:  # noqa: FBT001 - a table
    script(machine / "bin" / "node", f"exit {code}")
    script(machine / "bin" / "npm", "exit 0")

    printed = ran(machine, "sh", "-c", "command -v node; pwd")

    assert ("python -m pip install" in printed) is installs
    assert str(machine / (".venv" if installs else "bin") / ("bin/node" if installs else "node")) in printed
    assert printed.splitlines()[-1] == str(machine / "frontend")


def test_node_is_installed_once_where_the_machine_has_none(machine: Path) -> None:
    first, second = ran(machine, "npm"), ran(machine, "npm")

    assert "--require-hashes --no-deps -r ../requirements/page.txt" in first
    assert second == ""


def test_no_lock_names_the_host_of_a_registry() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), FRONTEND / "package-lock.json", FRONTEND / ".npmrc"]

    # A package may say where its authors take money.
    named = {
        path.name: re.findall(r'"resolved"|https?://(?:[\w.-]*registry|pypi)[\w./-]*|--index', path.read_text())
        for path in locks
    }

    assert {name: found for name, found in named.items() if found} == {}
    assert "--hash=sha256:" in (ROOT / "requirements" / "page.txt").read_text()
