"""Keep the emulator's state on disk while it works, so that a SIGKILL, or the machine going down, loses seconds and not everything.

Every few seconds in which requests came, the process forks, and the child writes what it sees: one instant of all services. Requests go on
meanwhile; they wait only for the fork itself. The child writes beside the state and renames, so that no half-written file is ever read. It ends
with its parent, and before its parent saves by itself: what is older never replaces what is newer.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

# Longest time without a save while requests come, in seconds, where saves are cheap.
PAUSE = 3.0
# A save may take this share of the time: with much state, or a busy machine, saves come less often.
SHARE = 0.2
# A child that takes longer hangs: a thread held a lock when the process forked, and there are no threads in the child to release it.
LONGEST = 60.0
# Of Linux; elsewhere the call fails, and the child outlives its parent by the moment that it needs.
PR_SET_PDEATHSIG = 1

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Saver:
    """Counts requests, and saves when there were any."""

    def __init__(self, directory: Path, save: Callable[[Path], None], pause: float = PAUSE) -> None:
        self.directory, self.save, self.pause = directory, save, pause
        self.requests = 0
        self.stopped = threading.Event()
        self.saving = threading.Lock()
        self.child = 0

    def counting(self, application: Application) -> Application:
        """The application, with its requests counted once they are answered: only then is there something new to save."""

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            await application(scope, receive, send)
            if scope["type"] == "http" and not scope["path"].endswith("/health"):
                self.requests += 1

        return counted

    def run(self) -> None:
        """Saves until the process ends, or until told to stop."""
        saved = 0
        wait = self.pause
        while not self.stopped.wait(wait):
            seen = self.requests
            if seen == saved:
                continue
            began = time.monotonic()
            if self.save_once():
                saved = seen
            wait = max(self.pause, (time.monotonic() - began) / SHARE)

    def alone(self, save_all: Callable[..., None]) -> Callable[..., None]:
        """The parent's own way to save, with no child at it meanwhile."""

        def alone(*services: Any) -> None:
            if child := self.child:
                os.kill(child, signal.SIGKILL)
            with self.saving:
                save_all(*services)

        return alone

    def save_once(self) -> bool:
        """Saves in a child of this moment; returns whether it did."""
        with self.saving:
            child = os.fork()
            if child == 0:
                self.in_child()
            self.child = child
            try:
                return self.ended_well(child)
            finally:
                self.child = 0

    def ended_well(self, child: int) -> bool:
        """Waits for the child; one that hangs is ended."""
        deadline = time.monotonic() + LONGEST
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status) == 0
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return False
            time.sleep(0.02)

    def in_child(self) -> None:
        """Writes, renames, and ends without running anything of the parent's."""
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
                signal.signal(number, signal.SIG_IGN if number == signal.SIGUSR1 else signal.SIG_DFL)
        except ValueError:
            # Python sees the forking thread as the main one; should that change, the child keeps the parent's handlers for its moment.
            pass
        try:
            # The listening socket is the parent's alone, or the port would stay taken when the parent is killed.
            os.closerange(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 65536 else 65536)
            # As soon as the parent is killed.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            beside = self.directory.with_name(f"{self.directory.name}.next")
            beside.mkdir(parents=True, exist_ok=True)
            self.save(beside)
            self.directory.mkdir(parents=True, exist_ok=True)
            for file in sorted(beside.glob("*.json")):
                os.replace(file, self.directory / file.name)
            code = 0
        except Exception as error:  # noqa: BLE001  the child has nobody above it to tell
            print(f"the state was not saved: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)


def save_now_and_then() -> Saver:
    """Start saving the emulator's state; to be called before it serves."""
    from ministack import app
    from ministack.core import persistence

    if not hasattr(app, "_build_persistence_save_dict") or not callable(getattr(app, "app", None)) or getattr(app, "save_all", None) is not persistence.save_all:
        raise RuntimeError("the pinned emulator no longer has a part that is used here: " + "ministack.app.app")

    save_all = persistence.save_all

    def save(directory: Path) -> None:
        persistence.STATE_DIR = str(directory)
        save_all(app._build_persistence_save_dict())

    saver = Saver(Path(persistence.STATE_DIR), save)
    app.app = saver.counting(app.app)
    app.save_all = persistence.save_all = saver.alone(save_all)
    threading.Thread(target=saver.run, name="saver", daemon=True).start()
    return saver
