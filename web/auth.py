"""Register, sign in, sign out."""

from __future__ import annotations

from typing import Any

from flask import Response, request

import settings
from models import revocations, users
from models.users import EmailTakenError, NotFirstError, User
from web import admission, answers, passwords, revoking, schemas, session, throttle, tokens
from web.api import WRITING, Blueprint
from web.problems import Problem
from web.proxies import network

blueprint = Blueprint("auth", __name__, description="Register, sign in, sign out")


@blueprint.route("/register", methods=["POST"])
@blueprint.arguments(schemas.Credentials)
@blueprint.arguments(schemas.SessionKind, location="query")
@blueprint.response(201, schemas.Session)
@blueprint.errors(403, 409, 413, 415, 422, 503)
def register(given: dict[str, str], asked: dict[str, str]) -> Response:
    """Register a user and sign them in; REGISTRATION says who may."""
    mode = settings.load().registration
    if mode == "closed" or (mode == "first" and users.any_exists()):
        raise closed()
    try:
        user = users.register(given["email"], passwords.hashed(given["password"]), only_first=mode == "first")
    except NotFirstError:
        raise closed() from None
    except EmailTakenError:
        raise Problem(409, "This e-mail is taken.", kind="email-taken") from None
    return signed_in(user, 201, asked)


def closed() -> Problem:
    """Return the problem for those who may not register."""
    return Problem(403, "Registration is closed.", kind="registration-closed")


@blueprint.route("/login", methods=["POST"])
@blueprint.arguments(schemas.Login)
@blueprint.arguments(schemas.SessionKind, location="query")
@blueprint.response(200, schemas.Session)
@blueprint.errors(401, 413, 415, 422, 429, 503)
def login(given: dict[str, str], asked: dict[str, str]) -> Response:
    """Sign in; an unknown e-mail and a wrong password are told alike, in the same time."""
    email, password = given["email"], given["password"]
    with throttle.attempt(email, network(request.remote_addr or "")):
        user = users.by_email(email)
        if not passwords.fits(password, user.password_hash if user else None) or user is None:
            raise Problem(
                401, "E-mail or password is wrong.", kind="wrong-credentials", headers={"WWW-Authenticate": "Bearer"}
            )
    if passwords.outdated(user.password_hash):
        users.rehash(user.id, user.password_hash, passwords.hashed(password))
    return signed_in(user, 200, asked)


@blueprint.route("/logout", methods=["POST"])
@admission.always
@blueprint.response(204)
@blueprint.errors(401, 503)
@blueprint.doc(security=WRITING)
def logout() -> Response:
    """Sign out: the token is refused from now on, by every process."""
    who = admission.identity()
    revocations.refuse_token(who.jti, who.ends)
    revoking.token(who)
    return session.end(answers.nothing("no-store"), who)


def signed_in(user: User, status: int, asked: dict[str, str]) -> Response:
    """Answer with a new token, or with a session's cookies where they are asked for."""
    said: dict[str, Any] = {"user": answers.user(user)}
    if asked.get("session") == "cookie":
        return session.begin(answers.json_answer(said, status, cache="no-store"), user)
    token = tokens.issue(user.id, user.token_generation)
    return answers.json_answer({"token": token, **said}, status, cache="no-store")
