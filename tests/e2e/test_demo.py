"""`make demo`: with no outside at all, every widget of the demo's dashboard is filled within a minute."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo import scene
from tests import servers
from tests.e2e.client import Client
from tests.servers import free_port

SECONDS = 60.0
ITEMS = {one["id"] for one in scene.layout("")}


def widgets(client: Client) -> dict[str, Any]:
    boards = client.until_ok("/api/dashboards").json()
    board = next(one for one in boards if one["name"] == scene.TITLE)
    return dict(client.until_ok(f"/api/dashboards/{board['id']}/data").json()["widgets"])


def test_every_widget_of_the_demo_is_filled_within_a_minute(home: Path) -> None:
    port = free_port()
    hour_of_start = datetime.now(UTC).strftime("%Y-%m-%dT%H")
    found: dict[str, Any] = {}
    given = {"INSIGHTBOARD_HOME": str(home), "APP_PORT": str(port), "FLOWER_PORT": str(free_port())}
    with servers.launcher(given, "--demo") as launch:
        launch.wait_for("InsightBoard is running", 90)
        site = f"http://127.0.0.1:{port}"
        person = {"email": scene.EMAIL, "password": scene.PASSWORD}
        client = Client(site, Client(site).ask("POST", "/api/auth/login", person).json()["token"])

        def filled() -> bool:
            found.update(widgets(client))
            return all(one["state"] == "fresh" for one in found.values())

        servers.until(filled, SECONDS, lambda: str(found))

    assert found.keys() == ITEMS
    assert [site["status"] for site in found["status"]["data"]] == ["up", "up", "up", "degraded", "down"]
    hours = [hour for site in found["status"]["data"] for hour in site["history"]]
    # In the hour of the start nothing was checked where the next one began before the first check.
    before_and_after = [hour for hour in hours if not hour["hour"].startswith(hour_of_start)]
    assert all(hour["up"] + hour["degraded"] + hour["down"] for hour in before_and_after)
    assert found["weather"]["data"]["city_name"] == "Oslo"
    assert all(coin["price"] for coin in found["crypto"]["data"])
    assert (home / "demo" / "postgres").is_dir()
    assert not (home / "postgres").exists()
