"""What every provider keeps, those not yet written too: these tests run over the registry by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

import providers
from providers import encoding, schema
from providers.base import Answer, Provider, ProviderError, Quota

AnyProvider = Provider[Any, Any]
ALL = [pytest.param(provider, id=name) for name, provider in providers.registry().items()]
every = pytest.mark.parametrize("provider", ALL)
SAMPLES: Mapping[Any, Any] = {
    str: "text",
    int: 1,
    float: 1.5,
    bool: True,
    datetime: datetime(2026, 5, 6, 12, 30, 15, 250_000, tzinfo=UTC),
    date: date(2026, 5, 6),
}


def made(kind: Any, *, empty: bool) -> Any:
    """Return a value of a result's type; null wherever that is allowed, if asked so."""
    options = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    if empty and NoneType in options:
        return None
    first = next(one for one in options if one is not NoneType)
    if is_dataclass(first) and isinstance(first, type):
        hints = get_type_hints(first)
        return first(**{one.name: made(hints[one.name], empty=empty) for one in fields(first)})
    if get_origin(first) in {tuple, list}:
        return (made(get_args(first)[0], empty=empty),)
    return get_args(first)[0] if get_origin(first) is Literal else SAMPLES[first]


def example_of(provider: AnyProvider) -> dict[str, Any]:
    properties = schema.json_schema(provider)["properties"]
    return {name: said["examples"][0] for name, said in properties.items()}


@every
def test_the_provider_is_named_as_its_file_and_introduces_itself(provider: AnyProvider) -> None:
    assert (Path(providers.__file__).parent / f"{provider.name}.py").is_file()
    assert re.fullmatch(r"[a-z][a-z0-9_]*", provider.name)
    assert provider.title
    assert provider.description.endswith(".")
    assert provider.ttl >= timedelta(minutes=1)


@every
def test_whom_it_asks_is_named_by_an_address_with_and_without_credentials(provider: AnyProvider) -> None:
    for credentials in (dict.fromkeys(provider.credentials, "key"), dict.fromkeys(provider.credentials)):
        named = provider.attribution_for(credentials)
        assert named is None or named.startswith("https://")


@every
def test_every_parameter_has_a_description_and_an_example(provider: AnyProvider) -> None:
    for name, said in schema.json_schema(provider)["properties"].items():
        assert said.get("description"), name
        assert said.get("examples"), name


@every
def test_the_json_schema_is_closed_serialisable_and_its_patterns_compile(provider: AnyProvider) -> None:
    found = json.loads(json.dumps(schema.json_schema(provider)))

    assert found["type"] == "object"
    assert found["additionalProperties"] is False
    assert set(found["required"]) <= set(found["properties"])
    for pattern in re.findall(r'"pattern": (".*?[^\\]")[,}]', json.dumps(found)):
        re.compile(json.loads(pattern))


@every
def test_the_example_loads_and_loads_again_to_the_same_params(provider: AnyProvider) -> None:
    params = schema.load_params(provider, example_of(provider))

    assert schema.load_params(provider, schema.as_dict(params)) == params
    assert schema.from_dict(provider, json.loads(json.dumps(schema.as_dict(params)))) == params


@every
def test_an_unknown_parameter_is_an_error(provider: AnyProvider) -> None:
    with pytest.raises(schema.ValidationError) as caught:
        schema.load_params(provider, {**example_of(provider), "nonsense": "1"})

    assert "nonsense" in caught.value.messages_dict


@every
def test_the_parts_of_a_widget_make_the_widget_again(provider: AnyProvider) -> None:
    params = schema.load_params(provider, example_of(provider))

    parts = provider.parts(params)

    assert provider.whole(parts) == params
    assert provider.joined or parts == (params,)
    assert provider.joined or not provider.shares
    assert provider.batch >= 1
    assert all(provider.group(part) is None or provider.joined for part in parts)


@every
@pytest.mark.parametrize("empty", [False, True], ids=["full", "empty"])
def test_a_result_survives_the_way_through_json(provider: AnyProvider, *, empty: bool) -> None:
    result = made(provider.result, empty=empty)

    body = json.loads(encoding.encode(result))

    shape = schema.result_schema(provider)()
    assert shape.validate(body) == {}
    assert set(body) == set(shape.fields)


@every
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 410, 418, 426, 429, 451, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b"{}", b'{"error": null}', b"null", b"\xff"])
def test_every_error_status_is_explained_whatever_its_body(provider: AnyProvider, status: int, body: bytes) -> None:
    error = provider.explain(Answer(status, {}, body))

    assert isinstance(error, ProviderError)
    assert error.status_code == status
    assert error.detail


@every
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 410, 418, 422, 429, 451])
def test_what_the_upstream_refuses_is_not_tried_again(provider: AnyProvider, status: int) -> None:
    assert not provider.explain(Answer(status, {}, b"")).again


@every
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_the_upstream_fails_at_is_tried_again(provider: AnyProvider, status: int) -> None:
    assert provider.explain(Answer(status, {}, b"")).again


@every
def test_limits_are_sane_with_and_without_credentials(provider: AnyProvider) -> None:
    for credentials in (dict.fromkeys(provider.credentials, "key"), dict.fromkeys(provider.credentials)):
        assert provider.configured(credentials) in {True, False}
        assert all(isinstance(quota, Quota) and quota.limit > 0 for quota in provider.quotas(credentials))
        assert provider.cost(credentials) >= 0
        assert (provider.lane_for(credentials) or 1) >= 1


def test_a_file_without_a_provider_of_its_name_is_an_error() -> None:
    with pytest.raises(TypeError, match="has no object"):
        providers.load("base")
