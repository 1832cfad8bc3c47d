"""WMO weather codes (table 4677, as Open-Meteo uses it) in words, with OpenWeather's icon names, so both look alike."""

from __future__ import annotations

WMO: dict[int, tuple[str, str]] = {
    0: ("clear sky", "01"),
    1: ("mainly clear", "02"),
    2: ("partly cloudy", "03"),
    3: ("overcast", "04"),
    45: ("fog", "50"),
    48: ("depositing rime fog", "50"),
    51: ("light drizzle", "09"),
    53: ("moderate drizzle", "09"),
    55: ("dense drizzle", "09"),
    56: ("light freezing drizzle", "09"),
    57: ("dense freezing drizzle", "09"),
    61: ("light rain", "10"),
    63: ("moderate rain", "10"),
    65: ("heavy rain", "10"),
    66: ("light freezing rain", "13"),
    67: ("heavy freezing rain", "13"),
    71: ("light snowfall", "13"),
    73: ("moderate snowfall", "13"),
    75: ("heavy snowfall", "13"),
    77: ("snow grains", "13"),
    80: ("light rain showers", "09"),
    81: ("moderate rain showers", "09"),
    82: ("violent rain showers", "09"),
    85: ("light snow showers", "13"),
    86: ("heavy snow showers", "13"),
    95: ("thunderstorm", "11"),
    96: ("thunderstorm with light hail", "11"),
    99: ("thunderstorm with heavy hail", "11"),
}

# What people write for a country beside its English name and its code (ISO 3166), folded.
COUNTRY_ALIASES = {
    "america": "us",
    "britain": "gb",
    "czech republic": "cz",
    "deutschland": "de",
    "england": "gb",
    "great britain": "gb",
    "holland": "nl",
    "scotland": "gb",
    "the netherlands": "nl",
    "turkey": "tr",
    "u.k.": "gb",
    "u.s.": "us",
    "u.s.a.": "us",
    "uae": "ae",
    "uk": "gb",
    "united states of america": "us",
    "usa": "us",
    "wales": "gb",
}


def words_and_icon(code: int | None, *, night: bool = False) -> tuple[str | None, str | None]:
    """Return the code's description and icon; nothing for a code that the table does not have."""
    if code is None or code not in WMO:
        return None, None
    words, icon = WMO[code]
    return words, f"{icon}{'n' if night else 'd'}"
