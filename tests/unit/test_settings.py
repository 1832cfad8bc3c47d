"""Settings: every name has its default, and a wrong one stops the start with one line that names it."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import celery_config
import settings
from settings import WrongSettingError, broker_beside, dotenv, layered, read

NEEDED = {
    "JWT_SECRET": "0123456789abcdef0123456789abcdef",
    "DATABASE_URL": "postgresql://u:p@db/insightboard",
    "REDIS_URL": "redis://cache:6379/0",
}
ROOT = Path(__file__).parents[2]


def test_the_defaults_are_those_of_the_contract() -> None:
    given = read(NEEDED)

    assert (given.app_port, given.app_host, given.database_pool, given.flower_port) == (8080, "127.0.0.1", 10, 5555)
    assert given.jwt_ttl == timedelta(days=7)
    assert given.registration == "open"
    assert given.celery_broker_url == "redis://cache:6379/1"
    assert given.database_url == "postgresql+psycopg://u:p@db/insightboard"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_PORT", "http"),
        ("APP_PORT", "70000"),
        ("APP_PORT", "-1"),
        ("DATABASE_POOL", "0"),
        ("DATABASE_URL", "mysql://db"),
        ("REDIS_URL", "memcached://cache"),
        ("REDIS_URL", "redis+cluster://cache"),
        ("REDIS_URL", "sentinel://one:26379"),
        ("CELERY_BROKER_URL", "sqs://queue"),
        ("JWT_SECRET", "short"),
        ("JWT_TTL", "soon"),
        ("JWT_TTL", "0"),
        ("JWT_TTL", "366 days"),
        ("REGISTRATION", "maybe"),
        ("CORS_ORIGINS", "*"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("ALLOWED_NETWORKS", "home"),
        ("FLOWER_BASIC_AUTH", "admin"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("API_PROCESSES", "many"),
        ("WORKER_CONCURRENCY", "0"),
        ("GITHUB_API_URL", "ftp://api.github.com"),
        ("GITHUB_API_TOKEN", "a\nb"),
        ("METRICS_TOKEN", "schlüssel"),
        ("NEWSAPI_API_KEY", "two words"),
        ("GITHUB_API_TOKEN", "\udcff"),
        ("INSIGHTBOARD_HOME", "~nobody-of-this-name/data"),
        ("APP_HOST", "127.0.0.1\x00"),
        ("APP_HOST", "no such host"),
        ("APP_HOST", "999.1.1.1"),
        ("APP_HOST", "[::1]"),
        ("APP_HOST", "a" * 64),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://:6379/0"),
        ("REDIS_URL", "redis://h:6379/abc"),
        ("REDIS_URL", "redis://h:6379/0/"),
        ("REDIS_URL", "redis://h:6379?db=abc"),
        ("REDIS_URL", "redis://h:abc/0"),
        ("REDIS_URL", "redis://a:1;redis://b:1/0"),
        ("REDIS_URL", "unix:///tmp/x?db=abc"),
        ("REDIS_URL", "unix://tmp/x"),
        ("REDIS_URL", "sentinel://a:1;sentinel://b:abc/0?master_name=m"),
        ("REDIS_URL", "sentinel://a:1;sentinel://b:2/abc?master_name=m"),
        ("REDIS_URL", "sentinel://a:1;redis://b:2/0?master_name=m"),
        ("REDIS_URL", "sentinel://a:1;b:2/0?master_name=m"),
        ("REDIS_URL", "sentinel://a:1;;sentinel://b:2/0?master_name=m"),
        ("CELERY_BROKER_URL", "amqp://h:abc//"),
        ("CELERY_BROKER_URL", "amqp://"),
        ("CELERY_BROKER_URL", "redis+socket:///tmp/x?virtual_host=abc"),
        ("DATABASE_URL", "postgresql://u:p@h:abc/x"),
        ("DATABASE_URL", "postgresql://u:p@h:0/x"),
        ("DATABASE_URL", "postgresql://u:p@[::1/x"),
        ("DATABASE_URL", "postgresql://u:p@a b/x"),
        ("DATABASE_URL", "postgresql://u@/x?port=abc"),
        ("DATABASE_URL", "postgresql://u@/x?host=a:abc"),
        ("GITHUB_API_URL", "http://h:abc"),
        ("GITHUB_API_URL", "http://h:99999"),
        ("GITHUB_API_URL", "https://api.github.com?"),
        ("GITHUB_API_URL", "https://api.github.com/v3?a=b"),
        ("GITHUB_API_URL", "https://api.github.com/#"),
        ("GITHUB_URL", "https://user:hush@github.com"),
        ("NEWSAPI_URL", "https://@newsapi.org"),
        ("NEWSAPI_URL", "https://x y"),
        ("CORS_ORIGINS", "https://a.org:99999"),
        ("CORS_ORIGINS", "https://a.org,https://[::1"),
    ],
)
def test_a_wrong_value_is_refused_by_name_in_one_line(name: str, value: str) -> None:
    with pytest.raises(WrongSettingError) as refused:
        read(NEEDED | {name: value})

    assert str(refused.value).startswith(f"{name} ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_HOST", "::1"),
        ("APP_HOST", "my_host.example.org"),
        ("DATABASE_URL", "postgresql://user@/db?host=/run/postgresql"),
        ("DATABASE_URL", "postgresql:///db"),
        ("DATABASE_URL", "postgresql://u:p%40@[::1]:5432/db?sslmode=require"),
        ("DATABASE_URL", "postgresql://u@/db?host=a:5432&host=b:5432"),
        ("REDIS_URL", "redis://h"),
        ("REDIS_URL", "rediss://user:p%2F@[::1]:6379/15"),
        ("REDIS_URL", "unix://:p@/run/redis.sock?db=2"),
        ("REDIS_URL", "sentinel://:p@a:1;sentinel://b:2;sentinel://c/0?master_name=m"),
        ("CELERY_BROKER_URL", "amqp://u:p@a:5672//;amqp://u:p@b:5672//"),
        ("CELERY_BROKER_URL", "amqps://h/vhost"),
        ("CELERY_BROKER_URL", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("GITHUB_API_URL", "https://github.example.org:8443/api/v3/"),
        ("NEWSAPI_URL", "https://b\u00fccher.example"),
        ("CORS_ORIGINS", "https://a.org:8443 http://[::1]:3000"),
        ("JWT_TTL", "1 second"),
        ("JWT_TTL", "365 days"),
    ],
)
def test_every_form_that_works_is_taken(name: str, value: str) -> None:
    given = read(NEEDED | {name: value})

    assert getattr(given, name.lower())


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_production_needs_its_secret_and_its_servers(name: str) -> None:
    with pytest.raises(WrongSettingError, match=f"{name} must be set"):
        read(NEEDED | {name: ""})


@pytest.mark.parametrize("name", ["JWT_SECRET", "GITHUB_API_TOKEN", "FLOWER_BASIC_AUTH"])
def test_a_wrong_secret_is_never_repeated(name: str) -> None:
    with pytest.raises(WrongSettingError) as refused:
        read(NEEDED | {name: "hush\n"[:-1] + "\x01"})

    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://:hush/er@h:6379/0"),
        ("REDIS_URL", "redis://:hush;er@h:6379/0"),
        ("DATABASE_URL", "postgresql://u:hush#er@h/x"),
        ("CELERY_BROKER_URL", "amqp://u:hush?er@h//"),
    ],
)
def test_a_password_that_is_not_encoded_is_refused_and_never_repeated(name: str, value: str) -> None:
    with pytest.raises(WrongSettingError, match="written as %XX") as refused:
        read(NEEDED | {name: value})

    assert "hush" not in str(refused.value)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")

    assert read(NEEDED | {"GITHUB_API_TOKEN_FILE": str(tmp_path / "token")}).github_api_token == "from-a-file"


def test_a_secret_given_twice_or_in_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingError, match="JWT_SECRET_FILE cannot be given together"):
        read(NEEDED | {"JWT_SECRET_FILE": str(tmp_path / "none")})
    with pytest.raises(WrongSettingError, match="METRICS_TOKEN_FILE cannot be read"):
        read(NEEDED | {"METRICS_TOKEN_FILE": str(tmp_path / "none")})


def test_a_name_of_compose_in_dotenv_is_let_through(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=board\n")

    assert dotenv(tmp_path / ".env") == {"COMPOSE_PROJECT_NAME": "board"}


def test_an_unknown_name_in_dotenv_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("APP_PROT=8080\n")

    with pytest.raises(WrongSettingError, match="APP_PROT"):
        dotenv(tmp_path / ".env")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (b"# caf\xe9\nAPP_PORT=8080\n", ".env cannot be read (UnicodeDecodeError)"),
        (b"APP_PORT=8080\n\n# fine\nnot a line !!!\n", ".env line 4 must be NAME=value"),
        (b"\n\nJWT_SECRET: hush\n", ".env line 3 must be NAME=value"),
        (b"APP_PORT\n", ".env line 1 must be NAME=value"),
        (b"'A\nB'=1\n", "A B in .env is not a setting of InsightBoard"),
    ],
)
def test_a_dotenv_that_cannot_be_understood_is_refused_in_one_line(
    tmp_path: Path, written: bytes, message: str
) -> None:
    (tmp_path / ".env").write_bytes(written)

    with pytest.raises(WrongSettingError) as refused:
        dotenv(tmp_path / ".env")

    assert str(refused.value).replace(f"{tmp_path}/", "") == message


def test_dotenv_takes_comments_quotes_exports_and_empty_values(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\n\nexport APP_PORT=1  # one\nJWT_TTL='7 days'\nAPP_HOST=\n")

    assert dotenv(tmp_path / ".env") == {"APP_PORT": "1", "JWT_TTL": "7 days", "APP_HOST": ""}
    assert dotenv(tmp_path / "none") == {}


@pytest.mark.parametrize(("below", "above"), [("JWT_SECRET", "JWT_SECRET_FILE"), ("JWT_SECRET_FILE", "JWT_SECRET")])
def test_the_environment_wins_over_dotenv_in_whichever_form_a_secret_is_given(below: str, above: str) -> None:
    assert layered({below: "lower", "APP_PORT": "1"}, {above: "upper"}) == {above: "upper", "APP_PORT": "1"}


def test_a_secret_given_in_both_forms_in_one_place_stays_for_read_to_refuse() -> None:
    both = {"JWT_SECRET": "a", "JWT_SECRET_FILE": "b"}

    assert layered(both, {"APP_PORT": "1"}) == both | {"APP_PORT": "1"}


def test_networks_and_lengths_of_time_are_parsed() -> None:
    given = read(NEEDED | {"ALLOWED_NETWORKS": "10.0.0.0/8, fd00::/8", "JWT_TTL": "12h"})

    assert given.allowed_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert given.jwt_ttl == timedelta(hours=12)


def test_the_home_folder_may_be_in_the_users_own() -> None:
    assert read(NEEDED | {"INSIGHTBOARD_HOME": "~/board"}).insightboard_home == Path.home() / "board"


def test_an_origin_is_kept_as_browsers_send_it() -> None:
    given = read(
        NEEDED
        | {"CORS_ORIGINS": "https://Example.org HTTPS://a.org:443,http://b.org:80 https://c.org:80 http://[::1]:3000"}
    )

    assert given.cors_origins == (
        *("https://example.org", "https://a.org", "http://b.org", "https://c.org:80", "http://[::1]:3000"),
    )


def test_secrets_are_not_in_the_representation() -> None:
    shown = repr(read(NEEDED | {"NEWSAPI_API_KEY": "hush"}))

    assert "hush" not in shown
    assert NEEDED["JWT_SECRET"] not in shown


def test_the_example_names_every_setting_with_its_default() -> None:
    example = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    defaults = read({name: value for name, value in example.items() if value}, required=False)

    assert set(example) == set(settings.NAMES)
    assert defaults == read({}, required=False)


@pytest.mark.parametrize(
    ("cache", "broker"),
    [
        ("redis://h:1/3", "redis://h:1/4"),
        ("redis://h:1", "redis://h:1/1"),
        ("redis://h:1/15", "redis://h:1/14"),
        ("redis://h?db=1", "redis://h/2"),
        ("redis://h/1?db=7", "redis://h/8"),
        ("rediss://:p%3Bw@h:1/0?ssl_cert_reqs=none&socket_timeout=1", "rediss://:p%3Bw@h:1/1?ssl_cert_reqs=none"),
        ("unix:///a/b?db=2", "redis+socket:///a/b?virtual_host=3"),
        ("unix://:p@/a/b?db=15", "redis+socket://:p@/a/b?virtual_host=14"),
        ("sentinel://a:1;sentinel://b:2/0?master_name=m", "sentinel://a:1;sentinel://b:2/1?master_name=m"),
        ("sentinel://a:1;sentinel://b:2?master_name=m", "sentinel://a:1;sentinel://b:2/1?master_name=m"),
        ("sentinel://a:1/?master_name=m", "sentinel://a:1/1?master_name=m"),
    ],
)
def test_the_broker_is_beside_the_cache_unless_set(cache: str, broker: str) -> None:
    assert broker_beside(cache) == broker


@pytest.mark.parametrize("role", ["api", "worker"])
@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("redis://h:1/1", "visibility_timeout"),
        ("sentinel://a:1;sentinel://b:2/1?master_name=m", "master_name"),
        ("amqp://guest:guest@h//", "confirm_publish"),
    ],
)
def test_the_broker_s_options_fit_its_scheme(url: str, option: str, role: celery_config.Role) -> None:
    app = celery_config.make_app(read(NEEDED | {"CELERY_BROKER_URL": url}), role)

    assert option in app.conf.broker_transport_options
    assert app.connection_for_write().as_uri().startswith(url.partition(":")[0])
    assert "master_name" not in app.conf.broker_write_url


@pytest.mark.parametrize(
    ("url", "databases"),
    [
        ("redis://h/3", ["3"]),
        ("redis://h?db=3", ["3"]),
        ("rediss://:p%3Bw@h:1/2?db=3&ssl_cert_reqs=required", ["3"]),
        ("sentinel://a:1;sentinel://:p@b:2;sentinel://c:3/3?master_name=m", ["3", "3", "3"]),
    ],
)
def test_every_server_of_the_broker_is_asked_for_the_same_database(url: str, databases: list[str]) -> None:
    app = celery_config.make_app(read(NEEDED | {"CELERY_BROKER_URL": url}), "worker")

    with app.connection_for_write() as connection:
        asked = [one or connection.as_uri() for one in connection.alt] or [connection.as_uri()]

        assert [urlsplit(one).path.strip("/") for one in asked] == databases
        assert connection.virtual_host == databases[0]
