"""What goes in and out of the account's and the jobs' endpoints, for validation and for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from providers.schema import FullMatch

LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"^{LOCAL}@(?:(?:{LABEL}\.)+{LABEL}|[Ll]ocalhost)$"
MOST_EMAIL = 254
# web.bodies refuses a NUL in any text; a pattern only tells so.
NO_NUL = r"^[^\u0000]*$"
PASSWORD = validate.Length(8, 128)


class Body(Schema):
    """A JSON object that a client sends; unknown names are refused, and numbers are not taken for text."""

    class Meta:  # noqa: D106 - marshmallow's word
        unknown = RAISE


class Email(fields.String):
    """An e-mail address, in lower case once it is loaded."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=True, validate=[validate.Length(3, MOST_EMAIL), FullMatch(EMAIL)], **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        return found.lower() if isinstance(found, str) else found


class Credentials(Body):
    """Who registers or signs in."""

    email = Email()
    password = fields.String(required=True, validate=PASSWORD, metadata={"pattern": NO_NUL})


class Login(Body):
    """Who signs in; a password that could not be registered is merely wrong."""

    email = Email()
    password = fields.String(required=True, validate=validate.Length(1, 128), metadata={"pattern": NO_NUL})


class PasswordChange(Body):
    """The password as it is and as it is to be."""

    current_password = fields.String(required=True, validate=validate.Length(1, 128), metadata={"pattern": NO_NUL})
    new_password = fields.String(required=True, validate=PASSWORD, metadata={"pattern": NO_NUL})


class User(Schema):
    """One user."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class SessionKind(Schema):
    """How a browser's page signs in."""

    session = fields.String(
        validate=validate.OneOf(["cookie"]),
        metadata={"description": "`cookie`: the token is set as a cookie that no script can read, and not answered"},
    )


class Session(Schema):
    """Who is signed in, and the token for `Authorization: Bearer`, unless a session's cookies were asked for."""

    token = fields.String()
    user = fields.Nested(User, required=True)


class Problem(Schema):
    """An error (RFC 9457)."""

    type = fields.String(required=True, metadata={"description": "a URI whose end names the problem"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(
        metadata={"description": "with 422: what is wrong, by field, JSON pointer, or `_schema` for the whole"}
    )
    data = fields.Raw(metadata={"description": "what is known already, where parts of a widget are missing"})


def text_errors(error: ValidationError) -> dict[str, Any]:
    """Return a validation's errors as JSON has them: every name is text."""
    return {str(name): texts(value) for name, value in error.normalized_messages().items()}  # type: ignore[no-untyped-call]  # untyped


def texts(value: Any) -> Any:
    """Return nested errors with text as names."""
    return {str(name): texts(one) for name, one in value.items()} if isinstance(value, dict) else value
