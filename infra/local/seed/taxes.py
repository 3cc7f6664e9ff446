"""Tax rates of the seed. What `rate` covers and where it is from is said on each row's `label` and in NOTICE.md."""

from __future__ import annotations

import ast
import json
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Iterator

# The one reduced rate that the category `reduced` stands for, in percent: the one most food or books fall under. Countries have several, and
# which product falls under which is law that this table does not hold. None: the country has none, the standard rate applies.
REDUCED = {
    "AT": "10", "BE": "6", "BG": "9", "CH": "2.6", "CY": "5", "CZ": "12", "DE": "7", "DK": None, "EE": "9", "ES": "10", "FI": "13.5",
    "FR": "5.5", "GB": "5", "GR": "13", "HR": "5", "HU": "5", "IE": "13.5", "IT": "10", "LT": "12", "LU": "8", "LV": "12", "MT": "5",
    "NL": "9", "NO": "15", "PL": "5", "PT": "6", "RO": "11", "SE": "12", "SI": "9.5", "SK": "5",
}  # fmt: skip
# The other reduced rate of a country that has several, and its super-reduced one; where there is none, the category falls under `reduced`. Rates of islands
# and regions, parking rates and zero rates are not among them.
REDUCED_2 = {
    "AT": "13", "BE": "12", "CH": "3.8", "CY": "9", "EE": "13", "FI": "10", "FR": "10", "GR": "6", "HR": "13", "HU": "18", "IE": "9", "IT": "5",
    "LT": "5", "LU": "14", "LV": "5", "MT": "7", "NO": "12", "PL": "8", "PT": "13", "SE": "6", "SI": "5", "SK": "19",
}  # fmt: skip
SUPER_REDUCED = {"CY": "3", "ES": "4", "FR": "2.1", "IT": "4", "LU": "3"}
# First day of the rate that applies now, where we know it; else the first day of the year of the source. From the changes that the countries' tax
# administrations announced: Germany's and Luxembourg's earlier rates are rows of their own.
REDUCED_SINCE = {
    "AT": "1984-01-01", "BG": "2011-04-01", "CZ": "2024-01-01", "DE": "2021-01-01", "EE": "2009-01-01", "ES": "2012-09-01", "GR": "2011-01-01",
    "HR": "2013-01-01", "IE": "2003-01-01", "IT": "1995-02-24", "LU": "2024-01-01", "LV": "2011-01-01", "NL": "2019-01-01", "PL": "2011-01-01",
    "PT": "2010-07-01", "RO": "2025-08-01", "SE": "1996-01-01", "SI": "2013-07-01", "SK": "2025-01-01", "CH": "2024-01-01", "GB": "1997-09-01",
    "NO": "2012-01-01",
}  # fmt: skip
REDUCED_2_SINCE = {
    "AT": "2016-01-01", "CH": "2024-01-01", "FR": "2014-01-01", "HR": "2014-01-01", "HU": "2009-07-01", "PL": "2011-01-01", "SE": "1996-01-01",
    "SK": "2025-01-01",
}  # fmt: skip
SUPER_REDUCED_SINCE = {"ES": "1995-01-01", "FR": "1989-01-01", "LU": "1992-01-01"}
# Reduced rates that were: country, percent, first day, last day.
REDUCED_BEFORE = [
    ("DE", "7", "1983-07-01", "2020-06-30"), ("DE", "5", "2020-07-01", "2020-12-31"), ("LU", "8", "2015-01-01", "2022-12-31"),
    ("LU", "7", "2023-01-01", "2023-12-31"), ("NL", "6", "1986-10-01", "2018-12-31"),
]  # fmt: skip
SOURCE_YEAR = "2026-01-01"
OUTSIDE_EU_SINCE = {"CH": "2024-01-01", "GB": "2011-01-04", "NO": "2005-01-01"}

# Outside Europe: country, region, category, percent, first day, last day, why. Each province's rate is the sum a buyer pays there.
ELSEWHERE = [
    ("BR", "standard", "0", "2000-01-01", None, "Tax is inside the price: marketplaces in Brazil quote it so"),
    ("BR", "reduced", "0", "2000-01-01", None, "Tax is inside the price"),
    ("KW", "standard", "0", "2000-01-01", None, "Kuwait levies no value-added tax"),
    ("KW", "reduced", "0", "2000-01-01", None, "Kuwait levies no value-added tax"),
    ("JP", "standard", "8", "2014-04-01", "2019-09-30", "Consumption tax"),
    ("JP", "standard", "10", "2019-10-01", None, "Consumption tax"),
    ("JP", "reduced", "8", "2014-04-01", None, "Consumption tax, food and newspapers"),
    ("US", "standard", "0", "2000-01-01", None, "No federal sales tax; states without a row of their own are not collected for"),
    ("US", "reduced", "0", "2000-01-01", None, "No federal sales tax"),
    ("US-CA", "standard", "7.25", "2017-01-01", None, "State base rate; districts add to it"),
    ("US-FL", "standard", "6", "1988-02-01", None, "State base rate; counties add to it"),
    ("US-IL", "standard", "6.25", "1990-01-01", None, "State base rate; localities add to it"),
    ("US-NY", "standard", "4", "2005-06-01", None, "State base rate; localities add to it"),
    ("US-TX", "standard", "6.25", "1990-07-01", None, "State base rate; localities add to it"),
    ("US-WA", "standard", "6.5", "1983-07-01", None, "State base rate; localities add to it"),
    ("CA", "standard", "5", "2008-01-01", None, "GST"),
    ("CA", "reduced", "5", "2008-01-01", None, "GST; Canada has no reduced rate"),
    ("CA-BC", "standard", "12", "2013-04-01", None, "GST 5 % and PST 7 %"),
    ("CA-MB", "standard", "12", "2019-07-01", None, "GST 5 % and RST 7 %"),
    ("CA-NB", "standard", "15", "2016-07-01", None, "HST"),
    ("CA-NL", "standard", "15", "2016-07-01", None, "HST"),
    ("CA-NS", "standard", "15", "2010-07-01", "2025-03-31", "HST"),
    ("CA-NS", "standard", "14", "2025-04-01", None, "HST"),
    ("CA-ON", "standard", "13", "2010-07-01", None, "HST"),
    ("CA-PE", "standard", "15", "2016-10-01", None, "HST"),
    ("CA-QC", "standard", "14.975", "2013-01-01", None, "GST 5 % and QST 9.975 %"),
    ("CA-SK", "standard", "11", "2017-03-23", None, "GST 5 % and PST 6 %"),
]  # fmt: skip
# Parts of countries that are taxed otherwise than the rest: area (the postcodes they are told by, however the address is written: see
# `shared/domain/src/territory.rs`), percent by category, first day, label. Left out is what we could not confirm: an order for it waits until somebody loads the row.
# A part that the law treats as its country has no rows: Monaco (Directive 2006/112/EC, art. 7), the Isle of Man and Northern Ireland (the rates of the United Kingdom).
EVERY = ("standard", "reduced", "reduced_2", "super_reduced")
PARTS = [
    ("AT:6691|6991|6992|6993", {"standard": "19", "reduced": "10", "reduced_2": "13", "super_reduced": "10"}, SOURCE_YEAR,
     "VAT in Jungholz and Mittelberg, UStG § 10 (4); the reduced rates are Austria's"),
    ("DE:27498", dict.fromkeys(EVERY, "0"), "2000-01-01", "Heligoland is outside the territory of the tax, UStG § 1 (2)"),
    ("DE:78266", {"standard": "8.1", "reduced": "2.6", "reduced_2": "3.8", "super_reduced": "2.6"}, "2024-01-01",
     "Büsingen has Switzerland's VAT, MWSTG art. 3 (a), 25"),
    ("ES:35|38", {"standard": "7", "reduced": "3", "reduced_2": "3"}, "2020-01-01", "IGIC of the Canary Islands, Law 4/2012, art. 51 and 54"),
    # Ceuta and Melilla: IPSI is 0.5 to 10 %, by the tariff heading of the goods (Law 8/1991, art. 18, and each city's ordinance). No category stands for that.
    ("ES:51", {}, "2000-01-01", "Ceuta"),
    ("ES:52", {}, "2000-01-01", "Melilla"),
    # Corsica: what falls under 10 % elsewhere falls under 2.1 or 10 % there, by article: no row.
    ("FR:20", {"standard": "20", "reduced": "2.1", "super_reduced": "2.1"}, "2014-01-01", "TVA in Corsica, CGI art. 297: food, water and books"),
    *(
        (area, {"standard": "8.5", "reduced": "2.1", "reduced_2": "2.1"}, "2012-01-01", f"TVA in {name}, CGI art. 296")
        for area, name in [("FR:971", "Guadeloupe"), ("FR:972", "Martinique"), ("FR:974", "Réunion")]
    ),
    *(
        (area, dict.fromkeys(EVERY, "0"), "2000-01-01", f"TVA does not apply in {name}, CGI art. 294")
        for area, name in [("FR:973", "French Guiana"), ("FR:976", "Mayotte")]
    ),
    ("GR:63086|63087", dict.fromkeys(EVERY, "0"), "2000-01-01", "Mount Athos is outside the territory of the tax, Directive 2006/112/EC, art. 6 (1) (a)"),
    ("IT:22061", {"standard": "8.1", "reduced": "2.6", "reduced_2": "3.8", "super_reduced": "2.6"}, SOURCE_YEAR,
     "ILCCI of Campione d'Italia, Law 160/2019, art. 1 (564); decree of 24 January 2024"),
    ("IT:23041", dict.fromkeys(EVERY, "0"), "2000-01-01", "Livigno is outside the territory of the tax, Directive 2006/112/EC, art. 6 (2) (f)"),
    ("PT:90|91|92|93|94", {"standard": "22", "reduced": "4", "reduced_2": "12", "super_reduced": "4"}, "2024-10-01",
     "VAT in Madeira, CIVA art. 18 (3); DLR 6/2024/M"),
    ("PT:95|96|97|98|99", {"standard": "16", "reduced": "4", "reduced_2": "9", "super_reduced": "4"}, SOURCE_YEAR,
     "VAT in the Azores, CIVA art. 18 (3)"),
]  # fmt: skip
# Parts outside the territory of the tax whose rates are the country's own, whatever those are.
AS_THE_COUNTRY = [("FI:22", "FI", "Åland, Act 1266/1996")]
# What a jurisdiction does with the part below one minor unit. Japan leaves it to the seller; dropping it is the custom.
ROUNDING = {"JP": "down"}


def tax_rows(sources: Path) -> list[dict]:
    """All rows, sorted, with a `zero` row for every country so that each category finds a rate everywhere."""
    rows = [*eu_standard(sources), *from_commission(sources), *elsewhere(), *of_parts()]
    for part, country, label in AS_THE_COUNTRY:
        rows += [{**row, "area": part, "label": f"{row['label']}: {label}"} for row in rows if row["area"] == country]
    areas = {row["area"] for row in rows} | {area for area, *_ in PARTS}
    rows += [row_of(area, "zero", "0", "2000-01-01", None, "Not taxed at the sale") for area in areas]
    # A country's rows lie together, for they are stored together.
    return sorted(rows, key=lambda r: (r["area"][:2], r["area"], r["category"], r["valid_from"]))


def row_of(area: str, category: str, percent: str, since: str, until: str | None, label: str) -> dict:
    """One rate; `until` is its last day."""
    return {
        "area": area,
        "category": category,
        "rate": str((Decimal(percent) / 100).normalize() if Decimal(percent) else Decimal(0)),
        "valid_from": since,
        "valid_to": until,
        "rounding": ROUNDING.get(area[:2], "half_up"),
        "label": label,
    }


def eu_standard(sources: Path) -> Iterator[dict]:
    """The standard rates of the EU with their changes since 2016."""
    for code, _, changes in duty27_table(sources):
        country = "GR" if code == "EL" else code
        for index, (since, percent) in enumerate(changes):
            until = day_before(changes[index + 1][0]) if index + 1 < len(changes) else None
            yield row_of(country, "standard", percent, since, until, "VAT, standard rate")


def duty27_table(sources: Path) -> tuple:
    """The literal `DATA` of the package's data module, read without running it."""
    module = ast.parse((sources / "duty27_eu_vat/_data.py").read_text("utf-8"))
    for statement in module.body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "DATA":
            return ast.literal_eval(statement.value)
    raise ValueError("duty27_eu_vat carries no DATA")


def from_commission(sources: Path) -> Iterator[dict]:
    """Reduced rates, each checked against the published list, and the standard rates of GB, CH and NO."""
    published = json.loads((sources / "eu_vat_rates_data/eu_vat_rates_data.json").read_text("utf-8"))["rates"]
    for country, since in OUTSIDE_EU_SINCE.items():
        yield row_of(country, "standard", str(published[country]["standard"]), since, None, "VAT, standard rate")
    for country, percent in REDUCED.items():
        rates = published[country]
        if percent is None:
            if rates["reduced"]:
                raise ValueError(f"{country} has reduced rates: {rates['reduced']}")
            label = "No reduced rate: the standard rate applies"
            for category in ("reduced", "reduced_2", "super_reduced"):
                yield row_of(country, category, str(rates["standard"]), SOURCE_YEAR, None, label)
            continue
        if float(percent) not in rates["reduced"]:
            raise ValueError(f"{country}: {percent} % is not among {rates['reduced']}")
        since = REDUCED_SINCE.get(country, SOURCE_YEAR)
        yield row_of(country, "reduced", percent, since, None, "VAT, a reduced rate: food or books")
        yield from further(country, percent, rates)
    for country, percent, since, until in REDUCED_BEFORE:
        yield row_of(country, "reduced", percent, since, until, "VAT, a reduced rate: food or books")


def further(country: str, reduced: str, rates: dict) -> Iterator[dict]:
    """The other reduced rate and the super-reduced one, each checked against the published list; the reduced rate where there is none."""
    published = [*rates["reduced"], rates["super_reduced"]]
    tables = {"reduced_2": (REDUCED_2, REDUCED_2_SINCE), "super_reduced": (SUPER_REDUCED, SUPER_REDUCED_SINCE)}
    for category, (table, known_since) in tables.items():
        percent = table.get(country)
        if percent is not None and float(percent) not in published:
            raise ValueError(f"{country}: {percent} % is not among {published}")
        since = known_since.get(country, SOURCE_YEAR) if percent else REDUCED_SINCE.get(country, SOURCE_YEAR)
        label = f"VAT, {category.replace('_', ' ')} rate" if percent else "No such rate: the reduced rate applies"
        yield row_of(country, category, percent or reduced, since, None, label)


def elsewhere() -> Iterator[dict]:
    """The rows outside Europe; a state's or province's reduced category has its standard rate where it has none of its own."""
    own = {area for area, category, *_ in ELSEWHERE if category == "reduced"}
    for area, category, percent, since, until, label in ELSEWHERE:
        yield row_of(area, category, percent, since, until, label)
        if area not in own and category == "standard":
            yield row_of(area, "reduced", percent, since, until, label)


def of_parts() -> Iterator[dict]:
    """The rows of parts of countries."""
    for area, rates, since, label in PARTS:
        for category, percent in rates.items():
            yield row_of(area, category, percent, since, None, label)


def day_before(day: str) -> str:
    """The day before an ISO date."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def main() -> int:
    """Writes taxes.jsonl beside this script, from the folder of the sources: see infra/reference/refresh.py."""
    rows = tax_rows(Path(sys.argv[1]))
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    (Path(__file__).resolve().parent / "taxes.jsonl").write_text(text, "utf-8")
    print(f"taxes.jsonl: {len(rows)} rows, {len(text.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
