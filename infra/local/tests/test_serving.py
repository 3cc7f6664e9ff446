"""Which requests go straight to the tables, and that the others go where they went."""

import asyncio
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import serving


def request(path="/", method="POST", target="DynamoDB_20120810.GetItem", kind="http"):
    """A request as a server gives it to an application."""
    return {"type": kind, "method": method, "path": path, "headers": [(b"host", b"here"), (b"x-amz-target", target.encode())]}


class Straight(unittest.TestCase):
    def test_only_operations_of_dynamodb_itself_go_straight(self) -> None:
        self.assertTrue(serving.is_for_dynamodb(request()))
        others = {"its streams": request(target="DynamoDBStreams_20120810.GetRecords"), "another path": request(path="/x"), "a look": request(method="GET")}
        others["another service"] = request(target="AmazonSQS.SendMessage")
        others["no request"] = {"type": "lifespan"}
        for name, other in others.items():
            with self.subTest(name):
                self.assertFalse(serving.is_for_dynamodb(other))

    def test_whatever_else_is_asked_is_the_applications_to_answer(self) -> None:
        asked = []

        async def application(scope, receive, send):
            asked.append(scope["path"])

        asyncio.run(serving.straight_to_the_tables(application)(request(path="/_ministack/health"), None, None))
        self.assertEqual(asked, ["/_ministack/health"])


if __name__ == "__main__":
    unittest.main()
