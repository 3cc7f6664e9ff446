#!/usr/bin/env python3
"""Packs the ranges of first digits that card networks give out (IIN, BIN): `card_ranges.py SOURCES`, where SOURCES holds `node_modules/credit-card-type`.

Writes `card_ranges.tsv`: network, first and last prefix of a range, lengths of its numbers. Prefixes of a range are equally long.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

DUMP = """
const cards = require(process.argv[1]);
console.log(JSON.stringify(Object.values(cards.types).map((name) => cards.getTypeInfo(name))));
"""


def rows(cards: list[dict]) -> list[str]:
    """A row a range, networks by name, ranges by prefix."""
    out = []
    for card in sorted(cards, key=lambda card: card["niceType"]):
        lengths = ",".join(str(length) for length in sorted(card["lengths"]))
        ranges = [pattern if isinstance(pattern, list) else [pattern, pattern] for pattern in card["patterns"]]
        for low, high in sorted((str(low), str(high)) for low, high in ranges):
            if len(low) != len(high) or low > high:
                sys.exit(f"{card['niceType']}: {low} to {high} is no range")
            out.append(f"{card['niceType']}\t{low}\t{high}\t{lengths}\n")
    return out


def main() -> None:
    """See the head."""
    package = Path(sys.argv[1]).resolve() / "node_modules" / "credit-card-type"
    told = subprocess.run(("node", "-e", DUMP, str(package)), check=True, capture_output=True, text=True).stdout
    Path("card_ranges.tsv").write_text("".join(rows(json.loads(told))), encoding="utf-8")


if __name__ == "__main__":
    main()
