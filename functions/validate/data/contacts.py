#!/usr/bin/env python3
"""Makes the tables that check 30 (contact) is compiled with: `phones.tsv`, `disposable.bin`.

    python3 functions/validate/data/contacts.py SOURCES

`make reference` runs it; infra/reference/sources.txt pins what must lie in SOURCES (phonenumberslite, disposable-email-domains). Same sources, same bytes. Licences and layouts: README.md. Every packed domain is read back before the script ends well.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUCKETS = 256
# Bits of a gap that are written as they are; the rest is unary. The gaps between 10,000 keys of 24 bits are some 2**10.7 wide.
RICE = 10
# Where many people have their mail: none of them may be taken for a disposable one.
HONEST = {
    "aol.com", "bol.com.br", "comcast.net", "docomo.ne.jp", "example.com", "example.org", "free.fr", "gmail.com", "gmx.at", "gmx.de", "gmx.net",
    "googlemail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "icloud.com", "laposte.net", "libero.it", "live.com", "mac.com",
    "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "orange.fr", "outlook.com", "posteo.de", "proton.me", "protonmail.com",
    "qq.com", "rocketmail.com", "t-online.de", "terra.com.br", "tiscali.it", "uol.com.br", "web.de", "wp.pl", "yahoo.co.jp", "yahoo.co.uk",
    "yahoo.com", "yahoo.com.br", "yandex.ru", "ziggo.nl", "163.com",
}  # fmt: skip


def key_of(domain: str) -> int:
    """FNV-1a 64 of the domain, folded to 24 bits, as the names of towns are filed."""
    state = 0xCBF29CE484222325
    for byte in domain.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return (state ^ state >> 24 ^ state >> 48) & 0xFFFFFF


def packed_bucket(keys: list[int]) -> bytes:
    """Ascending 16-bit keys as Rice-coded gaps, filled up with ones, which no code ends in."""
    bits, before = "", -1
    for key in keys:
        gap = key - before - 1
        bits += "1" * (gap >> RICE) + "0" + format(gap & (1 << RICE) - 1, f"0{RICE}b")
        before = key
    bits += "1" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def unpacked_bucket(data: bytes) -> list[int]:
    bits = "".join(format(byte, "08b") for byte in data)
    keys, before, at = [], -1, 0
    while (zero := bits.find("0", at)) >= 0:
        gap = (zero - at << RICE) + int(bits[zero + 1 : zero + 1 + RICE], 2)
        before += gap + 1
        keys.append(before)
        at = zero + 1 + RICE
    return keys


def pack_domains(domains: set[str], honest: set[str]) -> bytes:
    keys = {key_of(domain) for domain in domains}
    wronged = sorted(domain for domain in honest if key_of(domain) in keys)
    if wronged:
        raise SystemExit(f"these honest domains share a key with a disposable one: {wronged}")
    buckets = [sorted(key & 0xFFFF for key in keys if key >> 16 == bucket) for bucket in range(BUCKETS)]
    packed = [packed_bucket(bucket) for bucket in buckets]
    assert [unpacked_bucket(bucket) for bucket in packed] == buckets
    ends, end = b"", 0
    for bucket in packed:
        end += len(bucket)
        ends += end.to_bytes(2, "little")
    return ends + b"".join(packed)


def phone_rows(phonenumbers: object, metadata: type) -> list[str]:
    rows = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        known = metadata.metadata_for_region(region, None)
        pattern = known.general_desc.national_number_pattern
        if not re.fullmatch(r"[\d\\d\[\](),|?:{}\-]+", pattern):
            raise SystemExit(f"{region}: a pattern that the reader may not know: {pattern}")
        rows.append(f"{region}\t{known.country_code}\t{known.national_prefix or ''}\t{pattern}\n")
    return rows


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    import disposable_email_domains
    import phonenumbers
    from phonenumbers.phonemetadata import PhoneMetadata

    domains = {domain.strip().lower() for domain in disposable_email_domains.blocklist}
    table = pack_domains(domains, HONEST)
    (HERE / "disposable.bin").write_bytes(table)
    rows = phone_rows(phonenumbers, PhoneMetadata)
    (HERE / "phones.tsv").write_text("".join(rows))
    print(f"{len(domains)} domains in {len(table)} bytes; {len(rows)} regions")


if __name__ == "__main__":
    main()
