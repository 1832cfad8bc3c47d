"""Weather from OpenWeather, which needs a key: two requests, for now and for the next five days in steps of 3 hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from providers import text
from providers.base import (
    Answer,
    BadAnswer,
    Context,
    CredentialsRefused,
    NotFound,
    ProviderError,
    RateLimited,
    explain,
)
from providers.sources.weather_result import Day, Hour, Params, Weather
from providers.waits import wait_of

# OpenWeather sends no Retry-After; its guidelines say ten minutes.
BLOCKED_SECONDS = 600.0
INCH = 25.4
NOON = 12
MAX_OFFSET = 14 * 3600
OK = 200

Json = Mapping[str, Any]


def fetch(params: Params, context: Context) -> Weather:
    """Ask for the current weather, then for the forecast, which some plans do not have."""
    now = ask(params, context, "weather")
    try:
        steps = ask(params, context, "forecast")
    except CredentialsRefused:
        steps = {}
    return weather(now, steps, params)


def ask(params: Params, context: Context, endpoint: str) -> Json:
    """Return the body of one endpoint; raises a ProviderError for an error in a body that came with 200, too."""
    query = {"q": params.city, "units": params.units, "appid": context.credentials["openweather_api_key"] or ""}
    url = f"{context.base_urls['openweather_api_url']}/data/2.5/{endpoint}"
    body = text.record(context.get_json(url, query))
    code = cod(body)
    if code not in {None, OK}:
        raise told(Answer(code or OK, {}, b""))
    return body


def cod(body: Json) -> int | None:
    """Return `cod`, which is now a number, now a text."""
    raw = body.get("cod")
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() else text.whole(raw)


def told(answer: Answer) -> ProviderError:
    """Turn an error's status into its ProviderError."""
    status = answer.status
    if status in {400, 404}:
        return NotFound("OpenWeather knows no such place", status_code=status)
    if status in {401, 403}:
        return CredentialsRefused("OpenWeather refuses our key (a new one takes up to 2 hours)", status_code=status)
    if status == 429:  # noqa: PLR2004 - RFC 6585
        wait = wait_of(answer.headers, BLOCKED_SECONDS)
        return RateLimited("OpenWeather's limit is used up", status_code=status, retry_after=wait)
    return explain(answer)


def weather(now: Json, steps: Json, params: Params) -> Weather:
    """Put both bodies together; raises BadAnswer when the first has no reading at all."""
    main, system, wind = text.inner(now, "main"), text.inner(now, "sys"), text.inner(now, "wind")
    if not main:
        raise BadAnswer("OpenWeather's answer has no reading")
    zone = local_zone(now.get("timezone"))
    words, icon = sky(now)
    observed = text.moment(now.get("dt"))
    later = text.records(steps.get("list") or [], "forecast")
    day = (observed or datetime.now(UTC)).astimezone(zone).date()
    return Weather(
        city_name=text.plain(now.get("name")),
        country=text.plain(system.get("country")),
        temp=text.number(main.get("temp")),
        feels_like=text.number(main.get("feels_like")),
        humidity=text.number(main.get("humidity")),
        pressure=text.number(main.get("pressure")),
        wind_speed=text.number(wind.get("speed")),
        wind_direction=text.number(wind.get("deg")),
        description=words,
        icon=icon,
        units=params.units,
        observed_at=observed,
        sunrise=text.moment(system.get("sunrise")),
        sunset=text.moment(system.get("sunset")),
        hourly=hours(later, day, zone),
        forecast=days(later, local_zone(text.inner(steps, "city").get("timezone")), params),
        source="OpenWeather",
    )


def local_zone(seconds: object) -> timezone:
    """Return the zone of an offset in seconds; UTC where none was sent."""
    offset = text.whole(seconds) or 0
    return timezone(timedelta(seconds=offset if abs(offset) <= MAX_OFFSET else 0))


def sky(step: Json) -> tuple[str | None, str | None]:
    """Return the description and the icon of a reading."""
    found = step.get("weather")
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    return text.plain(first.get("description")), text.plain(first.get("icon"))


def hours(steps: Sequence[Json], day: date, zone: timezone) -> tuple[Hour, ...]:
    """Return what is left of the local day, in steps of three hours."""
    timed = [(text.moment(step.get("dt")), text.number(text.inner(step, "main").get("temp"))) for step in steps]
    return tuple(Hour(at, temp) for at, temp in timed if at and at.astimezone(zone).date() == day)


def days(steps: Sequence[Json], zone: timezone, params: Params) -> tuple[Day, ...]:
    """Return the steps by local day."""
    by_day: dict[date, list[tuple[datetime, Json]]] = {}
    for step in steps:
        if at := text.moment(step.get("dt")):
            local = at.astimezone(zone)
            by_day.setdefault(local.date(), []).append((local, step))
    return tuple(one_day(day, found, params) for day, found in sorted(by_day.items()))


def one_day(day: date, steps: Sequence[tuple[datetime, Json]], params: Params) -> Day:
    """Return one day: its extremes, the sky nearest to noon, and its rain and snow, null where none was sent."""
    readings = [text.inner(step, "main") for _, step in steps]
    lows = [low for main in readings if (low := text.number(main.get("temp_min"))) is not None]
    highs = [high for main in readings if (high := text.number(main.get("temp_max"))) is not None]
    _, at_noon = min(steps, key=lambda timed: abs(timed[0].hour - NOON))
    words, icon = sky(at_noon)
    by_day = f"{icon[:-1]}d" if icon and icon.endswith("n") else icon
    fallen = [
        amount
        for _, step in steps
        for kind in ("rain", "snow")
        if (amount := text.number(text.inner(step, kind).get("3h"))) is not None
    ]
    return Day(day, min(lows, default=None), max(highs, default=None), words, by_day, amount_in(params, fallen))


def amount_in(params: Params, fallen: Sequence[float]) -> float | None:
    """Return the sum of amounts in mm in the units asked for, which OpenWeather knows for temperatures only."""
    if not fallen:
        return None
    return round(sum(fallen) / (INCH if params.units == "imperial" else 1), 3)
