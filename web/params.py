"""What a client asks of a provider: its parameters, checked by the provider and by this installation's policy."""

from __future__ import annotations

from functools import cache
from typing import Any

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


def texts(value: Any) -> list[str]:
    """Return the texts in a parameter's value."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


@cache
def policy() -> Policy:
    """Return what URL checks may reach, as far as a URL itself shows it; names are not looked up here."""
    chosen = settings.load()
    return Policy(allowed_networks=chosen.allowed_networks, own_endpoints=tuple(endpoints.own(chosen)))
