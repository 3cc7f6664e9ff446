"""The part of the seed that is ours: vendors, products and customers made up so that each case of the demo has its goods, the marketplace's rules, rate cards."""

from __future__ import annotations

EU_SHORT = ["AT", "BE", "CZ", "DE", "DK", "ES", "FR", "IE", "IT", "LU", "NL", "PL", "PT", "SE"]

# Vendor: (id, name, country, countries served, performance, minimum order, warehouses as (id, postcode, city, region, handling hours)).
VENDORS = [
    ("de-nordlicht", "Nordlicht Handel", "DE", ["*"], "0.97", {}, [("w1", "10115", "Berlin", None, 12)]),
    ("de-isar", "Isar Technik", "DE", EU_SHORT + ["CH", "GB"], "0.95", {"EUR": 1000},
     [("w1", "80331", "München", None, 24), ("w2", "20095", "Hamburg", None, 24)]),
    ("fr-rhone", "Maison du Rhône", "FR", EU_SHORT + ["CH"], "0.92", {}, [("w1", "69002", "Lyon", None, 24)]),
    ("nl-maas", "Maas & Zoon", "NL", ["*"], "0.94", {}, [("w1", "3011", "Rotterdam", None, 18)]),
    ("it-navigli", "Bottega Navigli", "IT", EU_SHORT + ["CH"], "0.9", {}, [("w1", "20144", "Milano", "MI", 24)]),
    ("es-retiro", "Almacén Retiro", "ES", EU_SHORT, "0.91", {}, [("w1", "28009", "Madrid", "M", 24)]),
    ("pl-warta", "Skład Warta", "PL", EU_SHORT, "0.93", {"PLN": 3000}, [("w1", "61-805", "Poznań", None, 24)]),
    ("gb-pennine", "Pennine Supplies", "GB", ["GB", "IE"], "0.94", {}, [("w1", "M1 1AE", "Manchester", None, 24)]),
    ("us-sierra", "Sierra Goods", "US", ["US", "CA"], "0.95", {},
     [("w1", "89501", "Reno", "NV", 24), ("w2", "07102", "Newark", "NJ", 24)]),
    ("us-cascade", "Cascade Outfitters", "US", ["US"], "0.89", {}, [("w1", "98101", "Seattle", "WA", 36)]),
    ("ca-lakes", "Lakes Trading", "CA", ["CA", "US"], "0.93", {}, [("w1", "M5V 2T6", "Toronto", "ON", 24)]),
    ("jp-sumida", "Sumida Shoten", "JP", ["JP"], "0.98", {}, [("w1", "130-0015", "Tokyo", "13", 12)]),
    ("jp-naniwa", "Naniwa Denki", "JP", ["JP"], "0.96", {}, [("w1", "540-0002", "Osaka", "27", 24)]),
    ("kw-gulf", "Gulf Souq", "KW", ["KW"], "0.9", {}, [("w1", "13009", "Kuwait City", None, 24)]),
    ("pt-tejo", "Tejo Comércio", "PT", EU_SHORT, "0.71", {}, [("w1", "1100-148", "Lisboa", None, 48)]),
    ("at-donau", "Donau Waren", "AT", EU_SHORT, "0.88", {}, [("w1", "1010", "Wien", None, 24)]),
]  # fmt: skip
# Where drivers ring: street, phone and clock of a warehouse, by country. Made up, as the vendors are.
GATES = {
    "AT": ("Lagergasse 4", "+43 1 5550100", "Europe/Vienna"),
    "BR": ("Rua do Armazém, 120", "+55 11 55500100", "America/Sao_Paulo"),
    "CA": ("250 Harbour Street", "+1 416 5550100", "America/Toronto"),
    "DE": ("Lagerstraße 4", "+49 30 5550100", "Europe/Berlin"),
    "ES": ("Calle del Almacén 7", "+34 91 5550100", "Europe/Madrid"),
    "FR": ("12 Rue de l'Entrepôt", "+33 4 55500100", "Europe/Paris"),
    "GB": ("5 Wharf Road", "+44 161 5550100", "Europe/London"),
    "IT": ("Via del Magazzino 9", "+39 02 5550100", "Europe/Rome"),
    "JP": ("Kuramae 1-2-3", "+81 3 55500100", "Asia/Tokyo"),
    "KW": ("Port Road 14", "+965 5550100", "Asia/Kuwait"),
    "NL": ("Pakhuisweg 8", "+31 10 5550100", "Europe/Amsterdam"),
    "PL": ("ul. Magazynowa 3", "+48 61 5550100", "Europe/Warsaw"),
    "PT": ("Rua do Armazém 6", "+351 21 5550100", "Europe/Lisbon"),
    "US": ("400 Depot Street", "+1 775 5550100", "America/Los_Angeles"),
}
SUSPENDED, UNAPPROVED = {"pt-tejo"}, {"at-donau"}

WORLD = ["de-nordlicht", "nl-maas"]
AMERICA = ["us-sierra", "us-cascade", "ca-lakes"]
JAPAN = ["jp-sumida", "jp-naniwa"]
SOUTH = ["fr-rhone", "it-navigli", "es-retiro"]

# Product: (SKU, name, category, tax category, grams, (length, width, height) in mm, price in euro cents, offers as {vendor: stock in its first warehouse}, traits).
# Traits: fragile, hazard, min, pack, max, valuable (high-value electronics), retired.
PRODUCTS = [
    ("MUG-STONE", "Stoneware mug, 350 ml", "housewares", "standard", 420, (120, 95, 110), 1290,
     {v: 400 for v in [*WORLD, "gb-pennine", "us-sierra", *JAPAN, "kw-gulf", "ca-lakes"]}, {"fragile": True}),
    ("NOTEBOOK-A5", "Notebook A5, dotted", "stationery", "standard", 260, (215, 150, 18), 690,
     {v: 600 for v in [*WORLD, *SOUTH, "pl-warta", "gb-pennine", *AMERICA, *JAPAN]}, {}),
    ("NOVEL-PB", "Novel, paperback", "books_general_interest", "reduced", 310, (190, 125, 25), 1100,
     {v: 300 for v in ["de-isar", *SOUTH, "pl-warta", "gb-pennine"]}, {}),
    ("ATLAS-HC", "World atlas, hardcover", "books_technical", "reduced", 2400, (380, 280, 40), 5990,
     {v: 80 for v in ["nl-maas", "gb-pennine", "us-sierra"]}, {}),
    ("COFFEE-1KG", "Coffee beans, 1 kg", "food", "reduced", 1040, (260, 140, 80), 1650,
     {v: 500 for v in [*WORLD, "it-navigli", "us-cascade", "ca-lakes", "kw-gulf"]}, {}),
    ("SENCHA-200", "Sencha, 200 g", "food", "reduced", 240, (160, 110, 60), 940, {v: 250 for v in [*JAPAN, "de-nordlicht"]}, {}),
    ("OLIVE-OIL", "Olive oil, 750 ml", "food_drink", "reduced", 1250, (310, 75, 75), 1390,
     {v: 200 for v in ["es-retiro", "it-navigli"]}, {"fragile": True}),
    ("DATES-1KG", "Dates, 1 kg", "food", "reduced", 1080, (240, 180, 60), 1190, {"kw-gulf": 300}, {}),
    ("LAMP-DESK", "Desk lamp", "home_confort", "standard", 1900, (450, 220, 180), 4900,
     {v: 120 for v in ["de-isar", "pl-warta", "gb-pennine", "us-sierra"]}, {"fragile": True}),
    ("KETTLE-17", "Kettle, 1.7 l", "small_appliances", "standard", 1350, (260, 230, 220), 3490,
     {v: 150 for v in ["de-isar", "pl-warta", "gb-pennine", *AMERICA, "kw-gulf"]}, {}),
    ("HEADPHONES", "Wireless headphones", "audio", "standard", 420, (210, 190, 90), 8900,
     {v: 200 for v in ["de-isar", "nl-maas", "gb-pennine", *AMERICA, *JAPAN, "kw-gulf"]}, {"hazard": "9"}),
    ("PHONE-A", "Phone, 128 GB", "telephony", "standard", 390, (170, 90, 60), 39900,
     {v: 60 for v in ["de-isar", "nl-maas", "gb-pennine", "us-sierra", "jp-naniwa"]}, {"hazard": "9", "max": 3}),
    ("LAPTOP-15", "Laptop, 15 inch", "computers", "standard", 2300, (380, 280, 70), 129900,
     {v: 25 for v in ["de-isar", "nl-maas", "us-sierra", "jp-naniwa"]}, {"hazard": "9", "max": 2, "valuable": True}),
    ("CAMERA-Z", "Mirrorless camera", "cine_photo", "standard", 1150, (220, 180, 140), 184900,
     {v: 15 for v in ["nl-maas", "jp-sumida"]}, {"hazard": "9", "max": 2, "valuable": True, "fragile": True}),
    ("WATCH-STEEL", "Steel watch", "watches_gifts", "standard", 310, (120, 110, 90), 62000,
     {v: 40 for v in ["gb-pennine", "de-nordlicht", "us-sierra"]}, {"max": 3}),
    ("PERFUME-50", "Eau de parfum, 50 ml", "perfumery", "standard", 290, (140, 80, 60), 6400,
     {v: 90 for v in ["fr-rhone", "es-retiro"]}, {"hazard": "3", "fragile": True}),
    ("SPRAY-PAINT", "Spray paint, 400 ml", "construction_tools_construction", "standard", 430, (200, 70, 70), 850,
     {v: 300 for v in ["de-isar", "pl-warta"]}, {"hazard": "2.1", "max": 12}),
    ("POWER-BANK", "Power bank, 10 Ah", "electronics", "standard", 260, (150, 90, 40), 2990,
     {v: 200 for v in ["de-isar", "nl-maas", "pl-warta", "jp-naniwa"]}, {"hazard": "9"}),
    ("BATTERY-AA4", "AA cells, sold by four packs", "electronics", "standard", 110, (120, 70, 20), 450,
     {v: 2000 for v in ["de-isar", "nl-maas"]}, {"min": 4, "pack": 4, "max": 96}),
    ("ERASER", "Eraser", "stationery", "standard", 25, (60, 25, 15), 190, {"nl-maas": 700, "it-navigli": 700}, {}),
    ("SOCKS-WOOL", "Wool socks, two pairs at least", "fashion_male_clothing", "standard", 90, (200, 120, 30), 890,
     {v: 800 for v in ["pl-warta", "gb-pennine", "us-cascade"]}, {"min": 2}),
    ("BACKPACK-30", "Backpack, 30 l", "luggage_accessories", "standard", 1200, (520, 320, 200), 7900,
     {v: 70 for v in ["us-cascade", "ca-lakes", "de-isar"]}, {}),
    ("YOGA-MAT", "Yoga mat", "sports_leisure", "standard", 1600, (620, 130, 130), 3200,
     {v: 90 for v in ["us-cascade", "ca-lakes", "nl-maas", "pl-warta"]}, {}),
    ("FURIN-BELL", "Wind bell, glass", "home_confort", "standard", 180, (110, 100, 100), 2200, {"jp-sumida": 120}, {"fragile": True}),
    ("RICE-COOKER", "Rice cooker, 1 l", "small_appliances_home_oven_and_coffee", "standard", 3100, (340, 260, 230), 11900,
     {"jp-naniwa": 80}, {}),
    # Each of these three is sold by one vendor alone: an order of all three is split over three vendors.
    ("SPLIT-TEAPOT", "Teapot", "la_cuisine", "standard", 900, (240, 180, 160), 3990, {"de-nordlicht": 500}, {"fragile": True}),
    ("SPLIT-TRAY", "Oak tray", "la_cuisine", "standard", 1100, (420, 300, 40), 2890, {"fr-rhone": 500}, {}),
    ("SPLIT-CUPS", "Cups, set of four", "la_cuisine", "standard", 850, (220, 220, 100), 2490, {"nl-maas": 500}, {"fragile": True}),
    # Cases of their own.
    ("HOT-10", "Console, limited edition", "consoles_games", "standard", 2900, (400, 300, 120), 29900, {"de-nordlicht": 10}, {"max": 2}),
    ("SOLD-OUT", "Sold out", "cool_stuff", "standard", 500, (200, 150, 100), 1990, {"de-nordlicht": 0}, {}),
    ("ONLY-SUSPENDED", "Sold by a suspended vendor alone", "cool_stuff", "standard", 500, (200, 150, 100), 1990, {"pt-tejo": 50}, {}),
    ("ONLY-UNAPPROVED", "Sold by a vendor not yet approved alone", "cool_stuff", "standard", 500, (200, 150, 100), 1990, {"at-donau": 50}, {}),
    ("RETIRED-1", "No longer sold", "cool_stuff", "standard", 500, (200, 150, 100), 1990, {"de-nordlicht": 50}, {"retired": True}),
    ("STAMP-ZERO", "Postage stamps, ten", "stationery", "zero", 20, (120, 80, 5), 950, {"de-nordlicht": 900}, {}),
    # Goods with rules of their own: age limits, licences, a season, a cap against hoarding.
    ("WINE-RED", "Red wine, 750 ml", "drinks", "standard", 1300, (330, 80, 80), 1490, {v: 150 for v in SOUTH}, {"fragile": True}),
    ("GIN-700", "Gin, 700 ml", "drinks", "standard", 1350, (280, 90, 90), 2890, {v: 90 for v in ["nl-maas", "gb-pennine"]}, {"fragile": True}),
    ("KNIFE-CHEF", "Chef's knife, 20 cm", "kitchen_knives", "standard", 320, (380, 70, 40), 5490, {v: 60 for v in ["de-isar", "gb-pennine"]}, {}),
    ("IBUPROFEN-20", "Ibuprofen 400 mg, 20 tablets", "medicine", "standard", 40, (120, 60, 20), 690,
     {v: 300 for v in ["de-nordlicht", "nl-maas"]}, {"max": 2}),
    ("TREE-FIR", "Nordmann fir, 150 cm, potted", "christmas_supplies", "standard", 9500, (1150, 350, 350), 4990, {"de-nordlicht": 200}, {}),
    ("MASKS-50", "Face masks, 50", "health_beauty", "standard", 260, (190, 100, 90), 1290, {"nl-maas": 800}, {}),
    # Stock without end, for load.
    ("LOAD-PEN", "Pen", "stationery", "standard", 20, (150, 20, 15), 790, {v: 5_000_000 for v in WORLD}, {"max": 1000}),
    ("LOAD-BOTTLE", "Steel bottle", "sports_leisure", "standard", 340, (270, 80, 80), 1990, {v: 5_000_000 for v in [*WORLD, "fr-rhone"]}, {"max": 1000}),
    ("LOAD-TOWEL", "Towel", "bed_bath_table", "standard", 520, (320, 240, 60), 1590, {v: 5_000_000 for v in ["de-isar", "pl-warta"]}, {"max": 1000}),
]  # fmt: skip

# Customer: (id, country, account since, what is special). Names are labels; the person comes with each order.
# Credit for buying on invoice, far more than the samples ever come to, however often a stack plays them.
CREDIT = {"credit": {"limit": 100_000_000, "currency": "EUR"}}

CUSTOMERS = [
    ("cus-ana", "BR", "2021-03-04T12:00:00Z", {}), ("cus-bruno", "BR", "2023-07-19T15:30:00Z", {}),
    ("cus-clara", "DE", "2020-11-02T08:15:00Z", {"devices": ["dev-clara-1"]}), ("cus-dieter", "DE", "2022-01-20T17:45:00Z", {}),
    ("cus-elena", "IT", "2019-05-30T10:00:00Z", {}), ("cus-francois", "FR", "2021-09-12T09:20:00Z", {}),
    ("cus-grace", "US", "2020-02-14T22:10:00Z", {"devices": ["dev-grace-1"]}), ("cus-haruto", "JP", "2022-04-01T01:00:00Z", {}),
    ("cus-fatima", "KW", "2023-10-08T06:40:00Z", {}), ("cus-jan", "NL", "2018-12-24T19:05:00Z", {"record": CREDIT}),
    ("cus-katarzyna", "PL", "2021-06-16T11:11:00Z", {}), ("cus-lucia", "ES", "2022-08-08T13:00:00Z", {}),
    ("cus-marc", "CA", "2020-10-10T16:00:00Z", {}), ("cus-oliver", "GB", "2019-01-07T07:30:00Z", {}),
    ("cus-nina", "GB", "2026-11-20T20:00:00Z", {}), ("cus-sofia", "DE", "2026-11-21T21:30:00Z", {}),
    ("cus-blocked", "DE", "2022-02-02T02:02:00Z", {"status": "blocked"}), ("cus-unverified", "FR", "2026-11-01T12:00:00Z", {"verified": False}),
    ("cus-watched", "NL", "2024-03-03T03:03:00Z", {"watchlist": True}), ("cus-load", "DE", "2018-01-01T00:00:00Z", {}),
]  # fmt: skip

# Illustrative rates of one day, not a quotation.
FX_AS_OF = "2026-11-20"
FX_TO_EUR = {
    "BRL": "0.16", "CAD": "0.65", "EUR": "1", "GBP": "1.15", "JPY": "0.006", "KWD": "2.95", "PLN": "0.235", "USD": "0.9",
}  # fmt: skip

MARKET = {
    "marketplace_id": "oms-demo",
    "currencies": sorted(FX_TO_EUR),
    "min_order": {"BRL": 1000, "CAD": 700, "EUR": 500, "GBP": 400, "JPY": 800, "KWD": 1500, "PLN": 2000, "USD": 500},
    "price_mode": "exclusive",
    "guests_allowed": False,
    # A marketplace puts the countries here whose fraud rate it has measured to be over 5 %. The seed names territories without inhabitants, so that
    # no country is called risky by an example.
    "high_risk_countries": ["AQ", "BV", "HM"],
    "blocked_devices": ["dev-stolen-1", "dev-stolen-2", "203.0.113.66"],
    "fx_as_of": FX_AS_OF,
    "fx_max_age_days": 4,
    "fx_to_eur": FX_TO_EUR,
    "weights": {"time": "0.4", "cost": "0.3", "performance": "0.3"},
    # When vendors work: their time to accept an order is two hours of these, else four. Monday is 1.
    "carrier_choice": {"cost": "0.4", "speed": "0.3", "reliability": "0.2", "preference": "0.1"},
    "carrier_prior_shipments": 20,
    "business_hours": {"zone": "Europe/Berlin", "from": "09:00:00", "to": "18:00:00", "days": [1, 2, 3, 4, 5]},
    "policy": {
        "terms": "",
        # Seven of ten orders on time; nine of ten are expected of a newcomer, as strongly as twenty orders would say so.
        "on_time_floor": "0.7",
        "on_time_prior": "0.9",
        "on_time_prior_orders": 20,
        # Two letters and ten digits, as the Union writes them; nobody's.
        "importer": [{"kind": "IOSS", "number": "IM2760000000"}],
        "promised_days": {"standard": 30, "express": 14},
    },
}

# Discounts that samples claim. They hold for as long as a stack may be played with, and as often.
FROM, UNTIL = "2024-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


def grant(name: str, amount: int, skus: list[str], min_spend: int, order: int) -> dict:
    """So many euro cents off these products, or off all."""
    return {
        "id": name,
        "benefit": {"kind": "amount", "amount": amount},
        "currency": "EUR",
        "applies_to": {"skus": skus} if skus else {},
        "from": FROM,
        "until": UNTIL,
        "min_spend": min_spend,
        "exclusive": False,
        "order": order,
    }


PROMOTIONS = {
    "promotions": [grant("olive-week", 400, ["OLIVE-OIL"], 4000, 1), grant("coffee-by-three", 330, ["COFFEE-1KG"], 4950, 1)],
    "cap": "0.7",
    "point_value": {"EUR": "1", "GBP": "1"},
}
COUPONS = [grant("GRAZIE", 250, [], 2000, 5) | {"active": True}]

DOMESTIC = ["AT", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "KW", "NL", "PL", "PT", "US"]
# Band: (kilometres at most, base in euro cents, per kg, hours, on time). Distances are as the crow flies.
STANDARD_HOME = [(300, 390, 45, 36, "0.97"), (1200, 490, 65, 60, "0.95"), (6000, 890, 140, 120, "0.91")]
STANDARD_ABROAD = [(800, 890, 120, 72, "0.94"), (3000, 1390, 210, 120, "0.92"), (20100, 2990, 640, 240, "0.87")]
EXPRESS_HOME = [(300, 990, 110, 18, "0.98"), (1200, 1290, 150, 24, "0.97"), (6000, 2190, 330, 48, "0.95")]
EXPRESS_ABROAD = [(800, 1990, 260, 30, "0.97"), (3000, 2790, 420, 48, "0.95"), (20100, 5490, 1150, 96, "0.92")]
MAX_WEIGHT_G = 31_500
# Express flies, and rings at a door.
SERVICE_RULES = {
    "standard": {"mode": "road", "not_in": [], "po_boxes": True, "age_check": True, "hazmat": True, "max_side_mm": 1200},
    "express": {"mode": "air", "not_in": [], "po_boxes": False, "age_check": True, "hazmat": True, "max_side_mm": 1200},
}
VOLUMETRIC_DIVISOR = 5000


def rate_cards() -> list[dict]:
    """DHL's two services, dearer and slower with distance and across a border; then those of others, which are dearer and sometimes faster."""
    return [
        rate_card("standard", STANDARD_HOME, STANDARD_ABROAD),
        rate_card("express", EXPRESS_HOME, EXPRESS_ABROAD),
        *(other_card(*row) for row in OTHER_CARDS),
    ]


# Of the others: carrier, service, relations, per cent on DHL's prices, hours saved, per cent of fuel, working days by distance.
# Few, for all cards are one item of the reference table, which every routing reads.
EVERYWHERE = [("DE", "DE"), ("US", "US"), ("*", "*")]
WITHIN_EUROPE = [("DE", "DE"), ("FR", "FR"), ("NL", "NL"), ("DE", "AT"), ("DE", "FR"), ("DE", "NL")]
NORTH_AMERICA = [("CA", "CA"), ("US", "US"), ("CA", "US"), ("US", "CA")]
OTHER_CARDS = [
    ("fedex", "express", NORTH_AMERICA, 140, 0, "0.155", (1, 1, 2)),
    ("fedex", "standard", NORTH_AMERICA, 125, 12, "0.155", (1, 2, 4)),
    ("gls", "standard", WITHIN_EUROPE, 108, 0, "0.06", (2, 3, 5)),
    ("postnl", "standard", [("NL", "NL"), ("NL", "DE"), ("NL", "FR")], 104, 6, "0", (1, 3, 5)),
    ("ups", "express", EVERYWHERE, 135, 0, "0.145", (1, 1, 2)),
    ("ups", "standard", EVERYWHERE, 120, 12, "0.145", (1, 2, 4)),
    ("usps", "standard", [("US", "US")], 102, 0, "0", (2, 3, 5)),
]
# Dear to reach: islands, and the far north. Postcodes by their beginning.
REMOTE = [
    {"country": "CA", "postcodes": ["X", "Y"]},
    {"country": "ES", "postcodes": ["07", "35", "38", "51", "52"]},
    {"country": "FR", "postcodes": ["20", "97"]},
    {"country": "GB", "postcodes": ["HS", "KW", "ZE"]},
    {"country": "US", "postcodes": ["967", "968", "995", "996", "997", "998", "999"]},
]


def other_card(carrier: str, service: str, relations: list[tuple], per_cent: int, saved: int, fuel: str, days: tuple) -> dict:
    """A card with surcharges, made from DHL's."""
    home, abroad = (STANDARD_HOME, STANDARD_ABROAD) if service == "standard" else (EXPRESS_HOME, EXPRESS_ABROAD)
    zones = []
    for origin, destination in relations:
        for band, on_the_way in zip(home if origin == destination != "*" else abroad, days, strict=True):
            max_km, base, per_kg, hours, reliability = band
            row = zone(origin, destination, max_km, -(-base * per_cent // 100), -(-per_kg * per_cent // 100), max(hours - saved, 12), reliability)
            zones.append({**row, "table": {"remote": 1490, "oversize": 1990, "days": on_the_way}})
    surcharges = {"fuel_rounding": "half_up", "remote_areas": REMOTE, "oversize": {"length_mm": 1200, "girth_mm": 3000}}
    if fuel != "0":
        surcharges["fuel"] = fuel
    largest = {"length_mm": 2000, "girth_mm": 3600}
    return {
        "carrier": carrier, "service": service, "volumetric_divisor": VOLUMETRIC_DIVISOR, "surcharges": surcharges, "largest": largest, "zones": zones,
    }  # fmt: skip


def rate_card(service: str, home: list[tuple], abroad: list[tuple]) -> dict:
    """Zones within each country, then those between any two, the nearest first."""
    zones = [zone(country, country, *band) for country in DOMESTIC for band in home]
    zones += [zone("*", "*", *band) for band in abroad]
    return {
        "carrier": "dhl",
        "service": service,
        "volumetric_divisor": VOLUMETRIC_DIVISOR,
        "zones": zones,
        "service_rules": SERVICE_RULES[service],
    }


def zone(origin: str, destination: str, max_km: int, base: int, per_kg: int, hours: int, reliability: str) -> dict:
    """One relation up to a distance; amounts are euro cents, converted by the marketplace's rates."""
    return {
        "from": origin,
        "to": destination,
        "max_km": max_km,
        "currency": "EUR",
        "base": base,
        "per_kg": per_kg,
        "hours": hours,
        "max_weight_g": MAX_WEIGHT_G,
        "reliability": reliability,
    }


def customers() -> list[dict]:
    """The customers' accounts."""
    return [
        {
            "customer_id": customer_id,
            "status": special.get("status", "active"),
            "verified": special.get("verified", True),
            "created_at": since,
            "country": country,
            "watchlist": special.get("watchlist", False),
            "devices": special.get("devices", []),
        }
        | ({"record": special["record"]} if "record" in special else {})
        for customer_id, country, since, special in CUSTOMERS
    ]
