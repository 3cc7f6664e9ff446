#!/usr/bin/env python3
"""Makes the sample orders in `events/http/` from the seed: prices and tax categories from the catalogue, tax from the rate table on the day below.

    python3 infra/local/seed/samples.py

`check_samples.py` proves the result without this script's arithmetic. People, e-mail addresses (example.com) and phones (numbers set aside for fiction where a
country has some) are made up; streets, postcodes and towns fit each other.
"""

from __future__ import annotations

import json
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "events/http"
TAX_DAY = "2026-11-23"

# Shipping charged to the customer, in minor units: standard and express.
SHIPPING = {
    "BRL": (1990, 4490), "CAD": (890, 2490), "EUR": (590, 1490), "GBP": (490, 1290), "JPY": (700, 1600), "KWD": (1500, 3500),
    "PLN": (1990, 4990), "USD": (690, 1990),
}  # fmt: skip
ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN}

# Person: (name, e-mail, phone) and address without the name.
PEOPLE = {
    "cus-ana": ("Ana Lima", "ana.lima@example.com", "+55 11 5555 0142",
                {"line1": "Avenida Paulista 1578", "line2": "Apto 91", "city": "São Paulo", "region": "SP", "postcode": "01310-200", "country": "BR"}),
    "cus-bruno": ("Bruno Carvalho", "bruno.carvalho@example.com", "+55 21 5555 0177",
                  {"line1": "Avenida Atlântica 1702", "city": "Rio de Janeiro", "region": "RJ", "postcode": "22021-001", "country": "BR"}),
    "cus-clara": ("Clara Vogt", "clara.vogt@example.com", "+49 30 23125 042",
                  {"line1": "Torstraße 140", "line2": "Hinterhaus", "city": "Berlin", "postcode": "10119", "country": "DE"}),
    "cus-dieter": ("Dieter Bauer", "dieter.bauer@example.com", "+49 89 99998 119",
                   {"line1": "Sendlinger Straße 8", "city": "München", "postcode": "80331", "country": "DE"}),
    "cus-elena": ("Elena Ferri", "elena.ferri@example.com", "+39 02 5550 0142",
                  {"line1": "Via Torino 40", "city": "Milano", "region": "MI", "postcode": "20123", "country": "IT"}),
    "cus-francois": ("François Petit", "francois.petit@example.com", "+33 1 99 00 42 42",
                     {"line1": "20 rue de la République", "city": "Lyon", "postcode": "69002", "country": "FR"}),
    "cus-grace": ("Grace Miller", "grace.miller@example.com", "+1 206 555 0142",
                  {"line1": "400 Pine Street", "line2": "Suite 12", "city": "Seattle", "region": "WA", "postcode": "98101", "country": "US"}),
    "cus-haruto": ("佐藤 陽翔", "haruto.sato@example.com", "+81 3 5555 0142",
                   {"line1": "宇田川町 15-1", "city": "Shibuya-ku", "region": "13", "postcode": "150-0042", "country": "JP"}),
    "cus-fatima": ("فاطمة العلي", "fatima.alali@example.com", "+965 2555 0142",
                   {"line1": "Block 3, Street 12, Building 7", "city": "Salmiya", "postcode": "22001", "country": "KW"}),
    "cus-jan": ("Jan de Wit", "jan.dewit@example.com", "+31 20 555 0142",
                {"line1": "Prinsengracht 518", "city": "Amsterdam", "postcode": "1017 KH", "country": "NL"}),
    "cus-katarzyna": ("Katarzyna Nowak", "katarzyna.nowak@example.com", "+48 61 555 01 42",
                      {"line1": "ul. Święty Marcin 24", "city": "Poznań", "postcode": "61-805", "country": "PL"}),
    "cus-lucia": ("Lucía Ortega", "lucia.ortega@example.com", "+34 91 555 01 42",
                  {"line1": "Calle de Alcalá 45", "city": "Madrid", "region": "Madrid", "postcode": "28014", "country": "ES"}),
    "cus-marc": ("Marc Tremblay", "marc.tremblay@example.com", "+1 416 555 0142",
                 {"line1": "100 Queen Street West", "city": "Toronto", "region": "ON", "postcode": "M5H 2N2", "country": "CA"}),
    "cus-oliver": ("Oliver Hughes", "oliver.hughes@example.com", "+44 161 496 0142",
                   {"line1": "12 Oxford Road", "city": "Manchester", "postcode": "M1 5QA", "country": "GB"}),
    "cus-nina": ("Nina Shaw", "nina.shaw@example.com", "+44 20 7946 0142",
                 {"line1": "221 Baker Street", "city": "London", "postcode": "NW1 6XE", "country": "GB"}),
    "cus-sofia": ("Sofia Brandt", "sofia.brandt@example.com", "+49 40 66969 142",
                  {"line1": "Mönckebergstraße 7", "city": "Hamburg", "postcode": "20095", "country": "DE"}),
    "cus-blocked": ("Boris Falk", "boris.falk@example.com", "+49 30 23125 077",
                    {"line1": "Kantstraße 30", "city": "Berlin", "postcode": "10623", "country": "DE"}),
}  # fmt: skip

# Order: file, customer, currency, lines as (SKU, quantity, discount), what it shows, what becomes of it, and what is special.
# Discounts are those of the promotions and coupons that an order claims.
# `expect`: the state the machine leaves it in when nobody acts. `fails`: the code of the check that refuses it.
ORDERS = [
    ("single-vendor-br", "cus-ana", "BRL", [("OL-0dc157babdb4", 2, 0)], "One product of one vendor, within Brazil", "pending_fulfillment", {}),
    ("vendor-choice-br", "cus-bruno", "BRL", [("OL-e254150e5ad2", 3, 0)], "Five vendors offer it: the router chooses one", "pending_fulfillment", {}),
    ("split-three-vendors-br", "cus-bruno", "BRL", [("OL-149e60a7a51b", 1, 0), ("OL-235458528f90", 1, 0), ("OL-49484d56efdb", 1, 0)],
     "Three products that one vendor each sells: three sub-orders from three states", "pending_fulfillment", {}),
    ("split-three-vendors-de", "cus-clara", "EUR", [("SPLIT-TEAPOT", 1, 0), ("SPLIT-TRAY", 1, 0), ("SPLIT-CUPS", 2, 0)],
     "Three vendors in three countries, two of the products fragile", "pending_fulfillment", {"device": {"id": "dev-clara-1", "ip": "198.51.100.23"}}),
    ("declined-card-fr", "cus-francois", "EUR", [("NOVEL-PB", 2, 0)], "The card is declined", "payment_failed", {"token": "pm_card_visa_chargeDeclined"}),
    ("three-d-secure-es", "cus-lucia", "EUR", [("OLIVE-OIL", 1, 0), ("NOVEL-PB", 1, 0)], "The bank asks the customer to act (3-D Secure)", "pending_payment",
     {"token": "pm_card_authenticationRequired"}),
    ("card-without-3-d-secure-de", "cus-clara", "EUR", [("COFFEE-1KG", 2, 0)], "A German card over 30 euro without 3-D Secure (check 5)", "fraud_review",
     {"token": "pm_card_de"}),
    ("declined-then-paid-it", "cus-elena", "EUR", [("NOVEL-PB", 1, 0), ("NOTEBOOK-A5", 1, 0)], "No funds on the card; another one may be given", "payment_failed",
     {"token": "pm_card_visa_chargeDeclinedInsufficientFunds"}),
    ("on-invoice-nl", "cus-jan", "EUR", [("COFFEE-1KG", 2, 0)], "On invoice, to be paid after delivery", "pending_fulfillment", {"method": {"kind": "invoice"}}),
    ("bad-postcode-de", "cus-dieter", "EUR", [("MUG-STONE", 2, 0)], "A German postcode of four digits", "validation_failed",
     {"fails": "address_valid", "address": {"postcode": "8033"}}),
    ("postcode-of-another-town-de", "cus-dieter", "EUR", [("NOTEBOOK-A5", 3, 0)], "A Berlin postcode with a street in München", "validation_failed",
     {"fails": "address_valid", "address": {"postcode": "10115"}}),
    ("below-minimum-it", "cus-elena", "EUR", [("ERASER", 2, 0)], "Goods for less than the marketplace's minimum of five euro", "validation_failed",
     {"fails": "minimum_order_value"}),
    ("single-of-a-pack-nl", "cus-jan", "EUR", [("BATTERY-AA4", 6, 0)], "Sold by fours, six ordered", "validation_failed", {"fails": "minimum_quantity_met"}),
    ("sold-out-nl", "cus-jan", "EUR", [("SOLD-OUT", 1, 0)], "Nothing left of it", "validation_failed", {"fails": "in_stock"}),
    ("suspended-vendor-es", "cus-lucia", "EUR", [("ONLY-SUSPENDED", 1, 0)], "Its only vendor is suspended", "validation_failed", {"fails": "vendors_active", "also": ["vendors_not_suspended"]}),
    ("blocked-customer-de", "cus-blocked", "EUR", [("LAMP-DESK", 1, 0)], "The account is blocked", "validation_failed", {"fails": "account_active"}),
    ("wine-without-age-de", "cus-dieter", "EUR", [("WINE-RED", 1, 0)], "Wine, and no date of birth was ever proved", "validation_failed", {"fails": "age_verified"}),
    ("spray-by-air-de", "cus-dieter", "EUR", [("SPRAY-PAINT", 2, 0)], "Aerosols by express, which flies", "validation_failed",
     {"fails": "hazmat_allowed", "speed": "express"}),
    ("wrong-total-nl", "cus-jan", "EUR", [("MUG-STONE", 1, 0)], "The total is one cent short", "validation_failed", {"fails": "amount_and_currency_valid", "total_off_by": -1}),
    ("fraud-review-first-order-gb", "cus-nina", "GBP", [("WATCH-STEEL", 1, 0)], "A young account's first order, over 500 euro, express", "fraud_review",
     {"speed": "express", "device": {"id": "dev-unknown-7", "ip": "203.0.113.9"}}),
    ("fraud-review-electronics-de", "cus-sofia", "EUR", [("LAPTOP-15", 1, 0)], "A new account buys electronics over 1,000 euro", "fraud_review",
     {"device": {"id": "dev-unknown-8", "ip": "203.0.113.10"}}),
    ("fraud-device-de", "cus-sofia", "EUR", [("PHONE-A", 1, 0)], "Comes from a device and an address known for fraud", "cancelled",
     {"device": {"id": "dev-stolen-1", "ip": "203.0.113.66"}}),
    ("yen-jp", "cus-haruto", "JPY", [("FURIN-BELL", 2, 0), ("SENCHA-200", 3, 0)], "Yen have no minor unit; two tax rates, tax rounded down", "pending_fulfillment", {}),
    ("dinar-kw", "cus-fatima", "KWD", [("DATES-1KG", 3, 0), ("KETTLE-17", 1, 0)], "Dinar have three decimals; no tax", "pending_fulfillment", {}),
    ("two-lines-one-sku-nl", "cus-jan", "EUR", [("COFFEE-1KG", 1, 0), ("COFFEE-1KG", 2, 330)], "Two lines of one SKU count together; the second is discounted", "pending_fulfillment",
     {"claims": {"promotions": ["coffee-by-three"], "points": 0}}),
    ("sales-tax-us", "cus-grace", "USD", [("BACKPACK-30", 1, 0), ("YOGA-MAT", 1, 0)], "A state's sales tax on goods and shipping", "pending_fulfillment",
     {"device": {"id": "dev-grace-1", "ip": "198.51.100.77"}}),
    ("hst-ca", "cus-marc", "CAD", [("KETTLE-17", 1, 0), ("COFFEE-1KG", 2, 0)], "A province's harmonised tax", "pending_fulfillment", {}),
    ("express-es", "cus-lucia", "EUR", [("OLIVE-OIL", 2, 0), ("PERFUME-50", 1, 0)], "Express, one line flammable and one fragile", "pending_fulfillment", {"speed": "express"}),
    ("zloty-pl", "cus-katarzyna", "PLN", [("SOCKS-WOOL", 4, 0), ("NOVEL-PB", 1, 0)], "Złoty; books at the reduced rate; a vendor with a minimum order", "pending_fulfillment", {}),
    ("discount-it", "cus-elena", "EUR", [("OLIVE-OIL", 3, 400), ("NOTEBOOK-A5", 2, 0)], "A discount on a line and one on the order; the bill goes to another address, which the card's issuer confirms", "pending_fulfillment",
     {"discount": 250, "token": "pm_card_mastercard", "claims": {"promotions": ["olive-week"], "coupons": ["GRAZIE"], "points": 0},
      "billing": {"name": "Ferri S.r.l.", "line1": "Corso Vittorio Emanuele II 15", "city": "Torino", "region": "TO", "postcode": "10125", "country": "IT"}}),
    ("plain-gb", "cus-oliver", "GBP", [("MUG-STONE", 2, 0), ("SOCKS-WOOL", 2, 0)], "An everyday order", "pending_fulfillment", {}),
    ("hot-product-de", "cus-clara", "EUR", [("HOT-10", 1, 0)], "One of many who want a product with ten in stock", "pending_fulfillment", {"device": {"id": "dev-clara-1", "ip": "198.51.100.23"}}),
]  # fmt: skip


def read_lines(name: str) -> list[dict]:
    """The rows of a file of the seed."""
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


class Catalogue:
    """Prices and tax rates of the seed."""

    def __init__(self) -> None:
        self.products = {row["sku"]: row for row in read_lines("products.jsonl")}
        self.taxes = read_lines("taxes.jsonl")

    def tax(self, amount: int, category: str, address: dict) -> int:
        """Tax on an amount where the goods go: the region's rate, else the country's. No sample goes to postcodes with rates of their own."""
        country, region = address["country"], address.get("region")
        for area in (f"{country}-{region}", country):
            for row in self.taxes:
                if (row["area"], row["category"]) == (area, category) and in_force(row):
                    exact = Decimal(amount) * Decimal(row["rate"])
                    return int(exact.quantize(Decimal(1), ROUNDINGS[row["rounding"]]))
        raise ValueError(f"no {category} rate for {address['country']}")


def in_force(row: dict) -> bool:
    """Whether a rate holds on the day of the samples."""
    return row["valid_from"] <= TAX_DAY and (row["valid_to"] is None or TAX_DAY <= row["valid_to"])


def order(catalogue: Catalogue, customer: str, currency: str, wanted: list[tuple], special: dict) -> dict:
    """The body of one request."""
    name, email, phone, place = PEOPLE[customer]
    address = {"name": name, **place, **special.get("address", {})}
    lines = []
    for sku, quantity, discount in wanted:
        product = catalogue.products[sku]
        unit_price = product["prices"][currency]
        tax = catalogue.tax(unit_price * quantity - discount, product["tax_category"], address)
        lines.append({"sku": sku, "quantity": quantity, "unit_price": unit_price, "discount": discount, "tax": tax})
    speed = special.get("speed", "standard")
    shipping = SHIPPING[currency][speed == "express"]
    shipping_tax = catalogue.tax(shipping, "standard", address)
    discount = special.get("discount", 0)
    gross = sum(line["unit_price"] * line["quantity"] - line["discount"] + line["tax"] for line in lines)
    body = {
        "currency": currency,
        "lines": lines,
        "shipping": shipping,
        "shipping_tax": shipping_tax,
        "discount": discount,
        "total": gross + shipping + shipping_tax - discount + special.get("total_off_by", 0),
        "contact": {"name": name, "email": email, "phone": phone},
        "shipping_address": address,
        "billing_address": special.get("billing", address),
        "payment_method": special.get("method", {"kind": "card", "token": special.get("token", "pm_card_visa")}),
        "delivery": {"speed": speed},
    }
    return body | {name: special[name] for name in ("claims", "device") if name in special}


def main() -> None:
    """Writes the orders and their index; files of orders that are no more are removed."""
    catalogue = Catalogue()
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for old in SAMPLES.glob("*.json"):
        old.unlink()
    index = []
    for name, customer, currency, lines, shows, expect, special in ORDERS:
        body = order(catalogue, customer, currency, lines, special)
        (SAMPLES / f"{name}.json").write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", "utf-8")
        entry = {"file": f"{name}.json", "customer_id": customer, "shows": shows, "expect": expect}
        index.append(entry | {key: special[key] for key in ("fails", "also") if key in special})
    (SAMPLES / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(f"{len(index)} orders in {SAMPLES.relative_to(HERE.parents[2])}")


if __name__ == "__main__":
    main()
