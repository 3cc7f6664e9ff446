"""Serve the emulator's application by a server whose loop and parser are compiled.

The emulator is one Python process and the bound of every load test here, and nearly half of its time went into reading and writing HTTP in
Python. uvicorn, uvloop and httptools do the same in C; the application they serve is the emulator's own.
"""

from __future__ import annotations

import inspect
from typing import Any

import hypercorn.asyncio
import uvicorn
import uvloop


class Moved(RuntimeError):
    """The pinned emulator no longer starts its server as it did: read its source again before raising the pin."""


async def serve(application: Any, config: Any) -> None:
    """In the place of hypercorn's own: listens where it would, for as long as it would."""
    if len(config.bind) != 1 or config.certfile:
        raise Moved("the emulator serves one plain port")
    host, _, port = config.bind[0].rpartition(":")
    settings = uvicorn.Config(
        application,
        host=host,
        port=int(port),
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level=config.loglevel.lower(),
        # The emulator writes these itself, as AWS does.
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=config.keep_alive_timeout,
        # Whatever still waits for an answer at the end does not keep the process from saving its state.
        timeout_graceful_shutdown=2,
    )
    await uvicorn.Server(settings).serve()


def install() -> None:
    """Serve so from now on. To be called before the emulator serves."""
    from ministack import app

    if "asyncio.run(hypercorn_serve(app, config))" not in inspect.getsource(app.main):
        raise Moved("ministack.app.main")
    uvloop.install()
    hypercorn.asyncio.serve = serve
