"""The endpoints of the widgets' data: for each provider one, with its own parameters and result, and its runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

import providers
from providers import schema
from store import runs
from store.runs import KEPT
from web import admission, answers, shapes, widgets
from web.api import SECURITY, Blueprint, header
from web.params import AnyProvider
from web.reading import Look
from web.times import epoch

blueprint = Blueprint("data", __name__, description="Data of widgets; never fetched while you wait, unless you ask to")

REQUEST_HEADERS = [
    header("ETags, one of which the data must have") | {"name": "If-Match", "in": "header"},
    header("ETags that the client has") | {"name": "If-None-Match", "in": "header"},
    header("wait=N: wait at most N seconds, 10 at most, for a fetch", "wait=5") | {"name": "Prefer", "in": "header"},
    header("no-cache: refresh it although it is fresh", "no-cache") | {"name": "Cache-Control", "in": "header"},
]
HEADERS = {
    "ETag": header("strong, one for each content coding"),
    "Age": header("seconds since it was fetched"),
    "Last-Modified": header("when it was fetched"),
    "Cache-Control": header("for how long it is fresh, counted from its age"),
    "Cache-Status": header("the seconds for which it is fresh yet, negative when stale, and the last error"),
    "Preference-Applied": header("where it was waited for"),
    "Vary": header("what the answer depends on"),
}
# Granian refuses it before the application is asked, so it is the one error that is no problem+json.
TOO_LONG = "the address is over 64 KiB; there is no body"
ACCEPTED = {"Location": header("where the job is"), "Retry-After": header("seconds")}


def parameters(provider: AnyProvider) -> list[dict[str, Any]]:
    """Describe a provider's parameters as a query."""
    said = schema.json_schema(provider)
    return [
        {"name": name, "in": "query", "required": name in said["required"], "schema": one}
        | ({"style": "form", "explode": True} if one["type"] == "array" else {})
        | ({"description": one["description"]} if "description" in one else {})
        for name, one in shapes.properties(provider).items()
    ]


def add(provider: AnyProvider) -> None:
    """Add a provider's two endpoints."""
    add_data(provider)
    add_runs(provider)


def add_data(provider: AnyProvider) -> None:
    """Add the endpoint of a provider's data."""
    result = schema.result_schema(provider)(many=provider.many)

    @blueprint.route(f"/{provider.name}", methods=["GET"], endpoint=provider.name)
    @admission.identified
    @blueprint.response(200, result, headers=HEADERS)
    @blueprint.alt_response(202, schema=shapes.Accepted, headers=ACCEPTED, success=True)
    @blueprint.alt_response(304, description="the client has it")
    @blueprint.alt_response(414, description=TOO_LONG)
    @blueprint.errors(401, 404, 412, 422, 429, 502, 503, 504)
    @named(provider, provider.description, [*parameters(provider), *REQUEST_HEADERS])
    def read() -> Response:
        return widgets.read(provider)


def add_runs(provider: AnyProvider) -> None:
    """Add the endpoint that tells why a provider's data is stale."""

    @blueprint.route(f"/{provider.name}/runs", methods=["GET"], endpoint=f"{provider.name}_runs")
    @admission.identified
    @blueprint.response(200, shapes.Runs)
    @blueprint.alt_response(414, description=TOO_LONG)
    @blueprint.errors(401, 422, 429, 503)
    @named(provider, "The last fetches of one widget, newest first.", parameters(provider))
    def read() -> Response:
        return read_runs(provider)


def named(provider: AnyProvider, text: str, given: list[dict[str, Any]]) -> Callable[..., Any]:
    """Describe an operation of one provider."""
    described: Callable[..., Any] = blueprint.doc(
        summary=provider.title, description=text, parameters=given, security=SECURITY
    )
    return described


def read_runs(provider: AnyProvider) -> Response:
    """Return the last fetches of all parts of a widget."""
    wanted = widgets.asked_for(provider)
    look = widgets.first_look(wanted)
    found = [one for key in wanted.parts for one in runs.read(key)]
    newest = sorted(found, key=lambda one: one.at, reverse=True)[:KEPT]
    said = [{**vars(one), "at": epoch(one.at)} for one in newest]
    return answers.json_answer({"next_try_at": epoch(next_try_at(look)), "runs": said})


def next_try_at(look: Look) -> float | None:
    """Return until when the widget is left alone, in epoch seconds; None when it is not."""
    failing = [one.failure.next_try_at for one in look.entries if one.failure and one.failure.active(look.now)]
    return max([*failing, *([look.pause.until] if look.pause else [])], default=None)


def path(provider: AnyProvider, params: Any) -> str:
    """Return where a widget's data is."""
    return f"{request.script_root}/api/data/{provider.name}?{schema.query_string(params)}"


for one in providers.registry().values():
    add(one)
