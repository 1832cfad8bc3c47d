"""Dashboards: list, make, read, change, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from models import dashboards
from models.dashboards import MOST_A_USER, Dashboard, Listed, NoUserError, TooManyError
from web import admission, answers, board, etags, layout, placing, shapes, warm
from web.api import SECURITY, WRITING, Blueprint, header
from web.problems import Problem, not_found, unauthorized
from web.schemas import NO_NUL, Body
from web.times import moment

blueprint = Blueprint("dashboards", __name__, description="Dashboards and the data of all their widgets")

ETAG = {"ETag": header("names this state of the dashboard")}
IF_MATCH = header("the ETag that the dashboard must still have") | {"name": "If-Match", "in": "header"}
IF_NONE_MATCH = header("ETags that the client has") | {"name": "If-None-Match", "in": "header"}


class Change(Body):
    """The fields of a dashboard that a client may give."""

    name = fields.String(validate=validate.Length(1, 100), metadata={"pattern": NO_NUL})
    layout_json = fields.Raw(metadata=shapes.LAYOUT)
    settings_json = fields.Raw(metadata=shapes.SETTINGS)

    @pre_load
    def an_object(self, data: Any, **_: Any) -> Any:
        """Refuse a body that is no object with words that fit."""
        if not isinstance(data, dict):
            raise ValidationError("must be an object")
        return data

    @validates_schema(skip_on_field_errors=False)
    def fits(self, data: Mapping[str, Any], **_: Any) -> None:
        """Raise ValidationError for what is wrong in the layout or the settings, by field or JSON pointer."""
        errors = layout.layout_errors(data.get("layout_json", []))
        errors |= layout.settings_errors(data.get("settings_json", {}))
        if errors:
            raise ValidationError(dict(errors))

    @post_load
    def plain(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the fields as they are stored."""
        return data | ({"layout_json": layout.plain(data["layout_json"])} if "layout_json" in data else {})


class New(Change):
    """A new dashboard."""

    name = fields.String(required=True, validate=validate.Length(1, 100), metadata={"pattern": NO_NUL})


def as_json(one: Dashboard) -> dict[str, Any]:
    """Return a dashboard as JSON has it."""
    return {
        "id": str(one.id),
        "name": one.name,
        "layout_json": one.layout_json,
        "settings_json": one.settings_json,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
    }


def tag(one: Dashboard) -> str:
    """Return the opaque tag of a dashboard's state."""
    return warm.tag_of(answers.encode(as_json(one)))


def tagged(one: Dashboard, status: int = 200, **headers: str) -> Response:
    """Answer with a dashboard and its ETag."""
    answer = answers.json_answer(as_json(one), status, headers=headers)
    answer.set_etag(tag(one))
    return answer


@blueprint.route("", methods=["GET"])
@admission.signed_in
@blueprint.response(200, shapes.Dashboard(many=True))
@blueprint.errors(401, 429, 503)
@blueprint.doc(security=SECURITY)
def list_all() -> Response:
    """List the user's dashboards, the one changed last first."""
    found = dashboards.owned(admission.identity().user_id)
    return answers.described(
        Response(b"[" + b",".join(map(listed, found)) + b"]", content_type="application/json"), answers.PRIVATE, None
    )


def listed(one: Listed) -> bytes:
    """Return a dashboard as JSON has it, of JSON that Postgres has written."""
    told = {"id": str(one.id), "name": one.name, "created_at": moment(one.created_at)}
    told["updated_at"] = moment(one.updated_at)
    free = f',"layout_json":{one.layout_json},"settings_json":{one.settings_json}}}'
    return answers.encode(told)[:-1] + free.encode()


@blueprint.route("", methods=["POST"])
@admission.signed_in
@blueprint.arguments(New)
@blueprint.response(201, shapes.Dashboard, headers=ETAG | {"Location": header("where it is")})
@blueprint.errors(401, 409, 413, 415, 422, 429, 503)
@blueprint.doc(security=WRITING)
def create(given: dict[str, Any]) -> Response:
    """Make a dashboard; a user has at most 100 (409)."""
    try:
        made = dashboards.add(admission.identity().user_id, given)
    except TooManyError:
        raise Problem(409, f"A user has at most {MOST_A_USER} dashboards.", kind="too-many-dashboards") from None
    except NoUserError:
        raise unauthorized("The account is gone.") from None
    placing.place(made)
    return tagged(made, 201, Location=f"/api/dashboards/{made.id}")


@blueprint.route("/<uuid:dashboard_id>", methods=["GET"])
@admission.signed_in
@blueprint.response(200, shapes.Dashboard, headers=ETAG)
@blueprint.alt_response(304, description="the client has this state")
@blueprint.errors(401, 404, 412, 429, 503)
@blueprint.doc(security=SECURITY, parameters=[IF_MATCH, IF_NONE_MATCH])
def read(dashboard_id: UUID) -> Response:
    """Return a dashboard."""
    found = mine(dashboard_id)
    placing.opened(found)
    return etags.conditional(answers.json_answer(as_json(found)), tag(found))


def mine(dashboard_id: UUID) -> Dashboard:
    """Return the user's dashboard; raises Problem (404) for someone else's as for none."""
    found = dashboards.find(admission.identity().user_id, dashboard_id)
    if found is None:
        raise not_found()
    return found


@blueprint.route("/<uuid:dashboard_id>", methods=["PUT"])
@admission.signed_in
@blueprint.arguments(Change)
@blueprint.response(200, shapes.Dashboard, headers=ETAG)
@blueprint.errors(401, 404, 412, 413, 415, 422, 429, 503)
@blueprint.doc(security=WRITING, parameters=[IF_MATCH])
def change(given: dict[str, Any], dashboard_id: UUID) -> Response:
    """Change the fields given; with If-Match only the state that the client knows."""

    def decide(before: Dashboard) -> Mapping[str, Any]:
        etags.require(tag(before))
        return given

    changed = dashboards.change(admission.identity().user_id, dashboard_id, decide)
    if changed is None:
        raise not_found()
    placing.place(changed)
    return tagged(changed)


@blueprint.route("/<uuid:dashboard_id>", methods=["DELETE"])
@admission.signed_in
@blueprint.response(204)
@blueprint.errors(401, 404, 412, 429, 503)
@blueprint.doc(security=WRITING, parameters=[IF_MATCH])
def delete(dashboard_id: UUID) -> Response:
    """Delete a dashboard; with If-Match only in the state that the client knows."""
    if not dashboards.remove(admission.identity().user_id, dashboard_id, lambda found: etags.require(tag(found))):
        raise not_found()
    placing.remove(dashboard_id)
    return answers.nothing()


@blueprint.route("/<uuid:dashboard_id>/data", methods=["GET"])
@admission.identified
@blueprint.response(200, shapes.Board, headers=ETAG)
@blueprint.alt_response(304, description="nothing has changed")
@blueprint.errors(401, 404, 412, 429, 503)
@blueprint.doc(security=SECURITY, parameters=[IF_MATCH, IF_NONE_MATCH])
def data(dashboard_id: UUID) -> Response:
    """Return every widget of a dashboard in one answer; one that breaks does not break the others."""
    found = dashboards.find(admission.identity().user_id, dashboard_id)
    if found is None:
        admission.admit()
        raise not_found()
    answer = board.answer(found)
    placing.opened(found)
    return answer
