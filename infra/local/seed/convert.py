#!/usr/bin/env python3
"""Makes the seed: a sample of the public Olist catalogue (real places, weights, sizes, categories) and goods of our own, with prices, offers and stock made up.

    python3 infra/local/seed/convert.py OLIST_DIR SOURCES

OLIST_DIR holds olist_products_dataset.csv, olist_sellers_dataset.csv and product_category_name_translation.csv. Writes *.jsonl and market.json beside
this script. SOURCES holds what infra/reference/sources.txt pins; the tax rates alone are refreshed by `make reference`. No chance and no clock: what is made up follows from a hash of the id, so the same input gives the same bytes. NOTICE.md says what is real.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import goods
import handmade
import regulations
from taxes import tax_rows

HERE = Path(__file__).resolve().parent
ADDRESS_TABLES = HERE.parents[2] / "functions/validate/data"
sys.path.insert(0, str(ADDRESS_TABLES))
from places import Places, area_of, distance_km, normalise, read_postcodes  # noqa: E402

SELLERS, PRODUCTS = 120, 297
HEAVIEST_G = 30_000
# A seller's postcode and town must lie this close, beyond the radius of the postcode's area.
SLACK_KM = 10

REDUCED_CATEGORIES = {"books_general_interest", "books_imported", "books_technical", "food", "food_drink"}
HAZARDS = {
    "perfumery": "3", "audio": "9", "cine_photo": "9", "computers": "9", "consoles_games": "9", "pc_gamer": "9",
    "tablets_printing_image": "9", "telephony": "9",
}  # fmt: skip
FRAGILE_CATEGORIES = {"art", "cine_photo", "construction_tools_lights", "drinks", "la_cuisine", "musical_instruments", "watches_gifts"}
ELECTRONICS = {"audio", "cine_photo", "computers", "consoles_games", "electronics", "pc_gamer", "tablets_printing_image", "telephony"}
HIGH_VALUE_EUR_CENTS = 100_000
# Euros for the first kilogram; the price grows with the root of the weight.
PRICE_LEVELS = {
    "computers": 420, "pc_gamer": 520, "tablets_printing_image": 260, "telephony": 110, "cine_photo": 190, "watches_gifts": 140,
    "electronics": 45, "audio": 60, "consoles_games": 90, "musical_instruments": 70, "books_general_interest": 16, "books_technical": 28,
    "books_imported": 22, "food": 9, "food_drink": 11, "drinks": 10, "stationery": 12, "perfumery": 80, "health_beauty": 45, "toys": 24,
}  # fmt: skip
DEFAULT_LEVEL = 21
DECIMALS = {"JPY": 0, "KWD": 3}
# Prices end on a multiple of this many minor units.
PRICE_STEP = {"JPY": 10, "KWD": 50}


def number_of(*parts: str) -> int:
    """A number that follows from the parts alone, evenly spread over 64 bits."""
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:8], "big")


def read_csv(path: Path) -> list[dict]:
    """A CSV file with a header; one of them begins with a byte order mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# ---- sellers


def read_sellers(olist: Path) -> tuple[list[dict], int]:
    """The vendors made of sellers whose postcode, town and state agree, and how many sellers do not qualify."""
    places = Places.open(ADDRESS_TABLES / "places.bin")
    postcodes = read_postcodes(ADDRESS_TABLES / "postcodes.bin")
    rows = read_csv(olist / "olist_sellers_dataset.csv")
    vendors = [vendor for row in rows if (vendor := vendor_of_seller(row, places, postcodes))]
    return vendors, len(rows) - len(vendors)


def vendor_of_seller(row: dict, places: Places, postcodes: dict) -> dict | None:
    """A vendor, or None where the source contradicts itself."""
    state, city, prefix = row["seller_state"], row["seller_city"], row["seller_zip_code_prefix"].zfill(5)
    point = next((place for place in places.find("BR", city) if place.region == state), None)
    area = area_of(postcodes, "BR", prefix)
    if point is None or area is None:
        return None
    if distance_km(point.lat, point.lon, area.lat, area.lon) > area.radius_km + SLACK_KM:
        return None
    seller = row["seller_id"]
    return {
        "vendor_id": f"olist-{seller[:8]}",
        "name": f"Olist seller {seller[:6]}",
        "status": "active",
        "approved": True,
        "performance": str(Decimal(80 + number_of(seller, "performance") % 20) / 100),
        "min_order": {"BRL": 2000} if number_of(seller, "minimum") % 10 == 0 else {},
        "email": f"{seller[:8]}@vendors.example",
        "ships_to": ["*"] if number_of(seller, "abroad") % 12 == 0 else ["BR"],
        "excluded_regions": ["BR-AM", "BR-RR"] if number_of(seller, "regions") % 15 == 0 and state != "AM" else [],
        "warehouses": [
            {
                "warehouse_id": "w1",
                "country": "BR",
                "postcode": f"{prefix}-000",
                "city": normalise(city).title(),
                "region": state,
                "lat": point.lat,
                "lon": point.lon,
                "handling_hours": 24 + 12 * (number_of(seller, "handling") % 3),
                **gate("BR"),
            }
        ],
    }


def sample_sellers(vendors: list[dict]) -> list[dict]:
    """So many of each state as its share gives, at least one of each."""
    by_state: dict[str, list[dict]] = {}
    for vendor in vendors:
        by_state.setdefault(vendor["warehouses"][0]["region"], []).append(vendor)
    chosen = []
    for _, group in sorted(by_state.items()):
        group.sort(key=lambda vendor: number_of("sample", vendor["vendor_id"]))
        chosen += group[: max(1, round(SELLERS * len(group) / len(vendors)))]
    return sorted(chosen, key=lambda vendor: vendor["vendor_id"])


def handmade_vendors() -> list[dict]:
    """Our own vendors, placed by the address tables."""
    places = Places.open(ADDRESS_TABLES / "places.bin")
    return [
        {
            "vendor_id": vendor_id,
            "name": name,
            "status": "suspended" if vendor_id in handmade.SUSPENDED else "active",
            "approved": vendor_id not in handmade.UNAPPROVED,
            "performance": performance,
            "min_order": minimum,
            "email": f"{vendor_id}@vendors.example",
            "ships_to": ships_to,
            "excluded_regions": [],
            "warehouses": [warehouse(places, country, *row) for row in warehouses],
        }
        for vendor_id, name, country, ships_to, performance, minimum, warehouses in handmade.VENDORS
    ]


def warehouse(
    places: Places, country: str, warehouse_id: str, postcode: str, city: str, region: str | None, hours: int
) -> dict:
    """A warehouse at the most populous place of that name."""
    point = places.find(country, city)[0]
    return {
        "warehouse_id": warehouse_id,
        "country": country,
        "postcode": postcode,
        "city": city,
        "region": region,
        "lat": point.lat,
        "lon": point.lon,
        "handling_hours": hours,
        **gate(country),
    }


def gate(country: str) -> dict:
    """Where the driver rings."""
    street, phone, _ = handmade.GATES[country]
    return {"street": street, "phone": phone}


# ---- products


def read_products(olist: Path) -> tuple[list[dict], dict[str, int]]:
    """The products that can be weighed, measured, named and sent, and how many are left out for what."""
    names = {
        row["product_category_name"]: row["product_category_name_english"]
        for row in read_csv(olist / "product_category_name_translation.csv")
    }
    products, left_out = [], {"no weight or size": 0, "no category": 0, f"over {HEAVIEST_G} g": 0}
    for row in read_csv(olist / "olist_products_dataset.csv"):
        measures = [row[f"product_{what}"] for what in ("weight_g", "length_cm", "width_cm", "height_cm")]
        if not all(measure and float(measure) > 0 for measure in measures):
            left_out["no weight or size"] += 1
        elif row["product_category_name"] not in names:
            left_out["no category"] += 1
        elif float(measures[0]) > HEAVIEST_G:
            left_out[f"over {HEAVIEST_G} g"] += 1
        else:
            weight, *sizes = (round(float(measure)) for measure in measures)
            products.append(olist_product(row["product_id"], names[row["product_category_name"]], weight, sizes))
    return products, left_out


def olist_product(product_id: str, category: str, weight_g: int, sizes_cm: list[int]) -> dict:
    """A product with its real weight, size and category; all else is made up."""
    level = PRICE_LEVELS.get(category, DEFAULT_LEVEL)
    spread = Decimal(70 + number_of(product_id, "price") % 61) / 100
    cents = int(Decimal(level * 100 * math.sqrt(weight_g / 1000)) * spread) + 390
    return product(
        f"OL-{product_id[:12]}", f"{category.replace('_', ' ').capitalize()}, {weight_g} g", category,
        "reduced" if category in REDUCED_CATEGORIES else "standard", weight_g, [size * 10 for size in sizes_cm], cents,
        {
            "fragile": category in FRAGILE_CATEGORIES,
            "hazard": HAZARDS.get(category),
            "valuable": category in ELECTRONICS and cents > HIGH_VALUE_EUR_CENTS,
            "max": 5 if cents > 20_000 else 20,
        },
    )  # fmt: skip


def product(
    sku: str, name: str, category: str, tax: str, weight_g: int, size_mm: list[int], euro_cents: int, traits: dict
) -> dict:
    """A product row; traits that are not named have their plain value."""
    length, width, height = size_mm
    return {
        "sku": sku,
        "name": name,
        "category": category,
        "tax_category": tax,
        "weight_g": weight_g,
        "length_mm": length,
        "width_mm": width,
        "height_mm": height,
        "fragile": traits.get("fragile", False),
        "hazard_class": traits.get("hazard"),
        "high_value_electronics": traits.get("valuable", False),
        "min_quantity": traits.get("min", 1),
        "pack_size": traits.get("pack", 1),
        "max_quantity": traits.get("max", 20),
        "prices": {currency: price_in(currency, euro_cents) for currency in sorted(handmade.FX_TO_EUR)},
        "active": not traits.get("retired", False),
    }


def price_in(currency: str, euro_cents: int) -> int:
    """The price in minor units, on a round step."""
    if currency == "EUR":
        return euro_cents
    minor = Decimal(euro_cents) / 100 / Decimal(handmade.FX_TO_EUR[currency]) * 10 ** DECIMALS.get(currency, 2)
    step = PRICE_STEP.get(currency, 10)
    return max(step, int((minor / step).quantize(Decimal(1), ROUND_HALF_UP)) * step)


def sample_products(products: list[dict]) -> list[dict]:
    """So many of each category as its share gives, at least one of each."""
    by_category: dict[str, list[dict]] = {}
    for row in products:
        by_category.setdefault(row["category"], []).append(row)
    chosen = []
    for _, group in sorted(by_category.items()):
        group.sort(key=lambda row: number_of("sample", row["sku"]))
        chosen += group[: max(1, round(PRODUCTS * len(group) / len(products)))]
    return sorted(chosen, key=lambda row: row["sku"])


# ---- stock


def olist_stock(products: list[dict], vendors: list[dict]) -> list[dict]:
    """Each product at one to six vendors, most at one or two; each vendor sells something."""
    rows = []
    for index, row in enumerate(products):
        others = sorted(vendors, key=lambda vendor: number_of(row["sku"], vendor["vendor_id"]))
        first = vendors[index % len(vendors)]
        sellers = [first, *(vendor for vendor in others if vendor is not first)][: offers_of(row["sku"])]
        for vendor in sellers:
            available = 5 + number_of("stock", row["sku"], vendor["vendor_id"]) % 196
            rows.append(stock(row["sku"], vendor["vendor_id"], "w1", available))
    return rows


def offers_of(sku: str) -> int:
    """How many vendors sell it: of a hundred products 66 one, 22 two, 7 three, the rest up to six."""
    draw = number_of(sku, "offers") % 100
    for count, below in ((1, 66), (2, 88), (3, 95), (4, 97), (5, 99)):
        if draw < below:
            return count
    return 6


def handmade_stock() -> list[dict]:
    """Stock of our own products; a vendor's second warehouse has half of the first."""
    warehouses = {row[0]: [entry[0] for entry in row[6]] for row in handmade.VENDORS}
    return [
        stock(sku, vendor_id, warehouse_id, available // (index + 1))
        for sku, *_, offers, _traits in handmade.PRODUCTS
        for vendor_id, available in offers.items()
        for index, warehouse_id in enumerate(warehouses[vendor_id])
    ]


def stock(sku: str, vendor_id: str, warehouse_id: str, available: int) -> dict:
    """A stock row."""
    return {"sku": sku, "vendor_id": vendor_id, "warehouse_id": warehouse_id, "available": available}


# ---- files


def write_lines(name: str, rows: list[dict]) -> None:
    """One JSON object a line."""
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    (HERE / name).write_text(text, "utf-8")
    print(f"{name}: {len(rows)} rows, {len(text.encode()):,} bytes")


def main() -> int:
    """Writes the seed and says what was left out."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    olist, sources = Path(sys.argv[1]), Path(sys.argv[2])
    sellers, contradictory = read_sellers(olist)
    all_products, left_out = read_products(olist)
    vendors, products = sample_sellers(sellers), sample_products(all_products)
    own = [product(sku, name, category, tax, grams, list(size), cents, traits)
           for sku, name, category, tax, grams, size, cents, _, traits in handmade.PRODUCTS]  # fmt: skip
    print(f"Olist: {len(sellers)} sellers usable, {contradictory} not (postcode, town and state disagree or are unknown)")
    print(f"Olist: {len(all_products)} products usable; left out: {left_out}")
    write_lines("vendors.jsonl", [goods.completed_vendor(row) for row in [*handmade_vendors(), *vendors]])
    write_lines("products.jsonl", [goods.completed_product(row) for row in [*own, *products]])
    write_lines("stock.jsonl", [*handmade_stock(), *olist_stock(products, vendors)])
    write_lines("customers.jsonl", handmade.customers())
    write_lines("taxes.jsonl", tax_rows(sources))
    write_lines("carriers.jsonl", handmade.rate_cards())
    write_lines("coupons.jsonl", handmade.COUPONS)
    (HERE / "promotions.json").write_text(json.dumps(handmade.PROMOTIONS, indent=2) + "\n", "utf-8")
    (HERE / "regulations.json").write_text(regulations.written(regulations.regulations()), "utf-8")
    (HERE / "market.json").write_text(json.dumps(handmade.MARKET, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
