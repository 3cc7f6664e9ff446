"""Reads `places.bin` and `postcodes.bin`; the layout is in README.md beside this file.

The conversion scripts use this reader, and `pack.py` proves every packed name through it. The function itself has its own reader in Rust.
"""

from __future__ import annotations

import math
import re
import struct
import unicodedata
from pathlib import Path
from typing import NamedTuple

MAGIC = b"OMSPLC03"
HEADER = struct.Struct("<HII")
DIRECTORY_ENTRY = struct.Struct("<2sBBIII")
ENTRY = struct.Struct("<3shhBB")
NO_REGION = 255
POSTCODE_MAGIC = b"OMSPCD01"
POSTCODE_HEADER = struct.Struct("<HH")
POSTCODE_DIRECTORY = struct.Struct("<2sHH")
POSTCODE_ROW = struct.Struct("<3shhH")
EARTH_RADIUS_KM = 6371.0
LONGEST_PREFIX = 3

# Letters that canonical decomposition leaves whole, spelled in plain Latin.
PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ħ": "h"}
)
# Modifier letters are alphabetic in Unicode but stand for an apostrophe in a transliterated name.
APOSTROPHES = dict.fromkeys(map(ord, "ʹʻʼʾʿˈ"), " ")
# Words that people shorten in city names; both spellings become one.
LONG_FORMS = {
    "st": "saint", "sankt": "saint", "ste": "sainte", "mt": "mount", "ft": "fort", "sta": "santa", "sto": "santo",
}  # fmt: skip


# Words that say what kind of place it is; a name that is not known with them may be known without.
KIND_WORDS = {"ku", "shi", "machi", "cho", "mura", "son", "city"}


class Place(NamedTuple):
    """A place that bears a name: degrees north, degrees east, region code or an empty string."""

    lat: float
    lon: float
    region: str


class Area(NamedTuple):
    """Where the postcodes with one prefix lie: a centre in degrees and the radius that holds nearly all of them."""

    lat: float
    lon: float
    radius_km: int


def normalise(name: str) -> str:
    """Folds a name so that spellings of one place meet: case, accents, punctuation and short forms do not count."""
    decomposed = unicodedata.normalize("NFD", name.lower())
    bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    plain = bare.translate(PLAIN_LETTERS).translate(APOSTROPHES)
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return " ".join(LONG_FORMS.get(word, word) for word in words)


def fnv1a64(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    state = 0xCBF29CE484222325
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return state


def key_of(name: str) -> bytes:
    """The three bytes under which a normalised name is filed, most significant byte first."""
    state = fnv1a64(name.encode())
    return ((state ^ (state >> 24) ^ (state >> 48)) & 0xFFFFFF).to_bytes(3, "big")


def distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance in kilometres between two points given in degrees."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_chord = (
        math.sin((phi_b - phi_a) / 2) ** 2
        + math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half_chord)))


class Places:
    """The places of the world by country and name."""

    def __init__(self, packed: bytes) -> None:
        if packed[: len(MAGIC)] != MAGIC:
            raise ValueError("not a places file")
        self._packed = packed
        countries, columns_at, entries = HEADER.unpack_from(packed, len(MAGIC))
        start = len(MAGIC) + HEADER.size
        self._directory = {}
        for index in range(countries):
            country, regions, _scheme, region_at, first, count = DIRECTORY_ENTRY.unpack_from(
                packed, start + index * DIRECTORY_ENTRY.size
            )
            self._directory[country.decode()] = (regions, region_at, first, count)
        self._columns = [packed[columns_at + n * entries :][:entries] for n in range(ENTRY.size)]
        self._read: dict[str, dict[bytes, list[tuple[int, Place]]]] = {}

    @classmethod
    def open(cls, path: Path) -> Places:
        """Reads the packed file at `path`."""
        return cls(path.read_bytes())

    def find(self, country: str, name: str) -> list[Place]:
        """All places of that name in the country, the most populous first; empty when none is known."""
        if country not in self._directory:
            return []
        folded = normalise(name)
        found = self._filed_under(country, folded)
        stem, _, last = folded.rpartition(" ")
        if not found and stem and last in KIND_WORDS:
            return self._filed_under(country, stem)
        return found

    def _filed_under(self, country: str, folded: str) -> list[Place]:
        found = sorted(self._by_key(country).get(key_of(folded), []))
        return [place for _, place in found]

    def _by_key(self, country: str) -> dict[bytes, list[tuple[int, Place]]]:
        """A country's places with their ranks, by key; read once."""
        if country not in self._read:
            _, region_at, first, count = self._directory[country]
            by_key = self._read[country] = {}
            lat, region_before = 0, None
            for index in range(first, first + count):
                key, step, lon, region, rank = ENTRY.unpack(bytes(column[index] for column in self._columns))
                lat = step + (lat if region == region_before else 0)
                region_before = region
                place = Place(lat / 100, lon / 100, self._region(region_at, region))
                by_key.setdefault(key, []).append((rank, place))
        return self._read[country]

    def _region(self, region_at: int, index: int) -> str:
        if index == NO_REGION:
            return ""
        return self._packed[region_at + 4 * index : region_at + 4 * index + 4].rstrip(b"\0").decode()


def area_of(postcodes: dict, country: str, postcode: str) -> Area | None:
    """Where the postcode lies: the area with the longest prefix of it; None when the country or the prefix is not known."""
    areas = postcodes.get(country, {})
    bare = bare_postcode(postcode)
    for length in range(min(LONGEST_PREFIX, len(bare)), 0, -1):
        if bare[:length] in areas:
            return Area(*areas[bare[:length]])
    return None


def bare_postcode(postcode: str) -> str:
    """A postcode without spaces, hyphens and small letters."""
    return re.sub(r"[^0-9A-Z]", "", postcode.upper())


def read_postcodes(path: Path) -> dict:
    """Reads `postcodes.bin`: by country and prefix the latitude, longitude and radius."""
    return decode_postcodes(path.read_bytes())


def encode_postcodes(countries: dict) -> bytes:
    """Lays postcode areas out as README.md says."""
    directory, rows = b"", []
    for country, areas in sorted(countries.items()):
        directory += POSTCODE_DIRECTORY.pack(country.encode(), len(rows), len(areas))
        for prefix, (lat, lon, radius) in sorted(areas.items()):
            rows.append(POSTCODE_ROW.pack(prefix.encode(), round(lat * 100), round(lon * 100), radius))
    header = POSTCODE_MAGIC + POSTCODE_HEADER.pack(len(countries), len(rows))
    return header + directory + b"".join(bytes(row[n] for row in rows) for n in range(POSTCODE_ROW.size))


def decode_postcodes(packed: bytes) -> dict:
    """The other way."""
    if not packed.startswith(POSTCODE_MAGIC):
        raise ValueError("not the table that this reader was written for")
    at = len(POSTCODE_MAGIC)
    countries, rows = POSTCODE_HEADER.unpack_from(packed, at)
    at += POSTCODE_HEADER.size
    columns = at + countries * POSTCODE_DIRECTORY.size
    found: dict = {}
    for _ in range(countries):
        country, first, count = POSTCODE_DIRECTORY.unpack_from(packed, at)
        at += POSTCODE_DIRECTORY.size
        areas = found.setdefault(country.decode(), {})
        for index in range(first, first + count):
            row = bytes(packed[columns + n * rows + index] for n in range(POSTCODE_ROW.size))
            prefix, lat, lon, radius = POSTCODE_ROW.unpack(row)
            areas[prefix.rstrip(b"\0").decode()] = [lat / 100, lon / 100, radius]
    return found
