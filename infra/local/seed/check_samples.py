#!/usr/bin/env python3
"""Proves the sample orders against the seed: each either passes every rule below or breaks exactly the one that `index.json` names.

    python3 infra/local/seed/check_samples.py

The rules are those of the checks of the same codes, written anew in plain fractions: nothing of `samples.py` is used. Ends with 1 when a sample is not as said.
"""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction
from math import floor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SAMPLES = ROOT / "events/http"
ADDRESS_TABLES = ROOT / "functions/validate/data"
sys.path.insert(0, str(ADDRESS_TABLES))
from places import Places, area_of, distance_km, normalise, read_postcodes  # noqa: E402

DAY = "2026-11-23"
SLACK_KM = 10
SPLITS = {"split-three-vendors-br.json": 3, "split-three-vendors-de.json": 3}


def rows(name: str) -> list[dict]:
    """The rows of a file of the seed."""
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


class Seed:
    """All facts the rules read."""

    def __init__(self) -> None:
        self.regulations = json.loads((HERE / "regulations.json").read_text("utf-8"))
        self.market = json.loads((HERE / "market.json").read_text("utf-8"))
        self.products = {row["sku"]: row for row in rows("products.jsonl")}
        self.vendors = {row["vendor_id"]: row for row in rows("vendors.jsonl")}
        self.customers = {row["customer_id"]: row for row in rows("customers.jsonl")}
        self.taxes, self.stock, self.cards = rows("taxes.jsonl"), rows("stock.jsonl"), rows("carriers.jsonl")
        self.places = Places.open(ADDRESS_TABLES / "places.bin")
        self.postcodes = read_postcodes(ADDRESS_TABLES / "postcodes.bin")
        self.countries = json.loads((ADDRESS_TABLES / "addresses.json").read_text("utf-8"))["countries"]

    def sellers(self, sku: str, address: dict) -> dict[str, int]:
        """Stock by vendor that may sell the SKU and serves the address."""
        found: dict[str, int] = {}
        for row in self.stock:
            vendor = self.vendors[row["vendor_id"]]
            if row["sku"] == sku and may_sell(vendor) and serves(vendor, address):
                found[row["vendor_id"]] = found.get(row["vendor_id"], 0) + row["available"]
        return found

    def tax(self, amount: int, category: str, address: dict) -> int:
        """Tax on an amount at the destination, rounded as the jurisdiction does."""
        rates = [
            row for row in self.taxes
            if row["area"] in (address["country"], f"{address['country']}-{address.get('region')}") and row["category"] == category
            and row["valid_from"] <= DAY <= (row["valid_to"] or "9999")
        ]  # fmt: skip
        rate = max(rates, key=lambda row: len(row["area"]))
        exact = amount * Fraction(rate["rate"])
        return floor(exact + Fraction(1, 2)) if rate["rounding"] == "half_up" else floor(exact)


def may_sell(vendor: dict) -> bool:
    """Active and approved."""
    return vendor["status"] == "active" and vendor["approved"]


def serves(vendor: dict, address: dict) -> bool:
    """Whether the vendor sends there."""
    excluded = f"{address['country']}-{address.get('region')}" in vendor["excluded_regions"]
    return not excluded and bool({"*", address["country"]} & set(vendor["ships_to"]))


def net(line: dict) -> int:
    """A line without tax."""
    return line["unit_price"] * line["quantity"] - line["discount"]


def demand(order: dict) -> dict[str, int]:
    """Quantity by SKU: two lines of one SKU are one demand."""
    wanted: dict[str, int] = {}
    for line in order["lines"]:
        wanted[line["sku"]] = wanted.get(line["sku"], 0) + line["quantity"]
    return wanted


def amounts_add_up(order: dict) -> bool:
    """Every amount is a whole number, none is negative, and they sum to the total."""
    amounts = [order[key] for key in ("shipping", "shipping_tax", "discount", "total")]
    amounts += [line[key] for line in order["lines"] for key in ("unit_price", "discount", "tax", "quantity")]
    if not all(type(amount) is int and amount >= 0 for amount in amounts):
        return False
    lines = sum(net(line) + line["tax"] for line in order["lines"])
    return lines + order["shipping"] + order["shipping_tax"] - order["discount"] == order["total"]


def prices_are_the_catalogues(seed: Seed, order: dict) -> bool:
    """No line states a price of its own."""
    return all(line["unit_price"] == seed.products[line["sku"]]["prices"][order["currency"]] for line in order["lines"])


def taxes_are_right(seed: Seed, order: dict) -> bool:
    """Each line's tax, and shipping's at the standard rate."""
    address = order["shipping_address"]
    by_line = (
        seed.tax(net(line), seed.products[line["sku"]]["tax_category"], address) == line["tax"] for line in order["lines"]
    )
    return all(by_line) and seed.tax(order["shipping"], "standard", address) == order["shipping_tax"]


def address_is_valid(seed: Seed, address: dict) -> bool:
    """Required fields, postcode's form, region's postcodes, and postcode and town near each other."""
    rules = seed.countries[address["country"]]
    postcode = address.get("postcode", "").upper()
    if not all(address.get(field) for field in rules["required"]):
        return False
    if "postcode" in rules and not re.fullmatch(rules["postcode"], postcode):
        return False
    if "region" in address and "regions" in rules:
        named = [region for region in rules["regions"] if normalise(address["region"]) in region["names"]]
        if not named or ("postcode" in named[0] and not re.match(f"(?:{named[0]['postcode']})", postcode)):
            return False
    found, area = seed.places.find(address["country"], address["city"]), area_of(seed.postcodes, address["country"], postcode)
    if not found:
        return False
    return area is None or any(
        distance_km(place.lat, place.lon, area.lat, area.lon) <= area.radius_km + SLACK_KM for place in found
    )


def quantities_fit(seed: Seed, order: dict) -> bool:
    """At least the minimum, in whole packs."""
    return all(
        quantity >= seed.products[sku]["min_quantity"] and quantity % seed.products[sku]["pack_size"] == 0
        for sku, quantity in demand(order).items()
    )


def within_maximum(seed: Seed, order: dict) -> bool:
    """At most so many an order."""
    return all(quantity <= seed.products[sku]["max_quantity"] for sku, quantity in demand(order).items())


def in_stock(seed: Seed, order: dict) -> bool:
    """Enough over all vendors that can serve the address; a line without any such vendor is another rule's."""
    for sku, quantity in demand(order).items():
        sellers = seed.sellers(sku, order["shipping_address"])
        if sellers and sum(sellers.values()) < quantity:
            return False
    return True


def vendors_exist(seed: Seed, order: dict) -> bool:
    """Every line has an active, approved vendor."""
    return all(seed.sellers(sku, order["shipping_address"]) for sku in demand(order))


def minimum_value_met(seed: Seed, order: dict) -> bool:
    """Goods after discounts reach the marketplace's minimum."""
    goods = sum(net(line) for line in order["lines"]) - order["discount"]
    return goods >= seed.market["min_order"][order["currency"]]


def carrier_serves(seed: Seed, order: dict) -> bool:
    """Some warehouse of some vendor of each line has a zone for the way, the weight and the speed."""
    address = order["shipping_address"]
    point = seed.places.find(address["country"], address["city"])
    if not point:
        return True
    zones = [zone for card in seed.cards if card["service"] == order["delivery"]["speed"] for zone in card["zones"]]

    def reached(sku: str) -> bool:
        return any(
            zone["from"] in ("*", house["country"]) and zone["to"] in ("*", address["country"])
            and distance_km(house["lat"], house["lon"], point[0].lat, point[0].lon) <= zone["max_km"]
            and seed.products[sku]["weight_g"] <= zone["max_weight_g"]
            for vendor in seed.sellers(sku, address) for house in seed.vendors[vendor]["warehouses"] for zone in zones
        )  # fmt: skip

    return all(reached(sku) or not seed.sellers(sku, address) for sku in demand(order))


def has_age_limit(seed: Seed, order: dict) -> bool:
    """Whether the destination's country has an age limit for something; nobody in the seed has proved an age."""
    country = order["shipping_address"]["country"]
    classes = {seed.products[sku].get("sale", {}).get("restriction") for sku in demand(order)} - {None}
    rules = [rule for of in classes for rule in seed.regulations["goods"][of] if rule["area"] == country]
    return any("min_age" in rule for rule in rules)


def dangerous_goods_may_travel(seed: Seed, order: dict) -> bool:
    """Whether some card of the chosen speed takes each dangerous product in its quantity."""
    limits = {rule["un_number"]: rule for rule in seed.regulations["hazmat"]}
    services = [card["service_rules"] for card in seed.cards if card["service"] == order["delivery"]["speed"] and "service_rules" in card]
    goods = [seed.products[sku]["hazmat"] for sku in demand(order) if "hazmat" in seed.products[sku]]
    return all(
        any(rules["hazmat"] and piece["net_quantity"] <= limits[piece["un_number"]].get(rules["mode"], -1) for rules in services)
        for piece in goods
    )


def only_suspended_vendors(seed: Seed, order: dict) -> bool:
    """Whether something is to be had of suspended vendors alone."""
    stocked = {sku: {row["vendor_id"] for row in seed.stock if row["sku"] == sku and row["available"]} for sku in demand(order)}
    suspended = {vendor_id for vendor_id, vendor in seed.vendors.items() if vendor["status"] == "suspended"}
    return any(vendors and vendors <= suspended for vendors in stocked.values())


def broken_rules(seed: Seed, order: dict, customer: dict) -> set[str]:
    """The codes of the rules the order breaks."""
    billing = order["billing_address"] or order["shipping_address"]
    rules = {
        "account_active": customer["status"] == "active" and customer["verified"],
        "address_serviceable": carrier_serves(seed, order),
        "address_valid": address_is_valid(seed, order["shipping_address"]),
        "age_verified": not has_age_limit(seed, order),
        "amount_and_currency_valid": amounts_add_up(order) and prices_are_the_catalogues(seed, order),
        "hazmat_allowed": dangerous_goods_may_travel(seed, order),
        "in_stock": in_stock(seed, order),
        "maximum_quantity_respected": within_maximum(seed, order),
        "minimum_order_value": minimum_value_met(seed, order),
        "minimum_quantity_met": quantities_fit(seed, order),
        "tax_correct": taxes_are_right(seed, order),
        "vendors_active": vendors_exist(seed, order),
        "vendors_not_suspended": not only_suspended_vendors(seed, order),
    }
    if billing != order["shipping_address"] and not address_is_valid(seed, billing):
        rules["billing_address_valid"] = False
    return {code for code, holds in rules.items() if not holds}


def fewest_vendors(seed: Seed, order: dict) -> int:
    """How many vendors the order needs at least; exact for orders whose every product has one vendor."""
    return len({tuple(sorted(seed.sellers(sku, order["shipping_address"]))) for sku in demand(order)})


def main() -> int:
    """Checks every sample of the index, and that the index names every file."""
    seed = Seed()
    index = json.loads((SAMPLES / "index.json").read_text("utf-8"))
    complaints = []
    named, there = {entry["file"] for entry in index}, {path.name for path in SAMPLES.glob("*.json")} - {"index.json"}
    if named != there:
        complaints.append(f"index and files differ: {sorted(named ^ there)}")
    countries = set()
    for entry in index:
        order = json.loads((SAMPLES / entry["file"]).read_text("utf-8"))
        countries.add(order["shipping_address"]["country"])
        broken = broken_rules(seed, order, seed.customers[entry["customer_id"]])
        expected = {entry["fails"], *entry.get("also", [])} if "fails" in entry else set()
        if broken != expected:
            complaints.append(f"{entry['file']}: breaks {sorted(broken)}, said to break {sorted(expected)}")
        if entry["file"] in SPLITS and fewest_vendors(seed, order) != SPLITS[entry["file"]]:
            complaints.append(f"{entry['file']}: not sold by {SPLITS[entry['file']]} vendors")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not complaints:
        print(f"{len(index)} sample orders to {len(countries)} countries are as said: {' '.join(sorted(countries))}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
