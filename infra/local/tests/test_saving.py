"""What a SIGKILL of the emulator leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

LOCAL = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LOCAL))

import boto3  # noqa: E402

from processes import free_port  # noqa: E402
from saving import Saver  # noqa: E402

# Only an end for a test that hangs.
PATIENCE = 120.0


def until(what, message: str):
    """Asks until the answer is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(message)


class Emulator:
    """A running emulator on a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port(0)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, str(LOCAL / "emulator.py"), "--port", str(self.port), "--home", str(self.home)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.is_up, "the emulator does not come up")

    def is_up(self) -> bool:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_ministack/health", timeout=5).status == 200
        except OSError:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def client(self, service: str):
        session = boto3.Session(region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self.port}")


class Killed(unittest.TestCase):
    def test_what_was_written_some_seconds_before_a_sigkill_is_there_again(self) -> None:
        home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        emulator = Emulator(home)
        emulator.start()
        self.addCleanup(emulator.kill)
        dynamodb, sqs = emulator.client("dynamodb"), emulator.client("sqs")
        key = [{"AttributeName": "pk", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
        dynamodb.create_table(TableName="kept", KeySchema=key, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST")
        url = sqs.create_queue(QueueName="kept")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="a message before the kill")
        dynamodb.put_item(TableName="kept", Item={"pk": {"S": "an item before the kill"}})
        files = [home / "state" / "dynamodb.json", home / "state" / "sqs.json"]
        saved = lambda: all(file.exists() and "before the kill" in file.read_text() for file in files)
        until(saved, "nothing is saved while it runs")

        emulator.kill()
        emulator.start()
        items = emulator.client("dynamodb").scan(TableName="kept")["Items"]
        self.assertEqual(items, [{"pk": {"S": "an item before the kill"}}])
        messages = emulator.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
        self.assertEqual([message["Body"] for message in messages], ["a message before the kill"])
        leftovers = list((home / "state.next").glob("*"))
        self.assertEqual(leftovers, [])


class Saving(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory())) / "state"
        self.state = {"n": 1}

    def saver(self, save=None) -> Saver:
        write = lambda directory: (directory / "service.json").write_text(json.dumps(self.state))
        return Saver(self.directory, save or write, pause=0.01)

    def test_saves_one_moment_and_leaves_the_process_as_it_was(self) -> None:
        saver = self.saver()
        handler = signal.getsignal(signal.SIGUSR1)
        self.assertTrue(saver.save_once())
        self.state["n"] = 2
        self.assertEqual(json.loads((self.directory / "service.json").read_text()), {"n": 1})
        self.assertEqual(signal.getsignal(signal.SIGUSR1), handler)

    def test_a_save_that_fails_keeps_what_was_saved_and_is_tried_again(self) -> None:
        def fails(directory: Path) -> None:
            (directory / "service.json").write_text("half")
            raise OSError("the disk is full")

        self.assertTrue(self.saver().save_once())
        # The child tells its standard error, which is not this test's.
        with open(os.devnull, "w") as nowhere:
            kept, sys.stderr = sys.stderr, nowhere
            self.addCleanup(setattr, sys, "stderr", kept)
            self.assertFalse(self.saver(fails).save_once())
        self.assertEqual(json.loads((self.directory / "service.json").read_text()), {"n": 1})

    def test_what_is_older_never_replaces_what_the_process_saves_itself(self) -> None:
        def slowly(directory: Path) -> None:
            time.sleep(PATIENCE)
            (directory / "service.json").write_text("old")

        saver = self.saver(slowly)
        done: list[bool] = []
        thread = threading.Thread(target=lambda: done.append(saver.save_once()))
        thread.start()
        until(lambda: saver.child, "no child")
        saver.alone(lambda: (self.directory.mkdir(), (self.directory / "service.json").write_text("new")))()
        thread.join(PATIENCE)
        self.assertEqual((done, (self.directory / "service.json").read_text()), ([False], "new"))

    def test_saves_only_after_requests(self) -> None:
        saver = self.saver()
        saves: list[int] = []
        saver.save_once = lambda: bool(saves.append(saver.requests)) or True  # type: ignore[method-assign]
        saver.stopped.wait = lambda _: len(asked) > 5 or asked.append(1)  # type: ignore[method-assign, func-returns-value]
        asked: list[int] = []
        saver.run()
        self.assertEqual(saves, [])
        asked.clear()
        saver.requests = 3
        saver.run()
        self.assertEqual(saves, [3])


if __name__ == "__main__":
    unittest.main()
