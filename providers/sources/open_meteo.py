"""Weather from Open-Meteo, which needs no key: a place by its name (remembered), then its weather."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
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
from providers.facts.weather_codes import COUNTRY_ALIASES, words_and_icon
from providers.sources.weather_result import Day, Hour, Params, Weather
from providers.waits import wait_of

PLACE_KEPT = timedelta(days=7)
HOMONYMS = 10
MOST_HOMONYMS = 100
FORECAST_DAYS = 7
UNITS = {
    "metric": {"temperature_unit": "celsius", "wind_speed_unit": "ms", "precipitation_unit": "mm"},
    "imperial": {"temperature_unit": "fahrenheit", "wind_speed_unit": "mph", "precipitation_unit": "inch"},
}
CURRENT = (
    "temperature_2m,apparent_temperature,relative_humidity_2m,pressure_msl,"
    "wind_speed_10m,wind_direction_10m,weather_code,is_day"
)
DAILY = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,sunrise,sunset"

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A place as the geocoding knows it."""

    name: str | None
    country: str | None
    latitude: float
    longitude: float


def fetch(params: Params, context: Context) -> Weather:
    """Return the weather of the place that the name most likely means."""
    place = placed(params.city, context)
    query: dict[str, str | int] = {
        "latitude": str(place.latitude),
        "longitude": str(place.longitude),
        "current": CURRENT,
        "hourly": "temperature_2m",
        "daily": DAILY,
        "timezone": "auto",
        "forecast_days": FORECAST_DAYS,
        **UNITS[params.units],
    }
    url = f"{context.base_urls['openmeteo_api_url']}/v1/forecast"
    return weather(text.record(context.get_json(url, query, conditional=True)), place, params)


def told(answer: Answer) -> ProviderError:
    """Turn an error into its ProviderError; a 429 says which limit it is, and each has its own wait."""
    if answer.status in {401, 403}:
        return CredentialsRefused(f"Open-Meteo answered {answer.status}", status_code=answer.status)
    if answer.status != 429:  # noqa: PLR2004 - RFC 6585
        return explain(answer)
    wait = wait_of(answer.headers, usual_wait(reason_of(answer), datetime.now(UTC)))
    return RateLimited("Open-Meteo's limit is used up", status_code=answer.status, retry_after=wait)


def reason_of(answer: Answer) -> str:
    """Return why Open-Meteo refused, in lower case; empty where it does not say."""
    try:
        return str(text.inner({"body": answer.json()}, "body").get("reason", "")).lower()
    except BadAnswer:
        return ""


def usual_wait(reason: str, now: datetime) -> float:
    """Return the seconds to wait (RateLimiter.swift): until midnight UTC, the next hour, a minute, or a moment."""
    if "daily" in reason:
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()
    if "hourly" in reason:
        return 3600.0 - now.minute * 60 - now.second
    return 10.0 if "concurrent" in reason else 60.0


def placed(city: str, context: Context) -> Place:
    """Return the place from memory, else ask for it; raises NotFound."""
    kept = remembered(context.memory.get(f"place:{city}"))
    if kept:
        return kept
    place = asked(city, context)
    context.memory.set(f"place:{city}", json.dumps(asdict(place)), PLACE_KEPT)
    return place


def remembered(kept: str | None) -> Place | None:
    """Return the place that was kept, unless another version of this code kept another shape."""
    try:
        return Place(**json.loads(kept)) if kept else None
    except (TypeError, ValueError):
        return None


def asked(city: str, context: Context) -> Place:
    """Ask for "Name, Region, Country" as it is, then, where that gives nothing, for the name alone, sifted here."""
    name, *qualifiers = [part for part in (part.strip() for part in city.split(",")) if part] or [city]
    found = search(city, HOMONYMS, context)
    best = fitting(found, qualifiers) or found
    if not found and qualifiers:
        best = fitting(search(name, MOST_HOMONYMS, context), qualifiers)
    if not best:
        raise NotFound(f"no place called {city!r}")
    return place_of(best[0])


def search(name: str, count: int, context: Context) -> list[Json]:
    """Return the places of a name, most likely first; no match is a 200 without `results`."""
    url = f"{context.base_urls['openmeteo_geocoding_url']}/v1/search"
    body = text.record(context.get_json(url, {"name": name, "count": count, "language": "en", "format": "json"}))
    return text.records(body.get("results") or [], "list of places")


def fitting(places: Sequence[Json], qualifiers: Sequence[str]) -> list[Json]:
    """Return the places that lie in every region and country named."""
    return [place for place in places if all(lies_in(place, one) for one in qualifiers)]


def lies_in(place: Json, qualifier: str) -> bool:
    """Say whether a place lies in a region or country, by its name, its code or what people call it."""
    names = ("country", "country_code", "admin1", "admin2", "admin3", "admin4")
    known = {text.folded(found) for name in names if (found := text.clean(place.get(name)))}
    return bool({qualifier, COUNTRY_ALIASES.get(qualifier, qualifier)} & known)


def place_of(raw: Json) -> Place:
    """Return a place; raises BadAnswer without coordinates (0 is left out by the geocoding's protobuf)."""
    latitude, longitude = text.number(raw.get("latitude", 0)), text.number(raw.get("longitude", 0))
    if latitude is None or longitude is None or not {"latitude", "longitude"} & set(raw):
        raise BadAnswer("Open-Meteo's place has no coordinates")
    return Place(text.plain(raw.get("name")), text.plain(raw.get("country_code")), latitude, longitude)


def weather(body: Json, place: Place, params: Params) -> Weather:
    """Return the result; raises BadAnswer when there is no current weather at all."""
    now, daily = text.inner(body, "current"), text.inner(body, "daily")
    if not now:
        raise BadAnswer("Open-Meteo's answer has no current weather")
    offset = timedelta(seconds=text.whole(body.get("utc_offset_seconds")) or 0)
    local = local_time(now.get("time"))
    today = local.date() if local else None
    words, icon = words_and_icon(text.whole(now.get("weather_code")), night=text.number(now.get("is_day")) == 0)
    suns = [row for row in rows(daily, "sunrise", "sunset") if row["time"][:10] == str(today)]
    return Weather(
        city_name=place.name,
        country=place.country,
        temp=text.number(now.get("temperature_2m")),
        feels_like=text.number(now.get("apparent_temperature")),
        humidity=text.number(now.get("relative_humidity_2m")),
        pressure=text.number(now.get("pressure_msl")),
        wind_speed=text.number(now.get("wind_speed_10m")),
        wind_direction=text.number(now.get("wind_direction_10m")),
        description=words,
        icon=icon,
        units=params.units,
        observed_at=in_utc(local, offset),
        sunrise=in_utc(local_time(suns[0]["sunrise"]), offset) if suns else None,
        sunset=in_utc(local_time(suns[0]["sunset"]), offset) if suns else None,
        hourly=hours(text.inner(body, "hourly"), today, offset),
        forecast=days(daily, today),
        source="Open-Meteo",
    )


def local_time(value: object) -> datetime | None:
    """Return a local time without a zone, as Open-Meteo writes it; None for all else, and for the epoch."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=None) if found and found.year > 1970 else None  # noqa: PLR2004 - polar day and night


def in_utc(local: datetime | None, offset: timedelta) -> datetime | None:
    """Return a local time in UTC."""
    return (local - offset).replace(tzinfo=UTC) if local else None


def rows(table: Json, *columns: str) -> list[dict[str, Any]]:
    """Return a table of columns as rows with a text `time`; a column that is missing or short gives None."""
    times = table.get("time")
    columned = {name: table.get(name) for name in columns}
    return [
        {"time": at, **{name: cell(values, index) for name, values in columned.items()}}
        for index, at in enumerate(times if isinstance(times, list) else [])
        if isinstance(at, str)
    ]


def cell(values: object, index: int) -> Any:
    """Return one value of a column, or None."""
    return values[index] if isinstance(values, list) and index < len(values) else None


def hours(hourly: Json, today: date | None, offset: timedelta) -> tuple[Hour, ...]:
    """Return the hours of the local day; none where no temperature was sent."""
    if "temperature_2m" not in hourly:
        return ()
    timed = [(local_time(row["time"]), text.number(row["temperature_2m"])) for row in rows(hourly, "temperature_2m")]
    today_only = [(in_utc(local, offset), temp) for local, temp in timed if local and local.date() == today]
    return tuple(Hour(at, temp) for at, temp in today_only if at)


def days(daily: Json, today: date | None) -> tuple[Day, ...]:
    """Return the local days from today on."""
    columns = ("temperature_2m_min", "temperature_2m_max", "weather_code", "precipitation_sum")
    dated = [(local_time(row["time"]), row) for row in rows(daily, *columns)]
    return tuple(one_day(at.date(), row) for at, row in dated if at and (today is None or at.date() >= today))


def one_day(day: date, row: Mapping[str, Any]) -> Day:
    """Return the forecast of one day."""
    words, icon = words_and_icon(text.whole(row["weather_code"]))
    return Day(
        date=day,
        temp_min=text.number(row["temperature_2m_min"]),
        temp_max=text.number(row["temperature_2m_max"]),
        description=words,
        icon=icon,
        precipitation=text.number(row["precipitation_sum"]),
    )
