"""The catalogue: every provider with what it asks for."""

from __future__ import annotations

from typing import Any

from flask import Response

import providers
import settings
from providers import schema
from web import admission, answers, etags, shapes, warm
from web.api import SECURITY, Blueprint
from web.params import AnyProvider

blueprint = Blueprint("widgets", __name__, description="What can be put on a dashboard")


@blueprint.route("", methods=["GET"])
@admission.signed_in
@blueprint.response(200, shapes.CatalogEntry(many=True))
@blueprint.alt_response(304, description="the client has it")
@blueprint.errors(401, 412, 429, 503)
@blueprint.doc(security=SECURITY)
def catalogue() -> Response:
    """Return every provider, by name."""
    said = [entry(one) for one in providers.registry().values()]
    return etags.conditional(answers.json_answer(said), warm.tag_of(answers.encode(said)))


def entry(provider: AnyProvider) -> dict[str, Any]:
    """Return a provider as JSON has it; whether it has its key is told, the key never."""
    chosen = settings.load()
    credentials = {name: getattr(chosen, name.lower()) for name in provider.credentials}
    return {
        "name": provider.name,
        "title": provider.title,
        "description": provider.description,
        "ttl": int(provider.ttl.total_seconds()),
        "view": provider.view,
        "params": schema.json_schema(provider),
        "configured": provider.configured(credentials),
        "attribution": provider.attribution_for(credentials),
    }
