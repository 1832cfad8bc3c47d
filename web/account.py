"""The user's own account."""

from __future__ import annotations

from flask import Response

from models import accounts, revocations, users
from models.users import User
from store import StoreDownError, demand
from web import admission, answers, passwords, revoking, schemas, session, throttle, tokens
from web.api import SECURITY, WRITING, Blueprint
from web.problems import Problem, unauthorized

blueprint = Blueprint("account", __name__, description="The user's own account")


def current_user() -> User:
    """Return the user of the current token; raises Problem (401) when the account is gone."""
    user = users.by_id(admission.identity().user_id)
    if user is None:
        raise unauthorized("The account is gone.")
    return user


@blueprint.route("", methods=["GET"])
@admission.signed_in
@blueprint.response(200, schemas.User)
@blueprint.errors(401, 429, 503)
@blueprint.doc(security=SECURITY)
def me() -> Response:
    """Return who is signed in."""
    return answers.json_answer(answers.user(current_user()), cache="no-store")


@blueprint.route("/password", methods=["PUT"])
@admission.always
@blueprint.arguments(schemas.PasswordChange)
@blueprint.response(204)
@blueprint.errors(401, 403, 409, 413, 415, 422, 429, 503)
@blueprint.doc(security=WRITING)
def change_password(given: dict[str, str]) -> Response:
    """Change the password; every token issued before is refused, the one used included."""
    user = current_user()
    # Whoever found an open session may not try passwords faster than at the front door; its owner's other sessions may.
    with throttle.attempt(user.email, f"token {admission.identity().jti}"):
        if not passwords.fits(given["current_password"], user.password_hash):
            raise Problem(403, "The current password is wrong.", kind="wrong-password")
    fresh = passwords.hashed(given["new_password"])
    generation = users.change_password(user.id, user.password_hash, fresh, tokens.last_end())
    if generation is None:
        raise Problem(409, "The password was changed meanwhile.", kind="changed-meanwhile")
    revoking.user(user.id, generation)
    return session.end(answers.nothing("no-store"), admission.identity())


@blueprint.route("", methods=["DELETE"])
@admission.always
@blueprint.response(204)
@blueprint.errors(401, 503)
@blueprint.doc(security=WRITING)
def delete() -> Response:
    """Delete the account with all that the user owned."""
    user_id = admission.identity().user_id
    owned = accounts.delete(user_id, tokens.last_end())
    revoking.user(user_id, revocations.NEVER)
    for dashboard_id in owned or ():
        try:
            demand.remove(str(dashboard_id))
        except StoreDownError:
            # What they wanted ends by itself after seven days.
            break
    return session.end(answers.nothing("no-store"), admission.identity())
