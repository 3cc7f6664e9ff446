"""Background processes of a local stack: started once, found again by a later command, stopped by their own id."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"


class NotHealthy(RuntimeError):
    """A process ended, or did not answer in time."""


# Below the range that systems take ports for outgoing connections from: a port kept for later is still free then.
KEPT_PORTS = range(20_000, 32_000)


def free_port(wanted: int, taken: Container[int] = ()) -> int:
    """`wanted` where nothing listens on it, else some other port that is not among `taken`. 0 always gives some other."""
    others = random.sample(KEPT_PORTS, 100)
    for candidate in (wanted, *others) if wanted else others:
        if candidate not in taken and is_free(candidate):
            return candidate
    raise NotHealthy("no free port on the loopback interface")


def is_free(port: int) -> bool:
    """Whether one may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    """Whether anything speaks HTTP there; an HTTP error is an answer too."""
    try:
        urllib.request.urlopen(url, timeout=2).read()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def command_line(pid: int) -> str:
    """What a living process was started with, "" when there is none; one that ended and was not yet waited for has none either."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return "" if "<defunct>" in shown else shown


@dataclass(frozen=True)
class Process:
    """One background process with a pid file and a log under `<home>/run`."""

    name: str
    command: tuple[str, ...]
    home: Path
    health: str

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home / "run" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Holds the process id, for as long as it runs."""
        return self.home / "run" / f"{self.name}.pid"

    def pid(self) -> int | None:
        """Its id while it runs. A pid that the system has given to another program meanwhile is not ours."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        shown = command_line(pid)
        return pid if self.command[1] in shown and str(self.home) in shown else None

    def start(self) -> bool:
        """Start it unless it runs and answers; wait until it does. Returns whether it had to be started."""
        running = self.pid()
        if running is None:
            if answers(self.health):
                raise NotHealthy(f"another program listens where the {self.name} should: {self.health}; end it, or `make reset` to choose other ports")
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            self.pid_file.write_text(str(child.pid))
            # Asked of the child itself: the system shows a process that is just starting without its command.
            self.wait_until_healthy(lambda: child.poll() is None)
        else:
            self.wait_until_healthy(lambda: self.pid() is not None)
        return running is None

    def wait_until_healthy(self, lives: Callable[[], bool], seconds: float = 60.0) -> None:
        """Return as soon as it answers; fail with the end of its log when it dies or is silent too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answers(self.health):
                return
            if not lives():
                raise NotHealthy(f"{self.name} ended at once; its log ends with:\n{self.tail()}")
            time.sleep(0.05)
        raise NotHealthy(f"{self.name} does not answer at {self.health}; its log ends with:\n{self.tail()}")

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def send(self, number: signal.Signals) -> bool:
        """Send it a signal; False when it does not run."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, number)
        return True

    def stop(self, seconds: float = 30.0) -> bool:
        """Ask it to end and wait, so that its state is on disk afterwards; only then insist. False when it did not run."""
        if not self.send(signal.SIGTERM):
            self.pid_file.unlink(missing_ok=True)
            return False
        deadline = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                self.send(signal.SIGKILL)
                deadline += seconds
            time.sleep(0.05)
        self.pid_file.unlink(missing_ok=True)
        return True
