"""What the weather widget asks and shows, whichever upstream answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from marshmallow.validate import Length

from providers import text
from providers.base import param
from providers.schema import FullMatch
from providers.text import PRINTABLE

Units = Literal["metric", "imperial"]


@dataclass(frozen=True)
class Params:
    """Where, and in which units."""

    city: str = param(
        "Place name, such as Oslo, or with region or country: Portland, Oregon",
        validate=(Length(1, 100), FullMatch(PRINTABLE)),
        clean=text.folded,
        example="Oslo",
    )
    units: Units = param("metric: °C, m/s, mm; imperial: °F, mph, inch", default="metric", example="metric")


@dataclass(frozen=True)
class Hour:
    """The temperature at one time of the local day."""

    at: datetime
    temp: float | None


@dataclass(frozen=True)
class Day:
    """The forecast of one local day; precipitation in mm or inches."""

    date: date
    temp_min: float | None
    temp_max: float | None
    description: str | None
    icon: str | None
    precipitation: float | None


@dataclass(frozen=True)
class Weather:
    """Now, the local day and the days to come; pressure in hPa, humidity in percent, wind direction in degrees."""

    city_name: str | None
    country: str | None
    temp: float | None
    feels_like: float | None
    humidity: float | None
    pressure: float | None
    wind_speed: float | None
    wind_direction: float | None
    description: str | None
    icon: str | None
    units: Units
    observed_at: datetime | None
    sunrise: datetime | None
    sunset: datetime | None
    hourly: tuple[Hour, ...]
    forecast: tuple[Day, ...]
    source: str
