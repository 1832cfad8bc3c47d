"""The house's rules that import-linter cannot see: root files, borrowed names, sizes, the number of patches."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import providers

ROOT = Path(__file__).parents[2]
PACKAGES = {"web", "tasks", "store", "models", "providers", "embedded", "launcher", "demo", "migrations", "bench"}
# What each root file may import of ours; import-linter 2.16 refuses single files.
ROOT_FILES = {
    "setting_types": set(),
    "settings": {"setting_types"},
    "logs": {"settings"},
    "endpoints": {"settings"},
    "celery_config": {"settings"},
    "dispatch": {"celery_config", "settings", "store"},
    "wanted": {"providers", "store"},
    "wsgi": {"dispatch", "web"},
    "dev": {"demo", "embedded", "launcher", "settings"},
}
OURS = PACKAGES | set(ROOT_FILES) | {"tests"}
MOST_LINES = 300
TESTS_PER_PATCH = 50


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def code_files() -> list[Path]:
    return [*ROOT.glob("*.py"), *sources(*PACKAGES)]


def imported(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in modules(path)}


def modules(path: Path) -> set[str]:
    """Return the names that a file imports, and of `from a import b` both a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def function_lengths(path: Path) -> list[int]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.walk(ast.parse(path.read_text()))
    return [(node.end_lineno or 0) - node.lineno + 1 for node in tree if isinstance(node, functions)]


def test_every_root_file_is_pinned() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == set(ROOT_FILES)


@pytest.mark.parametrize("name", sorted(ROOT_FILES))
def test_a_root_file_imports_only_what_it_may(name: str) -> None:
    assert imported(ROOT / f"{name}.py") & OURS <= ROOT_FILES[name]


def test_no_dependency_ships_one_of_our_names() -> None:
    assert {name: packages_distributions()[name] for name in OURS & set(packages_distributions())} == {}


def test_the_locks_name_every_package_that_another_needs() -> None:
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout) == (0, "No broken requirements found.\n")


@pytest.mark.parametrize("path", sorted((ROOT / "providers").rglob("*.py")), ids=lambda path: path.stem)
def test_no_provider_is_imported_by_another(path: Path) -> None:
    others = {f"providers.{name}" for name in providers.registry()}

    assert not {name for name in modules(path) if name in others}


def test_files_and_functions_keep_the_budget(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = sorted(length for path in code_files() for length in function_lengths(path))
    longest = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in code_files()}

    median, p90 = statistics.median(lengths), lengths[int(len(lengths) * 0.9)]
    with capsys.disabled():
        print(f"\nfunctions: {len(lengths)}, median {median} lines, 90th percentile {p90}, longest {lengths[-1]}")
        print(f"files: {len(longest)}, longest {max(longest.values())} lines")

    assert median <= 10
    assert p90 <= 30
    assert {name: lines for name, lines in longest.items() if lines > MOST_LINES} == {}


def test_there_is_at_most_one_patch_for_fifty_tests(capsys: pytest.CaptureFixture[str]) -> None:
    here = Path(__file__)
    texts = [path.read_text() for path in sources("tests") if path != here]
    tests = sum(len(re.findall(r"^\s*def test_", text, re.MULTILINE)) for text in texts)
    patches = sum(len(re.findall(r"monkeypatch\.setattr|mock\.|Mock\(|patch\(", text)) for text in texts)

    with capsys.disabled():
        print(f"\ntests: {tests}, mocks and patches: {patches}")

    assert patches * TESTS_PER_PATCH <= tests


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_web_loads_no_http_client_no_task_and_no_celery() -> None:
    names = "[name for name in ('celery', 'requests', 'tasks') if name in sys.modules]"

    assert printed(f"import sys, web; print({names})") == "[]"


def test_what_a_server_loads_is_out_of_the_garbage_collectors_sight() -> None:
    assert printed("import gc, wsgi; print(gc.isenabled(), gc.get_freeze_count() > 50_000)") == "True True"


def test_a_server_loads_celery_without_being_asked_to_enqueue() -> None:
    wait = "[one.join() for one in threading.enumerate() if one.name == 'prepare']"

    assert printed(f"import sys, threading, wsgi; {wait}; print('kombu.transport.redis' in sys.modules)") == "True"
