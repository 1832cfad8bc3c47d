"""HTTP in, JSON out: the Flask application."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

import logs
import settings
from web import (
    account,
    admission,
    answers,
    api,
    auth,
    bodies,
    catalog,
    cors,
    dashboards,
    data,
    docs,
    health,
    jobs,
    metrics,
    page,
    paths,
    problems,
    requests,
    shapes,
    tokens,
)
from web.front import Front
from web.proxies import TrustedProxies

BLUEPRINTS = {
    "/api/auth": auth.blueprint,
    "/api/me": account.blueprint,
    "/api/dashboards": dashboards.blueprint,
    "/api/widgets": catalog.blueprint,
    "/api/data": data.blueprint,
    "/api/jobs": jobs.blueprint,
}


class App(Flask):
    """Flask without coroutines: asking eleven functions in each request whether they are some costs more than one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, which is none."""
        return func


def create_app(built: Path = page.BUILT) -> Flask:
    """Build the application from the settings, with the page that was built; nothing is connected yet."""
    chosen = settings.load()
    logs.configure(chosen)
    app = App("web", static_folder=None)
    # One more, so that web.bodies sees that a body without Content-Length is too large.
    app.config["MAX_CONTENT_LENGTH"] = bodies.MAX_BYTES + 1
    paths.install(app)
    # What runs after a request runs in the opposite order: requests.end comes last and sees the whole answer.
    for one in (requests, metrics, cors, answers, admission, tokens, problems):
        one.install(app)
    for plain in (health.blueprint, metrics.blueprint, docs.blueprint):
        app.register_blueprint(plain)
    page.install(app, built)
    api.install(app, BLUEPRINTS, shapes.COMPONENTS, shapes.OPERATIONS)
    app.wsgi_app = Front(app.wsgi_app)  # type: ignore[method-assign]  # Flask's way
    if chosen.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, chosen.trusted_proxies)  # type: ignore[method-assign]  # the same
    return app
