"""What `make demo` changes in a launch: where the data is, where the providers are, who the user is, what they see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demo.upstream import BASES, HOST, SITES
from embedded.process import private_folder
from embedded.redis import free_port
from launcher import home
from launcher.parts import PYTHON, Part, status
from settings import Settings

EMAIL = "demo@example.com"
PASSWORD = "demo-insightboard"  # noqa: S105 - printed for everyone; the demo has no data and no outside
KEYLESS = ("GITHUB_API_TOKEN", "OPENWEATHER_API_KEY", "NEWSAPI_API_KEY", "COINGECKO_API_KEY")
OWN_SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "JWT_SECRET")
TITLE = "Demo"


def overrides(settings: Settings) -> dict[str, str]:
    """Return the settings of the demo: a folder and servers of its own, no keys, and the replay upstream."""
    folder = settings.insightboard_home.resolve() / "demo"
    with home.usable(folder):
        private_folder(folder)
    base = f"http://{HOST}:{upstream_port(folder / 'upstream_port')}"
    emptied = dict.fromkeys((*KEYLESS, *OWN_SERVERS), "")
    files = {f"{name}_FILE": "" for name in emptied}
    urls = {name: base + path for name, path in BASES.items()}
    chosen = {"INSIGHTBOARD_HOME": str(folder), "ALLOWED_NETWORKS": f"{HOST}/32", "REGISTRATION": "open"}
    return emptied | files | urls | chosen


def upstream_port(record: Path) -> int:
    """Return the port of the last start where it is still free: the demo's dashboard has it in its URLs."""
    kept = record.read_text(encoding="ascii").strip() if record.is_file() else ""
    if kept.isdigit() and home.is_free(HOST, int(kept)):
        return int(kept)
    chosen = free_port()
    record.write_text(str(chosen), encoding="ascii")
    return chosen


def parts(settings: Settings) -> list[Part]:
    """Return what the demo runs besides everything else: the upstream, and once the demo's user and dashboard."""
    port = int(base(settings).rpartition(":")[2])
    upstream = Part("upstream", (*PYTHON, "demo.upstream", str(port)), ready=lambda: status(HOST, port, "/") != 0)
    seed = Part("seed", (*PYTHON, "demo.seed"), ("api", "upstream"), once=True)
    return [upstream, seed]


def base(settings: Settings) -> str:
    """Return the replay upstream's address, such as http://127.0.0.1:20000."""
    return settings.github_api_url.removesuffix(BASES["GITHUB_API_URL"])


def login() -> list[str]:
    """Return the lines of the final block that say who may sign in."""
    return [f"  e-mail    {EMAIL}", f"  password  {PASSWORD}"]


def layout(base: str) -> list[dict[str, Any]]:
    """Return the items of the demo's dashboard: each provider, most of them twice."""
    sites = [base + path for path in SITES]
    coins = ["bitcoin", "ethereum", "solana", "ripple", "dogecoin", "cardano"]
    return [
        item("weather", {"city": "Oslo"}, "Oslo", (0, 0, 4, 9)),
        item("crypto", {"symbols": coins, "currency": "usd"}, "Coins", (4, 0, 3, 9)),
        item("status", {"urls": sites}, "Our sites", (7, 0, 5, 9)),
        item("news", {"topic": "databases"}, "Databases", (0, 9, 5, 9)),
        item("github", {"username": "octocat"}, "octocat", (5, 9, 4, 9)),
        item("weather", {"city": "Tokyo"}, "Tokyo", (9, 9, 3, 9), "tokyo"),
        item("news", {"topic": "self-hosting"}, "Self-hosting", (0, 18, 5, 5), "hosting"),
        item("github", {"username": "hubot"}, "hubot", (5, 18, 4, 5), "hubot"),
        item("crypto", {"symbols": coins[:2], "currency": "eur"}, "In euros", (9, 18, 3, 5), "euros"),
    ]


def item(widget: str, params: Any, title: str, place: tuple[int, int, int, int], name: str = "") -> dict[str, Any]:
    """Return one item of a layout at (x, y, width, height); its id is the widget's name where none is given."""
    x, y, w, h = place
    return {"id": name or widget, "widget": widget, "params": params, "title": title, "x": x, "y": y, "w": w, "h": h}
