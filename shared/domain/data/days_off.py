#!/usr/bin/env python3
"""Makes `holidays.txt`: weekends and public holidays of countries, from PyPI `holidays` (MIT).

    PYTHONPATH=SOURCES python3 shared/domain/data/days_off.py

`make reference` runs it; infra/reference/sources.txt pins what must lie in SOURCES (holidays, python-dateutil, six).

One line a country, sorted: its code, the weekend as digits (1 is Monday), the days that are off in every year of the table as MMDD, then `|`, the year and
its other days, and so on. Days off in parts of a country are left out, as is what falls on a weekend. The same sources give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import holidays

HERE = Path(__file__).resolve().parent
YEARS = range(2026, 2033)
# The countries of the seed's vendors and customers, the EU, EFTA, the G20, and those that marketplaces ship to most besides.
COUNTRIES = """
AD AE AR AT AU BA BE BG BH BR BY CA CH CL CN CO CR CY CZ DE DK EC EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JO JP KE KR KW KZ LI LT LU LV MA MC MD ME
MK MT MX MY NG NL NO NZ OM PA PE PH PK PL PT PY QA RO RS SA SE SG SI SK TH TN TR TW UA US UY VN ZA
""".split()


def line_of(country: str) -> str:
    """A country's line."""
    found = holidays.country_holidays(country, years=YEARS)
    weekend = sorted(day + 1 for day in found.weekend)
    by_year = {year: {f"{d:%m%d}" for d in found if d.year == year and d.isoweekday() not in weekend} for year in YEARS}
    # A day that falls on the weekend in some year is still one of every year.
    all_days = {year: {f"{d:%m%d}" for d in found if d.year == year} for year in YEARS}
    yearly = set.intersection(*all_days.values())
    parts = [" ".join(["".join(map(str, weekend)), *sorted(yearly)])]
    for year in YEARS:
        if others := sorted(by_year[year] - yearly):
            parts.append(" ".join([str(year - 2000), *others]))
    return f"{country} {'|'.join(parts)}"


def main() -> int:
    """Writes the table beside this script."""
    text = "\n".join(line_of(country) for country in sorted(COUNTRIES)) + "\n"
    (HERE / "holidays.txt").write_text(text, "ascii")
    print(f"holidays.txt: {len(COUNTRIES)} countries, {YEARS[0]} to {YEARS[-1]}, {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
