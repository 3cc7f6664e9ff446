"""Start localstripe, the local payment gateway, with what it lacks to stand in for Stripe.

    gateway.py --port 8420 --home .local

Added or put right, each as Stripe documents it:

* What is in `stripe_rules.py`: cards that decline, states of payment intents, refunds, events.
* `Idempotency-Key`: the first answer to a key, good or bad, is given again with `Idempotent-Replayed: true`; other parameters or another
  path under the same key are a 400 `idempotency_error`. Requests with one key run one after another (Stripe answers 409 to the later).
* Webhooks are signed at the time of sending and sent again, with doubling pauses, until the receiver answers 2xx.
* State is kept in `<home>/gateway`, undelivered webhooks included.

localstripe is a tool under GPL-3.0-or-later, fetched from PyPI; nothing of it is part of what is deployed.

Still different from Stripe: any key `sk_...` is let in; a payer's 3-D Secure step is `POST /v1/payment_intents/{id}/_authenticate` with `client_secret` and
`success`; lists run oldest first; there are no fees, disputes, expiring authorisations or rate limits.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import pickle
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from localstripe import resources, webhooks
from localstripe.resources import Event, store

import stripe_rules

KEY_LIFETIME = 24 * 3600
SAVE_EVERY = 5.0
FIRST_PAUSE, LONGEST_PAUSE, ATTEMPTS = 1.0, 60.0, 20


class State:
    """What localstripe keeps in memory, and what is added here."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, Event] = {}
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.changed = False

    def load(self) -> None:
        """Take up where the last process ended."""
        if self.path.exists():
            objects, self.answers, self.pending, hooks = pickle.loads(self.path.read_bytes())
            dict.update(store, objects)
            webhooks._webhooks.update(hooks)

    def save(self) -> None:
        """Write everything, whole or not at all, if anything changed."""
        if not self.changed:
            return
        oldest = time.time() - KEY_LIFETIME
        self.answers = {key: answer for key, answer in self.answers.items() if answer["at"] > oldest}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.write_bytes(pickle.dumps((dict(store), self.answers, self.pending, dict(webhooks._webhooks))))
        draft.replace(self.path)
        self.changed = False


def idempotency(state: State) -> Any:
    """The middleware that makes a POST with an `Idempotency-Key` happen once."""

    @web.middleware
    async def once(request: web.Request, handler: Any) -> web.StreamResponse:
        state.changed |= request.method in ("POST", "DELETE")
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or not key or not request.path.startswith("/v1/"):
            return await handler(request)
        asked = hashlib.sha256(request.path.encode() + b"\0" + await request.read()).hexdigest()
        scope = f"{request.headers.get('Authorization')}\0{key}"
        async with state.locks[scope]:
            first = state.answers.get(scope)
            if first is None:
                answer = await handler(request)
                if answer.status != 401:
                    state.answers[scope] = {"asked": asked, "status": answer.status, "body": answer.body, "at": time.time()}
                return answer
        if first["asked"] != asked:
            message = f"Keys for idempotent requests can only be used with the same parameters they were first used with: {key}"
            return web.json_response({"error": {"type": "idempotency_error", "message": message}}, status=400)
        return web.Response(body=first["body"], status=first["status"], content_type="application/json", headers={"Idempotent-Replayed": "true"})

    return once


async def deliver(state: State, session: aiohttp.ClientSession, event: Event) -> None:
    """Send one event to each webhook that wants it, until each has taken it or all attempts are used up."""
    state.pending[event.id] = event
    content = json.dumps(event._export(), sort_keys=True).encode()
    waiting = [hook for hook in webhooks._webhooks.values() if hook.events is None or event.type in hook.events]
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS):
        waiting = [hook for hook in waiting if not await taken(session, hook, content)]
        if not waiting:
            break
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    state.pending.pop(event.id, None)
    state.changed = True


async def taken(session: aiohttp.ClientSession, hook: Any, content: bytes) -> bool:
    """One attempt, signed now; whether the receiver answered 2xx."""
    at = int(time.time())
    signature = hmac.new(hook.secret.encode(), b"%d.%s" % (at, content), hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={at},v1={signature}"}
    try:
        async with session.post(hook.url, data=content, headers=headers) as answer:
            return 200 <= answer.status < 300
    except (aiohttp.ClientError, asyncio.TimeoutError):
        return False


def application(state: State) -> web.Application:
    """localstripe's application with everything above in place."""
    # It would write its whole memory to one file in /tmp at every change.
    resources.Store.dump_to_disk = lambda self: None
    stripe_rules.apply()

    from localstripe.server import app

    app.middlewares.insert(0, idempotency(state))

    async def running(_: web.Application) -> Any:
        tasks: set[asyncio.Task[None]] = set()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:

            def schedule(event: Event) -> None:
                task = asyncio.ensure_future(deliver(state, session, event))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            async def save_now_and_then() -> None:
                while True:
                    await asyncio.sleep(SAVE_EVERY)
                    state.save()

            resources.schedule_webhook = schedule
            state.load()
            for event in list(state.pending.values()):
                schedule(event)
            tasks.add(asyncio.ensure_future(save_now_and_then()))
            yield
            state.save()
            for task in tasks:
                task.cancel()

    app.cleanup_ctx.append(running)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    options = parser.parse_args()
    state = State(options.home / "gateway" / "state.pickle")
    web.run_app(application(state), host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
