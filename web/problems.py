"""Every error is a problem (RFC 9457): what is raised, how it is answered, and what becomes of exceptions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

import logs
from dispatch import BrokerDownError
from models import DatabaseDownError
from store import StoreDownError
from web import answers

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
# Those of RFC 9110, whatever the release of Python: before 3.13 some had older ones.
PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}

log = logs.get("web")


class Problem(Exception):
    """An answer that is an error; `kind` ends its type, `retry_after` is in seconds, `errors` are by field."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str | None = None,
        title: str | None = None,
        errors: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind or PHRASES[status].lower().replace(" ", "-").replace("'", "")
        self.title = title or PHRASES[status]
        self.errors = errors
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    def members(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        said = {"type": type_of(self.kind), "title": self.title, "status": self.status, "detail": self.detail}
        return said | ({} if self.errors is None else {"errors": self.errors})

    def response(self, data: bytes | None = None) -> Response:
        """Return the problem as an answer, with what is known all the same as JSON."""
        body = answers.encode(self.members()) if data is None else answers.joined(self.members(), data)
        answer = Response(body, self.status, content_type=MEDIA_TYPE)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers.update(self.headers)
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        return answer


def type_of(kind: str) -> str:
    """Return a problem's type, a URI that names it without leading anywhere."""
    return f"urn:insightboard:problem:{kind}"


def unprocessable(errors: Mapping[str, Any]) -> Problem:
    """Return the problem for fields that are wrong, with what is wrong by field."""
    return Problem(422, "The request does not fit; see errors.", kind="invalid-request", errors=errors)


def not_found() -> Problem:
    """Return the one problem for what is not there and for what is someone else's: the same bytes."""
    return Problem(404, "There is no such thing, or it is not yours.")


def unauthorized(detail: str = "A valid token is needed.") -> Problem:
    """Return the problem for a request without a token that is accepted (RFC 6750)."""
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def database_down() -> Problem:
    """Return the problem for what needs Postgres while it is away."""
    return Problem(503, "The database does not answer.", kind="database-unavailable", retry_after=RETRY_SECONDS)


def store_down() -> Problem:
    """Return the problem for what needs Redis while it is away."""
    return Problem(503, "The cache does not answer.", kind="cache-unavailable", retry_after=RETRY_SECONDS)


def broker_down() -> Problem:
    """Return the problem for what needs a fetch while the broker is away."""
    return Problem(503, "The queue takes no work now.", kind="broker-unavailable", retry_after=RETRY_SECONDS)


def install(app: Flask) -> None:
    """Answer every exception with a problem."""
    app.register_error_handler(Problem, Problem.response)
    app.register_error_handler(DatabaseDownError, lambda _: database_down().response())
    app.register_error_handler(StoreDownError, lambda _: store_down().response())
    app.register_error_handler(BrokerDownError, lambda _: broker_down().response())
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_bug)


def of_http(error: HTTPException) -> BaseResponse:
    """Answer what Flask, Werkzeug or webargs refuse; Allow and Location are kept."""
    data = getattr(error, "data", {})
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if "messages" in data:
        return unprocessable(by_field(data["messages"])).response()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    detail = "There is no such path." if error.code == HTTPStatus.NOT_FOUND else str(error.description)
    return Problem(error.code, detail, headers=kept).response()


def by_field(messages: Mapping[str, Any]) -> dict[str, Any]:
    """Return webargs' messages, which are by the part of the request, by field."""
    return {name: said for part in messages.values() for name, said in part.items()}


def of_bug(error: Exception) -> Response:
    """Log what nobody expected and tell the client nothing of it."""
    log.error("unexpected", exc_info=error)
    return Problem(500, "Something went wrong here; the log knows more under this X-Request-ID.").response()
