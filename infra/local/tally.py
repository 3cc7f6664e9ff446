"""Count what reaches the emulator and what it runs: calls by kind, invocations with their time, executions with their states.

The functions know nothing of it, and what is counted is what AWS would put on the bill. `GET /_oms/tally` answers the sums since the
start as one flat JSON object; `make bench` takes the difference of two answers.
"""

from __future__ import annotations

import inspect
import json
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

PATH = "/_oms/tally"
API = "/_aws/execute-api/"

Asgi = Callable[[dict[str, Any], Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]]


class Moved(RuntimeError):
    """The pinned emulator no longer has a part that is counted here: read its source again before raising the pin."""


class Tally:
    """Sums by name. Many threads of the emulator add to it."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, **amounts: float) -> None:
        """Add to several sums at once."""
        with self._lock:
            self._sums.update(amounts)

    def sums(self) -> dict[str, float]:
        """All sums so far."""
        with self._lock:
            return dict(self._sums)


def kind_of(scope: dict[str, Any]) -> str:
    """What a request is: `DynamoDB.PutItem` by the header that names the operation, `api` for calls of the HTTP API, else ""."""
    if scope["path"].startswith(API):
        return "api"
    for name, value in scope["headers"]:
        if name.lower() == b"x-amz-target":
            service, _, operation = value.decode("latin-1").partition(".")
            return f"{service.partition('_')[0]}.{operation}"
    return ""


def counted(app: Asgi, tally: Tally) -> Asgi:
    """The same application with its requests counted; it also answers `GET /_oms/tally`."""

    async def answer(scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[Any]]) -> None:
        if scope["type"] == "http":
            if scope["path"] == PATH:
                body = json.dumps(tally.sums(), sort_keys=True).encode()
                headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
            if kind := kind_of(scope):
                tally.add(**{kind: 1})
        await app(scope, receive, send)

    return answer


def count_invocations(tally: Tally) -> None:
    """Per function: invocations, and milliseconds from taking the event to the answer, rounded up to whole ones as they are billed: their sum,
    and under `took` how many invocations took how many.
    Over all functions: bytes that they log.
    """
    from ministack.services import lambda_svc

    dispatch = lambda_svc._execute_function_dispatch
    if list(inspect.signature(dispatch).parameters) != ["func", "config", "event", "request_id", "started"]:
        raise Moved("ministack.services.lambda_svc._execute_function_dispatch")

    def dispatch_counted(func: dict, config: dict, event: dict, request_id: str, started: float) -> dict:
        name = str(config.get("FunctionName", "unknown"))
        before = time.perf_counter()
        logged = 0
        try:
            result = dispatch(func, config, event, request_id, started)
            logged = len(result.get("log") or "")
            return result
        finally:
            took = int((time.perf_counter() - before) * 1000) + 1
            tally.add(**{f"lambda.{name}.invocations": 1, f"lambda.{name}.ms": took, f"lambda.{name}.took.{took}": 1, "lambda.log_bytes": logged})

    lambda_svc._execute_function_dispatch = dispatch_counted


def count_executions(tally: Tally) -> None:
    """Executions, their milliseconds, the states that they enter."""
    from ministack.services import stepfunctions

    run, add_event = stepfunctions._run_execution, stepfunctions._add_event
    if list(inspect.signature(run).parameters) != ["exec_arn"] or list(inspect.signature(add_event).parameters)[:2] != ["execution", "event_type"]:
        raise Moved("ministack.services.stepfunctions._run_execution")

    def run_counted(exec_arn: str) -> None:
        before = time.perf_counter()
        try:
            run(exec_arn)
        finally:
            tally.add(**{"machine.executions": 1, "machine.ms": int((time.perf_counter() - before) * 1000) + 1})

    def add_event_counted(execution: dict, event_type: str, details: dict | None = None) -> dict:
        if event_type.endswith("StateEntered"):
            tally.add(**{"machine.states": 1})
        return add_event(execution, event_type, details)

    stepfunctions._run_execution, stepfunctions._add_event = run_counted, add_event_counted


def count_messages(tally: Tally) -> None:
    """Events that callers put on a bus, those of AWS itself apart; messages that a bus puts into a queue; messages to topics."""
    from ministack.services import eventbridge, sns

    put, deliver = eventbridge._put_events, getattr(eventbridge, "_dispatch_to_sqs", None)
    if deliver is None or list(inspect.signature(put).parameters) != ["data", "allow_aws_source"]:
        raise Moved("ministack.services.eventbridge._put_events")

    def put_counted(data: dict, allow_aws_source: bool = False) -> Any:
        if not allow_aws_source:
            tally.add(**{"bus.events": len(data.get("Entries", []))})
        return put(data, allow_aws_source)

    def deliver_counted(*rest: Any, **named: Any) -> Any:
        tally.add(**{"bus.deliveries": 1})
        return deliver(*rest, **named)

    eventbridge._put_events, eventbridge._dispatch_to_sqs = put_counted, deliver_counted

    publish = getattr(sns, "_publish", None)
    if publish is None or list(inspect.signature(publish).parameters) != ["params"]:
        raise Moved("ministack.services.sns._publish")

    def publish_counted(params: dict) -> Any:
        tally.add(**{"topic.messages": 1})
        return publish(params)

    sns._publish = publish_counted


def install() -> None:
    """Count from now on. To be called once, before the emulator serves."""
    from ministack import app

    tally = Tally()
    count_invocations(tally)
    count_executions(tally)
    count_messages(tally)
    app.app = counted(app.app, tally)
