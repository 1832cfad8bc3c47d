"""Hostile request lines, query strings and headers to everything that is read: never a 5xx, and never slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests.e2e.client import Client, Got, registered
from tests.faults.protection import without
from tests.faults.wire import JSON, Header, ask, operations
from tests.integration.web.test_data import key_of, put

# Far more than any of these takes, and far less than a regular expression that tries every way.
SOON = 5.0
OSLO = "/api/data/weather?city=Oslo"


@pytest.fixture
def anna(anna: Client) -> Client:
    """Give somebody for whom Oslo's weather is there."""
    put(key_of("weather", city="Oslo"), {"temp": 3})
    return anna


def paths(app: Flask, anna: Client) -> list[str]:
    """Return every path that is read, and one whose answer has an ETag; /readyz is 503 while nothing works here."""
    made = anna.ask("POST", "/api/dashboards", {"name": "Home"}).json()["id"]
    found = operations(app, {"dashboard_id": made})
    return [*(one.path for one in found if one.method == "GET" and one.path != "/readyz"), OSLO]


def get(client: Client, header: Header | None, target: str) -> Got:
    return ask(client, "GET", target, [header] if header else [])


def broken(targets: list[str], one: Callable[[str], Got]) -> dict[str, tuple[int, float]]:
    """Return the answers that are 5xx, missing or late, by what was asked."""
    found = {}
    for target in targets:
        began = time.monotonic()
        status = one(target).status
        seconds = time.monotonic() - began
        if not 200 <= status < 500 or seconds > SOON:
            found[target[:80]] = (status, seconds)
    return found


HEADERS: dict[str, list[str]] = {
    "If-None-Match": ['"a"' + ", " * 25_000 + "x", '"' * 60_000, '"a", ' * 12_000 + "x", "W/" * 30_000, " ,\t" * 20_000,
                      '"a"' + " " * 50_000 + "x", '"\xff"', "*", "", '"', 'W/"', '*, "a"'],
    "If-Match": ['"a"' + ", " * 25_000 + "x", '"\xff"', '"'],
    "If-Modified-Since": ["Thu, 99 Foo 99999999", "Thu, 01 Jan 99999 00:00:00 GMT", "Thu, 01 Jan 0000 00:00:00 GMT",
                          "Mon, 01 Jan 0001 00:00:00 +2300", "Fri, 31 Dec 9999 23:59:59 -2300", "\xff", "0", "-1",
                          "Thu, 01 Jan 99999999999 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 +99999999999999",
                          "Thu, 01 Jan 1970 00:00:00 +" + "9" * 5000],
    "Prefer": ["wait=-1", "wait=" + "9" * 50_000, "wait=" + "0" * 50_000 + "1x", "wait=NaN", 'wait="', "," * 60_000,
               ",wait " * 10_000, "wait=\xb2", ", " * 30_000 + "wait = "],
    "X-Request-ID": ["\xff", "x" * 60_000, "a b", "<script>", "${jndi:ldap://x}", "%0d%0aSet-Cookie: a=b"],
    "Authorization": ["Bearer \xff", "Basic Og==", "Basic \xff", "Digest " + "a=," * 10_000, "Bearer " + "a." * 30_000],
    "Range": ["bytes=0-", "bytes=-1", "bytes=" + "9" * 5000 + "-", "bytes=" + "0-," * 20_000, "\xff", "bytes=1-0"],
    "If-Range": ['"a"', "\xff"],
    "Accept-Encoding": ["gzip;q=nan", "gzip;q=1e999", "gzip;q=" + "9" * 5000, "gzip;" * 10_000, ";;;,,,", "*;q=",
                        "\xff", "gzip;q=-1", "gzip, " * 10_000],
    "Accept": ["\xff", ";q=", "*/*;q=" + "1" * 5000, "a/b;" * 10_000],
    "Accept-Language": ["\xff", "-" * 60_000],
    "Accept-Charset": ["\xff", "utf-99"],
    "Cache-Control": ["no-cache=" + "x" * 50_000, "max-age=-" + "9" * 5000, '"' * 50_000, "\xff", "no-cache"],
    "Content-Type": ["\xff", ";;;", "application/json;" * 3000, "multipart/form-data; boundary=" + "x" * 50_000],
    "Content-Length": ["1", "0"],
    "Cookie": ["\xff", "a=" * 30_000, ";" * 60_000, "token=x; token=y"],
    "Host": ["", "evil.example:999999", "\xff", "a b", "[::1", "x" * 60_000, "a\t"],
    "Origin": ["null", "\xff", "x" * 60_000],
    "Access-Control-Request-Method": ["\xff", "x" * 60_000],
    "X-Forwarded-For": ["\xff", "1," * 30_000, "[" * 60_000],
    "X-Forwarded-Proto": ["\xff", ","],
    "X-HTTP-Method-Override": ["DELETE", "\xff"],
    "Upgrade": ["websocket", "h2c"],
    "Expect": ["100-continue", "200-ok"],
    "User-Agent": ["\xff", "() { :; }; true", "x" * 60_000],
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
@without("web/warm.py", r"(?:[ \t]*,[ \t,]*{TAG.pattern})*", r"(?:[ \t]*,[ \t]*(?:{TAG.pattern})?)*")
def test_no_header_breaks_or_holds_up_a_read(app: Flask, anna: Client, name: str) -> None:
    nobody = Client(anna.url)
    asks = anna if name != "Authorization" else nobody

    found = {
        value[:40]: wrong
        for value in HEADERS[name]
        if (wrong := broken(paths(app, anna) if len(value) < 1000 else [OSLO, "/api/docs/assets/swagger-ui.css"],
                            partial(get, asks, (name, value))))
    }  # fmt: skip

    assert found == {}
    assert anna.get("/healthz").status == 200


@without("web/waiting.py", r'wait\s*=\s*"?([0-9]+)"?', r'wait\s*=\s*"?0*([0-9]+)"?')
def test_no_number_of_seconds_is_too_long_to_read(anna: Client) -> None:
    assert broken(["wait=" + "0" * 60_000 + "1x"], lambda value: ask(anna, "GET", OSLO, [("Prefer", value)])) == {}


@without("web/requests.py", 'return given if SANE_ID.fullmatch(given) else f"{getrandbits(128):032x}"', "return given")
def test_no_request_id_but_a_sane_one_comes_back(anna: Client) -> None:
    given = ["abc-1.2_3", "x" * 129, "two words", "<b>", "a\tb", "\xff", "a,b", '"', "${x}", ""]

    told = [ask(anna, "GET", "/healthz", [("X-Request-ID", one)]).headers["x-request-id"] for one in given]

    assert told[0] == given[0]
    assert [len(one) for one in told[1:]] == [32] * (len(given) - 1)


QUERIES = ["%00", "%ff", "x=%ff", "%=%", "%zz=%zz", "x=%ed%a0%80", "x=%f0%9f", "a[]=1&a[b][c]=2", "=&=&&&", ";;;", "+",
           "a=" * 20_000, "&".join(f"p{n}=1" for n in range(8000)), "x=" + "%00" * 15_000, "__proto__=1", "x=1&x=2",
           "%F0%9F%92%A9=%F0%9F%92%A9", "x=" + "9" * 5000, "?" * 9000, "callback=alert", "_method=DELETE"]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:20])
@without("web/params.py", "    except schema.ValidationError as error:", "    except KeyError as error:")
def test_no_query_string_breaks_a_read(app: Flask, anna: Client, query: str) -> None:
    targets = [f"{path}{'&' if '?' in path else '?'}{query}" for path in paths(app, anna)]

    assert broken(targets, lambda target: ask(anna, "GET", target)) == {}


VALUES = ["\0", "a\0b", "\ufeff", "\u202e", "\ud800", "\xff", "", " ", ",", "," * 9000, "a," * 9000, "-1", "1e999",
          "NaN", "9" * 5000, "x" * 60_000, "null", "[]", "{}", "../../etc/passwd", "' OR 1=1 --", "${7*7}", "{{7*7}}",
          "\r\nX: y", "%", "\U0010ffff", "http://[::1]:6379/", "http://169.254.169.254/", "http://" + "a." * 1000,
          "http://" + "\u00e4" * 2000, "http://\u2488/"]  # fmt: skip


@without("web/params.py", "    except schema.ValidationError as error:", "    except KeyError as error:")
def test_no_value_of_a_widgets_parameter_breaks_a_read(app: Flask, anna: Client) -> None:
    document: Any = app.test_client().get("/api/openapi.json").json
    asked = {(path, one["name"]) for path, methods in document["paths"].items() if path.startswith("/api/data/")
             for one in methods["get"]["parameters"] if one["in"] == "query"}  # fmt: skip
    given = [quote(value.encode("utf-8", "surrogatepass"), safe="") for value in VALUES]
    targets = [f"{path}?{name}={value}" for path, name in sorted(asked) for value in given if len(value) < 62_000]

    everybody = iter([registered(anna.url) for _ in range(len(targets) // 200 + 1)])
    found: dict[str, tuple[int, float]] = {}
    for start in range(0, len(targets), 200):
        who = next(everybody)
        found |= broken(targets[start : start + 200], partial(get, who, None))

    assert len(asked) >= 14
    assert found == {}


LINES = ["/%00", "/%ff", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/", "/./api/me", "/api//me", "/api/me/",
         "/api/me%0d%0aX:%20y", "//evil.example.org/", "/\\evil.example.org", "*", "http://evil.example.org/api/me",
         "/" + "a" * 60_000, "/" + "a/" * 30_000, "/" + "a" * 70_000, "/api/docs/assets/..%2fflask_swagger_ui.py",
         "/api/docs/assets/%2e%2e/__init__.py", "/api/docs/assets/%00", "/api/docs/assets/" + "%ff" * 9000,
         "/api/dashboards/" + "%00" * 9000, "/api/data/__class__", "/api/data/status.runs", "/api/data/%ff",
         "/api/me;x=1", "/api/me#x", "/{{7*7}}", "/api/jobs/" + "9" * 9000]  # fmt: skip


@without("web/docs.py", "    if name not in ASSETS:\n        raise not_found()\n    return", "    return")
def test_no_path_breaks_anything_or_leads_out_of_its_folder(anna: Client) -> None:
    assert broken(LINES, lambda target: ask(anna, "GET", target)) == {}
    assert ask(anna, "GET", "/api/docs/assets/..%2fflask_swagger_ui.py").status == 404
    assert not any("location" in ask(anna, "GET", target).headers for target in LINES)


@without("web/metrics.py", 'method = request.method if request.method in KNOWN else "other"', "method = request.method")
def test_no_method_breaks_anything_or_fills_the_metrics(anna: Client) -> None:
    methods = ["TRACE", "CONNECT", "PATCH", "PROPFIND", "PRI", "FOO", "A" * 5000, "G-E_T", "!"]

    found = {method[:9]: ask(anna, method, "/api/widgets").status for method in methods}
    metrics = anna.get("/metrics").body

    assert {name: status for name, status in found.items() if status not in {400, 404, 405}} == {}
    assert b"FOO" not in metrics
    assert b'method="other"' in metrics


@without("web/layout.py", "len(expression) > MOST_CRON or", "")
def test_no_layout_that_is_small_enough_takes_long_to_check(anna: Client) -> None:
    weather = {"widget": "weather", "params": {"city": "Oslo"}}
    layouts = {
        "cron": [{"id": "a", **weather, "refresh": "*/1," * 240_000 + "1 * * * *"}],
        "crons": [{"id": str(n), **weather, "refresh": "0-59," * 900 + "1 * * * *"} for n in range(200)],
        "coins": [{"id": "a", "widget": "crypto", "params": {"symbols": "a," * 500_000}}],
        "URLs": [{"id": "a", "widget": "status", "params": {"urls": "http://a.example," * 60_000}}],
    }

    took = {}
    for name, layout in layouts.items():
        began = time.monotonic()
        assert anna.ask("POST", "/api/dashboards", {"name": name, "layout_json": layout}).status == 422, name
        took[name] = time.monotonic() - began

    assert max(took.values()) < 2.5, took
    assert ask(anna, "POST", "/api/dashboards", [JSON], b'{"name": "Home"}').status == 201
