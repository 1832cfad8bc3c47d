"""What a client asks of a provider: its parameters, checked by the provider and by this installation's policy."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from flask import request
from werkzeug.datastructures import MultiDict

import endpoints
import settings
from providers import schema
from providers.base import Provider
from providers.urls import Policy
from web import schemas
from web.bodies import storable

AnyProvider = Provider[Any, Any]


class WrongParamsError(Exception):
    """Parameters that do not fit; `errors` are by name."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__("the parameters do not fit")
        self.errors = errors


def load(provider: AnyProvider, raw: Any) -> Any:
    """Return the canonical params of a query or a JSON object; raises WrongParamsError."""
    try:
        params = schema.load_params(provider, raw)
    except schema.ValidationError as error:
        raise WrongParamsError(schemas.text_errors(error)) from None
    if errors := provider.refuse(params, policy()):
        raise WrongParamsError(schemas.texts(errors))
    broken = [name for name, value in schema.as_dict(params).items() if not all(map(storable, texts(value)))]
    if broken:
        raise WrongParamsError({name: ["must not have a NUL or half of a surrogate pair"] for name in broken})
    return params


def query() -> MultiDict[str, str]:
    """Return the current request's query; raises WrongParamsError for what is not UTF-8."""
    raw = request.query_string.decode(errors="surrogateescape")
    found = parse_qsl(raw, keep_blank_values=True, errors="surrogateescape")
    broken = [name for name, value in found if not is_utf8(name + value)]
    if broken:
        raise WrongParamsError({name.encode(errors="replace").decode(): ["must be UTF-8"] for name in broken})
    return MultiDict(found)


def is_utf8(text: str) -> bool:
    """Say whether text that was decoded with surrogateescape was UTF-8."""
    return not any("\ud800" <= one <= "\udfff" for one in text)


def texts(value: Any) -> list[str]:
    """Return the texts in a parameter's value."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


@cache
def policy() -> Policy:
    """Return what URL checks may reach, as far as a URL itself shows it; names are not looked up here."""
    chosen = settings.load()
    return Policy(allowed_networks=chosen.allowed_networks, own_endpoints=tuple(endpoints.own(chosen)))
