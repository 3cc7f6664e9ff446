"""Label and tracking APIs of the carriers beside DHL's tracking, as far as we call them: each under a path of its own, in the shapes that the carrier publishes.

A label is made once per call, as with the real ones; what keeps ours from being bought twice is not here. What is remembered by our reference can be
looked up by it, where the carrier offers that. Faults are planned by `POST /_sim/faults`:

    {"carrier": "ups", "operation": "label", "status": 503, "times": 1, "delay": 2.5, "takes_effect": true}

`operation` is `token`, `label`, `find`, `void`, `pickup` or `track`; a status of 0 closes the connection without an answer; with `takes_effect` the
call is carried out and its answer lost.
"""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import paper

Json = Any
VOCABULARIES = Path(__file__).resolve().parents[2] / "events" / "carrier"
# The way of a parcel that nothing happens to.
WAY = ("picked_up", "in_transit", "out_for_delivery", "delivered")


@dataclass
class Request:
    """A call, without the carrier's own part of the path."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Json:
        return json.loads(self.body or b"{}")


@dataclass
class Answer:
    """What is sent back; a status of 0 is no answer at all."""

    status: int
    body: bytes
    kind: str = "application/json"

    @classmethod
    def of(cls, content: Json, status: int = 200) -> "Answer":
        return cls(status, json.dumps(content).encode())


class Wrong(ValueError):
    """What the carrier would refuse, with its code."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Parcel:
    """A label that was bought."""

    number: str
    reference: str
    to: str
    voided: bool = False
    events: list[dict[str, str]] = field(default_factory=list)


def now() -> datetime:
    return datetime.now(UTC)


def need(content: Json, *paths: str) -> None:
    """Refuse a request that lacks what the carrier asks for."""
    for path in paths:
        at = content
        for step in path.split("."):
            at = at[int(step)] if isinstance(at, list) and step.isdigit() and int(step) < len(at) else at.get(step) if isinstance(at, dict) else None
        if at in (None, "", [], {}):
            raise Wrong("missing", f"{path} is missing")


class Carrier:
    """One carrier's face; `routes` are tried in order."""

    name = ""
    first_number = 1

    def __init__(self, account: dict[str, str]) -> None:
        self.account = account
        self.parcels: dict[str, Parcel] = {}
        self.pickups: list[str] = []
        said = json.loads((VOCABULARIES / self.name / "vocabulary.json").read_text()) if (VOCABULARIES / self.name).exists() else []
        self.words: dict[str, dict[str, str]] = {}
        for row in said:
            self.words.setdefault(row["event"], {name: text for name, text in row.items() if name != "event"})

    routes: tuple[tuple[str, str, str, Callable[..., Answer]], ...] = ()

    def answer(self, request: Request, operation_of: Callable[[str], Answer | None]) -> Answer:
        """The answer to a call: `operation_of` may put a planned fault in its place."""
        for method, pattern, operation, handler in self.routes:
            found = re.fullmatch(pattern, request.path)
            if not found or method != request.method:
                continue
            planned = operation_of(operation)
            if planned and planned.kind != "after":
                return planned
            if not (operation == "token" or self.knows(request)):
                return self.refusal("unauthorized", "Invalid credentials", 401)
            try:
                done = handler(self, request, *found.groups())
            except Wrong as wrong:
                return self.refusal(wrong.code, str(wrong), 400)
            except (KeyError, IndexError, TypeError, ValueError):
                return self.refusal("malformed", "The request cannot be read", 400)
            return Answer(planned.status, b"") if planned else done
        return self.refusal("not-found", "Not found", 404)

    def knows(self, request: Request) -> bool:
        """Whether the caller is who it says."""
        return request.headers.get("authorization") == f"Bearer {self.token()}"

    def token(self) -> str:
        return base64.urlsafe_b64encode(f"{self.name}:{self.account['secret']}".encode()).decode()

    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.account['client_id']}:{self.account['secret']}".encode()).decode()

    def refusal(self, code: str, words: str, status: int) -> Answer:
        raise NotImplementedError

    def number(self, nth: int) -> str:
        raise NotImplementedError

    def sell(self, reference: str, to: str, number: str | None = None) -> Parcel:
        number = number or self.number(self.first_number + len(self.parcels))
        parcel = self.parcels.setdefault(number, Parcel(number, reference, to))
        return parcel

    def known(self, reference: str) -> Parcel | None:
        return next((parcel for parcel in self.parcels.values() if parcel.reference == reference and not parcel.voided), None)

    def document(self, parcel: Parcel) -> str:
        return base64.b64encode(paper.pdf(self.name.upper(), parcel.number, [parcel.to, f"Ref {parcel.reference}"])).decode()

    def fetch(self, prefix: str) -> str:
        self.pickups.append(f"{prefix}{len(self.pickups) + 1:06}")
        return self.pickups[-1]

    def happens(self, number: str, event: str, place: str) -> None:
        """Note what happens to a parcel, in the carrier's words."""
        if event not in self.words:
            raise ValueError(f"{self.name} has no words for {event!r}; it has for {', '.join(sorted(self.words))}")
        self.parcels[number].events.append({"event": event, "at": now().isoformat(timespec="seconds"), "place": place})

    def told(self, number: str) -> list[tuple[dict[str, str], datetime, str]]:
        """What happened, newest first: words, time, place. A label that was bought is known from the start."""
        parcel = self.parcels.get(number)
        if parcel is None:
            return []
        return [(self.words[event["event"]], datetime.fromisoformat(event["at"]), event["place"]) for event in reversed(parcel.events)]


class Ups(Carrier):
    name = "ups"

    def refusal(self, code: str, words: str, status: int) -> Answer:
        return Answer.of({"response": {"errors": [{"code": code, "message": words}]}}, status)

    def number(self, nth: int) -> str:
        return f"1Z{self.account['account']}68{nth:08}"

    def give_token(self, request: Request) -> Answer:
        if request.headers.get("authorization") != self.basic() or parse_qs(request.body.decode()) != {"grant_type": ["client_credentials"]}:
            return self.refusal("10401", "Invalid client", 401)
        return Answer.of({"token_type": "Bearer", "access_token": self.token(), "expires_in": "14399", "status": "approved"})

    def ship(self, request: Request) -> Answer:
        asked = request.json()
        need(asked, "ShipmentRequest.Shipment.ShipTo.Address.AddressLine", "ShipmentRequest.Shipment.ShipTo.Address.CountryCode",
             "ShipmentRequest.Shipment.Shipper.ShipperNumber", "ShipmentRequest.Shipment.Service.Code", "ShipmentRequest.Shipment.Package.0.PackageWeight.Weight")
        shipment = asked["ShipmentRequest"]["Shipment"]
        reference = shipment.get("ReferenceNumber") or shipment["Package"][0].get("ReferenceNumber") or {"Value": ""}
        parcel = self.sell(reference["Value"], shipment["ShipTo"]["Name"])
        result = {"TrackingNumber": parcel.number, "ShippingLabel": self.image(parcel)}
        charges = {"TotalCharges": {"CurrencyCode": "EUR", "MonetaryValue": "17.20"}}
        results = {"ShipmentCharges": charges, "ShipmentIdentificationNumber": parcel.number, "PackageResults": [result]}
        return Answer.of({"ShipmentResponse": {"Response": {"ResponseStatus": {"Code": "1"}}, "ShipmentResults": results}})

    def image(self, parcel: Parcel) -> Json:
        return {"ImageFormat": {"Code": "PNG"}, "GraphicImage": base64.b64encode(paper.png(parcel.number)).decode()}

    def find(self, request: Request, reference: str) -> Answer:
        parcel = self.known(reference)
        if parcel is None:
            return self.refusal("TW0001", "Tracking Information Not Found", 404)
        return Answer.of({"trackResponse": {"shipment": [{"inquiryNumber": reference, "package": [{"trackingNumber": parcel.number}]}]}})

    def recover(self, request: Request) -> Answer:
        parcel = self.parcels.get(request.json()["LabelRecoveryRequest"]["TrackingNumber"])
        if parcel is None or parcel.voided:
            raise Wrong("300100", "No shipment found")
        image = self.image(parcel)
        result = {"TrackingNumber": parcel.number, "LabelImage": {"LabelImageFormat": image["ImageFormat"], "GraphicImage": image["GraphicImage"]}}
        return Answer.of({"LabelRecoveryResponse": {"Response": {}, "ShipmentIdentificationNumber": parcel.number, "LabelResults": [result]}})

    def void(self, request: Request, number: str) -> Answer:
        parcel = self.parcels.get(number)
        if parcel is None or parcel.events:
            raise Wrong("190102", "No shipment found within the allowed void period")
        parcel.voided = True
        return Answer.of({"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": "1", "Description": "Voided"}}}})

    def pickup(self, request: Request) -> Answer:
        need(request.json(), "PickupCreationRequest.PickupDateInfo.PickupDate", "PickupCreationRequest.PickupAddress.AddressLine")
        return Answer.of({"PickupCreationResponse": {"Response": {}, "PRN": self.fetch("PRN")}})

    def track(self, request: Request, number: str) -> Answer:
        if number not in self.parcels:
            return self.refusal("TW0001", "Tracking Information Not Found", 404)
        activity = [
            {"status": words, "date": f"{at:%Y%m%d}", "time": f"{at:%H%M%S}", "gmtDate": f"{at:%Y%m%d}", "gmtTime": f"{at:%H:%M:%S}", "gmtOffset": "+00:00",
             "location": {"address": {"city": place}}}
            for words, at, place in self.told(number)
        ]
        return Answer.of({"trackResponse": {"shipment": [{"package": [{"trackingNumber": number, "activity": activity}]}]}})

    routes = (
        ("POST", "/security/v1/oauth/token", "token", give_token),
        ("POST", "/api/shipments/v2409/ship", "label", ship),
        ("GET", "/api/track/v1/reference/details/([^/]+)", "find", find),
        ("POST", "/api/labels/v1/recovery", "find", recover),
        ("DELETE", "/api/shipments/v2409/void/cancel/([^/]+)", "void", void),
        ("POST", "/api/pickupcreation/v2409/pickup", "pickup", pickup),
        ("GET", "/api/track/v1/details/([^/]+)", "track", track),
    )


class FedEx(Carrier):
    name = "fedex"

    def refusal(self, code: str, words: str, status: int) -> Answer:
        return Answer.of({"transactionId": str(uuid.uuid4()), "errors": [{"code": code, "message": words}]}, status)

    def number(self, nth: int) -> str:
        return f"7949{nth:08}"

    def give_token(self, request: Request) -> Answer:
        form = parse_qs(request.body.decode())
        if form.get("client_id") != [self.account["client_id"]] or form.get("client_secret") != [self.account["secret"]]:
            return self.refusal("NOT.AUTHORIZED.ERROR", "Invalid client", 401)
        return Answer.of({"access_token": self.token(), "token_type": "bearer", "expires_in": 3599, "scope": "CXS"})

    def ship(self, request: Request) -> Answer:
        asked = request.json()
        need(asked, "accountNumber.value", "requestedShipment.recipients.0.address.streetLines", "requestedShipment.serviceType",
             "requestedShipment.requestedPackageLineItems.0.weight.value")
        shipment = asked["requestedShipment"]
        reference = shipment["requestedPackageLineItems"][0]["customerReferences"][0]["value"]
        parcel = self.sell(reference, shipment["recipients"][0]["contact"]["personName"])
        document = {"contentType": "LABEL", "copiesToPrint": 1, "encodedLabel": self.document(parcel), "docType": "PDF"}
        rate = {"shipmentRating": {"shipmentRateDetails": [{"totalNetCharge": 21.45, "currency": "USD"}]}}
        piece = {"trackingNumber": parcel.number, "packageDocuments": [document]}
        done = {"masterTrackingNumber": parcel.number, "pieceResponses": [piece], "completedShipmentDetail": rate}
        return Answer.of({"transactionId": str(uuid.uuid4()), "output": {"transactionShipments": [done]}})

    def find(self, request: Request) -> Answer:
        parcel = self.known(request.json()["referencesInformation"]["value"])
        result = {"trackingNumberInfo": {"trackingNumber": parcel.number if parcel else ""}}
        if parcel is None:
            result["error"] = {"code": "TRACKING.REFERENCENUMBER.NOTFOUND"}
        return Answer.of({"output": {"completeTrackResults": [{"trackResults": [result]}]}})

    def void(self, request: Request) -> Answer:
        parcel = self.parcels.get(request.json()["trackingNumber"])
        if parcel is None or parcel.events:
            raise Wrong("SHIPMENT.TRACKINGNUMBER.NOTFOUND", "The shipment cannot be cancelled")
        parcel.voided = True
        return Answer.of({"output": {"cancelledShipment": True, "cancelledHistory": True}})

    def pickup(self, request: Request) -> Answer:
        need(request.json(), "associatedAccountNumber.value", "originDetail.readyDateTimestamp", "originDetail.customerCloseTime")
        return Answer.of({"output": {"pickupConfirmationCode": self.fetch("3"), "location": "COSA"}})

    def track(self, request: Request) -> Answer:
        number = request.json()["trackingInfo"][0]["trackingNumberInfo"]["trackingNumber"]
        scans = [{**words, "date": at.isoformat(timespec="seconds"), "scanLocation": {"city": place}} for words, at, place in self.told(number)]
        result: Json = {"trackingNumberInfo": {"trackingNumber": number}, "scanEvents": scans}
        if number not in self.parcels:
            result = {"trackingNumberInfo": {"trackingNumber": number}, "error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}
        return Answer.of({"output": {"completeTrackResults": [{"trackingNumber": number, "trackResults": [result]}]}})

    routes = (
        ("POST", "/oauth/token", "token", give_token),
        ("POST", "/ship/v1/shipments", "label", ship),
        ("POST", "/track/v1/referencenumbers", "find", find),
        ("PUT", "/ship/v1/shipments/cancel", "void", void),
        ("POST", "/pickup/v1/pickups", "pickup", pickup),
        ("POST", "/track/v1/trackingnumbers", "track", track),
    )


class Usps(Carrier):
    name = "usps"

    def __init__(self, account: dict[str, str]) -> None:
        super().__init__(account)
        self.keys: dict[str, str] = {}

    def refusal(self, code: str, words: str, status: int) -> Answer:
        return Answer.of({"apiVersion": "v3", "error": {"code": str(status), "message": words, "errors": [{"code": code, "detail": words}]}}, status)

    def number(self, nth: int) -> str:
        return f"94001118992238{nth:08}"

    def give_token(self, request: Request) -> Answer:
        asked = request.json()
        if asked.get("client_id") != self.account["client_id"] or asked.get("client_secret") != self.account["secret"]:
            return self.refusal("010001", "Invalid client", 401)
        return Answer.of({"access_token": self.token(), "token_type": "Bearer", "expires_in": "28799"})

    def pay(self, request: Request) -> Answer:
        need(request.json(), "roles.0.CRID", "roles.0.MID", "roles.0.accountNumber", "roles.1.roleName")
        return Answer.of({"paymentAuthorizationToken": f"pay-{uuid.uuid4()}"})

    def label(self, request: Request) -> Answer:
        asked = request.json()
        need(asked, "toAddress.streetAddress", "toAddress.ZIPCode", "toAddress.state", "packageDescription.mailClass", "packageDescription.weight")
        if not request.headers.get("x-payment-authorization-token", "").startswith("pay-"):
            raise Wrong("160031", "Payment authorization is missing")
        key = request.headers.get("x-idempotency-key", "")
        reference = asked["packageDescription"]["customerReference"][0]["referenceNumber"]
        to = f"{asked['toAddress'].get('firstName', '')} {asked['toAddress'].get('lastName', '')}".strip()
        # A key that came before gives the label that it gave.
        parcel = self.sell(reference, to, self.keys.get(key))
        self.keys[key] = parcel.number
        metadata = json.dumps({"trackingNumber": parcel.number, "postage": 9.75}).encode()
        image = base64.b64decode(self.document(parcel))
        part = lambda name, kind, content: f'--label\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + content + b"\r\n"
        body = part("labelMetadata", "application/json", metadata) + part("labelImage", "application/pdf", image) + b"--label--\r\n"
        return Answer(200, body, "multipart/form-data; boundary=label")

    def void(self, request: Request, number: str) -> Answer:
        parcel = self.parcels.get(number)
        if parcel is None or parcel.events:
            raise Wrong("160214", "The label cannot be cancelled")
        parcel.voided = True
        return Answer.of({"trackingNumber": number, "status": "CANCELED"})

    def pickup(self, request: Request) -> Answer:
        need(request.json(), "pickupDate", "pickupAddress.address.streetAddress", "packages.0.packageCount")
        return Answer.of({"confirmationNumber": self.fetch("WTC")})

    def track(self, request: Request, number: str) -> Answer:
        if number not in self.parcels:
            return self.refusal("170001", "The tracking number cannot be found", 404)
        events = [{**words, "eventTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}", "GMTTimestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}", "eventCity": place} for words, at, place in self.told(number)]
        return Answer.of({"trackingNumber": number, "trackingEvents": events})

    routes = (
        ("POST", "/oauth2/v3/token", "token", give_token),
        ("POST", "/payments/v3/payment-authorization", "token", pay),
        ("POST", "/labels/v3/label", "label", label),
        ("DELETE", "/labels/v3/label/([^/]+)", "void", void),
        ("POST", "/pickup/v3/carrier-pickup", "pickup", pickup),
        ("GET", "/tracking/v3/tracking/([^/]+)", "track", track),
    )


class Gls(Carrier):
    name = "gls"

    def knows(self, request: Request) -> bool:
        return request.headers.get("authorization") == self.basic()

    def refusal(self, code: str, words: str, status: int) -> Answer:
        return Answer.of({"errors": [{"exitCode": code, "exitMessage": words}]}, status)

    def number(self, nth: int) -> str:
        return f"ZG{nth:06}"

    def created(self, parcel: Parcel) -> Answer:
        data = {"TrackID": parcel.number, "ParcelNumber": parcel.number, "RoutingInfo": {"Tour": "4303", "FinalLocationCode": "DE430"}}
        return Answer.of({"CreatedShipment": {"ParcelData": [data], "PrintData": [{"Data": self.document(parcel), "LabelFormat": "PDF"}]}})

    def ship(self, request: Request) -> Answer:
        asked = request.json()
        need(asked, "Shipment.Product", "Shipment.Shipper.ContactID", "Shipment.Consignee.Address.Street", "Shipment.Consignee.Address.ZIPCode", "Shipment.ShipmentUnit.0.Weight")
        shipment = asked["Shipment"]
        return self.created(self.sell(shipment["ShipmentReference"][0], shipment["Consignee"]["Address"]["Name1"]))

    def find(self, request: Request) -> Answer:
        parcel = self.known(request.json()["References"][0])
        return Answer.of({"UnitItems": [{"TrackID": parcel.number}] if parcel else []})

    def reprint(self, request: Request) -> Answer:
        parcel = self.parcels.get(request.json()["TrackID"])
        if parcel is None:
            raise Wrong("E100", "Unknown parcel")
        return self.created(parcel)

    def void(self, request: Request, number: str) -> Answer:
        parcel = self.parcels.get(number)
        if parcel is None:
            raise Wrong("E100", "Unknown parcel")
        parcel.voided = parcel.voided or not parcel.events
        return Answer.of({"TrackID": number, "result": "CANCELLED" if parcel.voided else "SCANNED"})

    def pickup(self, request: Request) -> Answer:
        need(request.json(), "ContactID", "PreferredPickUpDate", "NumberOfParcels")
        self.fetch("GLS")
        return Answer.of({"EstimatedPickUpDate": request.json()["PreferredPickUpDate"]})

    def track(self, request: Request) -> Answer:
        number = request.json()["TrackID"]
        if number not in self.parcels:
            return self.refusal("E100", "Unknown parcel", 404)
        events = [{**words, "Date": f"{at:%Y-%m-%dT%H:%M:%S}", "Location": place} for words, at, place in self.told(number)]
        return Answer.of({"UnitDetail": {"TrackID": number, "History": events}})

    routes = (
        ("POST", "/shipments", "label", ship),
        ("POST", "/tracking/parcels", "find", find),
        ("POST", "/shipments/reprintparcel", "find", reprint),
        ("POST", "/shipments/cancel/([^/]+)", "void", void),
        ("POST", "/sporadiccollection", "pickup", pickup),
        ("POST", "/tracking/parceldetails", "track", track),
    )


class PostNl(Carrier):
    name = "postnl"

    def knows(self, request: Request) -> bool:
        return request.headers.get("apikey") == self.account["secret"]

    def refusal(self, code: str, words: str, status: int) -> Answer:
        return Answer.of({"Errors": [{"Code": code, "Description": words}]}, status)

    def label(self, request: Request) -> Answer:
        asked = request.json()
        need(asked, "Customer.CustomerCode", "Shipments.0.Barcode", "Shipments.0.Addresses.0.HouseNr", "Shipments.0.Addresses.0.Zipcode", "Shipments.0.ProductCodeDelivery")
        shipment = asked["Shipments"][0]
        # The barcode is the sender's: asked for again, it is the same parcel.
        parcel = self.sell(shipment["Reference"], shipment["Addresses"][0]["Name"], shipment["Barcode"])
        label = {"Content": self.document(parcel), "Labeltype": "Label", "OutputType": "PDF"}
        return Answer.of({"MergedLabels": [], "ResponseShipments": [{"Barcode": parcel.number, "Errors": [], "Warnings": [], "Labels": [label]}]})

    def track(self, request: Request, number: str) -> Answer:
        if number not in self.parcels:
            return self.refusal("404", "Unknown barcode", 404)
        statuses = [{**words, "TimeStamp": f"{at:%d-%m-%Y %H:%M:%S}"} for words, at, _ in self.told(number)]
        shipment = {"Barcode": number, "Status": statuses[0] if statuses else None, "OldStatus": statuses[1:][::-1]}
        return Answer.of({"CurrentStatus": {"Shipment": {name: value for name, value in shipment.items() if value is not None}}})

    routes = (
        ("POST", "/shipment/v2_2/label", "label", label),
        ("GET", "/shipment/v2/status/barcode/([^/]+)", "track", track),
    )


class DhlExpress(Carrier):
    """DHL's labels; its parcels are tracked by the unified API beside this."""

    name = "dhl-express"

    def knows(self, request: Request) -> bool:
        return request.headers.get("authorization") == self.basic()

    def refusal(self, code: str, words: str, status: int) -> Answer:
        return Answer.of({"title": code, "detail": words, "status": str(status)}, status)

    def number(self, nth: int) -> str:
        return f"{1_000_000_000 + nth}"

    def ship(self, request: Request) -> Answer:
        asked = request.json()
        need(asked, "plannedShippingDateAndTime", "productCode", "accounts.0.number", "customerDetails.receiverDetails.postalAddress.addressLine1",
             "customerDetails.receiverDetails.contactInformation.phone", "content.packages.0.weight")
        name = asked["customerDetails"]["receiverDetails"]["contactInformation"]["fullName"]
        parcel = self.sell(asked["customerReferences"][0]["value"], name)
        documents = [{"imageFormat": "PDF", "content": self.document(parcel), "typeCode": "label"}]
        charges = [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": 14.7}]
        return Answer.of({"shipmentTrackingNumber": parcel.number, "documents": documents, "shipmentCharges": charges}, 201)

    def find(self, request: Request) -> Answer:
        parcel = self.known(request.query.get("shipmentReference", [""])[0])
        return Answer.of({"shipments": [{"shipmentTrackingNumber": parcel.number}]}) if parcel else self.refusal("not-found", "No data found", 404)

    def pickup(self, request: Request) -> Answer:
        need(request.json(), "plannedPickupDateAndTime", "accounts.0.number", "customerDetails.shipperDetails.contactInformation.phone")
        return Answer.of({"dispatchConfirmationNumbers": [self.fetch("PRG")]}, 201)

    routes = (
        ("POST", "/shipments", "label", ship),
        ("GET", "/tracking", "find", find),
        ("POST", "/pickups", "pickup", pickup),
    )


KINDS: tuple[type[Carrier], ...] = (DhlExpress, FedEx, Gls, PostNl, Ups, Usps)


class Carriers:
    """All of them, with the faults that are planned."""

    def __init__(self, accounts: dict[str, dict[str, str]]) -> None:
        self.carriers = {kind.name: kind(accounts[kind.name]) for kind in KINDS if kind.name in accounts}
        self.faults: list[dict[str, Any]] = []

    def plan(self, fault: dict[str, Any]) -> None:
        """Plan a fault; see the module."""
        if fault.get("carrier") not in self.carriers or fault.get("operation") not in ("token", "label", "find", "void", "pickup", "track"):
            raise ValueError(f"a fault names a carrier ({', '.join(self.carriers)}) and an operation")
        self.faults.append({"status": 503, "times": 1, "delay": 0, "takes_effect": False, **fault})

    def answer(self, name: str, request: Request) -> Answer:
        """The carrier's answer, or the fault that is planned in its place."""

        def planned(operation: str) -> Answer | None:
            fault = next((one for one in self.faults if one["carrier"] == name and one["operation"] == operation and one["times"] > 0), None)
            if fault is None:
                return None
            fault["times"] -= 1
            time.sleep(fault["delay"])
            if fault["status"] == 200:
                return None
            return Answer(fault["status"], b"", "after" if fault["takes_effect"] else "before")

        return self.carriers[name].answer(request, planned)

    def owner(self, number: str) -> Carrier | None:
        """The carrier that sold this label, if one of these did and tracks it itself."""
        return next((carrier for carrier in self.carriers.values() if number in carrier.parcels and carrier.words), None)

    def advance(self, number: str, place: str) -> str | None:
        """The next event of a parcel's way; None where it is at its end."""
        carrier = self.owner(number)
        if carrier is None:
            raise ValueError(f"no carrier but DHL has a parcel {number!r}")
        done = {event["event"] for event in carrier.parcels[number].events}
        following = next((event for event in WAY if event not in done), None)
        if following:
            carrier.happens(number, following, place)
        return following

    def dump(self) -> Json:
        """Everything, for a file."""
        return {
            name: {"parcels": [vars(parcel) for parcel in carrier.parcels.values()], "pickups": carrier.pickups, "keys": getattr(carrier, "keys", {})}
            for name, carrier in self.carriers.items()
        }

    def load(self, dumped: Json) -> None:
        """The reverse."""
        for name, known in dumped.items():
            if name in self.carriers:
                carrier = self.carriers[name]
                carrier.parcels = {parcel["number"]: Parcel(**parcel) for parcel in known["parcels"]}
                carrier.pickups = known["pickups"]
                if hasattr(carrier, "keys"):
                    carrier.keys = known["keys"]
