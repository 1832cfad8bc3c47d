"""docker-compose.yml cannot rot where no Docker engine runs: each service's own command line is started natively."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import redis as client
from redis import Redis

import endpoints
import settings
from launcher import credentials
from tests import servers
from tests.e2e.compose import COMPOSE, SERVICES, command, filled, start
from tests.servers import free_port

LOGIN = "admin:made-up-password"


def test_every_application_service_runs_by_its_own_command_line(database: str, redis: Redis) -> None:
    port, flower_port = free_port(), free_port()
    with ExitStack() as stack:
        migrate = start(stack, "migrate", {})
        assert migrate.process.wait(30) == 0
        api = start(
            stack, "api", {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "GRANIAN_WORKERS": "2"}, port
        )
        for name in ("worker", "checks", "beat"):
            start(stack, name, {})
        words = [word.replace("5555", str(flower_port)) for word in command("flower")]
        flower = stack.enter_context(servers.running(words, {"FLOWER_BASIC_AUTH": LOGIN}))

        servers.until(lambda: servers.get(port, "/readyz") == 200, 60, api.printed)
        servers.until(lambda: servers.get(flower_port, "/healthcheck") == 200, 30, flower.printed)
        servers.until(lambda: servers.get(flower_port, "/api/tasks") == 401, 30, flower.printed)


def test_flower_refuses_to_listen_beyond_loopback_without_a_password() -> None:
    with servers.running(command("flower")) as flower:
        assert flower.process.wait(20) == 1
        assert flower.printed().splitlines() == [
            "insightboard: FLOWER_BASIC_AUTH must be set where Flower listens beyond loopback"
        ]


def test_flower_is_closed_to_url_checks_whatever_port_the_host_has_for_it() -> None:
    inside = {name: service["environment"].get("FLOWER_PORT") for name, service in SERVICES.items() if ours(service)}
    given = settings.read(
        {"FLOWER_PORT": inside["api"], "ALLOWED_NETWORKS": "172.16.0.0/12"},
        required=False,
    )

    assert f"--port={inside['api']}" in command("flower")
    assert filled(SERVICES["flower"]["ports"][0], {"FLOWER_PORT": "5566"}) == f"127.0.0.1:5566:{inside['api']}"
    assert {port for name, port in inside.items() if name != "secrets"} == {inside["api"]}
    assert ("flower", int(inside["api"])) in endpoints.own(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, ("127.0.0.1", "8080", "8080")), ({"APP_HOST": "::", "APP_PORT": "80"}, ("::", "80", "8080"))],
)
def test_the_api_is_published_where_the_settings_say(given: dict[str, str], expected: tuple[str, ...]) -> None:
    (published,) = SERVICES["api"]["ports"]

    assert tuple(filled(str(published[name]), given) for name in ("host_ip", "published", "target")) == expected


@pytest.mark.parametrize(("service", "policy"), [("broker", "noeviction"), ("cache", "volatile-lru")])
def test_the_redis_servers_run_with_the_configuration_that_the_first_start_makes(
    tmp_path: Path, service: str, policy: str
) -> None:
    credentials.main(tmp_path)
    port = free_port()
    words = [word.replace("/run/insightboard", str(tmp_path)) for word in command(service)]
    password = (tmp_path / f"{service}_password").read_text(encoding="ascii")
    with (
        servers.running([*words, "--port", str(port), "--dir", str(tmp_path), "--bind", "127.0.0.1"]) as server,
        closing(client.Redis(port=port, password=password)) as connection,
    ):
        servers.until(lambda: answers(connection), 10, server.printed)
        found = connection.config_get("maxmemory-policy") | connection.config_get("appendonly")

    assert found == {"maxmemory-policy": policy, "appendonly": "yes"}


def answers(connection: Redis) -> bool:
    try:
        return bool(connection.ping())
    except client.ConnectionError:
        return False


def test_the_secrets_are_made_once_and_fit_the_settings(tmp_path: Path) -> None:
    credentials.main(tmp_path)
    first = {path.name: path.read_text(encoding="ascii") for path in tmp_path.iterdir()}
    credentials.main(tmp_path)
    files = {
        name: filled(value, {}).replace("/run/insightboard", str(tmp_path))
        for name, value in COMPOSE["x-app"]["environment"].items()
    }

    given = settings.read(files)

    assert first == {path.name: path.read_text(encoding="ascii") for path in tmp_path.iterdir()}
    assert given.database_url.endswith("@postgres:5432/insightboard")
    assert (given.redis_url[-13:], given.celery_broker_url[-14:]) == ("@cache:6379/0", "@broker:6379/0")
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in ("jwt_secret", "database_url", "redis_url"))


def test_the_image_serves_as_compose_has_it_serve_and_prints_no_lines_of_granians_own() -> None:
    steps = (servers.ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    served = next(json.loads(step.removeprefix("CMD ")) for step in steps if step.startswith("CMD "))

    assert served == SERVICES["api"]["command"].split()
    assert "--log-level warning" in SERVICES["api"]["command"]


def ours(service: Mapping[str, Any]) -> bool:
    return bool(service.get("image") == COMPOSE["x-app"]["image"])


def test_every_service_of_one_image_waits_for_the_migrations() -> None:
    of_ours = {name for name, service in SERVICES.items() if ours(service)}
    waiting = {name for name in of_ours if "migrate" in SERVICES[name]["depends_on"]}

    assert of_ours - waiting == {"secrets", "migrate"}


def test_the_image_is_built_once_by_the_service_for_which_all_others_wait_and_never_pulled() -> None:
    building = {name for name, service in SERVICES.items() if "build" in service}
    pulled = {name for name, service in SERVICES.items() if ours(service) and service["pull_policy"] != "never"}

    assert building == {"secrets"}
    assert "secrets" in SERVICES["postgres"]["depends_on"]
    assert "postgres" in SERVICES["migrate"]["depends_on"]
    assert pulled == set()


def test_the_image_lacks_nothing_that_a_command_imports() -> None:
    allowed = (servers.ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    needed = {
        "!frontend",
        "!launcher",
        "!migrations",
        "!models",
        "!providers",
        "!store",
        "!tasks",
        "!web",
        "!alembic.ini",
        "!*.py",
    }

    assert needed <= set(allowed)


def test_the_image_has_the_page_as_it_is_built_and_nothing_else_of_it() -> None:
    steps = (servers.ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    allowed = (servers.ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert "COPY --from=page /page/dist /app/frontend/dist" in steps
    assert steps.index("COPY . /app") < steps.index("RUN rm -r /app/frontend")
    assert {"frontend/dist", "frontend/node_modules"} <= set(allowed)
    for step in ("RUN npm ci --no-audit --no-fund --ignore-scripts", "RUN npm run build"):
        assert step in steps
