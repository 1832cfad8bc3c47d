"""Make the demo's user and dashboard through the API, as a client would; what the user changed since is kept."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

import settings
from demo import past, scene
from demo.upstream import SITES
from launcher.parts import ANY_ADDRESS


@dataclass(frozen=True)
class Answer:
    """One answer of the API."""

    status: int
    data: Any


def ask(method: str, path: str, body: Any = None, token: str = "") -> Answer:
    """Ask the API once, with a JSON body where one is given."""
    given = settings.load()
    connection = http.client.HTTPConnection(ANY_ADDRESS.get(given.app_host, given.app_host), given.app_port, timeout=10)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    return Answer(answer.status, json.loads(answer.read() or b"null"))


def sign_in() -> str:
    """Return a token of the demo's user, who is registered at the first start."""
    person = {"email": scene.EMAIL, "password": scene.PASSWORD}
    registered = ask("POST", "/api/auth/register", person)
    signed_in = registered if registered.status == http.client.CREATED else ask("POST", "/api/auth/login", person)
    return str(expect(signed_in)["token"])


def expect(answer: Answer) -> Any:
    """Return the data of an answer that succeeded; raises SystemExit with one line otherwise."""
    if answer.status >= http.client.BAD_REQUEST:
        raise SystemExit(f"insightboard: the demo could not be filled: {answer.status} {answer.data}")
    return answer.data


def main() -> None:
    """Make the dashboard, or lead its checks to where the replay upstream is now."""
    base = scene.base(settings.load())
    token = sign_in()
    found = [one for one in expect(ask("GET", "/api/dashboards", token=token)) if one["name"] == scene.TITLE]
    if not found:
        made = {"name": scene.TITLE, "layout_json": scene.layout(base)}
        found = [expect(ask("POST", "/api/dashboards", made, token))]
    path = f"/api/dashboards/{found[0]['id']}"
    moved = [redirect(item, base) for item in found[0]["layout_json"]]
    if moved != found[0]["layout_json"]:
        expect(ask("PUT", path, {"layout_json": moved}, token))
    past.fill(base)
    # Asking once has every widget fetched, so that the page is filled when it is opened.
    expect(ask("GET", f"{path}/data", token=token))


def redirect(item: dict[str, Any], base: str) -> dict[str, Any]:
    """Return the item with the demo's own sites at the upstream's present port."""
    urls = item["params"].get("urls")
    if item["widget"] != "status" or not isinstance(urls, list):
        return item
    moved = [next((base + site for site in SITES if url.endswith(site)), url) for url in urls]
    return {**item, "params": {**item["params"], "urls": moved}}


if __name__ == "__main__":
    main()
