"""A new provider is one new file: the one of docs/architecture.md, put into a copy of the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("web", "tasks", "providers", "models", "store", "embedded", "launcher", "tests")
ASK = """
import json
from web import create_app

app = create_app()
app.testing = True
client = app.test_client()
registered = client.post("/api/auth/register", json={"email": "toy@example.org", "password": "correct horse"})
headers = {"Authorization": "Bearer " + registered.get_json()["token"]}
print(json.dumps({
    "document": client.get("/api/openapi.json").get_json(),
    "catalogue": client.get("/api/widgets", headers=headers).get_json(),
    "cold": client.get("/api/data/holidays?country=NO", headers=headers).status_code,
    "wrong": client.get("/api/data/holidays?country=Norway", headers=headers).status_code,
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the code and add the documented provider, with no other line changed."""
    target = tmp_path_factory.mktemp("copy")
    for name in CODE:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*ROOT.glob("*.py"), ROOT / "setup.cfg"):
        shutil.copy(path, target)
    (target / "providers" / "holidays.py").write_text(documented())
    return target


def documented() -> str:
    """Return the provider that the architecture page shows."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def answers(copy: Path, database: str, redis: object) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", ASK], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_its_route_documents_and_catalogue_entry_appear_by_themselves(answers: dict[str, Any]) -> None:
    paths = answers["document"]["paths"]
    (entry,) = [one for one in answers["catalogue"] if one["name"] == "holidays"]

    assert (answers["cold"], answers["wrong"]) == (202, 422)
    assert "/api/data/holidays" in paths
    assert [one["name"] for one in paths["/api/data/holidays"]["get"]["parameters"] if one["in"] == "query"] == [
        "country"
    ]
    assert (entry["title"], entry["ttl"], entry["configured"]) == ("Public holidays", 43_200, True)


def test_its_contract_tests_appear_by_themselves(copy: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/providers", "-k", "holidays"],
        cwd=copy,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed", done.stdout)
