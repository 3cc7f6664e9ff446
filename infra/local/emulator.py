"""Start MiniStack, the local cloud, without the waits that make it slow, and with an environment of its own.

    emulator.py --port 4566 --home .local

Functions inherit every variable of the emulator's process, so the process is given exactly the variables below and nothing of the
caller's shell: no credentials, no proxies, no `OMS_*` left over from another stack.

State is written to `<home>/state` every few seconds while requests come (see saving.py; not with `--unsaved`), when the process ends by SIGTERM, and whenever it
receives SIGUSR1. A SIGKILL loses what was written since the last of these.
"""

from __future__ import annotations

import argparse
import copy
import functools
import gc
import inspect
import os
import signal
import socketserver
import sys
import time
import types
from pathlib import Path

import serving
import tally
from saving import save_now_and_then

ACCOUNT = "123456789012"
REGION = "eu-central-1"
START_PAUSE = 0.15


class Moved(RuntimeError):
    """The pinned emulator no longer has a part that is patched here: read its source again before raising the pin."""


def environment(port: int, home: Path, seen_at: str | None = None) -> dict[str, str]:
    """Every variable that the emulator, and so every function, gets to see; `seen_at` is where functions reach it, if not at its own port."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        # The emulator unpacks functions here and clears what it finds: two stacks must not share it.
        "TMPDIR": str(home / "tmp"),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "AWS_ENDPOINT_URL": seen_at or f"http://127.0.0.1:{port}",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # No container client is ever looked for: functions are native processes.
        "DOCKER_HOST": f"unix://{home}/no-docker.sock",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        # The quota of a new AWS account. By default it follows this machine's memory, and bursts would be throttled here and not there.
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }


def answer_at_once() -> None:
    """The Runtime API answers in several small writes; with Nagle's algorithm on, each invocation waits for a delayed ACK."""
    if not hasattr(socketserver.StreamRequestHandler, "disable_nagle_algorithm"):
        raise Moved("socketserver.StreamRequestHandler.disable_nagle_algorithm")
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def take_logs_as_they_are() -> None:
    """Each invocation waits up to 50 ms for late log lines; without that, a late line is filed under the next invocation."""
    from ministack.core import lambda_runtime

    drain = lambda_runtime.Worker._drain_stderr_bounded
    names = list(inspect.signature(drain).parameters)
    if names != ["self", "first_line_wait", "idle_confirm", "hard_cap"]:
        raise Moved("ministack.core.lambda_runtime.Worker._drain_stderr_bounded")
    drain.__defaults__ = (0.0, 0.0, 0.25)


def start_executions_at_once() -> None:
    """Each execution of a state machine sleeps 0.15 s before its first state."""
    from ministack.services import stepfunctions

    if f"time.sleep({START_PAUSE})" not in inspect.getsource(stepfunctions._run_execution):
        raise Moved("ministack.services.stepfunctions._run_execution")

    clock = types.ModuleType("time")
    clock.__dict__.update(time.__dict__)
    clock.sleep = lambda seconds: None if seconds == START_PAUSE else time.sleep(seconds)
    stepfunctions.time = clock


def keep_streams() -> None:
    """The emulator keeps how far a function has read a table's stream, but not the stream: after a restart new records would be skipped."""
    from ministack.services import dynamodb

    stores = ("_stream_records", "_stream_trimmed")
    save, load = dynamodb.get_state, dynamodb.load_persisted_state
    if not all(hasattr(getattr(dynamodb, store, None), "_data") for store in stores):
        raise Moved("ministack.services.dynamodb._stream_records")

    def load_with_streams(data: dict) -> None:
        load(data)
        for store in stores:
            if store in data:
                getattr(dynamodb, store)._data.update(data[store]._data)

    dynamodb.get_state = lambda: {**save(), **{store: copy.deepcopy(getattr(dynamodb, store)) for store in stores}}
    dynamodb.load_persisted_state = load_with_streams


def remember_attributes() -> None:
    """Updating a nested stack forgets the attributes of what did not change in it, so that an output such as a table's `Arn` fails."""
    from ministack.services.cloudformation import _stacks, provisioners

    deploy, update = provisioners._cfn_nested_stack_deploy, provisioners._update_resource
    if "old_attrs" not in inspect.signature(update).parameters or "previous_physical_id" not in inspect.signature(deploy).parameters:
        raise Moved("ministack.services.cloudformation.provisioners._update_resource")
    before: dict[str, dict] = {}

    def deploy_with_memory(*args, previous_physical_id=None, **rest):
        if previous_physical_id in _stacks:
            before[previous_physical_id] = copy.deepcopy(_stacks[previous_physical_id].get("_resources", {}))
        return deploy(*args, previous_physical_id=previous_physical_id, **rest)

    def update_with_memory(kind, physical_id, old, new, stack, logical_id=None, old_attrs=None):
        known = before.get(stack, {}).get(logical_id, {}).get("Attributes")
        return update(kind, physical_id, old, new, stack, logical_id, old_attrs or known)

    # Only nested stacks find these here; the root's update holds its own reference, and passes attributes itself.
    provisioners._cfn_nested_stack_deploy, provisioners._update_resource = deploy_with_memory, update_with_memory


def parse_expressions_once() -> None:
    """Every item that a query looks at has the query's expression parsed anew; there are some dozens of expressions in all."""
    from ministack.services import dynamodb

    for name, takes in (("_tokenize", ["expr"]), ("_condition_syntax_error", ["expr", "slot"])):
        parse = getattr(dynamodb, name, None)
        if parse is None or list(inspect.signature(parse).parameters) != takes:
            raise Moved(f"ministack.services.dynamodb.{name}")
        setattr(dynamodb, name, functools.lru_cache(maxsize=1024)(parse))


def collect_seldom() -> None:
    """All tables are Python objects, which a full garbage collection walks through; next to nothing of what requests leave behind is circular."""
    gc.set_threshold(50_000, 20, 100)


def save_on_request() -> None:
    """SIGUSR1 writes the state to disk, so that even a SIGKILL later on keeps it."""
    from ministack import app
    from ministack.core import persistence

    if not hasattr(app, "_build_persistence_save_dict"):
        raise Moved("ministack.app._build_persistence_save_dict")
    signal.signal(signal.SIGUSR1, lambda *_: persistence.save_all(app._build_persistence_save_dict()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--unsaved", action="store_true", help="write no state before the end: what is measured is not the writing")
    parser.add_argument("--seen-at", help="URL at which functions reach this emulator, where it is another than its own")
    options = parser.parse_args()
    home = options.home.resolve()
    (home / "tmp").mkdir(parents=True, exist_ok=True)

    # Before the first import of the emulator: it reads its configuration at import.
    os.environ.clear()
    os.environ.update(environment(options.port, home, options.seen_at))
    answer_at_once()
    take_logs_as_they_are()
    start_executions_at_once()
    keep_streams()
    remember_attributes()
    parse_expressions_once()
    collect_seldom()
    serving.install()
    save_on_request()
    tally.install()
    if not options.unsaved:
        save_now_and_then()

    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
