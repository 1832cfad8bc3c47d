"""A name in the environment that must be a slip of a setting's stops the start; what others may use does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from settings import NAMES, WrongSettingError, check_names
from tests import servers


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REGISTRATON", "REGISTRATION"),
        ("REGISTRRATION", "REGISTRATION"),
        ("REGISTARTION", "REGISTRATION"),
        ("Registration", "REGISTRATION"),
        ("APP_PROT", "APP_PORT"),
        ("COR_ORIGINS", "CORS_ORIGINS"),
        ("METRIC_TOKEN", "METRICS_TOKEN"),
        ("ALOWED_NETWORKS", "ALLOWED_NETWORKS"),
        ("LOGFORMAT", "LOG_FORMAT"),
        ("JWT_SECRET_FIL", "JWT_SECRET_FILE"),
    ],
)
def test_a_slip_of_one_letter_is_refused_in_one_line_that_names_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(WrongSettingError) as refused:
        check_names({"PATH": "/bin", name: "hush"})

    assert str(refused.value) == (
        f"{name} in the environment is not a setting of InsightBoard; is it meant to be {meant}?"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("DATABASE_URL2", "DATABASE_URL_REPLICA", "TEST_DATABASE_URL", "DATABASE_URI", "REDIS_URI", "REDIS_URLS"),
        *("DATABASE_PORT", "DATABASE_HOST", "DATABASE_USER", "DB_URL", "REDIS_HOST", "CELERY_RESULT_BACKEND"),
        *("APP_NAME", "APP_ENV", "APP_KEY", "APP_URL", "APP_DEBUG", "APP_HOME", "APP_PORTS", "APP_PORT_80_TCP"),
        *("API_PORT", "API_HOST", "APP_POST", "GITHUB_APP_TOKEN", "CORS_ORIGIN"),
        *("PORT", "HOST", "HOME", "LOG_DIR", "LOGLEVEL", "JWT_ALG", "JWT_KEY", "FLOWER_HOST", "FLOWER_PORT_5555_TCP"),
        *("GITHUB_TOKEN", "GITHUB_APP_URL", "GITHUB_API_VERSION", "GITHUB_ACTIONS", "OPENWEATHER_KEY", "NEWSAPI_KEY"),
        *(NAMES | {"JWT_SECRET_FILE": None}),
    ],
)
def test_what_others_may_use_is_let_through(name: str) -> None:
    check_names({name: "x"})


@pytest.mark.parametrize("command", [("dev.py",), ("-m", "migrations")])
def test_no_process_starts_with_such_a_name(command: tuple[str, ...]) -> None:
    given = {**os.environ, "REGISTRATON": "closed"}
    done = subprocess.run(
        [sys.executable, *command], cwd=servers.ROOT, env=given, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr == (
        "insightboard: REGISTRATON in the environment is not a setting of InsightBoard; "
        "is it meant to be REGISTRATION?\n"
    )
