"""The local payment gateway behaves as Stripe where the order system relies on it."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

LOCAL = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LOCAL))

from processes import answers, free_port  # noqa: E402

SECRET = "whsec_test"


class Receiver(HTTPServer):
    """Takes webhooks; refuses the first `refusals` of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.refusals = 0
        self.taken: list[tuple[str, bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def events(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.taken]

    def wait_for(self, kind: str, seconds: float = 10.0) -> bytes:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for _, body in self.taken:
                if json.loads(body)["type"] == kind:
                    return body
            time.sleep(0.02)
        raise AssertionError(f"{kind} never came; got {self.events()}")


class ReceiverHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refusals > 0:
            self.server.refusals -= 1
            self.send_response(503)
        else:
            self.server.taken.append((self.headers["Stripe-Signature"], body))
            self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class GatewayTest(unittest.TestCase):
    home: Path
    port: int

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = tempfile.TemporaryDirectory()
        cls.home, cls.port = Path(cls.directory.name), free_port(0)
        cls.start()
        cls.receiver = Receiver()
        cls.call("POST", "/_config/webhooks/test", json.dumps({"url": cls.receiver.url, "secret": SECRET}))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.end()
        cls.receiver.shutdown()
        cls.receiver.server_close()
        cls.directory.cleanup()

    @classmethod
    def start(cls) -> None:
        command = [sys.executable, str(LOCAL / "gateway.py"), "--port", str(cls.port), "--home", str(cls.home)]
        cls.process = subprocess.Popen(command)
        while not answers(f"http://127.0.0.1:{cls.port}/"):
            time.sleep(0.05)

    @classmethod
    def end(cls) -> None:
        cls.process.send_signal(signal.SIGTERM)
        cls.process.wait(10)

    @classmethod
    def call(cls, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any, Any]:
        data = body.encode() if isinstance(body, str) else urllib.parse.urlencode(body).encode() if body is not None else None
        headers = {"Authorization": "Bearer sk_test_local"}
        if isinstance(body, str):
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(f"http://127.0.0.1:{cls.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                content = answer.read()
                return answer.status, json.loads(content) if content else None, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()), error.headers

    def setUp(self) -> None:
        self.receiver.taken.clear()

    def authorise(self, method: str = "pm_card_visa", key: str | None = None, amount: int = 1000) -> tuple[int, Any, Any]:
        body = {"amount": amount, "currency": "eur", "capture_method": "manual", "confirm": "true", "payment_method": method}
        return self.call("POST", "/v1/payment_intents", {**body, "metadata[order_id]": "o-1"}, key)

    def test_authorise_capture_refund(self) -> None:
        status, intent, _ = self.authorise()
        self.assertEqual((status, intent["status"], intent["amount_capturable"]), (200, "requires_capture", 1000))
        self.assertEqual(intent["metadata"], {"order_id": "o-1"})
        self.receiver.wait_for("payment_intent.amount_capturable_updated")
        status, intent, _ = self.call("POST", f"/v1/payment_intents/{intent['id']}/capture", {})
        self.assertEqual((status, intent["status"], intent["amount_received"]), (200, "succeeded", 1000))
        self.receiver.wait_for("payment_intent.succeeded")
        refund = {"payment_intent": intent["id"], "amount": 400, "metadata[n]": "1"}
        self.assertEqual(self.call("POST", "/v1/refunds", refund)[0], 200)
        status, refused, _ = self.call("POST", "/v1/refunds", {**refund, "amount": 601})
        self.assertEqual((status, refused["error"]["code"]), (400, "amount_too_large"))
        status, rest, _ = self.call("POST", "/v1/refunds", {"payment_intent": intent["id"]})
        self.assertEqual((status, rest["amount"]), (200, 600))
        self.assertEqual(self.call("POST", "/v1/refunds", {"payment_intent": intent["id"]})[1]["error"]["code"], "charge_already_refunded")
        self.receiver.wait_for("charge.refunded")
        self.assertEqual(len(self.call("GET", f"/v1/refunds?payment_intent={intent['id']}")[1]["data"]), 2)
        expanded = self.call("GET", f"/v1/payment_intents/{intent['id']}?expand[]=latest_charge")[1]
        self.assertEqual((expanded["latest_charge"]["id"], expanded["latest_charge"]["amount_refunded"]), (intent["latest_charge"], 1000))
        self.assertEqual(len(self.call("GET", f"/v1/charges?payment_intent={intent['id']}")[1]["data"]), 1)

    def test_capture_of_a_part(self) -> None:
        intent = self.authorise()[1]
        self.assertEqual(self.call("POST", f"/v1/payment_intents/{intent['id']}/capture", {"amount_to_capture": 1001})[0], 400)
        part = self.call("POST", f"/v1/payment_intents/{intent['id']}/capture", {"amount_to_capture": 700})[1]
        self.assertEqual((part["status"], part["amount_received"]), ("succeeded", 700))
        self.assertEqual(self.call("POST", "/v1/refunds", {"payment_intent": intent["id"], "amount": 701})[0], 400)

    def test_void_ends_it(self) -> None:
        intent = self.authorise()[1]
        voided = self.call("POST", f"/v1/payment_intents/{intent['id']}/cancel", {"cancellation_reason": "abandoned"})[1]
        self.assertEqual((voided["status"], voided["cancellation_reason"]), ("canceled", "abandoned"))
        self.receiver.wait_for("payment_intent.canceled")
        for action in ("capture", "cancel"):
            status, answer, _ = self.call("POST", f"/v1/payment_intents/{intent['id']}/{action}", {})
            self.assertEqual((status, answer["error"]["code"]), (400, "payment_intent_unexpected_state"))
        self.assertEqual(self.call("POST", "/v1/refunds", {"payment_intent": intent["id"]})[0], 400)

    def test_declines(self) -> None:
        cases = {
            "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
            "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
            "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
        }
        for method, (code, decline_code) in cases.items():
            with self.subTest(method):
                status, answer, _ = self.authorise(method)
                error = answer["error"]
                self.assertEqual((status, error["type"], error["code"], error["decline_code"]), (402, "card_error", code, decline_code))
                self.assertEqual(error["payment_intent"]["status"], "requires_payment_method")
        self.receiver.wait_for("payment_intent.payment_failed")
        again = self.call("POST", f"/v1/payment_intents/{error['payment_intent']['id']}/confirm", {"payment_method": "pm_card_visa"})[1]
        self.assertEqual(again["status"], "requires_capture")

    def test_authentication(self) -> None:
        for success, after in (("true", "requires_capture"), ("false", "requires_payment_method")):
            with self.subTest(success):
                intent = self.authorise("pm_card_authenticationRequiredOnSetup")[1]
                self.assertEqual((intent["status"], intent["next_action"]["type"]), ("requires_action", "use_stripe_sdk"))
                answer = {"client_secret": intent["client_secret"], "success": success}
                self.assertEqual(self.call("POST", f"/v1/payment_intents/{intent['id']}/_authenticate", answer)[1]["status"], after)
        self.receiver.wait_for("payment_intent.payment_failed")

    def card_of(self, intent: dict[str, Any]) -> dict[str, Any]:
        """What the charge of an intent tells of its card."""
        charge = self.call("GET", f"/v1/payment_intents/{intent['id']}?expand[]=latest_charge")[1]["latest_charge"]
        self.assertEqual((charge["amount"], charge["currency"], charge["metadata"]), (1000, "eur", {"order_id": "o-1"}))
        return charge["payment_method_details"]["card"]

    def test_a_charge_tells_of_its_card(self) -> None:
        cases = {
            "pm_card_visa": ("US", None, None, "pass"),
            "pm_card_de": ("DE", None, None, "pass"),
            "pm_card_avsFail": ("US", "fail", "fail", "pass"),
            "pm_card_avsUnchecked": ("US", "unavailable", "unavailable", "pass"),
            "pm_card_cvcCheckFail": ("US", None, None, "fail"),
        }
        for method, expected in cases.items():
            with self.subTest(method):
                card = self.card_of(self.authorise(method)[1])
                checks = (card["checks"][f"{name}_check"] for name in ("address_line1", "address_postal_code", "cvc"))
                self.assertEqual((card["country"], *checks), expected)
                self.assertEqual((card["exp_month"], card["exp_year"], card["three_d_secure"]), (12, 2030, None))

    def test_a_charge_tells_of_its_authentication(self) -> None:
        intent = self.authorise("pm_card_authenticationRequired")[1]
        answer = {"client_secret": intent["client_secret"], "success": "true"}
        self.call("POST", f"/v1/payment_intents/{intent['id']}/_authenticate", answer)
        card = self.card_of(intent)
        self.assertEqual((card["country"], card["three_d_secure"]["result"]), ("DE", "authenticated"))

    def test_search_by_metadata(self) -> None:
        body = {"amount": 500, "currency": "eur", "capture_method": "manual", "confirm": "true", "payment_method": "pm_card_visa"}
        shape = {**body, "payment_method_types[]": "card", "metadata[order_id]": "o-2", "metadata[attempt]": "1", "expand[]": "latest_charge"}
        intent = self.call("POST", "/v1/payment_intents", shape)[1]
        cases = {
            "metadata['order_id']:'o-2' AND metadata['attempt']:'1'": (200, [intent]),
            "metadata['order_id']:'o-2' AND metadata['attempt']:'2'": (200, []),
        }
        for query, expected in cases.items():
            with self.subTest(query):
                asked = urllib.parse.urlencode({"query": query, "limit": 10, "expand[]": "data.latest_charge"})
                status, found, _ = self.call("GET", f"/v1/payment_intents/search?{asked}")
                self.assertEqual((status, found["data"]), expected)
                self.assertEqual((found["object"], found["has_more"]), ("search_result", False))
        self.assertEqual(self.call("GET", "/v1/payment_intents/search?query=amount:1")[0], 400)

    def test_listing_by_time(self) -> None:
        made = [self.authorise()[1] for _ in range(3)]
        first = made[0]["created"]
        found: list[Any] = []
        while not found or page["has_more"]:
            asked = {"created[gte]": first, "created[lt]": first + 60, "limit": 2, "expand[]": "data.latest_charge"}
            if found:
                asked["starting_after"] = found[-1]["id"]
            status, page, _ = self.call("GET", f"/v1/payment_intents?{urllib.parse.urlencode(asked)}")
            self.assertEqual(status, 200)
            self.assertLessEqual(len(page["data"]), 2)
            found += page["data"]
        ids = [intent["id"] for intent in found]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertLessEqual({intent["id"] for intent in made}, set(ids))
        self.assertTrue(all(intent["latest_charge"] is None or "amount_refunded" in intent["latest_charge"] for intent in found))
        self.assertEqual(self.call("GET", f"/v1/payment_intents?created[gte]={first + 3600}")[1]["data"], [])
        self.assertEqual(self.call("GET", f"/v1/payment_intents?created[lt]={first - 3600}")[1]["data"], [])
        self.assertEqual(self.call("GET", f"/v1/payment_intents?created[gt]={first}")[0], 400)

    def test_what_does_not_exist(self) -> None:
        for status, answer, _ in (self.authorise("pm_nothing"), self.authorise("nothing"), self.call("GET", "/v1/payment_intents/pi_nothing")):
            self.assertEqual((status, answer["error"]["code"]), (404, "resource_missing"))

    def test_one_key_one_payment(self) -> None:
        with ThreadPoolExecutor(20) as pool:
            done = list(pool.map(lambda _: self.authorise(key="k-1"), range(20)))
        self.assertEqual({(status, answer["id"]) for status, answer, _ in done}, {(200, done[0][1]["id"])})
        self.assertEqual(sum("Idempotent-Replayed" not in headers for _, _, headers in done), 1)
        status, answer, _ = self.authorise(key="k-1", amount=1001)
        self.assertEqual((status, answer["error"]["type"]), (400, "idempotency_error"))

    def test_one_key_one_decline(self) -> None:
        first, second = (self.authorise("pm_card_visa_chargeDeclined", key="k-2") for _ in range(2))
        self.assertEqual(first[:2], second[:2])
        self.assertEqual((first[0], second[2]["Idempotent-Replayed"]), (402, "true"))

    def test_webhooks_are_signed_and_sent_again(self) -> None:
        self.receiver.refusals = 1
        self.authorise()
        body = self.receiver.wait_for("payment_intent.amount_capturable_updated")
        header = dict(part.split("=") for part in next(sign for sign, content in self.receiver.taken if content == body).split(","))
        expected = hmac.new(SECRET.encode(), header["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(header["v1"], expected)
        self.assertLess(abs(time.time() - int(header["t"])), 10)

    def test_state_survives_a_restart(self) -> None:
        intent = self.authorise(key="k-3")[1]
        self.receiver.refusals = 10**6
        voided = self.call("POST", f"/v1/payment_intents/{intent['id']}/cancel", {})[1]
        self.end()
        self.receiver.refusals = 0
        self.start()
        self.assertEqual(self.call("GET", f"/v1/payment_intents/{intent['id']}")[1], voided)
        self.assertEqual(self.authorise(key="k-3")[1], intent)
        self.receiver.wait_for("payment_intent.canceled")


if __name__ == "__main__":
    unittest.main()
