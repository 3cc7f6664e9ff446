"""What is packaged for AWS runs there: architecture, C library, size."""

from __future__ import annotations

import os
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "infra"))

import package  # noqa: E402


def binary(machine: int, *glibc: str) -> bytes:
    """The start of an ELF file for this machine, with the names of the C library's versions it asks for."""
    header = b"\x7fELF" + bytes(12) + struct.pack("<HH", 3, machine)
    return header + b"\0".join(b"GLIBC_" + version.encode() for version in glibc) + b"\0"


class Packaging(unittest.TestCase):
    def test_every_function_of_the_template_is_staged_where_it_looks(self) -> None:
        template = (package.ROOT / "template.yaml").read_text()
        wanted = {line.split("target/lambda/")[1].rstrip("/") for line in template.splitlines() if "CodeUri:" in line}
        self.assertEqual(set(package.function_names()), wanted)

    def test_binaries_that_would_not_start_are_named(self) -> None:
        for architecture, code, fault in [
            ("arm64", binary(183, "2.17", "2.34"), None),
            ("x86_64", binary(62, "2.2.5", "2.34"), None),
            ("arm64", binary(62, "2.34"), "not built for arm64"),
            ("x86_64", binary(62, "2.9", "2.35"), "needs glibc 2.35"),
            ("x86_64", b"\xcf\xfa\xed\xfe" + bytes(40), "no Linux binary"),
        ]:
            with self.subTest(fault=fault):
                found = package.faults(code, architecture)
                self.assertEqual(len(found), 0 if fault is None else 1)
                self.assertIn(fault or "", "".join(found))

    def test_a_function_too_heavy_is_told(self) -> None:
        self.assertNotIn("over", package.size_line("pay", binary(62)))
        self.assertIn("over our limit", package.size_line("pay", os.urandom(package.MAX_ZIP_BYTES)))

    def test_the_machine_builds_for_itself_and_needs_a_cross_compiler_for_the_other(self) -> None:
        own = package.native_architecture()
        other = "x86_64" if own == "arm64" else "arm64"
        if sys.platform == "linux":
            self.assertEqual(package.build_command(own, has_cargo_lambda=False)[:2], ["cargo", "build"])
        with self.assertRaisesRegex(package.Unfit, "cargo-lambda"):
            package.build_command(other, has_cargo_lambda=False)
        self.assertEqual(package.build_command(other, has_cargo_lambda=True)[:3], ["cargo", "lambda", "build"])


if __name__ == "__main__":
    unittest.main()
