"""Dashboards, boards, jobs, runs and the catalogue as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

import providers
from providers import schema
from store.jobs import State
from wanted import LEAST_REFRESH, MOST_REFRESH
from web import schemas
from web.layout import MOST_CELL, MOST_ITEMS, MOST_TITLE, timezones
from web.params import AnyProvider

CRON = r"^(\*|[1-5]?[0-9]) (\*|1?[0-9]|2[0-3]) (\*|1[0-9]|2[0-8]|[1-9]) (\*|[1-9]|1[0-2]) (\*|[0-6])$"
NULLABLE_TIME: dict[str, Any] = {"required": True, "allow_none": True}


def cell(least: int) -> dict[str, Any]:
    """Describe a place or a size on the grid."""
    return {"type": "integer", "minimum": least, "maximum": MOST_CELL}


def storable(one: dict[str, Any]) -> dict[str, Any]:
    """Say of a text that it has no NUL, which no text may have anywhere, where nothing stricter is said of it."""
    if one["type"] == "array":
        return one | {"items": storable(one["items"])}
    free = one["type"] == "string" and not {"pattern", "enum"} & one.keys()
    return one | ({"pattern": schemas.NO_NUL} if free else {})


def properties(provider: AnyProvider) -> dict[str, dict[str, Any]]:
    """Describe a provider's parameters by name."""
    return {name: storable(one) for name, one in schema.json_schema(provider)["properties"].items()}


def given_params(provider: AnyProvider) -> dict[str, Any]:
    """Describe an item's params; a list of one may be given as the one."""
    found = schema.json_schema(provider)
    either = {
        name: {"anyOf": [one, one["items"]]} if one["type"] == "array" else one
        for name, one in properties(provider).items()
    }
    return found | {"properties": either}


def item(provider: AnyProvider) -> dict[str, Any]:
    """Describe an item with a provider's widget."""
    refresh = {"anyOf": [{"type": "integer", "minimum": LEAST_REFRESH, "maximum": MOST_REFRESH},
                         {"type": "string", "pattern": CRON, "description": "five-field cron; ranges and steps too"},
                         {"type": "null"}]}  # fmt: skip
    params = given_params(provider)
    return {
        "type": "object",
        "title": provider.title,
        "properties": {
            "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$", "description": "unique in its dashboard"},
            "widget": {"const": provider.name},
            "params": params,
            "title": {"type": ["string", "null"], "maxLength": MOST_TITLE, "pattern": schemas.NO_NUL},
            "x": cell(0),
            "y": cell(0),
            "w": cell(1),
            "h": cell(1),
            "refresh": refresh,
        },
        "required": ["id", "widget", *(["params"] if params["required"] else [])],
        "additionalProperties": False,
    }


FREE_NAME = "FreeValue"
FREE_REF = {"$ref": f"#/components/schemas/{FREE_NAME}"}
# Any JSON but for the NUL, which web.bodies refuses at every depth.
FREE: dict[str, Any] = {
    "description": "any JSON whose texts have no NUL",
    "anyOf": [
        {"type": ["null", "boolean", "number"]},
        {"type": "string", "pattern": schemas.NO_NUL},
        {"type": "array", "items": FREE_REF},
        {"type": "object", "patternProperties": {schemas.NO_NUL: FREE_REF}, "additionalProperties": False},
    ],
}
LAYOUT: dict[str, Any] = {
    "type": "array",
    "maxItems": MOST_ITEMS,
    "uniqueItems": True,
    "description": "the widgets and where they stand; each id once",
    "items": {"oneOf": [item(one) for one in providers.registry().values()]},
}
SETTINGS: dict[str, Any] = {"allOf": [{"$ref": "#/components/schemas/Settings"}]}
COMPONENTS: dict[str, dict[str, Any]] = {
    FREE_NAME: FREE,
    "Settings": {
        "type": "object",
        "description": "free, at most 64 KiB; timezone is the one that cron expressions are read in",
        "properties": {"timezone": {"type": "string", "enum": sorted(timezones())}},
        "patternProperties": {schemas.NO_NUL: FREE_REF},
        "additionalProperties": False,
    },
}
# /readyz is left out: its 503 is true whenever a worker rests, and no fault of the API.
OPERATIONS: dict[str, dict[str, Any]] = {
    "health.healthz": {
        "summary": "Whether the process serves",
        "tags": ["operation"],
        "responses": {"200": {"description": "it does", "content": {"application/json": {"schema": {
            "type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}}}},
            "503": "Error503"},
    },
    "metrics.metrics": {
        "summary": "Metrics for Prometheus; where METRICS_TOKEN is set, to its bearer only",
        "tags": ["operation"],
        "security": [{}, {"bearer": []}],
        "responses": {
            "200": {"description": "all metrics", "content": {"text/plain": {"schema": {"type": "string"}}}},
            "401": "Error401",
        },
    },
}  # fmt: skip


class Dashboard(Schema):
    """A dashboard."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    layout_json = fields.List(fields.Dict(), required=True)
    settings_json = fields.Dict(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class BoardProblem(schemas.Problem):
    """Why a widget has no data, or no new data."""

    retry_after = fields.Integer(metadata={"description": "seconds"})


class BoardWidget(Schema):
    """One widget of a board; `error` beside data that is stale says why."""

    state = fields.String(required=True, validate=validate.OneOf(["fresh", "stale", "pending", "error"]))
    data = fields.Raw(required=True, allow_none=True, metadata={"description": "as /api/data/{provider} has it"})
    fetched_at = fields.AwareDateTime(**NULLABLE_TIME)
    expires_at = fields.AwareDateTime(**NULLABLE_TIME)
    error = fields.Nested(BoardProblem, required=True, allow_none=True)
    job = fields.UUID(required=True, allow_none=True)


class Board(Schema):
    """Every widget of a dashboard, by the id of its item."""

    widgets = fields.Dict(keys=fields.String(), values=fields.Nested(BoardWidget), required=True)


class Accepted(Schema):
    """A fetch that was asked for; `retry_after` in seconds, `data` with the parts that are known already."""

    job = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(State.__args__))  # type: ignore[attr-defined]  # Literal
    retry_after = fields.Integer(required=True)
    data = fields.List(fields.Raw())


class Job(Schema):
    """One request for work; it always reaches succeeded or failed."""

    id = fields.UUID(required=True)
    provider = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(State.__args__))  # type: ignore[attr-defined]  # Literal
    enqueued_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(**NULLABLE_TIME)
    finished_at = fields.AwareDateTime(**NULLABLE_TIME)
    attempts = fields.Integer(required=True)
    error = fields.Nested(schemas.Problem, required=True, allow_none=True)
    data_url = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "where the parts are that you asked for; null for none, or more than a read may name"},
    )


class Run(Schema):
    """One fetch of one part."""

    at = fields.AwareDateTime(required=True)
    outcome = fields.String(
        required=True, validate=validate.OneOf(["succeeded", "not_modified", "failed", "timed_out"])
    )
    detail = fields.String(required=True, allow_none=True)
    status_code = fields.Integer(required=True, allow_none=True)
    duration_ms = fields.Integer(required=True)
    request_id = fields.String(required=True, allow_none=True)


class Runs(Schema):
    """The last fetches, newest first; `next_try_at` where the widget is left alone until then."""

    next_try_at = fields.AwareDateTime(**NULLABLE_TIME)
    runs = fields.List(fields.Nested(Run), required=True)


class CatalogEntry(Schema):
    """One provider; `params` is a JSON Schema (2020-12), `ttl` in seconds."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    ttl = fields.Integer(required=True)
    view = fields.String(required=True)
    params = fields.Dict(required=True)
    configured = fields.Boolean(required=True)
    attribution = fields.String(required=True, allow_none=True)
