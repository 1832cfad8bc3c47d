"""How paths are read: as they are, without redirects, and with ids that may be no UUID."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Flask
from werkzeug.routing import UUIDConverter

UUID_TEXT = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Nothing ever has it (RFC 9562, 5.9).
NIL = UUID(int=0)


class Identifier(UUIDConverter):
    """An id in a path; what is no UUID is read as the nil one, so that it is unknown like any other."""

    regex = "[^/]+"

    def to_python(self, value: str) -> UUID:
        """Return the id."""
        return identifier(value) or NIL


def identifier(text: str) -> UUID | None:
    """Return an id, None for what is no UUID in the form that we write."""
    return UUID(text) if UUID_TEXT.fullmatch(text) else None


def install(app: Flask) -> None:
    """Set how paths are read, before there are any."""
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    app.url_map.converters["uuid"] = Identifier
