"""From a provider's dataclasses to marshmallow schemas, JSON Schema and canonical params; written once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

from marshmallow import RAISE, Schema, ValidationError, post_load, pre_load, validate
from marshmallow import fields as kinds

from providers.base import Provider
from providers.encoding import plain_json

__all__ = [
    "FullMatch", "ValidationError", "as_dict", "from_dict", "json_schema", "load_params", "params_schema",
    "query_string", "readable", "result_schema",
]  # fmt: skip

AnyProvider = Provider[Any, Any]
MAX_READABLE = 200
# Doubles included: each is checked before anybody knows that it is one.
MOST_GIVEN = 2000
SCALARS: dict[Any, type[kinds.Field[Any]]] = {
    str: kinds.String,
    int: kinds.Integer,
    float: kinds.Float,
    bool: kinds.Boolean,
    datetime: kinds.AwareDateTime,
    date: kinds.Date,
}


class FullMatch(validate.Regexp):
    """A pattern that has to fit the whole text, as JSON Schema's `$` does and Python's does not before a newline."""

    def __call__(self, value: Any) -> Any:
        """Return the value; raises ValidationError."""
        if not isinstance(value, str) or "\n" in value or not re.search(str(self.regex.pattern), value):
            raise ValidationError(self._format_error(value))
        return value


class CleanLength(validate.Length):
    """How long a text may be in its one spelling, so that spellings of one request are taken or refused alike.

    What is published is narrower than the rule: blanks that `clean` takes away do not count.
    """

    def __init__(self, check: validate.Length, clean: Callable[[str], str]) -> None:
        super().__init__(check.min, check.max, equal=check.equal, error=check.error)
        self.clean = clean

    def __call__(self, value: Any) -> Any:
        """Return the value; raises ValidationError."""
        super().__call__(self.clean(value))
        return value


class Choice(kinds.String):
    """One of a few words, in any case."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        return found.strip(" ").lower() if isinstance(found, str) else found


class Items(kinds.List[Any]):
    """A list given as an array, as a repeated parameter, or as one text whose items are separated."""

    def __init__(self, inner: kinds.Field[Any], *, split: str, **kwargs: Any) -> None:
        """Take the field of an item and the regular expression that separates items."""
        super().__init__(inner, **kwargs)
        self.separator = re.compile(split, re.IGNORECASE)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        texts = value if isinstance(value, list | tuple) else [value]
        given = [item for one in texts for item in self.separated(one)]
        if len(given) > MOST_GIVEN:
            raise ValidationError(f"has more than {MOST_GIVEN} items")
        return super()._deserialize(given, *args, **kwargs)

    def separated(self, one: Any) -> list[Any]:
        """Return the items of one text; nothing between two separators is no item, an empty text is one."""
        if not isinstance(one, str) or not self.separator.search(one):
            return [one]
        return [item for item in self.separator.split(one) if item.strip(" ")]


class ParamsSchema(Schema):
    """What every provider's parameters have in common: unknown names and contradictions are errors."""

    provider: AnyProvider

    class Meta:
        unknown = RAISE

    @pre_load
    def flat(self, data: Any, **_: Any) -> dict[str, Any]:
        """Take a query (every name with a list of values) or a JSON object."""
        if not isinstance(data, Mapping) and not hasattr(data, "getlist"):
            raise ValidationError("must be an object")
        many = getattr(data, "getlist", None)
        return {name: self.one(name, many(name)) if many else data[name] for name in data}

    def one(self, name: str, values: list[Any]) -> Any:
        """Return a query parameter's value; raises ValidationError when it is given twice with different values."""
        if isinstance(self.fields.get(name), Items):
            return values
        if len({self.spelled(name, value) for value in values}) > 1:
            raise ValidationError({name: ["is given twice, with different values"]})
        return values[0]

    def spelled(self, name: str, value: Any) -> Any:
        """Return the one spelling of a query parameter's value."""
        found = cleaned(self.provider, name, value)
        return found.strip(" ").lower() if isinstance(self.fields.get(name), Choice) else found

    @post_load
    def made(self, data: Any, **_: Any) -> Any:
        """Return the canonical params; raises ValidationError for a list that is too long without its doubles."""
        params = self.provider.params(**{name: cleaned(self.provider, name, value) for name, value in data.items()})
        for one in fields(params):
            most = one.metadata.get("most")
            if most is not None and len(getattr(params, one.name)) > most:
                raise ValidationError({one.name: [f"has more than {most} different items"]})
        return params


def cleaned(provider: AnyProvider, name: str, value: Any) -> Any:
    """Return the one spelling of a value; a list loses its doubles and keeps its order."""
    one = next((field for field in fields(provider.params) if field.name == name), None)
    clean = (one.metadata.get("clean") if one else None) or (lambda text: text)
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(clean(item) if isinstance(item, str) else item for item in value))
    return clean(value) if isinstance(value, str) else value


@cache
def params_schema(provider: AnyProvider) -> type[Schema]:
    """Return the schema of a provider's parameters, for a query as for JSON; loading gives the canonical params."""
    hints = get_type_hints(provider.params)
    made: dict[str, Any] = {one.name: parameter(one, hints[one.name]) for one in fields(provider.params)}
    return type(f"{provider.name.title()}Params", (ParamsSchema,), {**made, "provider": provider})


def parameter(one: Field[Any], hint: Any) -> kinds.Field[Any]:
    """Return the marshmallow field of one parameter."""
    said = one.metadata
    metadata = {name: said[name] for name in ("description", "example") if said.get(name) is not None}
    if said.get("most") is not None:
        # JSON Schema's maxItems would count doubles.
        metadata["description"] += f"; at most {said['most']} different ones"
    common: dict[str, Any] = {"metadata": metadata, "required": one.default is MISSING}
    if one.default is not MISSING:
        common["load_default"] = list(one.default) if isinstance(one.default, tuple) else one.default
    if get_origin(hint) is tuple:
        inner = SCALARS[get_args(hint)[0]](validate=measured(said.get("each", ()), said.get("clean")))
        return Items(inner, split=said.get("split", ","), validate=[*said.get("validate", ())], **common)
    checks = measured(said.get("validate", ()), said.get("clean"))
    if get_origin(hint) is Literal:
        return Choice(validate=[validate.OneOf(get_args(hint)), *checks], **common)
    return SCALARS[hint](validate=checks, **common)


def measured(checks: Iterable[Any], clean: Callable[[str], str] | None) -> list[Any]:
    """Return the checks of one text, with lengths that are those of its one spelling."""
    return [CleanLength(one, clean) if clean and isinstance(one, validate.Length) else one for one in checks]


def load_params(provider: AnyProvider, raw: Any) -> Any:
    """Return the canonical params of a query (MultiDict) or a JSON object; raises marshmallow's ValidationError."""
    return loader(provider).load(raw)


@cache
def loader(provider: AnyProvider) -> Schema:
    """Return the one instance that loads a provider's parameters: making it costs more than loading."""
    return params_schema(provider)()


def as_dict(params: Any) -> dict[str, Any]:
    """Return params as JSON has them: what a part's key is made of, and what a job carries."""
    return {one.name: plain_json(getattr(params, one.name)) for one in fields(params)}


def from_dict(provider: AnyProvider, raw: Mapping[str, Any]) -> Any:
    """Return the params that `as_dict` was given; nothing is checked again."""
    return provider.params(**{name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()})


def fits(provider: AnyProvider, raw: Mapping[str, Any]) -> bool:
    """Say whether today's provider understands these params; an upgrade may have renamed one."""
    try:
        from_dict(provider, raw)
    except TypeError:
        return False
    return True


def query_string(params: Any) -> str:
    """Return the query that asks for these params, percent-encoded."""
    return urlencode(as_dict(params), doseq=True)


def readable(params: Any) -> str:
    """Return params for one line of a log or of Flower: no query string of any URL, at most 200 characters."""
    line = " ".join(f"{name}={','.join(shown(value))}" for name, value in as_dict(params).items())
    return line if len(line) <= MAX_READABLE else f"{line[: MAX_READABLE - 1]}…"


def shown(value: Any) -> Iterator[str]:
    """Yield the items of a value; of a URL, what is before its query."""
    for item in value if isinstance(value, list) else [value]:
        text = str(item)
        yield re.split(r"[?#]", text, maxsplit=1)[0] if text.lower().startswith(("http://", "https://")) else text


@cache
def result_schema(provider: AnyProvider) -> type[Schema]:
    """Return the schema of a result (of one item, where the payload is a list), for the OpenAPI document."""
    return record_schema(provider.result, f"{provider.name.title()}{provider.result.__name__}")


def record_schema(kind: type[Any], name: str) -> type[Schema]:
    """Return the schema of a result's dataclass; every field is always there."""
    hints = get_type_hints(kind)
    return type(name, (Schema,), {one.name: value_field(hints[one.name], name) for one in fields(kind)})


def value_field(hint: Any, owner: str) -> kinds.Field[Any]:
    """Return the marshmallow field of one value of a result; raises KeyError for a type that JSON has no word for."""
    options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    chosen = [one for one in options if one is not NoneType]
    kind, origin = chosen[0], get_origin(chosen[0])
    common: dict[str, Any] = {"required": True, "allow_none": NoneType in options}
    if set(chosen) == {int, float}:
        return kinds.Float(**common)
    if origin is Literal:
        return kinds.String(validate=validate.OneOf(get_args(kind)), **common)
    if origin in {tuple, list}:
        return kinds.List(value_field(get_args(kind)[0], owner), **common)
    if is_dataclass(kind) and isinstance(kind, type):
        return kinds.Nested(record_schema(kind, f"{owner}{kind.__name__}"), **common)
    return SCALARS[kind](**common)


@cache
def json_schema(provider: AnyProvider) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a provider's parameters, for the catalogue; the page makes its form of it."""
    found = params_schema(provider)().fields
    return {
        "type": "object",
        "properties": {name: property_schema(field) for name, field in found.items()},
        "required": [name for name, field in found.items() if field.required],
        "additionalProperties": False,
    }


def property_schema(field: kinds.Field[Any]) -> dict[str, Any]:
    """Return the JSON Schema of one parameter."""
    types = {kinds.Integer: "integer", kinds.Float: "number", kinds.Boolean: "boolean", kinds.List: "array"}
    kind = next((name for base, name in types.items() if isinstance(field, base)), "string")
    made: dict[str, Any] = {"type": kind}
    if field.metadata.get("description"):
        made["description"] = field.metadata["description"]
    if field.metadata.get("example") is not None:
        made["examples"] = [field.metadata["example"]]
    if not field.required:
        made["default"] = field.load_default
    if isinstance(field, Items):
        made["items"] = property_schema(field.inner)
        made["items"].pop("default", None)
    for check in field.validators:
        made |= constraint(check, "Items" if kind == "array" else "Length")
    return made


def constraint(check: Any, unit: str) -> dict[str, Any]:
    """Return a marshmallow validator as JSON Schema keywords; nothing for one that JSON Schema cannot say."""
    if isinstance(check, validate.OneOf):
        return {"enum": list(check.choices)}
    if isinstance(check, validate.Regexp):
        return {"pattern": check.regex.pattern}
    if isinstance(check, validate.Length):
        low, high = check.equal or check.min, check.equal or check.max
        return {f"{end}{unit}": value for end, value in (("min", low), ("max", high)) if value is not None}
    if isinstance(check, validate.Range):
        return {name: v for name, v in (("minimum", check.min), ("maximum", check.max)) if v is not None}
    return {}
