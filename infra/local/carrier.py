"""The carriers' stand-in: DHL's tracking API, and its push, from what it is told; and the label, pick-up and tracking APIs of the others.

    carrier.py --port 8430 --api-key KEY [--webhook-url URL --webhook-secret SECRET] [--state FILE] [--webhook-auth signature|token] [--secrets FILE]

* `GET /track/shipments?trackingNumber=N` with the header `DHL-API-Key`: what DHL documents for Shipment Tracking - Unified, newest event first;
  401 without the key, 404 for a number without events.
* `POST /_sim/N` appends one event to the number, or each of a list, and pushes it: `{"event": "out_for_delivery"}` by canonical name or
  `{"statusCode": "transit", "status": "…", "description": "…"}` in DHL's words; both with `timestamp` (RFC 3339, now where absent), `place`, `country`
  and `push` (false: keep it for the next poll). Answers `{"appended": n, "pushed": status of the webhook or null}`.
* `GET /_sim` gives everything it holds of DHL's parcels; `GET /_sim/carriers` everything of the others.
* `/ups`, `/fedex`, `/usps`, `/gls`, `/postnl` and `/dhl-express` are the others' APIs (shipping.py), for the accounts that `--secrets` names. Their parcels
  are polled: `POST /_sim/N` appends an event by canonical name, `POST /_sim/N/advance` the next one of an ordinary way.
* `POST /_sim/faults` plans errors and delays of theirs.

What it says comes from events/carrier/dhl/vocabulary.json, which our own rules are tested against. A push is signed as Standard Webhooks say, or carries DHL's
token header; it is sent again, with doubling pauses, until the receiver answers 2xx. With `--state` all of it outlives the process.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import shipping

VOCABULARY = Path(__file__).resolve().parents[2] / "events" / "carrier" / "dhl" / "vocabulary.json"
WORDS = ("statusCode", "status", "description")
FIRST_PAUSE, ATTEMPTS, MAX_BODY = 0.5, 6, 1 << 20

Event = dict[str, Any]


def vocabulary() -> dict[str, Event]:
    """The first way to say each canonical event."""
    said: dict[str, Event] = {}
    for row in json.loads(VOCABULARY.read_text(encoding="utf-8")):
        said.setdefault(row["event"], {name: row[name] for name in WORDS})
    return said


class Parcels:
    """The events of every number, oldest first, kept in a file where one is given."""

    def __init__(self, state: Path | None, carriers: shipping.Carriers) -> None:
        self.state = state
        self.lock = threading.Lock()
        self.said = vocabulary()
        self.carriers = carriers
        kept = json.loads(state.read_text()) if state and state.exists() else {}
        # A file of before there were other carriers holds DHL's events alone.
        self.events: dict[str, list[Event]] = kept["dhl"] if "carriers" in kept else kept
        self.carriers.load(kept.get("carriers", {}) if "carriers" in kept else {})

    def append(self, number: str, told: list[Event]) -> list[Event]:
        """Add events to a number, all or none."""
        events = [self.event(one) for one in told]
        with self.lock:
            self.events.setdefault(number, []).extend(events)
            self.save()
        return events

    def event(self, told: Event) -> Event:
        """One event as DHL writes it."""
        if "event" in told and told["event"] not in self.said:
            raise ValueError(f"no words for {told['event']!r}; there are words for {', '.join(sorted(self.said))}")
        if "event" not in told and "statusCode" not in told:
            raise ValueError("give an event by canonical name, or a statusCode")
        words = {**self.said.get(told.get("event", ""), {}), **{name: told[name] for name in WORDS if name in told}}
        event: Event = {"timestamp": told.get("timestamp") or datetime.now(UTC).isoformat(timespec="milliseconds")}
        if "place" in told:
            event["location"] = {"address": {"countryCode": told.get("country", "DE"), "addressLocality": told["place"]}}
        return {**event, **words}

    def payload(self, number: str) -> Event | None:
        """DHL's answer about a number."""
        with self.lock:
            events = self.events.get(number, [])[::-1]
        return {"shipments": [{"id": number, "service": "parcel-de", "status": events[0], "events": events}]} if events else None

    def save(self) -> None:
        """Write everything, whole or not at all."""
        if self.state:
            self.state.parent.mkdir(parents=True, exist_ok=True)
            draft = self.state.with_suffix(".new")
            draft.write_text(json.dumps({"dhl": self.events, "carriers": self.carriers.dump()}))
            draft.replace(self.state)


class Webhook:
    """Where a push goes, and how it proves who sends it."""

    def __init__(self, url: str, secret: str, auth: str) -> None:
        self.url, self.secret, self.auth = url, secret, auth

    def headers(self, body: bytes) -> dict[str, str]:
        """The proof: a signature of now, or DHL's token."""
        if self.auth == "token":
            return {"x-webhook-token": self.secret}
        message, now = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        key = base64.b64decode(self.secret[6:]) if self.secret.startswith("whsec_") else self.secret.encode()
        tag = hmac.new(key, f"{message}.{now}.".encode() + body, hashlib.sha256).digest()
        return {"webhook-id": message, "webhook-timestamp": now, "webhook-signature": f"v1,{base64.b64encode(tag).decode()}"}

    def push(self, payload: Event) -> int | None:
        """Send until it is taken; returns the last status, or None where nobody answered."""
        body, status = json.dumps({"scope": "subscription.push", **payload}).encode(), None
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            request = urllib.request.Request(self.url, body, {"Content-Type": "application/json", **self.headers(body)}, method="POST")
            try:
                status = urllib.request.urlopen(request, timeout=5).status
            except urllib.error.HTTPError as error:
                status = error.code
            except OSError:
                status = None
            if status and status < 300:
                return status
        return status


class Handler(BaseHTTPRequestHandler):
    """The API of DHL, and the one that tells it what to say."""

    protocol_version = "HTTP/1.1"
    parcels: Parcels
    webhook: Webhook | None
    api_key: str

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.is_of_another(url.path):
            return self.of_another(url)
        if url.path == "/_sim/carriers":
            return self.answer(200, self.parcels.carriers.dump())
        if url.path != "/track/shipments":
            return self.answer(200, self.parcels.events) if url.path == "/_sim" else self.problem(404, "Not found")
        if not hmac.compare_digest(self.headers.get("DHL-API-Key", "").encode(), self.api_key.encode()):
            return self.problem(401, "Unauthorized")
        number = parse_qs(url.query).get("trackingNumber", [""])[0]
        payload = self.parcels.payload(number)
        return self.answer(200, payload) if payload else self.problem(404, "No result found")

    def do_PUT(self) -> None:
        self.of_another(urlsplit(self.path))

    def do_DELETE(self) -> None:
        self.of_another(urlsplit(self.path))

    def is_of_another(self, path: str) -> bool:
        """Whether a path is another carrier's than DHL's tracking."""
        return path.split("/")[1] in self.parcels.carriers.carriers

    def of_another(self, url: Any) -> None:
        """Answer for another carrier."""
        size = int(self.headers.get("Content-Length") or 0)
        if not self.is_of_another(url.path) or size > MAX_BODY:
            self.close_connection = True
            return self.problem(404, "Not found")
        name, rest = url.path.split("/")[1], "/" + "/".join(url.path.split("/")[2:])
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = shipping.Request(self.command, unquote(rest), parse_qs(url.query), headers, self.rfile.read(size))
        answer = self.parcels.carriers.answer(name, request)
        with self.parcels.lock:
            self.parcels.save()
        if answer.status == 0:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        return self.send_whole(answer.status, answer.kind, answer.body)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if self.is_of_another(path):
            return self.of_another(urlsplit(self.path))
        number = unquote(path.removeprefix("/_sim/")) if path.startswith("/_sim/") else ""
        size = int(self.headers.get("Content-Length") or 0)
        if not number or size > MAX_BODY:
            self.close_connection = True
            return self.problem(413, "Too large") if number else self.problem(404, "Not found")
        try:
            told = json.loads(self.rfile.read(size) or b"{}")
            if (done := self.simulated(number, told)) is not None:
                return self.answer(200, done)
            events = told if isinstance(told, list) else [told]
            self.parcels.append(number, events)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return self.problem(400, str(error))
        pushes = self.webhook and any(event.get("push", True) for event in events)
        status = self.webhook.push(self.parcels.payload(number) or {}) if self.webhook and pushes else None
        return self.answer(200, {"appended": len(events), "pushed": status})

    def simulated(self, number: str, told: Any) -> Any:
        """What is told of another carrier's parcel, or of faults to come; None where it is of DHL's parcels."""
        carriers = self.parcels.carriers
        if number == "faults":
            carriers.plan(told)
            return {"planned": len(carriers.faults)}
        number, _, word = number.partition("/")
        if word == "advance":
            done: Any = {"event": carriers.advance(number, told.get("place", "Bonn"))}
        elif (owner := carriers.owner(number)) is not None:
            events = told if isinstance(told, list) else [told]
            for event in events:
                owner.happens(number, event["event"], event.get("place", "Bonn"))
            done = {"appended": len(events), "pushed": None}
        else:
            return None
        with self.parcels.lock:
            self.parcels.save()
        return done

    def problem(self, status: int, title: str) -> None:
        """An error as DHL writes it."""
        self.answer(status, {"title": title, "status": status})

    def answer(self, status: int, content: Any) -> None:
        """Send JSON."""
        self.send_whole(status, "application/json", json.dumps(content).encode())

    def send_whole(self, status: int, kind: str, body: bytes) -> None:
        """Send a body of some kind."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--webhook-url")
    parser.add_argument("--webhook-secret", default="")
    parser.add_argument("--webhook-auth", choices=("signature", "token"), default="signature")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--secrets", type=Path, help="file with the accounts of the other carriers, as keys.py writes it")
    options = parser.parse_args()
    accounts = json.loads(options.secrets.read_text())["carrier"]["accounts"] if options.secrets else {}
    Handler.parcels = Parcels(options.state, shipping.Carriers(accounts))
    Handler.webhook = Webhook(options.webhook_url, options.webhook_secret, options.webhook_auth) if options.webhook_url else None
    Handler.api_key = options.api_key
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
