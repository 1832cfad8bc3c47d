"""The same queries as flask-smorest and Flask-JWT-Extended do them by their documents: schemas load and dump."""

from __future__ import annotations

import json
import os
from typing import Any

from flask import Flask
from flask.views import MethodView
from flask_jwt_extended import JWTManager, get_jwt_identity, jwt_required
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields
from redis import Redis
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from models.dashboards import Dashboard

app = Flask("plain")
app.config.update(
    API_TITLE="Plain", API_VERSION="1", OPENAPI_VERSION="3.1.0", JWT_SECRET_KEY=os.environ["JWT_SECRET"],
    JWT_DECODE_AUDIENCE="insightboard",
)  # fmt: skip
JWTManager(app)
api = Api(app)
engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
redis: Any = Redis.from_url(os.environ["REDIS_URL"])
blueprint = Blueprint("plain", "plain", url_prefix="/api")


class Event(Schema):
    """One entry of the payload."""

    id = fields.String()
    summary = fields.String()


class Query(Schema):
    """What is asked for."""

    username = fields.String(required=True)


class Board(Schema):
    """A dashboard."""

    id = fields.UUID()
    name = fields.String()
    layout_json = fields.List(fields.Dict())
    settings_json = fields.Dict()
    created_at = fields.DateTime()
    updated_at = fields.DateTime()


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that it serves."""
    return {"status": "ok"}


@blueprint.route("/data/<provider>")
class Data(MethodView):
    """A widget's data."""

    @jwt_required()
    @blueprint.arguments(Query, location="query")
    @blueprint.response(200, Event(many=True))
    def get(self, query: dict[str, Any], provider: str) -> Any:
        """Return what Redis has."""
        return json.loads(redis.hget(f"bench:{provider}:{query['username']}", "body") or b"[]")


@blueprint.route("/dashboards")
class Dashboards(MethodView):
    """The user's dashboards."""

    @jwt_required()
    @blueprint.response(200, Board(many=True))
    def get(self) -> Any:
        """Return them, the one changed last first."""
        wanted = select(Dashboard).where(Dashboard.user_id == get_jwt_identity())
        with Session(engine) as session:
            return session.scalars(wanted.order_by(Dashboard.updated_at.desc(), Dashboard.id)).all()


api.register_blueprint(blueprint)
