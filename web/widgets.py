"""Reading a widget: never fetches, never waits unless asked to; the whole table of what is answered when."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from dispatch import BrokerDownError
from store import StoreDownError, jobs, rates, snapshots
from web import admission, answers, copies, etags, flights, interest, params, waiting
from web.params import AnyProvider
from web.problems import Problem, broker_down, unprocessable
from web.reading import Look, Widget, widget

FORCED_EVERY_SECONDS = 10
RETRY_SECONDS = 1
# Where the front leaves what it has read and could not answer with.
READING = "insightboard.reading"


def read(provider: AnyProvider) -> Response:
    """Answer GET /api/data/{provider}."""
    wanted = asked_for(provider)
    try:
        look = first_look(wanted)
    except StoreDownError:
        return from_memory(wanted)
    look, waits_for = refresh(look)
    # Only now: what a user may not have fetched is not kept warm for them either.
    interest.note(wanted)
    seconds = waiting.preferred()
    later = waiting.wait(look, seconds) if waits_for else None
    answer = answer_for(later or look)
    if later:
        answer.headers["Preference-Applied"] = f"wait={seconds}"
    return answer


def asked_for(provider: AnyProvider) -> Widget:
    """Return the widget that the query names; raises Problem (422), but for an admitted token only."""
    try:
        return widget(provider, params.load(provider, params.query()))
    except params.WrongParamsError as error:
        admission.admit()
        raise unprocessable(error.errors) from None


def first_look(wanted: Widget) -> Look:
    """Read everything in one round trip, the token's admission included; raises Problem and StoreDownError.

    The front may have read it a moment ago.
    """
    look: Look | None = request.environ.pop(READING, None)
    if look is None:
        return Look(wanted, admission.read(list(wanted.parts)))
    admission.admit()
    return look


def refresh(look: Look) -> tuple[Look, bool]:
    """Have fetched what is missing, stale or forced; return the newest look and whether a client may wait for it."""
    user_id = str(admission.identity().user_id)
    if look.cold:
        flights.count(look, look.cold, user_id)
        return refreshed(asked(look, look.cold, waited_for=True)), True
    forced = "no-cache" in request.headers.get("Cache-Control", "").lower()
    if forced and look.forced and may_force(look, user_id):
        return asked(look, look.forced, waited_for=True), True
    return refreshed(look), forced or look.pending


def refreshed(look: Look) -> Look:
    """Have fetched behind the answer what is too old."""
    return asked(look, look.stale, waited_for=False) if look.stale else look


def asked(look: Look, keys: list[str], *, waited_for: bool) -> Look:
    """Ask for parts; look again where one landed meanwhile. A broker that is away is told, or raised where nothing is.

    Raises BrokerDownError when there is nothing.
    """
    try:
        if flights.ask(look, keys, waited_for=waited_for):
            return look
    except BrokerDownError:
        if not look.snapshots:
            raise
        look.detail = "broker-down"
        return look
    return Look(look.widget, snapshots.read(list(look.widget.parts)))


def may_force(look: Look, user_id: str) -> bool:
    """Say whether nobody had this widget refreshed in the last ten seconds, and note that the user has now.

    Raises Problem (429) when the user may cause no more fetches; then nobody has.
    """
    name = f"forced:{look.widget.key}"
    if not rates.take(name, 1, FORCED_EVERY_SECONDS).allowed:
        return False
    try:
        flights.count(look, look.forced, user_id)
    except Problem:
        rates.give_back(name)
        raise
    return True


def from_memory(wanted: Widget) -> Response:
    """Answer from what this process read last, while Redis is away; raises StoreDownError when it has not all."""
    admission.admit_by_record()
    held = snapshots.held(list(wanted.parts))
    look = Look(wanted, held, detail="cache-down") if held else None
    if look is None or not look.complete:
        raise StoreDownError("nothing is held of this widget")
    return data(look)


def answer_for(look: Look) -> Response:
    """Answer with the data, with what keeps it from being there, or with the job that brings it."""
    if look.complete:
        return data(look)
    problem = look.problem()
    if (job_id := look.job) and (problem is None or (look.pending and not look.pause)):
        return accepted(look, job_id)
    # Without either the fetch has ended without a result or a failure, such as when Redis lost one of them.
    return (problem or broker_down()).response(look.body if look.snapshots else None)


def data(look: Look) -> Response:
    """Answer 200 with the payload as it is stored, or 304; what is warm is copied for the front."""
    ready = look.warm()
    if look.fresh and look.detail is None:
        name = copies.of_widget(request.path, request.environ["QUERY_STRING"])
        copies.keep(name, look, ready, str(request.url_rule))
    return etags.ready(ready, look.now)


def accepted(look: Look, job_id: str) -> Response:
    """Answer 202: where the job is, when to ask again, and which parts are known already."""
    job = jobs.get([job_id])[0]
    said = {"job": job_id, "state": job.state if job else "queued", "retry_after": RETRY_SECONDS}
    body = answers.joined(said, look.body) if look.widget.provider.joined else answers.encode(said)
    answer = Response(body, HTTPStatus.ACCEPTED, content_type="application/json")
    place = {"Location": f"/api/jobs/{job_id}", "Retry-After": str(RETRY_SECONDS)}
    return answers.described(answer, "no-store", place)
