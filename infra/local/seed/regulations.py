#!/usr/bin/env python3
"""Makes `regulations.json`: what countries ask of goods, senders and buyers. A marketplace edits that file; this one says where its first version is from.

    python3 infra/local/seed/regulations.py

Facts of laws, written down by hand with their source on each rule. It is a demo of the shapes and no legal advice: laws have exceptions that the rules do not,
and each rule wants a look by somebody who answers for it.
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Class: area, then what holds there: `age`, `door` (age check at the door), `licence`, `banned`; and the source.
GOODS = {
    "wine_beer": [
        ("AT", "age=16", "Youth protection acts of the Länder, harmonised 2019"),
        ("BE", "age=16", "Law of 24 January 1977, art. 6 (6)"),
        ("CH", "age=16", "Foodstuffs Act (LMG), art. 14"),
        ("CZ", "age=18", "Act 65/2017, § 11"),
        ("DE", "age=16", "JuSchG § 9"),
        ("DK", "age=18", "Act on sales of tobacco and alcohol, § 2; 16 up to 6 %"),
        ("ES", "age=18", "Laws of the autonomous communities"),
        ("FI", "age=18 door", "Alcohol Act 1102/2017, § 37"),
        ("FR", "age=18", "Code de la santé publique, L3342-1"),
        ("GB", "age=18 door licence", "Licensing Act 2003, ss. 136, 146, 151"),
        ("IE", "age=18 licence", "Intoxicating Liquor Act 1988, s. 31"),
        ("IT", "age=18", "Law 125/2001, art. 14-ter"),
        ("LU", "age=16", "Law of 22 December 2006"),
        ("NL", "age=18 door", "Alcoholwet, art. 20 and 20a"),
        ("NO", "age=18 door licence", "Alkoholloven, § 1-5"),
        ("PL", "age=18 licence", "Act of 26 October 1982 on upbringing in sobriety, art. 15"),
        ("PT", "age=18", "Decree-Law 50/2013 as of 106/2015"),
        ("SE", "age=20 door", "Alkohollag 2010:1622, ch. 3 § 7"),
        ("US", "age=21 door licence", "23 U.S.C. § 158; laws of the states"),
        ("US-UT", "age=21 banned", "Utah Code 32B-4"),
        ("CA", "age=19 licence", "Liquor acts of the provinces"),
        ("CA-AB", "age=18 licence", "Gaming, Liquor and Cannabis Act"),
        ("CA-MB", "age=18 licence", "Liquor, Gaming and Cannabis Control Act"),
        ("CA-QC", "age=18 licence", "Act respecting offences relating to alcoholic beverages"),
        ("BR", "age=18", "Law 8.069/1990 (ECA), art. 81"),
        ("JP", "age=20", "Act on prohibiting drinking by people under twenty"),
        ("KW", "age=21 banned", "Penal Code, Law 16/1960, art. 206"),
        ("IN-BR", "age=21 banned", "Bihar Prohibition and Excise Act 2016"),
        ("IN-GJ", "age=21 banned", "Gujarat Prohibition Act 1949"),
    ],
    "spirits": [
        ("AT", "age=18", "Youth protection acts of the Länder, harmonised 2019"),
        ("BE", "age=18", "Law of 28 December 1983, art. 13"),
        ("CH", "age=18", "Alcohol Act (AlkG), art. 41"),
        ("CZ", "age=18", "Act 65/2017, § 11"),
        ("DE", "age=18 door", "JuSchG § 9; LG Bochum, 23 January 2019, I-13 O 1/19"),
        ("DK", "age=18", "Act on sales of tobacco and alcohol, § 2"),
        ("ES", "age=18", "Laws of the autonomous communities"),
        ("FI", "age=20 door", "Alcohol Act 1102/2017, § 37"),
        ("FR", "age=18", "Code de la santé publique, L3342-1"),
        ("GB", "age=18 door licence", "Licensing Act 2003, ss. 136, 146, 151"),
        ("IE", "age=18 licence", "Intoxicating Liquor Act 1988, s. 31"),
        ("IT", "age=18", "Law 125/2001, art. 14-ter"),
        ("LU", "age=16", "Law of 22 December 2006"),
        ("NL", "age=18 door", "Alcoholwet, art. 20 and 20a"),
        ("NO", "age=20 door licence", "Alkoholloven, § 1-5"),
        ("PL", "age=18 licence", "Act of 26 October 1982 on upbringing in sobriety, art. 15"),
        ("PT", "age=18", "Decree-Law 50/2013"),
        ("SE", "age=20 door", "Alkohollag 2010:1622, ch. 3 § 7"),
        ("US", "age=21 door licence", "23 U.S.C. § 158; laws of the states"),
        ("US-UT", "age=21 banned", "Utah Code 32B-4"),
        ("CA", "age=19 licence", "Liquor acts of the provinces"),
        ("BR", "age=18", "Law 8.069/1990 (ECA), art. 81"),
        ("JP", "age=20", "Act on prohibiting drinking by people under twenty"),
        ("KW", "age=21 banned", "Penal Code, Law 16/1960, art. 206"),
    ],
    "tobacco": [
        ("AT", "age=18 banned", "TNRSG § 2a: no mail order"),
        ("BR", "age=18 banned", "ANVISA RDC 15/2003: no sale by internet"),
        ("CH", "age=18", "Tobacco Products Act, art. 23"),
        ("DE", "age=18 door", "JuSchG § 10 (3)"),
        ("ES", "age=18 banned", "Law 28/2005, art. 3"),
        ("FI", "age=18 banned", "Tobacco Act 549/2016"),
        ("FR", "age=18 banned", "Code général des impôts, art. 568 ter"),
        ("GB", "age=18", "Children and Young Persons Act 1933, s. 7"),
        ("JP", "age=20", "Act on prohibiting smoking by people under twenty"),
        ("NL", "age=18 banned", "Tabaks- en rookwarenwet, since 1 July 2023"),
        ("PL", "age=18 banned", "Act of 9 November 1995, art. 7f"),
        ("SE", "age=18", "Act 2018:2088, ch. 5 § 18"),
        ("US", "age=21 door licence", "21 U.S.C. § 387f (d) (5); PACT Act, 15 U.S.C. § 376a"),
    ],
    "knives": [
        ("GB", "age=18 door", "Criminal Justice Act 1988, s. 141A; Offensive Weapons Act 2019, ss. 34-42"),
        ("IE", "age=18", "Firearms and Offensive Weapons Act 1990"),
    ],
    "medicine_otc": [
        ("EU", "licence", "Directive 2001/83/EC, art. 85c"),
        ("GB", "licence", "Human Medicines Regulations 2012"),
        ("CH", "banned", "Therapeutic Products Act (HMG), art. 27, without a doctor's prescription"),
        ("BR", "licence", "ANVISA RDC 44/2009"),
        ("JP", "licence", "Act on pharmaceuticals and medical devices, art. 36-10"),
        ("US", "licence", "21 CFR parts 330 and 207"),
        ("CA", "licence", "Food and Drug Regulations, C.01A"),
        ("KW", "banned", "Ministry of Health: imported medicine needs its approval"),
    ],
    "medicine_rx": [
        ("EU", "banned", "Directive 2001/83/EC, art. 85c (2): members may ban it, and most do"),
        ("DE", "licence", "AMG § 43, ApoG § 11a"),
        ("NL", "licence", "Geneesmiddelenwet, art. 67a"),
        ("SE", "licence", "Act 2009:366, ch. 2"),
        ("GB", "licence", "Human Medicines Regulations 2012"),
        ("US", "licence", "21 U.S.C. § 831"),
    ],
    "fireworks_f2": [
        ("EU", "age=16", "Directive 2013/29/EU, art. 7 (1)"),
        ("DE", "age=18", "1. SprengV § 20, § 22"),
        ("IE", "age=18 banned", "Explosives Act 1875; S.I. 174/2012"),
        ("GB", "age=18 licence", "Pyrotechnic Articles (Safety) Regulations 2015, reg. 31"),
    ],
    "games_18": [
        ("DE", "age=18 door", "JuSchG § 12 (3), § 1 (4)"),
        ("GB", "age=18", "Video Recordings Act 1984, s. 11"),
    ],
}  # fmt: skip

# Category, kind by area, source.
ELECTRIC = [
    "audio", "cine_photo", "computers", "computers_accessories", "consoles_games", "construction_tools_lights", "electronics", "fixed_telephony",
    "home_appliances", "small_appliances", "small_appliances_home_oven_and_coffee", "tablets_printing_image", "telephony",
]  # fmt: skip
CERTIFICATES = [
    ("EU", "CE", [*ELECTRIC, "toys"], "2014/30/EU, 2014/35/EU, 2014/53/EU; toys: 2009/48/EC"),
    ("GB:BT", "CE", [*ELECTRIC, "toys"], "Windsor Framework, annex 2"),
    ("US", "FCC", ["audio", "computers", "consoles_games", "telephony", "tablets_printing_image"], "47 CFR part 15"),
    ("JP", "PSE", ["small_appliances", "small_appliances_home_oven_and_coffee", "home_appliances"], "Electrical Appliances and Materials Safety Act"),
    ("BR", "ANATEL", ["telephony"], "ANATEL resolution 715/2019"),
    ("BR", "INMETRO", ["toys"], "INMETRO ordinance 302/2021"),
    ("KW", "G-MARK", ["small_appliances", "home_appliances", "toys"], "Gulf technical regulations BD-142004-01, BD-131704-01"),
]

# From, to, HS prefixes, source. Where a law is about some goods and the marketplace sends none at all, the rule says so.
OWN = "; the marketplace sends nothing there"
TRADE = [
    (None, "KP", [], "Regulation (EU) 2017/1509; 31 CFR part 510" + OWN),
    (None, "IR", [], "Regulation (EU) 267/2012; 31 CFR part 560" + OWN),
    (None, "RU", [], "Regulation (EU) 833/2014; 15 CFR part 746" + OWN),
    (None, "BY", [], "Regulation (EC) 765/2006; 15 CFR part 746" + OWN),
    ("US", "CU", [], "31 CFR part 515"),
    (None, "UA-43", [], "Regulation (EU) 692/2014; 31 CFR part 589"),
    (None, "UA-40", [], "Regulation (EU) 692/2014; 31 CFR part 589"),
    (None, "UA-14", [], "Regulation (EU) 2022/263" + OWN),
    (None, "UA-09", [], "Regulation (EU) 2022/263" + OWN),
    (None, "EU", ["9301", "9302", "9303", "9305", "9306", "050710"], "Regulation (EU) 2025/41 (arms); Regulation (EC) 338/97 (ivory)"),
    (None, "GB", ["9301", "9302", "9303", "9305", "9306", "050710"], "Firearms Act 1968; Ivory Act 2018"),
    (None, "US", ["9301", "9302", "9303", "9305", "9306", "050710"], "27 CFR parts 447 and 478; 50 CFR part 17"),
    (None, "JP", ["9301", "9302", "9303", "9306", "050710"], "Firearms and Swords Control Act; CITES"),
    (None, "BR", ["9301", "9302", "9303", "9306", "050710"], "Law 10.826/2003; CITES"),
    (None, "KW", ["2203", "2204", "2205", "2206", "2207", "2208", "0203", "950430"], "Kuwait customs: alcohol, pork, games of chance"),
]  # fmt: skip

# Whose numbers of the Union are good in it: its members', and Northern Ireland's (XI).
UNION = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI",
    "SK", "XI",
]  # fmt: skip
# Area, number, how it begins, up to and above what value, of businesses alone, source. IOSS goes with consignments of up to EUR 150. Above that (in Great Britain above
# GBP 135, up to which the seller accounts for the tax) the buyer imports: a business under its EORI number, which whoever imports for private use does not need. Up to
# the value an EORI number belongs into the declaration only where there is one.
CUSTOMS = [
    ("EU", "IOSS", ["IM"], (15_000, "EUR"), None, False, "Directive 2006/112/EC, art. 369l to 369x: consignments of at most EUR 150"),
    ("GB:BT", "IOSS", ["IM"], (15_000, "EUR"), None, False, "Windsor Framework, annex 3"),
    ("EU", "EORI", UNION, None, (15_000, "EUR"), True, "Regulation (EU) 952/2013, art. 9; Delegated Regulation (EU) 2015/2446, art. 5 and 6, annex B (H7)"),
    ("GB:BT", "EORI", UNION, None, (15_000, "EUR"), True, "Windsor Framework, annex 2; HMRC, Check which EORI number you need"),
    ("GB", "EORI", ["GB"], None, (13_500, "GBP"), True, "HMRC, Who should register for an EORI number; VATA 1994, s. 7AA"),
]  # fmt: skip


def money(amount: tuple[int, str] | None) -> dict | None:
    """Minor units and currency."""
    return None if amount is None else {"amount": amount[0], "currency": amount[1]}


# UN number, class, and the most in one piece by road and by air, millilitres or grams. By road: column 7a of table A of ADR 2025 (a treaty: facts). Lithium
# cells have no limited quantity there; special provision 188 (up to 100 Wh a battery) sends 30 kg packages. By air: what small parcels mostly may
# hold under the ICAO Technical Instructions, taken low; the operator's own list counts.
HAZMAT = [
    (1057, "2.1", None, None), (1090, "3", 1000, None), (1133, "3", 5000, 500), (1170, "3", 1000, 500), (1202, "3", 5000, None), (1203, "3", 1000, None),
    (1210, "3", 5000, 500), (1219, "3", 1000, 500), (1263, "3", 5000, 500), (1266, "3", 5000, 500), (1306, "3", 5000, None), (1479, "5.1", 1000, None),
    (1791, "8", 1000, None), (1805, "8", 5000, 500), (1824, "8", 1000, None), (1950, "2.1", 1000, None), (1987, "3", 1000, 500), (1993, "3", 1000, None),
    (2014, "5.1", 1000, None), (2037, "2.1", 1000, None), (2800, "8", 1000, None), (3065, "3", 5000, 5000), (3077, "9", 5000, 5000), (3082, "9", 5000, 5000),
    (3090, "9", 30_000, None), (3091, "9", 30_000, 5000), (3480, "9", 30_000, None), (3481, "9", 30_000, 5000),
]  # fmt: skip


def goods_rule(area: str, what: str, source: str) -> dict:
    """A rule of goods; nothing is written that is not said."""
    rule: dict = {"area": area}
    for word in what.split():
        name, _, value = word.partition("=")
        rule |= {"age": {"min_age": int(value or 0)}, "door": {"check_at_door": True}}.get(name, {name: True})
    return rule | {"source": source}


def said(**fields: object) -> dict:
    """A row without what is not said."""
    return {name: value for name, value in fields.items() if value not in (None, [])}


def regulations() -> dict:
    """The whole file."""
    return {
        "goods": {of: [goods_rule(*rule) for rule in rules] for of, rules in GOODS.items()},
        "certificates": [
            {"area": area, "category": category, "kind": kind, "source": source}
            for area, kind, categories, source in CERTIFICATES
            for category in categories
        ],
        "trade": [{**said(**{"from": origin}), "to": to, **said(hs_prefixes=codes), "source": source} for origin, to, codes, source in TRADE],
        # Countries in which a payment method is not allowed; none is known to us.
        "methods_refused": {},
        "customs": [
            {"area": area, **said(number=number, prefixes=begins, of_businesses=business or None, up_to=money(most), above=money(least)), "source": source}
            for area, number, begins, most, least, business, source in CUSTOMS
        ],
        "hazmat": [said(un_number=number, **{"class": of}, road=road, air=air) for number, of, road, air in HAZMAT],
    }  # fmt: skip


def written(whole: dict) -> str:
    """JSON with one rule a line, so that a change shows as a line."""

    def rows(items: list) -> str:
        return "[\n" + ",\n".join("    " + json.dumps(item, ensure_ascii=False) for item in items) + "\n  ]"

    parts = []
    for name, value in whole.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(key)}: {rows(items)}" for key, items in value.items())
            parts.append(f" {json.dumps(name)}: {{\n{inner}\n }}")
        else:
            parts.append(f" {json.dumps(name)}: {rows(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    TEXT = written(regulations())
    (HERE / "regulations.json").write_text(TEXT, "utf-8")
    print(f"regulations.json: {len(TEXT.encode()):,} bytes")
