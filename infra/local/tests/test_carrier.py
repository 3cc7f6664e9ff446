"""The carrier's stand-in answers and pushes as DHL does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

LOCAL = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LOCAL))

from processes import answers, free_port  # noqa: E402

SECRET = "carrier-secret"


class Receiver(HTTPServer):
    """Takes webhooks; refuses the first `refusals` of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.refusals = 0
        self.taken: list[tuple[dict[str, str], bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class ReceiverHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused, self.server.refusals = self.server.refusals > 0, self.server.refusals - 1
        if not refused:
            self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(503 if refused else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class CarrierTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = Path(folder.name) / "carrier" / "state.json"
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(self.receiver.shutdown)
        self.start()

    def start(self, *more: str) -> None:
        port = free_port(0)
        self.url = f"http://127.0.0.1:{port}"
        hook = ("--webhook-url", f"http://127.0.0.1:{self.receiver.server_address[1]}/", "--webhook-secret", SECRET)
        command = [sys.executable, str(LOCAL / "carrier.py"), "--port", str(port), "--api-key", "key", *hook, "--state", str(self.state), *more]
        self.process = subprocess.Popen(command)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        deadline = time.monotonic() + 10
        while not answers(self.url) and time.monotonic() < deadline:
            time.sleep(0.05)

    def call(self, path: str, body: Any = None, key: str = "key") -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"DHL-API-Key": key})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def test_answers_as_dhl_does(self) -> None:
        track = "/track/shipments?trackingNumber=N1&language=en"
        self.assertEqual(self.call(track)[0], 404)
        self.assertEqual(self.call(track, key="wrong")[0], 401)
        told = [{"event": "picked_up", "place": "Bonn"}, {"statusCode": "delivered", "status": "DELIVERED", "timestamp": "2026-11-23T10:00:00"}]
        self.assertEqual(self.call("/_sim/N1", told), (200, {"appended": 2, "pushed": 200}))
        status, payload = self.call(track)
        shipment = payload["shipments"][0]
        self.assertEqual((status, shipment["id"]), (200, "N1"))
        self.assertEqual([event["statusCode"] for event in shipment["events"]], ["delivered", "transit"])
        self.assertEqual(shipment["status"], shipment["events"][0])
        self.assertEqual(shipment["events"][0]["timestamp"], "2026-11-23T10:00:00")
        self.assertEqual(shipment["events"][1]["location"]["address"]["addressLocality"], "Bonn")

    def test_a_push_is_signed_and_sent_until_it_is_taken(self) -> None:
        self.receiver.refusals = 1
        self.assertEqual(self.call("/_sim/N1", {"event": "in_transit"}), (200, {"appended": 1, "pushed": 200}))
        (headers, body), = self.receiver.taken
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        tag = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
        self.assertEqual(headers["webhook-signature"], f"v1,{base64.b64encode(tag).decode()}")
        self.assertEqual(json.loads(body)["scope"], "subscription.push")

    def test_a_push_may_carry_dhls_token_instead(self) -> None:
        self.start("--webhook-auth", "token")
        self.call("/_sim/N1", {"event": "in_transit"})
        self.assertEqual(self.receiver.taken[0][0]["x-webhook-token"], SECRET)

    def test_an_event_may_wait_for_the_poll(self) -> None:
        self.assertEqual(self.call("/_sim/N1", {"event": "in_transit", "push": False}), (200, {"appended": 1, "pushed": None}))
        self.assertEqual(self.receiver.taken, [])

    def test_nonsense_changes_nothing(self) -> None:
        for nonsense in ({"event": "teleported"}, {}, 7, ["x"], [{"event": "in_transit"}, {}]):
            self.assertEqual(self.call("/_sim/N1", nonsense)[0], 400, nonsense)
        self.assertEqual(self.call("/_sim")[1], {})

    def others(self) -> str:
        """A secrets file with an account at GLS, and the header that proves it is ours."""
        path = self.state.parent / "secrets.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"carrier": {"accounts": {"gls": {"client_id": "oms", "secret": "s", "account": "276a12345"}}}}))
        return str(path)

    def gls(self, path: str, body: Any, secret: str = "s") -> tuple[int, Any]:
        proof = "Basic " + base64.b64encode(f"oms:{secret}".encode()).decode()
        request = urllib.request.Request(f"{self.url}/gls{path}", json.dumps(body).encode(), {"Authorization": proof})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"null")

    def ship(self, reference: str) -> tuple[int, Any]:
        address = {"Name1": "Anna", "Street": "Hauptstraße 1", "ZIPCode": "10115"}
        shipment = {"Product": "PARCEL", "ShipmentReference": [reference], "Shipper": {"ContactID": "276a12345"}}
        return self.gls("/shipments", {"Shipment": {**shipment, "Consignee": {"Address": address}, "ShipmentUnit": [{"Weight": 1.0}]}})

    def test_another_carriers_parcel_goes_its_way(self) -> None:
        self.start("--secrets", self.others())
        number = self.ship("R-1")[1]["CreatedShipment"]["ParcelData"][0]["TrackID"]
        way = [self.call(f"/_sim/{number}/advance", {})[1]["event"] for _ in range(5)]
        self.assertEqual(way, ["picked_up", "in_transit", "out_for_delivery", "delivered", None])
        self.assertEqual(len(self.gls("/tracking/parceldetails", {"TrackID": number})[1]["UnitDetail"]["History"]), 4)
        self.assertEqual(self.call("/_sim")[1], {})
        self.assertEqual(self.call("/_sim/Z0/advance", {})[0], 400)
        self.assertEqual(self.call(f"/_sim/{number}", {"event": "teleported"})[0], 400)

    def test_another_carrier_refuses_what_it_cannot_read_or_does_not_know(self) -> None:
        self.start("--secrets", self.others())
        self.assertEqual(self.gls("/shipments", {}, secret="wrong")[0], 401)
        self.assertEqual([self.gls("/shipments", body)[0] for body in ({}, [], {"Shipment": 7})], [400, 400, 400])
        self.assertEqual(self.gls("/nowhere", {})[0], 404)

    def test_a_planned_fault_comes_once_before_or_after_its_effect(self) -> None:
        self.start("--secrets", self.others())
        for takes_effect, sold in ((True, 1), (False, 1)):
            fault = {"carrier": "gls", "operation": "label", "status": 503, "takes_effect": takes_effect}
            self.assertEqual(self.call("/_sim/faults", fault)[0], 200)
            self.assertEqual(self.ship("R-1")[0], 503)
            self.assertEqual(len(self.call("/_sim/carriers")[1]["gls"]["parcels"]), sold)
        self.call("/_sim/faults", {"carrier": "gls", "operation": "find", "status": 200, "delay": 0.3})
        since = time.monotonic()
        found = self.gls("/tracking/parcels", {"References": ["R-1"]})
        self.assertEqual((found[0], len(found[1]["UnitItems"])), (200, 1))
        self.assertGreaterEqual(time.monotonic() - since, 0.3)
        self.assertEqual(self.call("/_sim/faults", {"carrier": "nobody", "operation": "label"})[0], 400)

    def test_state_outlives_the_process(self) -> None:
        self.call("/_sim/N1", {"event": "in_transit", "push": False})
        before = self.call("/_sim")
        self.process.terminate()
        self.assertEqual(self.process.wait(10), 0)
        self.start()
        self.assertEqual(self.call("/_sim"), before)

    def test_the_other_carriers_state_outlives_the_process(self) -> None:
        secrets = self.others()
        self.start("--secrets", secrets)
        self.ship("R-1")
        before = self.call("/_sim/carriers")
        self.process.terminate()
        self.assertEqual(self.process.wait(10), 0)
        self.start("--secrets", secrets)
        self.assertEqual(self.call("/_sim/carriers"), before)

    def test_a_file_of_before_the_other_carriers_is_read(self) -> None:
        self.state.parent.mkdir(exist_ok=True)
        told = {"N1": [{"timestamp": "2026-11-23T10:00:00", "statusCode": "transit"}]}
        self.state.write_text(json.dumps(told))
        self.start()
        self.assertEqual(self.call("/_sim")[1], told)


if __name__ == "__main__":
    unittest.main()
