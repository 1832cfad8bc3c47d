"""The weather of a place: from OpenWeather when there is a key, else from Open-Meteo, which needs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from providers.base import Answer, BadAnswer, Context, Provider, ProviderError, Quota
from providers.sources import open_meteo, openweather
from providers.sources.weather_result import Params, Weather

KEY = "openweather_api_key"


class CityWeather(Provider[Params, Weather]):
    """Now, today's hours and the days to come, alike from both upstreams; what was not sent is null."""

    name = "weather"
    title = "Weather"
    description = "The weather of a place now, through the day and on the days to come."
    ttl = timedelta(minutes=10)
    view = "weather"
    attribution = "https://open-meteo.com"
    params, result = Params, Weather
    lane = 1
    credentials = (KEY,)
    base_urls = ("openweather_api_url", "openmeteo_api_url", "openmeteo_geocoding_url")

    def attribution_for(self, credentials: Mapping[str, str | None]) -> str | None:
        """Return the upstream that is asked."""
        return "https://openweathermap.org" if credentials.get(KEY) else self.attribution

    def lane_for(self, credentials: Mapping[str, str | None]) -> int | None:
        """Return 1 for Open-Meteo, which answers one request at a time from one address (its issue 1493)."""
        return None if credentials.get(KEY) else self.lane

    def quotas(self, credentials: Mapping[str, str | None]) -> Sequence[Quota]:
        """Return the free plans' limits."""
        if credentials.get(KEY):
            return (Quota(60, 60),)
        return (Quota(600, 60), Quota(5000, 3600), Quota(10_000, 86_400))

    def cost(self, credentials: Mapping[str, str | None]) -> float:
        """Return 2 for OpenWeather (now, forecast), 1 for Open-Meteo, whose places are remembered."""
        return 2 if credentials.get(KEY) else 1

    def fetch(self, params: Params, context: Context) -> Weather:
        """Return the weather; raises NotFound where no place has the name."""
        if context.credentials.get(KEY):
            return openweather.fetch(params, context)
        return open_meteo.fetch(params, context)

    def explain(self, answer: Answer) -> ProviderError:
        """Let the upstream that wrote the error explain it: only OpenWeather's has a `cod`."""
        try:
            body = answer.json()
        except BadAnswer:
            body = None
        return openweather.told(answer) if isinstance(body, dict) and "cod" in body else open_meteo.told(answer)


provider = CityWeather()
