"""What a WSGI server runs."""

from __future__ import annotations

import gc
from threading import Thread

from flask import Flask


def loaded() -> Flask:
    """Load the application; all that is loaded stays, so that no search for garbage ever looks through it.

    That takes an eighth of the start, and later spares a request a pause longer than any request takes.
    """
    gc.disable()
    import dispatch  # noqa: PLC0415 - to load it is what makes the garbage collector look
    from web import create_app  # noqa: PLC0415 - the same

    app = create_app()
    gc.freeze()
    gc.enable()
    Thread(target=dispatch.prepare, name="prepare").start()
    return app


app = loaded()
