"""What `make reference` refreshes is what there is, and is pinned."""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "infra/reference"))
import refresh  # noqa: E402


# Folders of nothing but tables that are compiled in.
COMPILED_IN = (refresh.ADDRESSES, refresh.HOLIDAYS)


class Reference(unittest.TestCase):
    def test_every_table_that_is_compiled_in_is_made_by_a_step(self) -> None:
        made = {f"{step.folder}/{name}" for step in refresh.STEPS for name in step.makes}
        kinds = {".bin", ".json", ".txt", ".tsv"}
        tables = {f"{folder}/{path.name}" for folder in COMPILED_IN for path in (ROOT / folder).iterdir() if path.suffix in kinds}
        self.assertLessEqual(tables, made)
        self.assertTrue(all((ROOT / path).exists() for path in made))
        self.assertTrue(all((ROOT / step.folder / step.command[0]).exists() for step in refresh.STEPS))

    def test_every_source_is_pinned_by_version_and_hash(self) -> None:
        pins = refresh.PINS.read_text("utf-8").replace("\\\n", " ").splitlines()
        pins = [line for line in pins if line and not line.startswith("#")]
        self.assertGreater(len(pins), 5)
        for pin in pins:
            self.assertRegex(pin, r"^[a-z0-9-]+==[0-9a-z.]+ +--hash=sha256:[0-9a-f]{64}$")

    def test_the_pages_name_the_pinned_versions(self) -> None:
        page = "".join((ROOT / folder / "README.md").read_text("utf-8") for folder in COMPILED_IN)
        pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", refresh.PINS.read_text("utf-8"), re.MULTILINE))
        named = re.findall(r"`([a-z0-9-]+)` ([0-9][0-9a-z.]*)", page)
        known = [(name, version) for name, version in named if name in pins]
        self.assertGreaterEqual(len(known), 6)
        self.assertTrue(all(pins[name] == version for name, version in known), known)

    def test_a_table_that_is_not_what_was_made_is_told(self) -> None:
        import shutil
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            for step in refresh.STEPS:
                (copy / step.folder).mkdir(parents=True, exist_ok=True)
                for name in step.makes:
                    shutil.copyfile(ROOT / step.folder / name, copy / step.folder / name)
            self.assertEqual(refresh.differing(copy), [])
            with (copy / refresh.ADDRESSES / "phones.tsv").open("a") as file:
                file.write("XX\t1\t\t.\n")
            self.assertEqual(refresh.differing(copy), [Path(refresh.ADDRESSES) / "phones.tsv"])


if __name__ == "__main__":
    unittest.main()
