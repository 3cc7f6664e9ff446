"""The local stack: the emulator, the payment gateway, the carrier, and the deployed template.

    stack.py [--home .local] up | stop | reset | status
    stack.py --home DIR --any-port during COMMAND...

`up` may be run again at any time: it starts what does not run, builds, and deploys only when code or templates changed. `stop` keeps all
data; `reset` empties it and keeps keys and builds. `during` runs a command on an empty stack that lives as long as the command, and ends with its
exit code. Several stacks run side by side with a `--home` each. What other programs need to know is written to
`<home>/stack.json`, which `OMS_STACK` names for the command of `during`; infra/local/README.md explains its fields.

With `--proxied` the functions reach the cloud and the payment gateway at two ports of their own, where the command of `during` must pass their calls on: a
test that makes calls fail stands there. Everybody else reaches them as ever.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import deploy
import keys
from emulator import ACCOUNT, REGION
from processes import LOOPBACK, NotHealthy, Process, free_port

HERE = Path(__file__).resolve().parent
PORTS = {"emulator": 4566, "gateway": 8420, "carrier": 8430}
# What functions reach through a proxy, where there is one.
PROXIED = ("emulator", "gateway")
GATEWAY_EVENTS = (
    "payment_intent.amount_capturable_updated",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "charge.refunded",
)


def ports_of(home: Path, any_port: bool, proxied: bool) -> dict[str, int]:
    """The ports of this stack: chosen at its first start and kept, for addresses of queues and callbacks are part of its data."""
    record = home / "ports.json"
    if not record.exists():
        home.mkdir(parents=True, exist_ok=True)
        ports: dict[str, int] = {}
        for name, port in PORTS.items():
            ports[name] = free_port(0 if any_port else port, ports.values())
        for name in PROXIED if proxied else ():
            ports[f"{name}_proxy"] = free_port(0, ports.values())
        record.write_text(json.dumps(ports))
    return json.loads(record.read_text())


class Stack:
    """One local stack in its own directory."""

    def __init__(self, home: Path, any_port: bool, proxied: bool, unsaved: bool = False) -> None:
        self.home = home.resolve()
        self.ports = ports_of(self.home, any_port, proxied)
        self.urls = deploy.Urls(**{name: f"http://{LOOPBACK}:{self.ports[name]}" for name in PORTS})
        self.secrets_file = self.home / "keys" / "secrets.json"
        seen = ("--seen-at", self.seen_by_functions("emulator"))
        self.unsaved = unsaved
        saved = ("--unsaved",) if unsaved else ()
        self.emulator = self.process("emulator", "/_ministack/health", "--home", str(self.home), *seen, *saved)
        self.gateway = self.process("gateway", "/v1/balance", "--home", str(self.home))
        self.cloud = deploy.Cloud(self.urls.emulator)

    def seen_by_functions(self, name: str) -> str:
        """Where functions reach a process: at its own port, or at its proxy's."""
        return f"http://{LOOPBACK}:{self.ports.get(f'{name}_proxy', self.ports[name])}"

    def process(self, name: str, health: str, *more: str) -> Process:
        """The background process run by the script of this name."""
        port = self.ports[name]
        command = (sys.executable, str(HERE / f"{name}.py"), "--port", str(port), *more)
        return Process(name, command, self.home, f"http://{LOOPBACK}:{port}{health}")

    def carrier(self, api_url: str = "") -> Process:
        """The carrier's simulator. It must know where to send its webhooks."""
        secrets = keys.secret_values(self.secrets_file)["carrier"]
        webhook = ("--webhook-url", f"{api_url}/webhooks/carriers/dhl", "--webhook-secret", secrets["webhook_secret"])
        state = self.home / "carrier" / "state.json"
        state.parent.mkdir(parents=True, exist_ok=True)
        return self.process("carrier", "/", "--api-key", secrets["api_key"], *webhook, "--state", str(state))

    def up(self, with_build: bool) -> None:
        """Start, build, deploy, connect, and write `stack.json`."""
        values = keys.secret_values(self.secrets_file)
        key_set = keys.jwks(keys.issuer_key(self.home / "keys" / "issuer.pem"))
        self.start(self.emulator)
        if with_build:
            say("building the functions (the first time takes minutes)")
            deploy.build()
            deploy.stage()
        deploy.publish_keys(self.cloud, key_set)
        self.cloud["sesv2"].create_email_identity(EmailIdentity=deploy.MAIL_SENDER)
        started = time.monotonic()
        if deploy.deploy(self.cloud, self.urls, self.seen_by_functions("gateway"), values):
            say(f"deployed template.yaml in {time.monotonic() - started:.1f} s")
            if not self.unsaved:
                self.emulator.send(signal.SIGUSR1)
        found = deploy.describe(self.cloud)
        self.start(self.gateway)
        self.register_webhook(found["api_url"], values["gateway"]["webhook_secret"])
        if (HERE / "carrier.py").exists():
            self.start(self.carrier(found["api_url"]))
        self.write_description(found, key_set)
        say(f"ready: {found['api_url']}")

    def start(self, process: Process) -> None:
        """Start a process if need be, and say so."""
        if process.start():
            say(f"started the {process.name} at {self.urls.__dict__[process.name]}")

    def register_webhook(self, api_url: str, secret: str) -> None:
        """Tell the gateway where its events go, as one does in Stripe's dashboard."""
        body = {"url": f"{api_url}/webhooks/payments/stripe", "secret": secret, "events": GATEWAY_EVENTS}
        request = urllib.request.Request(
            f"{self.urls.gateway}/_config/webhooks/oms", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=5).read()

    def write_description(self, found: dict[str, Any], key_set: dict[str, Any]) -> None:
        """Write `stack.json`, whole or not at all."""
        description = {
            **found,
            "emulator_url": self.urls.emulator,
            "gateway_url": self.urls.gateway,
            "carrier_url": self.urls.carrier,
            "region": REGION,
            "account": ACCOUNT,
            "access_key_id": "test",
            "secret_access_key": "test",
            "issuer": deploy.ISSUER,
            "audience": deploy.AUDIENCE,
            "issuer_key_file": str(self.home / "keys" / "issuer.pem"),
            "issuer_key_id": key_set["keys"][0]["kid"],
            "jwks_url": self.urls.jwks,
            "mail_sender": deploy.MAIL_SENDER,
            "secrets_file": str(self.secrets_file),
            "run_dir": str(self.home / "run"),
            "proxies": {name: self.seen_by_functions(name) for name in PROXIED if f"{name}_proxy" in self.ports},
        }
        draft = self.home / "stack.json.new"
        draft.write_text(json.dumps(description, indent=2, sort_keys=True) + "\n")
        draft.replace(self.home / "stack.json")

    def processes(self) -> list[Process]:
        """All of them, the ones that call others first."""
        return [self.carrier(), self.gateway, self.emulator]

    def stop(self) -> None:
        """End every process; each writes its state first."""
        for process in self.processes():
            if process.stop():
                say(f"stopped the {process.name}")

    def reset(self) -> None:
        """Empty all data and give the ports back. Keys and builds stay."""
        self.stop()
        for name in ("state", "state.next", "s3", "tmp", "gateway", "carrier", "run"):
            shutil.rmtree(self.home / name, ignore_errors=True)
        for name in ("stack.json", "ports.json"):
            (self.home / name).unlink(missing_ok=True)

    def during(self, command: list[str], with_build: bool) -> int:
        """Run a command while this stack is up, whatever becomes of it; its exit code."""
        try:
            self.up(with_build)
            return subprocess.run(command, env={**os.environ, "OMS_STACK": str(self.home / "stack.json")}, check=False).returncode
        finally:
            self.stop()

    def status(self) -> bool:
        """Print what runs; True when all does."""
        running = {process.name: process.pid() for process in self.processes()}
        for name, pid in running.items():
            say(f"{name:9} {f'runs (pid {pid})' if pid else 'does not run':22} {self.urls.__dict__[name]}")
        return all(running.values())


def say(line: str) -> None:
    """Tell the person at the terminal; never on stdout, which belongs to results."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=HERE.parents[1] / ".local", help="directory of the stack's data (default: .local)")
    parser.add_argument("--any-port", action="store_true", help="take free ports at the first start instead of the usual ones")
    parser.add_argument("--proxied", action="store_true", help="let functions reach the cloud and the gateway through a test's proxy")
    parser.add_argument("--unsaved", action="store_true", help="do not write the emulator's state down meanwhile: for measurements")
    parser.add_argument("--no-build", action="store_true", help="deploy the functions staged before")
    parser.add_argument("action", choices=("up", "stop", "reset", "status", "during"))
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run (for `during`)")
    options = parser.parse_args()
    if bool(options.command) != (options.action == "during"):
        parser.error("`during`, and only it, takes a command")
    stack = Stack(options.home, options.any_port, options.proxied, options.unsaved)
    try:
        if options.action == "up":
            stack.up(with_build=not options.no_build)
        elif options.action == "status":
            return 0 if stack.status() else 1
        elif options.action == "stop":
            stack.stop()
        else:
            stack.reset()
        if options.action == "during":
            return Stack(options.home, options.any_port, options.proxied, options.unsaved).during(options.command, with_build=not options.no_build)
    except (NotHealthy, deploy.DeploymentFailed, deploy.prepare.Unpreparable) as error:
        say(f"error: {error}")
        return 1
    except subprocess.CalledProcessError as error:
        say(f"error: {' '.join(error.cmd)} failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
