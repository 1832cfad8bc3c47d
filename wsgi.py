"""What a WSGI server runs."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from threading import Thread

from flask import Flask

PR_SET_PDEATHSIG = 1


def end_with_server() -> None:
    """Have the kernel kill this process when the server that forked it is killed (Linux): Granian leaves its workers.

    Left alone they would answer on, and keep the port from the next start.
    """
    server = multiprocessing.parent_process()
    if server is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != server.pid:
        os._exit(1)


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


end_with_server()
app = loaded()
