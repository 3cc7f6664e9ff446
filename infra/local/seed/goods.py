"""What customs, carriers and authorities want to know of the seed's goods and vendors: HS codes, origins, certificates, UN numbers, calendars, licences.

HS codes are headings of the Harmonised System 2022 (World Customs Organization) that the category mostly falls under: a demo, not a classification. Origins,
licences and histories are made up from hashes of ids. UN numbers and quantities are of what the name says.
"""

from __future__ import annotations

import hashlib

from handmade import GATES

HS_CODES = {
    "agro_industry_and_commerce": "843680", "air_conditioning": "841510", "art": "491191", "arts_and_craftmanship": "960330", "audio": "851830",
    "auto": "870899", "baby": "871500", "bed_bath_table": "630260", "books_general_interest": "490199", "books_imported": "490199",
    "books_technical": "490199", "cds_dvds_musicals": "852349", "christmas_supplies": "950510", "cine_photo": "852589", "computers": "847130",
    "computers_accessories": "847160", "consoles_games": "950450", "construction_tools_construction": "820559",
    "construction_tools_lights": "940511", "construction_tools_safety": "650610", "cool_stuff": "392640", "costruction_tools_garden": "820190",
    "costruction_tools_tools": "820411", "diapers_and_hygiene": "961900", "drinks": "220210", "dvds_blu_ray": "852349", "electronics": "854370",
    "fashio_female_clothing": "620442", "fashion_bags_accessories": "420222", "fashion_childrens_clothes": "611120",
    "fashion_male_clothing": "610910", "fashion_shoes": "640399", "fashion_sport": "611219", "fashion_underwear_beach": "611241",
    "fixed_telephony": "851711", "flowers": "670210", "food": "210690", "food_drink": "210690", "furniture_bedroom": "940350",
    "furniture_decor": "940360", "furniture_living_room": "940161", "furniture_mattress_and_upholstery": "940421", "garden_tools": "820190",
    "health_beauty": "330499", "home_appliances": "850940", "home_appliances_2": "850940", "home_comfort_2": "630493", "home_confort": "940521",
    "home_construction": "732690", "housewares": "392410", "industry_commerce_and_business": "848790",
    "kitchen_dining_laundry_garden_furniture": "940370", "la_cuisine": "691200", "luggage_accessories": "420292", "market_place": "392640",
    "music": "852349", "musical_instruments": "920290", "office_furniture": "940330", "party_supplies": "950590", "perfumery": "330300",
    "pet_shop": "420100", "security_and_services": "853110", "signaling_and_security": "853110", "small_appliances": "851679",
    "small_appliances_home_oven_and_coffee": "851660", "sports_leisure": "950691", "stationery": "482010", "tablets_printing_image": "847130",
    "telephony": "851713", "toys": "950300", "watches_gifts": "910211", "medicine": "300490", "kitchen_knives": "821192",
}  # fmt: skip
HS_OF_SKU = {
    "MUG-STONE": "691200", "COFFEE-1KG": "090121", "SENCHA-200": "090210", "DATES-1KG": "080410", "OLIVE-OIL": "150920", "SPRAY-PAINT": "320890",
    "POWER-BANK": "850760", "BATTERY-AA4": "850610", "ERASER": "401692", "SOCKS-WOOL": "611594", "BACKPACK-30": "420292", "FURIN-BELL": "701399",
    "SPLIT-TRAY": "441990", "STAMP-ZERO": "490700", "LOAD-PEN": "960810", "LOAD-BOTTLE": "732393", "WINE-RED": "220421", "GIN-700": "220850",
    "MASKS-50": "630790",
}  # fmt: skip
# What is asked for in `regulations.py`, by the market that asks.
CERTIFIED = {
    "audio", "cine_photo", "computers", "computers_accessories", "consoles_games", "construction_tools_lights", "electronics", "fixed_telephony",
    "home_appliances", "small_appliances", "small_appliances_home_oven_and_coffee", "tablets_printing_image", "telephony", "toys",
}  # fmt: skip
CERTIFICATES = ["CE", "FCC", "PSE", "ANATEL", "INMETRO", "G-MARK"]
# UN number and net quantity of one piece, millilitres or grams, by SKU, else by hazard class and category.
HAZMAT_OF_SKU = {
    "HEADPHONES": (3481, 20), "PHONE-A": (3481, 60), "LAPTOP-15": (3481, 350), "CAMERA-Z": (3481, 80), "PERFUME-50": (1266, 50),
    "SPRAY-PAINT": (1950, 400), "POWER-BANK": (3480, 220),
}  # fmt: skip
HAZMAT_OF_CLASS = {"9": (3481, 150), "3": (1266, 100), "2.1": (1950, 400)}
# Rules of sale by SKU.
SALE = {
    "WINE-RED": {"restriction": "wine_beer", "no_po_box": True},
    "GIN-700": {"restriction": "spirits", "no_po_box": True},
    "KNIFE-CHEF": {"restriction": "knives", "no_po_box": True},
    "IBUPROFEN-20": {"restriction": "medicine_otc"},
    "TREE-FIR": {"seasons": [{"from": "11-15", "to": "01-06"}], "no_po_box": True},
    "MASKS-50": {"hoarding": {"quantity": 5, "days": 7}},
    "NOVEL-PB": {"no_discounts": True},
}
ORIGIN_OF_SKU = {
    "COFFEE-1KG": "BR", "SENCHA-200": "JP", "DATES-1KG": "SA", "OLIVE-OIL": "ES", "NOVEL-PB": "DE", "ATLAS-HC": "NL", "PERFUME-50": "FR", "FURIN-BELL": "JP",
    "RICE-COOKER": "JP", "WATCH-STEEL": "CH", "WINE-RED": "IT", "GIN-700": "GB", "KNIFE-CHEF": "DE", "TREE-FIR": "DK",
}  # fmt: skip

# Parts of Brazil and the United States whose clocks differ (IANA time zone database).
ZONES_OF_PARTS = {
    "BR-AC": "America/Rio_Branco", "BR-AM": "America/Manaus", "BR-MS": "America/Campo_Grande", "BR-MT": "America/Cuiaba", "BR-RO": "America/Porto_Velho",
    "BR-RR": "America/Boa_Vista", "BR-BA": "America/Bahia", "BR-CE": "America/Fortaleza", "BR-MA": "America/Fortaleza", "BR-PB": "America/Fortaleza",
    "BR-PI": "America/Fortaleza", "BR-RN": "America/Fortaleza", "BR-PE": "America/Recife", "US-NJ": "America/New_York",
}  # fmt: skip
WEEKDAYS = {"KW": [1, 2, 3, 4, 7]}

LICENCES = {
    "fr-rhone": [("wine_beer", ["EU"]), ("spirits", ["FR"])],
    "it-navigli": [("wine_beer", ["EU"])],
    "es-retiro": [("wine_beer", ["EU"])],
    "nl-maas": [("spirits", ["EU"]), ("medicine_otc", ["NL", "DE", "BE"])],
    "gb-pennine": [("spirits", ["GB"]), ("wine_beer", ["GB"])],
    "de-nordlicht": [("medicine_otc", ["EU"])],
}


def draw(*parts: str) -> int:
    """A number that follows from the parts alone."""
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:8], "big")


def completed_product(row: dict) -> dict:
    """The product with what is known of its kind; raises where its category has no code."""
    sku, category = row["sku"], row["category"]
    sale = dict(SALE.get(sku, {}))
    if category in CERTIFIED:
        sale["certificates"] = [{"kind": kind} for kind in CERTIFICATES]
    origin = ORIGIN_OF_SKU.get(sku) or ["CN", "CN", "BR", "VN", "DE"][draw("origin", sku) % 5]
    row = row | {"customs": {"hs_code": HS_OF_SKU.get(sku, HS_CODES[category]), "origin": origin}}
    if sale:
        row["sale"] = sale
    if row["hazard_class"]:
        number, quantity = HAZMAT_OF_SKU.get(sku, HAZMAT_OF_CLASS[row["hazard_class"]])
        row["hazmat"] = {"un_number": number, "net_quantity": quantity}
    return row


# The last day of the vendors' made-up histories: they count for 90 days from then on.
HISTORY_UNTIL = "2026-11-01"


def completed_vendor(row: dict) -> dict:
    """The vendor with calendars of its warehouses, its history and licences."""
    vendor_id = row["vendor_id"]
    orders = 40 + draw("orders", vendor_id) % 400
    late = orders * (draw("late", vendor_id) % 8) // 100
    row = row | {
        "warehouses": [warehouse | {"calendar": calendar(warehouse)} for warehouse in row["warehouses"]],
        "on_time": {"orders": orders, "late": late, "as_of": HISTORY_UNTIL},
    }
    if vendor_id in LICENCES:
        row["licences"] = [{"class": of, "areas": areas, "valid_from": "2020-01-01"} for of, areas in LICENCES[vendor_id]]
    return row


def calendar(warehouse: dict) -> dict:
    """Weekdays of the country in the place's own time, until five."""
    country = warehouse["country"]
    zone = ZONES_OF_PARTS.get(f"{country}-{warehouse['region']}", GATES[country][2])
    return {"zone": zone, "cut_off": "17:00:00", "weekdays": WEEKDAYS.get(country, [1, 2, 3, 4, 5])}
