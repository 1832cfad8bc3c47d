"""The documents for people, from assets that are served here: no other host is asked, no script is inline."""

from __future__ import annotations

import http.client
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as Answer

from web import files
from web.problems import not_found

ASSETS = {"swagger-ui.css", "index.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png"}
CACHED = "public, max-age=86400"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>InsightBoard API</title>
<link rel="icon" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="stylesheet" href="docs/assets/index.css">
</head>
<body>
<div id="docs"></div>
<noscript>The API's description is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
});
"""

blueprint = Blueprint("docs", __name__)


@blueprint.get("/api/docs")
def page() -> Response:
    """Show the documents."""
    answer = Response(PAGE, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = CACHED
    return answer


@blueprint.get("/api/docs/")
def folder_page() -> Answer:
    """Lead to the documents, whose links are relative to the address without the slash."""
    return redirect(url_for("docs.page"), http.client.PERMANENT_REDIRECT)


@blueprint.get("/api/docs/assets/start.js")
def start() -> Response:
    """Return the script that starts the documents."""
    answer = Response(START, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = CACHED
    return answer


@blueprint.get("/api/docs/assets/<name>")
def asset(name: str) -> Response:
    """Return a file of Swagger UI."""
    if name not in ASSETS:
        raise not_found()
    return files.answer(read(name))


@cache
def read(name: str) -> files.File:
    """Read a file of Swagger UI; compressing the large one takes longer than anything else here, so it is kept."""
    return files.read(folder() / name, CACHED)


def folder() -> Path:
    """Return where Flask-Swagger-UI keeps the files."""
    spec = find_spec("flask_swagger_ui")
    if spec is None or spec.origin is None:
        raise not_found()
    return Path(spec.origin).parent / "dist"
