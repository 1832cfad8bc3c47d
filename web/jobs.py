"""Jobs: one by its id, or many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate

import providers
from providers import schema
from store import asked, jobs
from store.jobs import Job
from web import admission, answers, data, params, paths, shapes
from web.api import SECURITY, Blueprint
from web.problems import Problem, not_found
from web.times import epoch

blueprint = Blueprint("jobs", __name__, description="Fetches that were asked for")

MOST = 100
# A comma may end the list.
IDS = rf"[^,]*(?:,[^,]*){{0,{MOST - 1}}},?"


class Ids(fields.String):
    """Ids in one text, or in several that are one after the other."""

    is_multiple = True  # webargs' word: without it only the first is handed over

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(",".join(value), *args, **kwargs)


class Wanted(Schema):
    """Which jobs."""

    ids = Ids(
        required=True,
        validate=validate.Regexp(rf"\A{IDS}\Z", error=f"must be at most {MOST} ids, separated by commas"),
        metadata={"description": f"at most {MOST} ids, separated by commas or repeated", "pattern": f"^{IDS}$"},
    )


@blueprint.route("/<uuid:job_id>", methods=["GET"])
@admission.signed_in
@blueprint.response(200, shapes.Job)
@blueprint.errors(401, 404, 429, 503)
@blueprint.doc(security=SECURITY)
def read(job_id: UUID) -> Response:
    """Return a job; it is kept for an hour after its end."""
    found = known(jobs.get([str(job_id)]))
    if not found:
        raise not_found()
    return answers.json_answer(told(found)[0])


@blueprint.route("", methods=["GET"])
@admission.signed_in
@blueprint.arguments(Wanted, location="query")
@blueprint.response(200, shapes.Job(many=True))
@blueprint.errors(401, 422, 429, 503)
@blueprint.doc(security=SECURITY)
def read_many(given: dict[str, str]) -> Response:
    """Return jobs in the order asked; unknown ones, and what is no id, are left out."""
    ids = [str(one) for text in given["ids"].split(",") if (one := paths.identifier(text.strip()))]
    return answers.json_answer(told(known(jobs.get(ids))))


def known(found: Iterable[Job | None]) -> list[Job]:
    """Leave out jobs that nobody knows, also those of a provider that has gone."""
    return [one for one in found if one and one.provider in providers.registry()]


def told(found: Sequence[Job]) -> list[dict[str, Any]]:
    """Return jobs as JSON has them, as far as the user may know them."""
    shared = [job.id for job in found if len(job.keys) > 1]
    theirs = dict(zip(shared, asked.read(str(admission.identity().user_id), shared), strict=True))
    return [as_json(job, theirs.get(job.id, set(job.keys))) for job in found]


def as_json(job: Job, theirs: Collection[str]) -> dict[str, Any]:
    """Return a job as JSON has it, for a user who asked for these of its parts."""
    return {
        "id": job.id,
        "provider": job.provider,
        "state": job.state,
        "enqueued_at": epoch(job.enqueued_at),
        "started_at": epoch(job.started_at),
        "finished_at": epoch(job.finished_at),
        "attempts": job.attempts,
        "error": problem(job.error) if job.error else None,
        "data_url": data_url(job, theirs),
    }


def data_url(job: Job, theirs: Collection[str]) -> str | None:
    """Return where the data of these parts is; None where the user asked for none, or for more than one read may."""
    provider = providers.registry()[job.provider]
    parts = [schema.from_dict(provider, part) for key, part in zip(job.keys, job.parts, strict=True) if key in theirs]
    if not parts:
        return None
    whole = provider.whole(parts)
    try:
        params.load(provider, schema.as_dict(whole))
    except params.WrongParamsError:
        return None
    return data.path(provider, whole)


def problem(error: dict[str, Any]) -> dict[str, Any]:
    """Return why a job failed, as a problem."""
    return Problem(error["status"], error["detail"], kind=error["kind"], title=error["title"]).members()
