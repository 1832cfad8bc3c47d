"""The front before Flask: it answers warm GETs itself, and leaves everything else to the views."""

from __future__ import annotations

import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from models import dashboards
from models.dashboards import Version
from models.session import DatabaseDownError
from store import StoreDownError, snapshots, tokens
from store.confirming import confirm
from store.connection import Breaker
from web import admission, copies, cors, interest, metrics, passes, requests, session, warm
from web.copies import COPIES, Copy, Name
from web.passes import PASSES, Pass
from web.problems import Problem
from web.reading import Look, Widget
from web.session import Key
from web.widgets import READING

DATA, DASHBOARDS, BOARD_END = "/api/data/", "/api/dashboards/", "/data"
LINES = {200: "200 OK", 304: "304 NOT MODIFIED"}
# While Postgres is away, one reader in a second waits for it.
BREAKER = Breaker()


class Front:
    """WSGI middleware; what it answers is what the view would have answered (tests/integration/web/test_front.py)."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.answered = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand the request on."""
        began = time.perf_counter()
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith((DATA, DASHBOARDS)):
            return self.app(environ, start_response)
        found = allowed(environ, path)
        if found is None:
            return self.app(environ, start_response)
        copy, entered, now = found
        self.answered += 1
        status, headers, body = warm.sent(copy.warm, environ, now + copy.offset)
        request_id = requests.id_of(environ.get("HTTP_X_REQUEST_ID", ""))
        count = entered.count
        left = passes.limits(count.limit, count.remaining - count.used, count.resets_at - now)
        common = requests.headers(request_id, secure=environ["wsgi.url_scheme"] == "https")
        if shared := cors.headers(environ.get("HTTP_ORIGIN")):
            common = list({**dict(common), **dict(shared)}.items())
        start_response(LINES[status], [*headers, *left, *common])
        seconds = time.perf_counter() - began
        metrics.observe("GET", copy.route, status, seconds)
        requests.note("GET", path, status, seconds, request_id)
        return [body]


def allowed(environ: WSGIEnvironment, path: str) -> tuple[Copy, Pass, float] | None:
    """Return a live copy of the answer and the pass of who asks, and the time; None where a view must answer."""
    asks = session.key(environ)
    if asks is None or not plain(environ):
        return None
    now = time.monotonic()
    entered = PASSES.get(asks)
    if entered is None or time.time() >= entered.identity.expires_at:
        entered = introduced(asks)
    if entered is None:
        return None
    name = named(environ, path, entered)
    copy = COPIES.get(name) if name else None
    if name is None or copy is None:
        return None
    if copy.live(now):
        return (copy, entered, now) if entered.enter(now) or renewed(entered, now) else None
    again = read_again(environ, name, copy, entered)
    return (again[0], entered, again[1]) if again else None


def plain(environ: WSGIEnvironment) -> bool:
    """Say whether nothing about the request asks for more than what is there."""
    return (
        not environ.get("SCRIPT_NAME")
        and environ.get("CONTENT_LENGTH") in {None, "", "0"}
        and "HTTP_TRANSFER_ENCODING" not in environ
        and "HTTP_IF_MATCH" not in environ
        and "no-cache" not in environ.get("HTTP_CACHE_CONTROL", "").lower()
    )


def introduced(asks: Key) -> Pass | None:
    """Return a pass for a token that is genuine; Redis is still to be asked."""
    try:
        return PASSES.add(asks, session.verify(asks))
    except Problem:
        return None


def named(environ: WSGIEnvironment, path: str, entered: Pass) -> Name | None:
    """Name the answer that is asked for."""
    if path.startswith(DATA):
        return copies.of_widget(path, environ["QUERY_STRING"])
    if path.endswith(BOARD_END):
        return copies.of_dashboard(str(entered.identity.user_id), path, environ["QUERY_STRING"])
    return None


def renewed(entered: Pass, now: float) -> bool:
    """Ask Redis to let a request in; false where a view must say why not."""
    try:
        verdict = tokens.admit(entered.identity.admission, entered.owed(now))
    except StoreDownError:
        return False
    if verdict.state != "admitted":
        return False
    entered.renew(verdict, now)
    return True


def read_again(environ: WSGIEnvironment, name: Name, copy: Copy, entered: Pass) -> tuple[Copy, float] | None:
    """Ask whether the copy still holds, the admission included; what is not warm any more is handed to the view.

    Returns what to send, and the time of the process' own clock at which it held.
    """
    now, before = time.monotonic(), copy.read_at
    if copy.known is None or (copy.board and (copy.dropped or copy.past(now))):
        return None
    try:
        verdict, redis_now, holds = confirm(copy.known, entered.identity.admission, entered.owed(now))
        environ[admission.VERDICT] = verdict
        if verdict.state != "admitted":
            return None
        entered.renew(verdict, now)
        if holds and redis_now < copy.warm.expires_at and (copy.board is None or stands(copy.board)):
            COPIES.renew(copy, before, now, redis_now - now)
            if copy.widget:
                interest.note(copy.widget)
            return copy, now
        return read_anew(environ, name, copy.widget, copy.route) if copy.widget else None
    except StoreDownError:
        return None


def read_anew(environ: WSGIEnvironment, name: Name, widget: Widget, route: str) -> tuple[Copy, float] | None:
    """Read a widget for a request that was admitted; raises StoreDownError."""
    look = Look(widget, snapshots.read(list(widget.parts)))
    if not look.fresh:
        environ[READING] = look
        return None
    interest.note(widget)
    return copies.keep(name, look, look.warm(), route), time.monotonic()


def stands(version: Version) -> bool:
    """Say whether a dashboard is unchanged; where Postgres does not answer, it is as long as nobody says otherwise.

    Whoever changes it has every process drop its copy (web/placing.py), by Redis, which has just answered.
    """
    try:
        BREAKER.enter()
        unchanged = dashboards.holds(version)
    except StoreDownError:
        return True
    except DatabaseDownError:
        BREAKER.failed()
        return True
    except Exception:  # noqa: BLE001 - the view meets it as well, and answers
        return False
    BREAKER.succeeded()
    return unchanged
