from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from providers import encoding
from providers.base import (
    Answer,
    BadAnswer,
    CredentialsRefused,
    NotFound,
    NotModified,
    ProviderError,
    RateLimited,
    TimedOut,
)
from providers.sources.open_meteo import usual_wait
from providers.sources.weather_result import Hour, Params
from providers.weather import provider
from tests.unit.providers.fakes import Asked, World, answer, fetched, world, written

KEY = "openweather_api_key"
OSLO = Params("oslo", "metric")


def meteo(**replies: Answer) -> World:
    return world(
        {
            "/v1/search": replies.get("search", answer(written("weather/geocode.json"))),
            "/v1/forecast": replies.get("forecast", answer(written("weather/open_meteo.json"))),
        }
    )


def keyed(now: Answer | None = None, forecast: Answer | None = None) -> World:
    return world(
        {
            "/data/2.5/weather": now or answer(written("weather/openweather_now.json")),
            "/data/2.5/forecast": forecast or answer(written("weather/openweather_forecast.json")),
        },
        openweather_api_key="k3y",
    )


def at(hour: int, minute: int = 0, day: int = 6) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)


def test_open_meteo_gives_the_local_day_in_utc() -> None:
    found = fetched(provider, Params("springfield", "metric"), meteo())

    assert (found.city_name, found.country, found.source, found.units) == ("Springfield", "US", "Open-Meteo", "metric")
    assert (found.temp, found.feels_like, found.humidity, found.pressure) == (0.0, -2.4, 81, 1009.3)
    assert (found.wind_speed, found.wind_direction) == (3.2, 250)
    assert (found.description, found.icon) == ("light rain", "10n")
    assert found.observed_at == at(3, 15, day=7)
    assert (found.sunrise, found.sunset) == (at(10, 51), at(0, 59, day=7))
    assert len(found.hourly) == 24
    assert found.hourly[0] == Hour(at(5), 12.0)
    assert found.hourly[6].temp is None
    assert found.hourly[-1].at == at(4, day=7)


def test_open_meteo_gives_the_forecast_from_today_on_and_null_for_what_it_did_not_send() -> None:
    found = fetched(provider, Params("springfield", "metric"), meteo())

    assert [(str(day.date), day.temp_min, day.temp_max, day.precipitation) for day in found.forecast] == [
        ("2026-05-06", 3.5, 12.0, 4.2),
        ("2026-05-07", 2.0, None, None),
    ]
    assert (found.forecast[1].description, found.forecast[1].icon) == (None, None)


@pytest.mark.parametrize(
    ("units", "asked"),
    [("metric", ("celsius", "ms", "mm")), ("imperial", ("fahrenheit", "mph", "inch"))],
)
def test_open_meteo_is_asked_in_the_units_of_the_reader(units: Any, asked: tuple[str, ...]) -> None:
    around = meteo()

    fetched(provider, Params("x", units), around)

    query = around.http.asked[1].query
    assert (query["temperature_unit"], query["wind_speed_unit"], query["precipitation_unit"]) == asked
    assert query["timezone"] == "auto"


def test_a_place_is_asked_for_once_a_week() -> None:
    around = meteo()

    first, second = (fetched(provider, Params("springfield", "metric"), around) for _ in range(2))

    assert first == second
    assert [asked.url.rsplit("/", 1)[1] for asked in around.http.asked] == ["search", "forecast", "forecast"]
    assert around.memory.ttls["place:springfield"].days == 7


def test_only_the_forecast_is_asked_for_on_condition_that_it_has_changed() -> None:
    around = meteo(forecast=answer(b"", 304))

    with pytest.raises(NotModified):
        fetched(provider, OSLO, around)

    assert [asked.conditional for asked in around.http.asked] == [False, True]


def test_openweathers_two_requests_are_unconditional() -> None:
    around = keyed()

    fetched(provider, OSLO, around)

    assert [asked.conditional for asked in around.http.asked] == [False, False]


def test_a_broken_memory_of_a_place_is_asked_again() -> None:
    around = meteo()
    around.memory.kept["place:oslo"] = '{"nonsense": 1}'

    assert fetched(provider, OSLO, around).city_name == "Springfield"


@pytest.mark.parametrize(
    ("city", "latitude"),
    [
        ("springfield", "39.8"),
        ("springfield, oregon", "44.05"),
        ("springfield, oregon, united states", "44.05"),
        ("springfield, nz", "-41.2"),
        ("springfield, otago, new zealand", "-41.2"),
        ("springfield, usa", "39.8"),
        ("springfield, somewhere the geocoding knows", "39.8"),
    ],
)
def test_region_and_country_choose_among_homonyms(city: str, latitude: str) -> None:
    around = meteo()

    fetched(provider, Params(city, "metric"), around)

    assert around.http.asked[0].query["name"] == city
    assert around.http.asked[1].query["latitude"] == latitude


def test_a_place_with_a_country_that_the_geocoding_does_not_split_is_found_by_its_name() -> None:
    def search(asked: Asked) -> Answer:
        return answer(
            written("weather/geocode.json" if asked.query["name"] == "springfield" else "weather/geocode_none.json")
        )

    around = world({"/v1/search": search, "/v1/forecast": answer(written("weather/open_meteo.json"))})

    fetched(provider, Params("springfield, u.s.a.", "metric"), around)
    with pytest.raises(NotFound):
        fetched(provider, Params("springfield, france", "metric"), around)


def test_no_match_is_not_found_though_it_is_a_200() -> None:
    with pytest.raises(NotFound, match="no place called 'oslo'"):
        fetched(provider, OSLO, meteo(search=answer(written("weather/geocode_none.json"))))


def test_an_answer_without_current_weather_is_a_bad_answer_and_never_zero_degrees() -> None:
    with pytest.raises(BadAnswer):
        fetched(provider, OSLO, meteo(forecast=answer({"error": False})))


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        ("Daily API request limit exceeded. Please try again tomorrow.", 12 * 3600 - 600),
        ("Hourly API request limit exceeded. Please try again in the next hour.", 3000),
        ("Minutely API request limit exceeded. Please try again in one minute.", 60),
        ("Too many concurrent requests", 10),
        ("", 60),
    ],
)
def test_each_limit_of_open_meteo_has_its_own_wait(reason: str, seconds: float) -> None:
    assert usual_wait(reason.lower(), datetime(2026, 5, 6, 12, 10, tzinfo=UTC)) == seconds


def test_openweather_gives_the_same_shape() -> None:
    found = fetched(provider, OSLO, keyed())

    assert (found.city_name, found.country, found.source) == ("Oslo", "NO", "OpenWeather")
    assert (found.temp, found.wind_speed, found.wind_direction) == (0, 5.7, 0)
    assert (found.description, found.icon) == ("light rain", "10n")
    assert found.observed_at == at(20)
    assert (found.sunrise, found.sunset) == (None, None)
    assert [hour.at for hour in found.hourly] == [at(21)]
    assert [str(day.date) for day in found.forecast] == ["2026-05-06", "2026-05-07", "2026-05-08"]
    assert (found.forecast[1].temp_min, found.forecast[1].temp_max) == (5, 14)
    assert found.forecast[1].description == "step 4"
    assert [day.precipitation for day in found.forecast] == [None, 5.08, None]


def test_openweather_rain_is_in_inches_where_the_reader_wants_them() -> None:
    assert fetched(provider, Params("oslo", "imperial"), keyed()).forecast[1].precipitation == 0.2


def test_openweather_is_asked_with_the_key_in_the_query_which_is_its_only_way() -> None:
    around = keyed()

    fetched(provider, Params("são paulo", "imperial"), around)

    assert [asked.query for asked in around.http.asked] == [{"q": "são paulo", "units": "imperial", "appid": "k3y"}] * 2


def test_a_plan_without_forecast_still_shows_the_weather() -> None:
    found = fetched(provider, OSLO, keyed(forecast=answer({"cod": 401, "message": "no"}, 401)))

    assert found.temp == 0
    assert (found.hourly, found.forecast) == ((), ())


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer({"cod": "404", "message": "city not found"}, 404), NotFound),
        (answer({"cod": "400", "message": "Nothing to geocode"}, 400), NotFound),
        (answer({"cod": 401, "message": "Invalid API key"}, 401), CredentialsRefused),
        (answer({"cod": 429, "message": "blocked"}, 429), RateLimited),
        (answer({"cod": "404", "message": "city not found"}), NotFound),
        (answer({"cod": 429, "message": "blocked"}), RateLimited),
        (answer({"cod": 200}), BadAnswer),
        (answer([]), BadAnswer),
        (answer(b"<html>"), BadAnswer),
        (answer(b"", 504), TimedOut),
    ],
)
def test_openweather_errors_are_told_apart_whatever_the_type_of_cod(reply: Answer, kind: type[ProviderError]) -> None:
    with pytest.raises(kind) as caught:
        fetched(provider, OSLO, keyed(now=reply))

    assert type(caught.value) is kind
    assert "k3y" not in caught.value.detail
    assert kind is not RateLimited or caught.value.retry_after == 600


def test_only_open_meteo_has_a_lane() -> None:
    assert provider.lane_for({KEY: None}) == 1
    assert provider.lane_for({KEY: "x"}) is None
    assert (provider.cost({KEY: "x"}), provider.cost({})) == (2, 1)


def test_the_result_is_encoded_with_dates_and_times() -> None:
    body = encoding.encode(fetched(provider, OSLO, keyed()))

    assert b'"observed_at":"2026-05-06T20:00:00Z"' in body
    assert b'"date":"2026-05-07"' in body
