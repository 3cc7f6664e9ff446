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
    ("BR", None, "standard", "0", "2000-01-01", None, "Tax is inside the price: marketplaces in Brazil quote it so"),
    ("BR", None, "reduced", "0", "2000-01-01", None, "Tax is inside the price"),
    ("KW", None, "standard", "0", "2000-01-01", None, "Kuwait levies no value-added tax"),
    ("KW", None, "reduced", "0", "2000-01-01", None, "Kuwait levies no value-added tax"),
    ("JP", None, "standard", "8", "2014-04-01", "2019-09-30", "Consumption tax"),
    ("JP", None, "standard", "10", "2019-10-01", None, "Consumption tax"),
    ("JP", None, "reduced", "8", "2014-04-01", None, "Consumption tax, food and newspapers"),
    ("US", None, "standard", "0", "2000-01-01", None, "No federal sales tax; states without a row of their own are not collected for"),
    ("US", None, "reduced", "0", "2000-01-01", None, "No federal sales tax"),
    ("US", "CA", "standard", "7.25", "2017-01-01", None, "State base rate; districts add to it"),
    ("US", "FL", "standard", "6", "1988-02-01", None, "State base rate; counties add to it"),
    ("US", "IL", "standard", "6.25", "1990-01-01", None, "State base rate; localities add to it"),
    ("US", "NY", "standard", "4", "2005-06-01", None, "State base rate; localities add to it"),
    ("US", "TX", "standard", "6.25", "1990-07-01", None, "State base rate; localities add to it"),
    ("US", "WA", "standard", "6.5", "1983-07-01", None, "State base rate; localities add to it"),
    ("CA", None, "standard", "5", "2008-01-01", None, "GST"),
    ("CA", None, "reduced", "5", "2008-01-01", None, "GST; Canada has no reduced rate"),
    ("CA", "BC", "standard", "12", "2013-04-01", None, "GST 5 % and PST 7 %"),
    ("CA", "MB", "standard", "12", "2019-07-01", None, "GST 5 % and RST 7 %"),
    ("CA", "NB", "standard", "15", "2016-07-01", None, "HST"),
    ("CA", "NL", "standard", "15", "2016-07-01", None, "HST"),
    ("CA", "NS", "standard", "15", "2010-07-01", "2025-03-31", "HST"),
    ("CA", "NS", "standard", "14", "2025-04-01", None, "HST"),
    ("CA", "ON", "standard", "13", "2010-07-01", None, "HST"),
    ("CA", "PE", "standard", "15", "2016-10-01", None, "HST"),
    ("CA", "QC", "standard", "14.975", "2013-01-01", None, "GST 5 % and QST 9.975 %"),
    ("CA", "SK", "standard", "11", "2017-03-23", None, "GST 5 % and PST 6 %"),
]  # fmt: skip
# Parts of the Union outside the territory of its value-added tax (Directive 2006/112/EC, art. 6), and countries that share France's.
ELSEWHERE += [
    ("ES", "GC", "standard", "7", "2020-01-01", None, "IGIC, Law 4/2012 of the Canary Islands, general rate"),
    ("ES", "TF", "standard", "7", "2020-01-01", None, "IGIC, Law 4/2012 of the Canary Islands, general rate"),
    ("ES", "GC", "reduced", "3", "2020-01-01", None, "IGIC, Law 4/2012 of the Canary Islands, reduced rate"),
    ("ES", "TF", "reduced", "3", "2020-01-01", None, "IGIC, Law 4/2012 of the Canary Islands, reduced rate"),
    ("ES", "CE", "standard", "0", "2000-01-01", None, "Outside the territory of the tax; IPSI is not collected at the sale"),
    ("ES", "ML", "standard", "0", "2000-01-01", None, "Outside the territory of the tax; IPSI is not collected at the sale"),
    ("GP", None, "standard", "8.5", "2000-01-01", None, "TVA in Guadeloupe, CGI art. 296"),
    ("GP", None, "reduced", "2.1", "2000-01-01", None, "TVA in Guadeloupe, CGI art. 296"),
    ("MQ", None, "standard", "8.5", "2000-01-01", None, "TVA in Martinique, CGI art. 296"),
    ("MQ", None, "reduced", "2.1", "2000-01-01", None, "TVA in Martinique, CGI art. 296"),
    ("RE", None, "standard", "8.5", "2000-01-01", None, "TVA in Réunion, CGI art. 296"),
    ("RE", None, "reduced", "2.1", "2000-01-01", None, "TVA in Réunion, CGI art. 296"),
    ("GF", None, "standard", "0", "2000-01-01", None, "TVA does not apply in French Guiana, CGI art. 294"),
    ("GF", None, "reduced", "0", "2000-01-01", None, "TVA does not apply in French Guiana, CGI art. 294"),
    ("MC", None, "standard", "20", "2014-01-01", None, "As in France"),
    ("MC", None, "reduced", "5.5", "2014-01-01", None, "As in France"),
]
# What a jurisdiction does with the part below one minor unit. Japan leaves it to the seller; dropping it is the custom.
ROUNDING = {"JP": "down"}


def tax_rows(sources: Path) -> list[dict]:
    """All rows, sorted, with a `zero` row for every country so that each category finds a rate everywhere."""
    rows = [*eu_standard(sources), *from_commission(sources), *elsewhere()]
    for country in sorted({row["country"] for row in rows}):
        rows.append(row_of(country, None, "zero", "0", "2000-01-01", None, "Not taxed at the sale"))
    return sorted(rows, key=lambda r: (r["country"], r["region"] or "", r["category"], r["valid_from"]))


def row_of(
    country: str, region: str | None, category: str, percent: str, since: str, until: str | None, label: str
) -> dict:
    """One rate; `until` is its last day."""
    return {
        "country": country,
        "region": region,
        "category": category,
        "rate": str((Decimal(percent) / 100).normalize() if Decimal(percent) else Decimal(0)),
        "valid_from": since,
        "valid_to": until,
        "rounding": ROUNDING.get(country, "half_up"),
        "label": label,
    }


def eu_standard(sources: Path) -> Iterator[dict]:
    """The standard rates of the EU with their changes since 2016."""
    for code, _, changes in duty27_table(sources):
        country = "GR" if code == "EL" else code
        for index, (since, percent) in enumerate(changes):
            until = day_before(changes[index + 1][0]) if index + 1 < len(changes) else None
            yield row_of(country, None, "standard", percent, since, until, "VAT, standard rate")


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
        yield row_of(country, None, "standard", str(published[country]["standard"]), since, None, "VAT, standard rate")
    for country, percent in REDUCED.items():
        rates = published[country]
        if percent is None:
            if rates["reduced"]:
                raise ValueError(f"{country} has reduced rates: {rates['reduced']}")
            label = "No reduced rate: the standard rate applies"
            for category in ("reduced", "reduced_2", "super_reduced"):
                yield row_of(country, None, category, str(rates["standard"]), SOURCE_YEAR, None, label)
            continue
        if float(percent) not in rates["reduced"]:
            raise ValueError(f"{country}: {percent} % is not among {rates['reduced']}")
        since = REDUCED_SINCE.get(country, SOURCE_YEAR)
        yield row_of(country, None, "reduced", percent, since, None, "VAT, a reduced rate: food or books")
        yield from further(country, percent, rates)
    for country, percent, since, until in REDUCED_BEFORE:
        yield row_of(country, None, "reduced", percent, since, until, "VAT, a reduced rate: food or books")


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
        yield row_of(country, None, category, percent or reduced, since, None, label)


def elsewhere() -> Iterator[dict]:
    """The rows outside Europe, and of parts of it; a region's reduced category has its standard rate where it has none of its own."""
    own = {(country, region) for country, region, category, *_ in ELSEWHERE if category == "reduced"}
    for country, region, category, percent, since, until, label in ELSEWHERE:
        yield row_of(country, region, category, percent, since, until, label)
        if region and category == "standard" and (country, region) not in own:
            yield row_of(country, region, "reduced", percent, since, until, label)
    regions = sorted({(country, region) for country, region, *_ in ELSEWHERE if region})
    for country, region in regions:
        yield row_of(country, region, "zero", "0", "2000-01-01", None, "Not taxed at the sale")


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
