"""Where localstripe differs from what Stripe documents, put right.

* Cards that always decline do decline, with `card_error`, `decline_code` and the payment intent in the error.
* A payment intent is captured only in `requires_capture` and cancelled only before; it shows `amount_capturable` and `amount_received`, and its
  `latest_charge` by id unless expanded. A second attempt may bring another payment method. The parameters in `KEPT` are accepted.
* Refunds never exceed what was captured, and need a captured charge. Charges are found by `payment_intent`.
* Payment intents are found by `GET /v1/payment_intents/search?query=metadata['a']:'b' AND ...`; only this kind of query is understood, and it sees
  a payment at once, where Stripe's search may be a minute late.
* Payment intents are listed by time with `created[gte]` and `created[lt]`.
* Charges carry the intent's metadata, and in `payment_method_details.card` what Stripe tells of the card: its country, its expiry, the checks of
  security code and address, 3-D Secure. Test cards whose address check fails do so without an address too: we give none.
* What does not exist is `resource_missing`.
* Events `payment_intent.amount_capturable_updated`, `.canceled`, `charge.refunded`, and `.payment_failed` after a failed authentication.
"""

from __future__ import annotations

import functools
import re
import time
from typing import Any

from localstripe import resources
from localstripe.errors import UserError
from localstripe.resources import Charge, Event, PaymentIntent, PaymentMethod, Refund, StripeObject, extra_apis, store

# https://docs.stripe.com/testing: card number -> (code, decline code); and the named payment methods beyond localstripe's three.
DECLINED = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000000341": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", "expired_card"),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc"),
    "4000000000000119": ("processing_error", "processing_error"),
    "4000008400001629": ("card_declined", "generic_decline"),
}
NAMED = {
    "pm_card_mastercard": "5555555555554444",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_avsFail": "4000000000000010",
    "pm_card_avsLine1Fail": "4000000000000028",
    "pm_card_avsZipFail": "4000000000000036",
    "pm_card_avsUnchecked": "4000000000000044",
    "pm_card_cvcCheckFail": "4000000000000101",
    "pm_card_de": "4000002760000016",
}
# Checks of test cards where they are not: no address given, security code right. Street, postcode, security code. One card has a holder whose address its issuer
# confirms, as where the client gave it to the gateway.
CHECKS = {
    "4000000000000010": ("fail", "fail", "pass"),
    "4000000000000028": ("fail", "pass", "pass"),
    "4000000000000036": ("pass", "fail", "pass"),
    "4000000000000044": ("unavailable", "unavailable", "pass"),
    "4000000000000101": (None, None, "fail"),
    "5555555555554444": ("pass", "pass", "pass"),
}
# Digits 7 to 9 of the international test cards are the numeric code of their country; of all others it is the United States.
COUNTRIES = {"076": "BR", "250": "FR", "276": "DE", "380": "IT", "392": "JP", "528": "NL", "724": "ES", "826": "GB"}
KEPT = (
    "automatic_payment_methods",
    "confirmation_method",
    "description",
    "error_on_requires_action",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "statement_descriptor_suffix",
    "transfer_group",
)


def tell(kind: str, subject: Any) -> None:
    """Make an event and send it to whoever subscribed."""
    resources.schedule_webhook(Event(kind, subject))


def refuse(status: int, message: str, code: str, kind: str = "invalid_request_error", **more: Any) -> UserError:
    """An error in Stripe's shape."""
    error = UserError(status, message, {"code": code, **more})
    error.body["error"]["type"] = kind
    return error


def put_cards_right() -> None:
    """Named test cards, and cards that decline."""
    named = PaymentMethod._try_get_canonical_test_article.__func__

    def article(cls: type, id: str) -> PaymentMethod | None:
        if id in NAMED:
            return cls(type="card", card={"number": NAMED[id], "exp_month": "12", "exp_year": "2030", "cvc": "123"})
        return named(cls, id)

    declined = PaymentMethod._charging_is_declined
    PaymentMethod._try_get_canonical_test_article = classmethod(article)
    PaymentMethod._charging_is_declined = lambda self: getattr(self, "_card_number", None) in DECLINED or declined(self)

    def auth_failure(self: Charge) -> None:
        number = getattr(PaymentMethod._api_retrieve(self.payment_method), "_card_number", "")
        self.status = "failed"
        self.failure_code, self.decline_code = DECLINED.get(number, ("card_declined", "generic_decline"))
        self.failure_message = "Your card was declined."

    def raise_failure(self: Charge) -> None:
        more = {"charge": self.id, "decline_code": self.decline_code}
        if self.payment_intent:
            more["payment_intent"] = PaymentIntent._api_retrieve(self.payment_intent)._export()
        raise refuse(402, self.failure_message, self.failure_code, "card_error", **more)

    Charge.decline_code = None
    Charge._set_auth_failure, Charge._raise_failure = auth_failure, raise_failure


def method_details(method: PaymentMethod, authenticated: bool) -> dict[str, Any]:
    """What a charge tells of the method that it was paid with."""
    number = getattr(method, "_card_number", None)
    if number is None:
        return {"type": method.type}
    street, postcode, cvc = CHECKS.get(number, (None, None, "pass"))
    secure = {"authentication_flow": "challenge", "result": "authenticated", "result_reason": None, "version": "2.2.0"}
    card = {
        "brand": method.card["brand"],
        "country": COUNTRIES.get(number[6:9], "US") if number.startswith("400000") else "US",
        "exp_month": method.card["exp_month"],
        "exp_year": method.card["exp_year"],
        "funding": method.card["funding"],
        "last4": method.card["last4"],
        "checks": {"address_line1_check": street, "address_postal_code_check": postcode, "cvc_check": cvc},
        "three_d_secure": secure if authenticated else None,
    }
    return {"type": "card", "card": card}


def put_intents_right() -> None:
    """Payment intents: parameters, states, amounts, events."""
    create, charge, export = PaymentIntent._api_create.__func__, PaymentIntent._create_charge, PaymentIntent._export
    cancel, authenticate, capture = (getattr(PaymentIntent, f"_api_{name}").__func__ for name in ("cancel", "authenticate", "capture"))

    def created(cls: type, **data: Any) -> PaymentIntent:
        kept = {name: data.pop(name) for name in KEPT if name in data}
        confirm = resources.try_convert_to_bool(data.pop("confirm", False))
        if data.get("payment_method"):
            data["payment_method"] = PaymentMethod._api_retrieve(data["payment_method"]).id
        intent = create(cls, **data)
        vars(intent).update(kept)
        if confirm:
            intent._confirm(on_failure_now=intent._report_failure)
        return intent

    def create_charge(self: PaymentIntent, on_failure_now: Any) -> None:
        charge(self, on_failure_now)
        made = self.latest_charge
        made.metadata = dict(self.metadata or {})
        made.payment_method_details = method_details(PaymentMethod._api_retrieve(made.payment_method), self._authenticated)
        if self.status == "requires_capture":
            tell("payment_intent.amount_capturable_updated", self)

    def expect(intent: PaymentIntent, *states: str) -> None:
        if intent.status not in states:
            message = f"This PaymentIntent has status {intent.status}; expected one of: {', '.join(states)}."
            raise refuse(400, message, "payment_intent_unexpected_state", payment_intent=intent._export())

    def confirmed(cls: type, id: str, payment_method: str | None = None, return_url: str | None = None) -> PaymentIntent:
        intent = cls._api_retrieve(id)
        expect(intent, "requires_payment_method", "requires_confirmation")
        if payment_method:
            intent.payment_method = PaymentMethod._api_retrieve(payment_method).id
            intent.latest_charge = None
        expect(intent, "requires_confirmation")
        intent._confirm(on_failure_now=intent._report_failure)
        return intent

    def cancelled(cls: type, id: str, cancellation_reason: str | None = None) -> PaymentIntent:
        intent = cls._api_retrieve(id)
        expect(intent, "requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
        cancel(cls, id)
        intent.cancellation_reason, intent.canceled_at = cancellation_reason, int(time.time())
        tell("payment_intent.canceled", intent)
        return intent

    def captured(cls: type, id: str, amount_to_capture: Any = None, **data: Any) -> PaymentIntent:
        intent = cls._api_retrieve(id)
        expect(intent, "requires_capture")
        wanted = resources.try_convert_to_int(intent.amount if amount_to_capture is None else amount_to_capture)
        if not isinstance(wanted, int) or not 0 < wanted <= intent.amount:
            raise refuse(400, "The amount to capture is not within what was authorised.", "amount_too_large", param="amount_to_capture")
        intent.latest_charge.amount_captured = wanted
        return capture(cls, id, amount_to_capture=wanted, **data)

    def authenticated(cls: type, id: str, **data: Any) -> PaymentIntent:
        cls._api_retrieve(id)._authenticated = resources.try_convert_to_bool(data.get("success", False))
        intent = authenticate(cls, id, **data)
        if intent._authentication_failed:
            tell("payment_intent.payment_failed", intent)
        return intent

    def exported(self: PaymentIntent, expand: list[str] | None = None) -> dict[str, Any]:
        shown = export(self, [path for path in expand or [] if path != "latest_charge"])
        if shown["latest_charge"] and "latest_charge" not in (expand or []):
            shown["latest_charge"] = shown["latest_charge"]["id"]
        return shown

    def received(self: PaymentIntent) -> int:
        return (self.latest_charge.amount_captured or self.amount) if self.status == "succeeded" else 0

    PaymentIntent._api_create, PaymentIntent._create_charge = classmethod(created), create_charge
    PaymentIntent._export = exported
    Charge.amount_captured = Charge.payment_method_details = None
    PaymentIntent._authenticated = False
    PaymentIntent.cancellation_reason = PaymentIntent.canceled_at = None
    PaymentIntent.amount_capturable = property(lambda self: self.amount if self.status == "requires_capture" else 0)
    PaymentIntent.amount_received = property(received)
    for name, function in {"confirm": confirmed, "cancel": cancelled, "capture": captured, "_authenticate": authenticated}.items():
        replace_route(f"/v1/payment_intents/{{id}}/{name}", f"_api_{name.lstrip('_')}", function)


def replace_route(url: str, name: str, function: Any) -> None:
    """Put a function in the place of the one localstripe registered for this address."""
    setattr(PaymentIntent, name, classmethod(function))
    found = [index for index, (method, path, _) in enumerate(extra_apis) if (method, path) == ("POST", url)]
    if len(found) != 1:
        raise RuntimeError(f"localstripe has moved {url}: read its source again before raising the pin")
    extra_apis[found[0]] = ("POST", url, getattr(PaymentIntent, name))


@functools.cache
def with_refunds() -> set[str]:
    """The charges that have refunds. Each answer shows a charge's refunds, and looking for them goes through all that the gateway ever stored."""
    return {refund.charge for key, refund in store.items() if key.startswith("refund:")}


def put_refunds_right() -> None:
    """Refunds within what was captured; charges found by payment intent."""
    create, listed, refunds_of = Refund._api_create.__func__, Charge._api_list_all.__func__, Refund._api_list_all.__func__

    def refunded(cls: type, **data: Any) -> Refund:
        intent = data.get("payment_intent")
        charge = PaymentIntent._api_retrieve(intent).latest_charge if intent else Charge._api_retrieve(data.get("charge") or "")
        if charge is None or not charge.captured or charge.status != "succeeded":
            raise refuse(400, "This charge was not captured and cannot be refunded.", "charge_not_refundable")
        left = charge.amount - charge.amount_refunded
        amount = resources.try_convert_to_int(data.get("amount", left))
        if left == 0:
            raise refuse(400, f"Charge {charge.id} has already been refunded.", "charge_already_refunded")
        if not isinstance(amount, int) or not 0 < amount <= left:
            raise refuse(400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", "amount_too_large")
        reason = data.pop("reason", None)
        refund = create(cls, **{**data, "amount": amount})
        refund.reason = reason
        tell("charge.refunded", charge)
        return refund

    def charges(cls: type, url: str, payment_intent: str | None = None, **data: Any) -> Any:
        found = listed(cls, url, **data)
        if payment_intent:
            found._list = [charge for charge in found._list if charge.payment_intent == payment_intent]
        return found

    def refunds(cls: type, url: str, payment_intent: str | None = None, **data: Any) -> Any:
        if payment_intent and PaymentIntent._api_retrieve(payment_intent).latest_charge is None:
            return resources.List(url)
        if "charge" in data and data["charge"] not in with_refunds():
            return resources.List(url)
        return refunds_of(cls, url, payment_intent=payment_intent, **data)

    made = Refund.__init__

    def noted(self: Refund, *args: Any, **data: Any) -> None:
        made(self, *args, **data)
        with_refunds().add(self.charge)

    Refund.__init__ = noted
    Refund._api_create, Refund._api_list_all = classmethod(refunded), classmethod(refunds)
    Charge._api_list_all = classmethod(charges)


class SearchResult(resources.List):
    """One page of what a search found; a list in all but its name."""

    object = "search_result"


def find_intents(query: str = "", limit: Any = 10) -> SearchResult:
    """The payment intents whose metadata holds all that the query names."""
    clauses = [re.fullmatch(r"metadata\['([^']+)'\]:'([^']*)'", clause) for clause in query.split(" AND ")]
    if not all(clauses):
        raise refuse(400, "Only metadata['key']:'value' clauses joined by AND are understood here.", "parameter_invalid", param="query")
    wanted = {clause[1]: clause[2] for clause in clauses if clause}
    found = SearchResult("/v1/payment_intents/search", limit=limit)
    found._list = [
        intent for key, intent in store.items() if key.startswith("payment_intent:") and wanted.items() <= (intent.metadata or {}).items()
    ]
    return found


def put_lookups_right() -> None:
    """Searching payment intents and listing them by time, and the error for what does not exist."""
    retrieve, list_all = StripeObject._api_retrieve.__func__, PaymentIntent._api_list_all.__func__

    def retrieved(cls: type, id: str) -> StripeObject:
        try:
            return retrieve(cls, id)
        except UserError as error:
            raise refuse(error.code, f"No such {cls.object}: '{id}'", "resource_missing") from error

    def listed(cls: type, url: str, created: dict[str, str] | None = None, **data: Any) -> Any:
        bounds = {name: resources.try_convert_to_int(bound) for name, bound in (created or {}).items()}
        if not bounds.keys() <= {"gte", "lt"} or not all(isinstance(bound, int) for bound in bounds.values()):
            raise refuse(400, "Only created[gte] and created[lt], in seconds, are understood here.", "parameter_invalid", param="created")
        found = list_all(cls, url, **data)
        first, end = bounds.get("gte", 0), bounds.get("lt", float("inf"))
        found._list = [intent for intent in found._list if first <= intent.created < end]
        return found

    StripeObject._api_retrieve = classmethod(retrieved)
    PaymentIntent._api_list_all = classmethod(listed)
    extra_apis.append(("GET", "/v1/payment_intents/search", find_intents))


def apply() -> None:
    """Put everything right, once, before localstripe's server is imported: it binds functions to addresses at import."""
    put_cards_right()
    put_intents_right()
    put_refunds_right()
    put_lookups_right()
