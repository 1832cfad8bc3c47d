"""The API's frame: flask-smorest with problems as errors, strict bodies, and documents that name every status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Flask, Response, json
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE

from web import problems, schemas, session
from web.bodies import BodyParser

V = TypeVar("V", bound=Callable[..., Any])
# Who may read and who may write: a token in a header, or a session of the page, whose writes show where they come from.
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"session": []}]
WRITING: list[dict[str, list[str]]] = [{"bearer": []}, {"session": [], "csrf": []}]
SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": session.COOKIE,
        "description": "set by /api/auth/login?session=cookie; an Authorization header wins over it",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": session.CSRF_HEADER,
        "description": f"the value of the cookie {session.CSRF_COOKIE}",
    },
}
HEADERS = {
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "WWW-Authenticate": {"schema": {"type": "string"}},
    "RateLimit": {"description": "what is left", "schema": {"type": "string"}},
}
HEADERS_OF = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}
REQUEST_ID = {"description": "the request's id in every log line", "schema": {"type": "string"}}
CONFIG = {
    "API_TITLE": "InsightBoard",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class Api(SmorestApi):  # type: ignore[misc]  # untyped
    """flask-smorest whose errors are problems."""

    ERROR_SCHEMA = schemas.Problem

    def _register_error_handlers(self) -> None:
        """Leave errors to web.problems."""

    def _register_responses(self) -> None:
        """Register one response for each status that is an error."""
        resolver = self.ma_plugin.resolver
        schema = resolver.resolve_schema_dict(self.ERROR_SCHEMA)
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                self.spec.components.response(name_of(status), error_response(status, schema), lazy=True)
        self.spec.components.response("DEFAULT_ERROR", error_response(None, schema), lazy=True)

    def _openapi_json(self) -> Response:
        """Serve the document."""
        return Response(json.dumps(self.spec.to_dict()), content_type="application/json")


def error_response(status: HTTPStatus | None, schema: Any) -> dict[str, Any]:
    """Describe an error's answer."""
    headers = {name: HEADERS[name] for name in HEADERS_OF.get(status or 0, [])}
    return {
        "description": problems.PHRASES[status] if status else "any other error",
        "content": {problems.MEDIA_TYPE: {"schema": schema}},
        "headers": {"X-Request-ID": REQUEST_ID, **headers},
    }


def name_of(status: int) -> str:
    """Return the name of a status' shared response."""
    return f"Error{int(status)}"


class ArgumentsParser(BodyParser):
    """Reads what an endpoint is given; unknown names in a query are refused too, which webargs leaves out by itself."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**BodyParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012 - webargs'


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # untyped
    """A group of endpoints on one subject."""

    ARGUMENTS_PARSER = ArgumentsParser()

    def route(self, rule: str, **options: Any) -> Callable[[V], V]:
        """Serve a path below the group's prefix with the view."""
        return cast("Callable[[V], V]", super().route(rule, **options))

    def arguments(self, schema: Any, **options: Any) -> Callable[[V], V]:
        """Hand the view the request's body or query, loaded by the schema."""
        return cast("Callable[[V], V]", super().arguments(schema, **options))

    def response(self, status: int, schema: Any = None, **options: Any) -> Callable[[V], V]:
        """Document the answer of a view that goes well."""
        return cast("Callable[[V], V]", super().response(status, schema, **options))

    def alt_response(self, status: int, response: str | None = None, **options: Any) -> Callable[[V], V]:
        """Document another answer."""
        return cast("Callable[[V], V]", super().alt_response(status, response, **options))

    def doc(self, **members: Any) -> Callable[[V], V]:
        """Add members to the operation's document."""
        return cast("Callable[[V], V]", super().doc(**members))

    def errors(self, *statuses: int) -> Callable[[V], V]:
        """Document the errors that a view may answer with."""

        def document(view: V) -> V:
            for status in statuses:
                view = self.alt_response(status, name_of(status))(view)
            return view

        return document

    def _prepare_response_doc(self, doc: Any, doc_info: Any, **kwargs: Any) -> Any:
        """Name the errors by our own components, also the one that flask-smorest adds for arguments."""
        arguments = doc_info.get("arguments", {})
        arguments["responses"] = {status: name_of(status) for status in arguments.get("responses", {})}
        return super()._prepare_response_doc(doc, doc_info, **kwargs)


def header(description: str, example: str | None = None) -> dict[str, Any]:
    """Describe a header."""
    return {"description": description, "schema": {"type": "string"}, **({"example": example} if example else {})}


def install(
    app: Flask,
    blueprints: Mapping[str, Blueprint],
    components: Mapping[str, dict[str, Any]],
    operations: Mapping[str, dict[str, Any]],
) -> None:
    """Register the endpoints and their documents, with schemas that refer to themselves as `components`.

    `operations` document, by endpoint, what is read by GET and was registered before.
    """
    app.config.update(CONFIG)
    api = Api(app)
    for name, scheme in SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    for name, schema in components.items():
        api.spec.components.schema(name, schema)
    for prefix, blueprint in blueprints.items():
        api.register_blueprint(blueprint, url_prefix=prefix)
    for endpoint, operation in operations.items():
        api.spec.path(rule=next(app.url_map.iter_rules(endpoint)), operations={"get": operation})
