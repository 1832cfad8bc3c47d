"""What a provider is, what it is handed, and how it may fail."""

from __future__ import annotations

import json
from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from providers.waits import bounded, retry_after

P = TypeVar("P")
R = TypeVar("R")
Validators = Callable[[Any], Any] | Sequence[Callable[[Any], Any]]
Found = Sequence[tuple[P, "R | ProviderError"]]
MAX_VALUES = 150_000  # parsed, `[],` takes thirty times its memory; the longest honest answers have some 50,000 values


class ProviderError(Exception):
    """A fetch that gave no result; `kind` ends the problem's type, `again` says that another try may help."""

    kind: ClassVar[str] = "provider-error"
    status: ClassVar[int] = 502
    title: ClassVar[str] = "The provider's answer could not be used"
    again: bool = False

    def __init__(self, detail: str, *, status_code: int | None = None, retry_after: float | None = None) -> None:
        """Take a sentence for the reader, the upstream's status if one came, and its advice in seconds."""
        super().__init__(detail)
        self.detail = detail
        self.status_code = status_code
        self.retry_after = retry_after


class NotFound(ProviderError):
    """The provider answered that there is no such user, city or thing."""

    kind, status, title = "provider-not-found", 404, "The provider knows no such thing"


class CredentialsRefused(ProviderError):
    """The provider needs a key, or refuses ours."""

    kind, status, title = "provider-credentials", 502, "The provider refuses our credentials"


class RateLimited(ProviderError):
    """The provider, or our own budget for it, asks to wait `retry_after` seconds."""

    kind, status, title = "provider-rate-limited", 503, "The provider asks us to wait"


class TimedOut(ProviderError):
    """The provider did not answer within its deadline."""

    kind, status, title, again = "provider-timeout", 504, "The provider did not answer in time", True


class BadAnswer(ProviderError):
    """The provider answered something that is no result: an error, an unknown shape, no JSON."""


class Unavailable(BadAnswer):
    """The provider failed on its side (5xx) or could not be reached: another try may help."""

    again = True


class NotModified(Exception):
    """The upstream says that what we have is still current (304)."""


@dataclass(frozen=True)
class Answer:
    """One upstream answer: status, headers by lower-case name, body in bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON, or raise BadAnswer; one of very many values is not parsed."""
        if sum(self.body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
            raise BadAnswer(f"the answer has more than {MAX_VALUES} values", status_code=self.status)
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise BadAnswer("the answer is not JSON", status_code=self.status) from None


class Http(Protocol):
    """The one HTTP client; it has its own deadline, size cap, budget and lane, and raises ProviderErrors for them."""

    def get(
        self,
        url: str,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        conditional: bool = False,
    ) -> Answer:
        """Ask once. `conditional` sends the last ETag and Last-Modified of this URL back, so that a 304 may come."""


@dataclass(frozen=True)
class Sample:
    """What one check of one URL saw; times in milliseconds, None where that step was not reached."""

    url: str
    status_code: int | None
    response_time_ms: int | None
    error: str | None
    error_kind: Literal["dns", "connect", "tls", "timeout", "protocol", "too_many_redirects", "http", "blocked"] | None
    checked_at: datetime
    dns_ms: int | None = None
    connect_ms: int | None = None
    tls_ms: int | None = None
    first_byte_ms: int | None = None
    certificate_expires_at: datetime | None = None


class Memory(Protocol):
    """Small facts a provider keeps between fetches (a ticker's coin id); losing one costs a question, nothing else."""

    def get(self, name: str) -> str | None:
        """Return what was kept under the name, or None."""

    def set(self, name: str, value: str, ttl: timedelta) -> None:
        """Keep the value for ttl."""


@dataclass(frozen=True)
class Hour:
    """How the checks of one clock hour (UTC) ended."""

    hour: datetime
    up: int
    degraded: int
    down: int


@dataclass(frozen=True)
class Context:
    """Everything that touches the world, handed to a provider for one job."""

    http: Http
    probe: Callable[[Sequence[str]], Iterator[Sequence[Sample]]]
    credentials: Mapping[str, str | None]
    base_urls: Mapping[str, str]
    now: Callable[[], datetime]
    memory: Memory
    history: Callable[[Sequence[tuple[str, str]]], list[list[Hour]]]
    explain: Callable[[Answer], ProviderError] = field(default=lambda answer: explain(answer))  # noqa: PLW0108 - explain is defined below

    def get_json(
        self,
        url: str,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        conditional: bool = False,
    ) -> Any:
        """Ask once and return the JSON of a 2xx; raises NotModified for a 304 and a ProviderError for all else."""
        answer = self.http.get(url, query, headers, conditional=conditional)
        if answer.status == 304:  # noqa: PLR2004 - RFC 9110
            raise NotModified
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110
            raise self.explain(answer)
        return answer.json()


def explain(answer: Answer) -> ProviderError:
    """Turn a status that is no success into the error it usually means; providers refine it by their own `explain`."""
    status = answer.status
    wait = retry_after(answer.headers)
    if status in {404, 410}:
        return NotFound("the provider knows no such thing", status_code=status)
    if status in {401, 403}:
        return CredentialsRefused(f"the provider answered {status}", status_code=status)
    if status == 429 or (status == 503 and wait):  # noqa: PLR2004 - RFC 6585
        wait = None if wait is None else bounded(wait)
        return RateLimited("the provider asks us to wait", status_code=status, retry_after=wait)
    if status == 504:  # noqa: PLR2004 - RFC 9110
        return TimedOut(f"the provider answered {status}", status_code=status)
    if status >= 500:  # noqa: PLR2004 - RFC 9110
        return Unavailable(f"the provider answered {status}", status_code=status)
    return BadAnswer(f"the provider answered {status}", status_code=status)


@dataclass(frozen=True)
class Quota:
    """How many upstream requests a provider allows in a window of so many seconds; readers keep to those of a day."""

    limit: int
    seconds: int


def param(
    description: str,
    *,
    default: Any = ...,
    validate: Validators = (),
    each: Validators = (),
    most: int | None = None,
    clean: Callable[[str], str] | None = None,
    split: str = ",",
    example: Any = None,
) -> Any:
    """Declare a parameter: what it is, its default, and how equal spellings become one.

    `validate` (of the whole) and `each` (of a list's items) are marshmallow validators of what was sent, as the JSON
    Schema publishes them; only a text's `Length` is judged after `clean`, which makes the one spelling of any text or
    item. `split` is the regular expression between a list's items in one text, `most` how many differ, doubles aside.
    """
    metadata = {
        "description": description,
        "validate": (validate,) if callable(validate) else tuple(validate),
        "each": (each,) if callable(each) else tuple(each),
        "most": most,
        "clean": clean,
        "split": split,
        "example": example,
    }
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


class Provider(ABC, Generic[P, R]):
    """Code that knows one upstream API. One file in this folder, one `provider` object in it, nothing else to edit.

    `params` and `result` are frozen dataclasses. A provider whose payload is a list says `many`. One whose parts are
    stored, refreshed and shared one by one (each coin, each URL) says `joined` and overrides `parts`, `group` and
    `fetch_parts`, and `shares` where one request fetches all parts of a job; all others implement `fetch` only.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    ttl: ClassVar[timedelta]
    view: ClassVar[str] = "list"
    attribution: ClassVar[str | None] = None
    params: type[P]
    result: type[Any]
    many: ClassVar[bool] = False
    joined: ClassVar[bool] = False
    shares: ClassVar[bool] = False
    batch: ClassVar[int] = 1
    queue: ClassVar[Literal["fetch", "checks"]] = "fetch"
    lane: ClassVar[int | None] = None
    credentials: ClassVar[tuple[str, ...]] = ()
    base_urls: ClassVar[tuple[str, ...]] = ()

    def configured(self, credentials: Mapping[str, str | None]) -> bool:  # noqa: ARG002 - most need no key
        """Say whether the provider has the key it needs; true where none is needed."""
        return True

    def attribution_for(self, credentials: Mapping[str, str | None]) -> str | None:  # noqa: ARG002 - few have alternatives
        """Return the address of the upstream that these credentials choose, which has to be named; None: nobody."""
        return self.attribution

    def lane_for(self, credentials: Mapping[str, str | None]) -> int | None:  # noqa: ARG002 - few have alternatives
        """Return how many requests the upstream that these credentials choose takes at a time; None: any number."""
        return self.lane

    def quotas(self, credentials: Mapping[str, str | None]) -> Sequence[Quota]:  # noqa: ARG002 - most know no limit
        """Return the provider's documented request limits; none where it states none."""
        return ()

    def cost(self, credentials: Mapping[str, str | None]) -> float:  # noqa: ARG002 - usually one
        """Return how many requests one refresh takes, of one part or of as many as share it, to keep to the quota."""
        return 1

    def refuse(self, params: P, policy: Any) -> Mapping[str, Any]:  # noqa: ARG002 - most parameters reach no address
        """Return errors by parameter for what only this installation's policy forbids (see providers/urls.py)."""
        return {}

    def parts(self, params: P) -> Sequence[P]:
        """Return the params of each part, in the order asked; a widget that is not joined has one part: itself."""
        return (params,)

    def group(self, part: P) -> str | None:  # noqa: ARG002 - only joined providers share a job
        """Name the parts that one job may fetch together; None keeps the part in a job of its own."""
        return None

    def whole(self, parts: Sequence[P]) -> P:
        """Return the params of a widget that has these parts (the opposite of `parts`)."""
        return parts[0]

    def fetch(self, params: P, context: Context) -> R:
        """Ask the upstream and return the result; raises ProviderError or NotModified."""
        raise NotImplementedError

    def fetch_parts(self, parts: Sequence[P], context: Context) -> Iterator[Found[P, R]]:
        """Yield parts with their results as soon as they are there, together what came together."""
        yield from ([(part, self.fetch(part, context))] for part in parts)

    def explain(self, answer: Answer) -> ProviderError:
        """Turn a status that is no success into an error; override where the upstream says more in its body."""
        return explain(answer)
