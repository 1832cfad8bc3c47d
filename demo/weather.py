"""Open-Meteo's geocoding and forecast (open-meteo.com/en/docs) for a dozen places; the weather is made up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CODES = (0, 1, 2, 3, 61, 3, 2, 80, 1, 45)
WIND = {"ms": 1.0, "mph": 2.237, "kmh": 3.6, "kn": 1.944}
LONGEST_FORECAST = 16


@dataclass(frozen=True)
class Place:
    """One place that the geocoder finds; `mean` is its temperature of the year in degrees Celsius."""

    number: int
    name: str
    country: str
    code: str
    latitude: float
    longitude: float
    timezone: str
    mean: float


PLACES = (
    Place(1, "Oslo", "Norway", "NO", 59.91, 10.75, "Europe/Oslo", 6),
    Place(2, "Berlin", "Germany", "DE", 52.52, 13.41, "Europe/Berlin", 10),
    Place(3, "London", "United Kingdom", "GB", 51.51, -0.13, "Europe/London", 11),
    Place(4, "Paris", "France", "FR", 48.85, 2.35, "Europe/Paris", 12),
    Place(5, "Madrid", "Spain", "ES", 40.42, -3.70, "Europe/Madrid", 15),
    Place(6, "New York", "United States", "US", 40.71, -74.01, "America/New_York", 13),
    Place(7, "San Francisco", "United States", "US", 37.77, -122.42, "America/Los_Angeles", 14),
    Place(8, "São Paulo", "Brazil", "BR", -23.55, -46.64, "America/Sao_Paulo", 20),
    Place(9, "Nairobi", "Kenya", "KE", -1.28, 36.82, "Africa/Nairobi", 19),
    Place(10, "Mumbai", "India", "IN", 19.07, 72.88, "Asia/Kolkata", 27),
    Place(11, "Tokyo", "Japan", "JP", 35.69, 139.69, "Asia/Tokyo", 16),
    Place(12, "Sydney", "Australia", "AU", -33.87, 151.21, "Australia/Sydney", 18),
)


def search(query: Mapping[str, str]) -> dict[str, Any]:
    """Return the places whose name begins so; like the real one, no match is an answer without `results`."""
    wanted = query.get("name", "").partition(",")[0].strip().casefold()
    found = [place for place in PLACES if len(wanted) > 1 and place.name.casefold().startswith(wanted)]
    results = {"results": [located(place) for place in found]} if found else {}
    return {**results, "generationtime_ms": 0.4}


def located(place: Place) -> dict[str, Any]:
    """Return one entry of the geocoder's results."""
    return {
        "id": place.number,
        "name": place.name,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "elevation": 20.0,
        "feature_code": "PPLC",
        "country_code": place.code,
        "timezone": place.timezone,
        "population": 1_000_000,
        "country": place.country,
    }


@dataclass(frozen=True)
class Sky:
    """The made-up weather over one place, in the units that were asked for."""

    place: Place
    query: Mapping[str, str]

    def unit(self, name: str, default: str) -> str:
        """Return the unit asked for, such as temperature_unit."""
        return self.query.get(name, default)

    def temperature(self, at: datetime) -> float:
        """Return the temperature at a local time: warmest at three in the afternoon, changing from day to day."""
        day = math.sin(at.toordinal() * 1.7 + self.place.number)
        celsius = self.place.mean + 4 * day + 5 * math.sin((at.hour + at.minute / 60 - 9) * math.pi / 12)
        return round(celsius * 9 / 5 + 32 if self.unit("temperature_unit", "celsius") == "fahrenheit" else celsius, 1)

    def wind(self, at: datetime) -> float:
        """Return the wind speed."""
        metres = 4 + 3 * math.sin(at.toordinal() + at.hour / 4)
        return round(metres * WIND.get(self.unit("wind_speed_unit", "kmh"), 3.6), 1)

    def rain(self, at: datetime) -> float:
        """Return the precipitation of a day: some where the code says rain."""
        millimetres = 4.2 if self.code(at) in {61, 80} else 0.0
        return round(millimetres / 25.4, 2) if self.unit("precipitation_unit", "mm") == "inch" else millimetres

    def code(self, at: datetime) -> int:
        """Return the WMO weather code of a day."""
        return CODES[(at.toordinal() + self.place.number) % len(CODES)]


def hour_of_day(hour: int, minute: int = 0) -> Callable[[Sky, datetime], datetime]:
    """Return a function that gives that local time of a day."""
    return lambda _, at: at.replace(hour=hour, minute=minute)


CURRENT: dict[str, Callable[[Sky, datetime], Any]] = {
    "temperature_2m": Sky.temperature,
    "apparent_temperature": lambda sky, at: round(sky.temperature(at) - 1.3, 1),
    "relative_humidity_2m": lambda _, at: 55 + at.hour,
    "pressure_msl": lambda _, at: 1009.5 + at.day % 9,
    "surface_pressure": lambda _, at: 1007.5 + at.day % 9,
    "wind_speed_10m": Sky.wind,
    "wind_direction_10m": lambda _, at: at.toordinal() * 37 % 360,
    "weather_code": Sky.code,
    "is_day": lambda _, at: int(at.hour in range(6, 20)),
    "precipitation": lambda *_: 0.0,
    "precipitation_probability": lambda sky, at: 70 if sky.rain(at) else 10,
}
DAILY: dict[str, Callable[[Sky, datetime], Any]] = {
    "temperature_2m_max": lambda sky, at: sky.temperature(at.replace(hour=15)),
    "temperature_2m_min": lambda sky, at: sky.temperature(at.replace(hour=3)),
    "weather_code": Sky.code,
    "precipitation_sum": Sky.rain,
    "precipitation_probability_max": CURRENT["precipitation_probability"],
    "sunrise": hour_of_day(6, 42),
    "sunset": hour_of_day(18, 17),
    "wind_speed_10m_max": Sky.wind,
}


def forecast(query: Mapping[str, str], now: float) -> dict[str, Any]:
    """Return the forecast for the nearest of the dozen places, with the variables, units and time format asked for."""
    wanted = float(query.get("latitude", "0")), float(query.get("longitude", "0"))
    place = min(PLACES, key=lambda one: math.dist(wanted, (one.latitude, one.longitude)))
    zone: Any = ZoneInfo(place.timezone) if query.get("timezone") else UTC
    at = datetime.fromtimestamp(now // 900 * 900, zone)
    midnight = at.replace(hour=0, minute=0)
    days = [
        midnight + timedelta(days=day) for day in range(min(int(query.get("forecast_days", "7")), LONGEST_FORECAST))
    ]
    hours = [day.replace(hour=hour) for day in days for hour in range(24)]
    sky = Sky(place, query)
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "utc_offset_seconds": int((at.utcoffset() or timedelta()).total_seconds()),
        "timezone": place.timezone if query.get("timezone") else "GMT",
        **({"current": {**row(sky, at, "current"), "interval": 900}} if "current" in query else {}),
        **({"hourly": table(sky, hours, "hourly")} if "hourly" in query else {}),
        **({"daily": table(sky, days, "daily")} if "daily" in query else {}),
    }


def row(sky: Sky, at: datetime, block: str) -> dict[str, Any]:
    """Return the variables asked for in a block at one time; unknown ones are null."""
    known = DAILY if block == "daily" else CURRENT
    names = [name for name in sky.query[block].split(",") if name]
    values = {name: known[name](sky, at) if name in known else None for name in names}
    return {name: clock(sky, value, block) for name, value in {"time": at, **values}.items()}


def table(sky: Sky, times: list[datetime], block: str) -> dict[str, list[Any]]:
    """Return a column for each variable asked for in a block."""
    rows = [row(sky, at, block) for at in times]
    return {name: [one[name] for one in rows] for name in rows[0]} if rows else {}


def clock(sky: Sky, value: Any, block: str) -> Any:
    """Return a time as Open-Meteo writes it: local without an offset, or seconds; anything else as it is."""
    if not isinstance(value, datetime):
        return value
    if sky.query.get("timeformat") == "unixtime":
        return int(value.timestamp())
    midnight = block == "daily" and (value.hour, value.minute) == (0, 0)
    return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M")
