"""`make demo`: with no outside at all, every widget of the demo's dashboard is filled within a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from demo import scene
from embedded.redis import free_port
from tests import servers

SECONDS = 60.0
ITEMS = {one["id"] for one in scene.layout("")}


def widgets(site: str, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    boards = requests.get(f"{site}/api/dashboards", headers=headers, timeout=10).json()
    board = next(one for one in boards if one["name"] == scene.TITLE)
    answer = requests.get(f"{site}/api/dashboards/{board['id']}/data", headers=headers, timeout=10)
    return dict(answer.json()["widgets"])


def test_every_widget_of_the_demo_is_filled_within_a_minute(home: Path) -> None:
    port = free_port()
    given = {"INSIGHTBOARD_HOME": str(home), "APP_PORT": str(port), "FLOWER_PORT": str(free_port())}
    with servers.launcher(given, "--demo") as launch:
        launch.wait_for("InsightBoard is running", 90)
        site = f"http://127.0.0.1:{port}"
        person = {"email": scene.EMAIL, "password": scene.PASSWORD}
        token = requests.post(f"{site}/api/auth/login", json=person, timeout=10).json()["token"]

        servers.until(
            lambda: all(one["state"] == "fresh" for one in widgets(site, token).values()),
            SECONDS,
            lambda: str(widgets(site, token)),
        )
        found = widgets(site, token)

    assert found.keys() == ITEMS
    assert [site["status"] for site in found["status"]["data"]] == ["up", "up", "up", "degraded", "down"]
    hours = [hour for site in found["status"]["data"] for hour in site["history"]]
    assert all(hour["up"] + hour["degraded"] + hour["down"] for hour in hours)
    assert found["weather"]["data"]["city_name"] == "Oslo"
    assert all(coin["price"] for coin in found["crypto"]["data"])
    assert (home / "demo" / "postgres").is_dir()
    assert not (home / "postgres").exists()
