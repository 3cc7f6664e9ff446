"""What the emulator's tally counts, without an emulator."""

from __future__ import annotations

import asyncio
import json
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tally  # noqa: E402


def scope(path: str, target: str = "") -> dict[str, Any]:
    headers = [(b"Host", b"127.0.0.1")] + ([(b"X-Amz-Target", target.encode())] if target else [])
    return {"type": "http", "path": path, "headers": headers}


class Counting(unittest.TestCase):
    def test_requests_are_named_by_service_and_operation(self) -> None:
        for path, target, kind in (
            ("/", "DynamoDB_20120810.PutItem", "DynamoDB.PutItem"),
            ("/", "AWSStepFunctions.StartExecution", "AWSStepFunctions.StartExecution"),
            ("/_aws/execute-api/abc/$default/api/v2/orders", "", "api"),
            ("/bucket/key", "", ""),
        ):
            self.assertEqual(tally.kind_of(scope(path, target)), kind)

    def test_requests_pass_and_the_sums_are_told(self) -> None:
        passed: list[str] = []
        sent: list[dict[str, Any]] = []

        async def app(asked: dict[str, Any], _receive: Any, _send: Any) -> None:
            passed.append(asked["path"])

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        counted = tally.counted(app, tally.Tally())

        async def ask() -> None:
            for asked in (scope("/", "DynamoDB_20120810.PutItem"), scope("/", "DynamoDB_20120810.PutItem"), scope("/plain"), scope(tally.PATH)):
                await counted(asked, None, send)

        asyncio.run(ask())
        self.assertEqual(passed, ["/", "/", "/plain"])
        self.assertEqual(json.loads(sent[1]["body"]), {"DynamoDB.PutItem": 2})


if __name__ == "__main__":
    unittest.main()
