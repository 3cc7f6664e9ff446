"""Serve the emulator's application by a server whose loop and parser are compiled.

The emulator is one Python process and the bound of every load test here, and nearly half of its time went into reading and writing HTTP in
Python. uvicorn, uvloop and httptools do the same in C; the application they serve is the emulator's own. Calls of DynamoDB, two thirds of all, go
straight to the emulator's DynamoDB: else each is first asked whether it is one of some thirty other things.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import hypercorn.asyncio
import uvicorn
import uvloop


DYNAMODB = b"DynamoDB_20120810."

Application = Callable[[Any, Any, Any], Awaitable[None]]


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


def is_for_dynamodb(scope: dict[str, Any]) -> bool:
    """Whether a request names an operation of DynamoDB."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != "/":
        return False
    return any(name == b"x-amz-target" and value.startswith(DYNAMODB) for name, value in scope["headers"])


def straight_to_the_tables(application: Application) -> Application:
    """The application, but for DynamoDB's requests, which its DynamoDB answers at once."""
    from ministack import app
    from ministack.core import responses, router

    parts = (app, "_get_reset_lock"), (app, "_read_request_body"), (app, "_send_response"), (app, "_RequestBodyDisconnected")
    for module, name in parts:
        if not hasattr(module, name):
            raise Moved(f"{module.__name__}.{name}")
    handler = app.SERVICE_HANDLERS["dynamodb"]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if not is_for_dynamodb(scope):
            await application(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        async with app._get_reset_lock():
            pass
        responses.set_request_account_id(router.extract_access_key_id(headers))
        responses.set_request_region(router.extract_region(headers))
        try:
            body = await app._read_request_body(receive, "POST", headers)
        except app._RequestBodyDisconnected:
            return
        status, more, content = await handler("POST", "/", headers, body, {})
        await app._send_response(send, status, more, content)

    return answer


def install() -> None:
    """Serve so from now on. To be called before the emulator serves."""
    from ministack import app

    if "asyncio.run(hypercorn_serve(app, config))" not in inspect.getsource(app.main):
        raise Moved("ministack.app.main")
    uvloop.install()
    hypercorn.asyncio.serve = serve
    app.app = straight_to_the_tables(app.app)
