"""The front before Flask: it answers warm GETs itself, and leaves everything else to the views."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from models import dashboards
from models.session import DatabaseDownError
from store import StoreDownError, snapshots, tokens
from store.confirming import confirm, known
from store.tokens import Verdict
from web import admission, copies, cors, interest, metrics, passes, requests, session, warm
from web.copies import COPIES, Copy, Name
from web.passes import PASSES, Pass
from web.problems import Problem
from web.reading import Look
from web.session import Key
from web.widgets import READING

DATA, DASHBOARDS, BOARD_END = "/api/data/", "/api/dashboards/", "/data"
LINES = {200: "200 OK", 304: "304 NOT MODIFIED"}
NOTHING = known([])
SILENT_SECONDS = 5.0


@dataclass
class Silence:
    """Until when Postgres, which did not answer, is not asked again, on the process' own clock."""

    until: float = 0.0


SILENCE = Silence()


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
        left = passes.limits(entered.limit, entered.remaining - entered.used, entered.resets_at - now)
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
    renewed_copy = read_again(environ, name, copy, entered)
    return (renewed_copy, entered, renewed_copy.read_at) if renewed_copy else None


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


def read_again(environ: WSGIEnvironment, name: Name, copy: Copy, entered: Pass) -> Copy | None:
    """Ask whether the copy still holds, the admission included; what is not warm any more is handed to the view."""
    try:
        if copy.board:
            return board_again(environ, copy, entered)
        return widget_again(environ, name, copy, entered)
    except StoreDownError:
        return None


def board_again(environ: WSGIEnvironment, copy: Copy, entered: Pass) -> Copy | None:
    """Ask after a dashboard and its parts."""
    if not stands(copy):
        return None
    verdict, holds = confirmed(copy, entered)
    if holds:
        return copy
    environ[admission.VERDICT] = verdict
    return None


def stands(copy: Copy) -> bool:
    """Say whether a dashboard is what it was when it was copied; while Postgres is away nobody can change it."""
    now = time.monotonic()
    if copy.board is None or copy.dropped or copy.past(now):
        return False
    if now < SILENCE.until:
        return True
    try:
        return dashboards.holds(copy.board)
    except DatabaseDownError:
        SILENCE.until = time.monotonic() + SILENT_SECONDS
        return True


def widget_again(environ: WSGIEnvironment, name: Name, copy: Copy, entered: Pass) -> Copy | None:
    """Ask after a widget's parts, and read what is new of them."""
    widget = copy.widget
    if widget is None or copy.known is None:
        return None
    verdict, holds = confirmed(copy, entered)
    if holds:
        interest.note(widget)
        return copy
    if verdict.state != "admitted":
        return None
    look = Look(widget, replace(snapshots.read(list(widget.parts)), verdict=verdict))
    if not look.fresh:
        environ[READING] = look
        return None
    interest.note(widget)
    return copies.keep(name, look, look.warm(), copy.route)


def confirmed(copy: Copy, entered: Pass) -> tuple[Verdict, bool]:
    """Have a request admitted; say whether the copy holds, which then lives another second. Raises StoreDownError."""
    now = time.monotonic()
    verdict, redis_now, holds = confirm(copy.known or NOTHING, entered.identity.admission, entered.owed(now))
    if verdict.state != "admitted":
        return verdict, False
    entered.renew(verdict, now)
    # A board that was dropped meanwhile is another one, which Redis knows nothing of.
    if not holds or redis_now >= copy.warm.expires_at or (copy.board and copy.dropped):
        return verdict, False
    copy.read_at, copy.offset = now, redis_now - now
    return verdict, True
