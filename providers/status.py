"""Whether URLs answer, how fast, and how they did in the last 24 hours; each URL is a part of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from marshmallow import ValidationError
from marshmallow.validate import Length

from providers.base import Context, Found, Hour, Provider, Sample, Unavailable, param
from providers.schema import FullMatch
from providers.urls import MAX_CHARACTERS, Refused, check_url, parse, published_pattern

SLOW_MS = 2000
CERTIFICATE_DAYS = timedelta(days=7)
FIRST_FAILURE = 400

ErrorKind = Literal["dns", "connect", "tls", "timeout", "protocol", "too_many_redirects", "http", "blocked"]


class CheckableUrl(FullMatch):
    """A URL that may be checked, by its form; what it leads to is for `refuse` and for the connection to judge.

    The pattern is published and is narrower than the rule: names in rarer scripts and private IPv6 are taken too.
    """

    def __init__(self) -> None:
        super().__init__(published_pattern())

    def __call__(self, value: Any) -> Any:
        """Return the URL; raises ValidationError with the reason."""
        try:
            parse(value)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return value


def canonical(url: str) -> str:
    """Return the URL with scheme and host in lower case; all else is the server's own."""
    head = re.match(r"[^:]*://[^/?#]*", url)
    return f"{head[0].lower()}{url[head.end() :]}" if head else url


@dataclass(frozen=True)
class Params:
    """Which URLs."""

    urls: tuple[str, ...] = param(
        "Web addresses to check, such as https://example.org/",
        validate=Length(1),
        most=50,
        each=(Length(max=MAX_CHARACTERS), CheckableUrl()),
        clean=canonical,
        # A comma is part of a URL, save where another URL follows it; blanks beside it belong to the list.
        split=r" *, *(?=https?://)",
        example=["https://example.org/"],
    )


@dataclass(frozen=True)
class Timings:
    """How long the steps of the last hop took, in milliseconds; null where it was not reached."""

    dns: int | None
    connect: int | None
    tls: int | None
    first_byte: int | None


@dataclass(frozen=True)
class Check:
    """How one check of one URL ended."""

    url: str
    status: Literal["up", "degraded", "down"]
    status_code: int | None
    response_time_ms: int | None
    error: str | None
    error_kind: ErrorKind | None
    checked_at: datetime
    timings: Timings
    certificate_expires_at: datetime | None
    history: tuple[Hour, ...]


class Status(Provider[Params, Check]):
    """Hands the URLs to the probe and judges its samples."""

    name = "status"
    title = "Status checks"
    description = "Whether web addresses answer, how fast, and how they did in the last 24 hours."
    ttl = timedelta(minutes=2)
    view = "table"
    params, result, many = Params, Check, True
    joined = True
    # Two processes share a thousand, and 256 that hang end within the time of a job.
    batch = 500
    queue = "checks"

    def refuse(self, params: Params, policy: Any) -> Mapping[str, Any]:
        """Return by place in the list why a URL itself shows that it leads where no check may go."""
        errors: dict[int, list[str]] = {}
        for place, url in enumerate(params.urls):
            try:
                check_url(url, policy)
            except Refused as refusal:
                errors[place] = [str(refusal)]
        return {"urls": errors} if errors else {}

    def parts(self, params: Params) -> Sequence[Params]:
        """Return one part for each URL."""
        return [Params((url,)) for url in params.urls]

    def group(self, part: Params) -> str | None:  # noqa: ARG002 - any URLs can be checked side by side
        """Name the one group: every URL that waits may share a job."""
        return "all"

    def whole(self, parts: Sequence[Params]) -> Params:
        """Return the params of the URLs together."""
        return Params(tuple(part.urls[0] for part in parts))

    def fetch_parts(self, parts: Sequence[Params], context: Context) -> Iterator[Found[Params, Check]]:
        """Yield the checks of URLs as they end; a URL that is down is a result, not an error."""
        waiting = {part.urls[0]: part for part in parts}
        for samples in context.probe(list(waiting)):
            ended = [(waiting.pop(sample.url), sample) for sample in samples if sample.url in waiting]
            # Before they land, each with its hour; what then does not land is counted again by the next try.
            histories = context.history([(sample.url, judged(sample)) for _, sample in ended])
            yield [(part, check(one, hours)) for (part, one), hours in zip(ended, histories, strict=True)]
        yield [(part, Unavailable("the check did not end")) for part in waiting.values()]


def check(sample: Sample, history: Sequence[Hour]) -> Check:
    """Return the check that a sample is, with the URL's history up to it."""
    failed = sample.status_code is not None and sample.status_code >= FIRST_FAILURE
    return Check(
        url=sample.url,
        status=judged(sample),
        status_code=sample.status_code,
        response_time_ms=sample.response_time_ms,
        error=sample.error or (f"the server answered {sample.status_code}" if failed else None),
        error_kind=sample.error_kind or ("http" if failed else None),
        checked_at=sample.checked_at,
        timings=Timings(sample.dns_ms, sample.connect_ms, sample.tls_ms, sample.first_byte_ms),
        certificate_expires_at=sample.certificate_expires_at,
        history=tuple(history),
    )


def judged(sample: Sample) -> Literal["up", "degraded", "down"]:
    """Return up for 2xx and 3xx, degraded when that was slow or the certificate is about to end, else down."""
    if sample.error_kind or sample.status_code is None or sample.status_code >= FIRST_FAILURE:
        return "down"
    slow = sample.response_time_ms is not None and sample.response_time_ms > SLOW_MS
    ends = sample.certificate_expires_at
    ending = ends is not None and ends - sample.checked_at <= CERTIFICATE_DAYS
    return "degraded" if slow or ending else "up"


provider = Status()
