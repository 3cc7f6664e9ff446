#!/usr/bin/env python3
"""Build the functions for AWS, check that they run there, and upload them.

    package.py [--architecture arm64|x86_64] [--bucket BUCKET]

Stages `target/lambda/<function>/bootstrap`, where template.yaml looks for code, and lists the size of each as uploaded. With a bucket, uploads code
and nested templates through the AWS CLI and writes `target/packaged.yaml` for `aws cloudformation deploy`. Without one it ends there: `sam deploy`
uploads by itself.

For the architecture of this machine cargo suffices. For the other one: `pip install cargo-lambda==1.9.2 ziglang==0.17.1` and
`rustup target add aarch64-unknown-linux-gnu` (or x86_64-unknown-linux-gnu).
"""

from __future__ import annotations

import argparse
import filecmp
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGED = ROOT / "target" / "lambda"
PACKAGED = ROOT / "target" / "packaged.yaml"

# Lambda's name of an architecture: the name in Rust's targets, the machine field of an ELF header.
ARCHITECTURES = {"arm64": ("aarch64", 183), "x86_64": ("x86_64", 62)}
# The C library of the runtime provided.al2023. A binary that asks for a newer one does not start there.
NEWEST_GLIBC = (2, 34)
# Ours, not AWS's: code is fetched at each cold start.
MAX_ZIP_BYTES = 5_000_000


class Unfit(RuntimeError):
    """What was built would not run on AWS, or cannot be built here."""


def function_names() -> list[str]:
    """One function a directory; the package, the binary and the directory bear one name."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))


def native_architecture() -> str:
    """Lambda's name of the architecture of this machine."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def build_command(architecture: str, has_cargo_lambda: bool) -> list[str]:
    """What builds the functions for an architecture: cargo for this machine's own, which shares its artifacts with `make run`."""
    if sys.platform == "linux" and architecture == native_architecture():
        return ["cargo", "build", "--release", "--locked", "--workspace", "--exclude", "oms-bench", "--bins"]
    if not has_cargo_lambda:
        target = f"{ARCHITECTURES[architecture][0]}-unknown-linux-gnu"
        raise Unfit(
            f"building for {architecture} on this machine needs a cross compiler: pip install cargo-lambda==1.9.2 ziglang==0.17.1; rustup target add {target}"
        )
    return ["cargo", "lambda", "build", "--release", "--locked", "--arm64" if architecture == "arm64" else "--x86-64"]


def stage() -> None:
    """Copy what cargo built to where the template expects it, if it differs."""
    release = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    for name in function_names():
        built, staged = release / name, STAGED / name / "bootstrap"
        if not staged.exists() or not filecmp.cmp(built, staged, shallow=False):
            staged.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(built, staged)


def faults(code: bytes, architecture: str) -> list[str]:
    """Why this binary would not do on Lambda; empty where it would."""
    if code[:4] != b"\x7fELF":
        return ["it is no Linux binary"]
    found = []
    (machine,) = struct.unpack_from("<H", code, 18)
    if machine != ARCHITECTURES[architecture][1]:
        found.append(f"it is not built for {architecture}")
    needed = max(((int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", code)), default=(0, 0))
    if needed > NEWEST_GLIBC:
        found.append(
            f"it needs glibc {needed[0]}.{needed[1]}, Lambda has {NEWEST_GLIBC[0]}.{NEWEST_GLIBC[1]}: build on an older system or with cargo lambda"
        )
    return found


def size_line(name: str, code: bytes) -> str:
    """What a function weighs, built and zipped. Too heavy is told, not refused: it starts all the same, only later."""
    zipped = len(zlib.compress(code, 9))
    over = f"  over our limit of {MAX_ZIP_BYTES:,}" if zipped > MAX_ZIP_BYTES else ""
    return f"{name:16} {len(code):>12,} bytes, zipped {zipped:>10,}{over}"


def check(architecture: str) -> None:
    """List every function's size; raise where one would not do."""
    wrong = []
    for name in function_names():
        bootstrap = STAGED / name / "bootstrap"
        if not bootstrap.is_file():
            raise Unfit(f"{bootstrap.relative_to(ROOT)} was not built")
        code = bootstrap.read_bytes()
        say(size_line(name, code))
        wrong += [f"{name}: {fault}" for fault in faults(code, architecture)]
    if wrong:
        raise Unfit("; ".join(wrong))


def upload_command(bucket: str) -> list[str]:
    """What uploads code and nested templates, and writes the template that names them."""
    template, packaged = str(ROOT / "template.yaml"), str(PACKAGED)
    return ["aws", "cloudformation", "package", "--template-file", template, "--s3-bucket", bucket, "--output-template-file", packaged]


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


def package(architecture: str, bucket: str) -> None:
    """Everything, in order."""
    command = build_command(architecture, shutil.which("cargo-lambda") is not None)
    if bucket and shutil.which("aws") is None:
        raise Unfit("the AWS CLI is missing, which uploads to the bucket")
    subprocess.run(command, cwd=ROOT, check=True)
    if command[1] == "build":
        stage()
    check(architecture)
    if bucket:
        subprocess.run(upload_command(bucket), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        say(f"wrote {PACKAGED.relative_to(ROOT)}; deploy it with Architecture={architecture} (infra/README.md)")
    else:
        say(f"staged for {architecture} in {STAGED.relative_to(ROOT)}; no bucket was given, so nothing was uploaded")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="arm64", help="the template's parameter Architecture")
    parser.add_argument("--bucket", default="", help="S3 bucket for code and nested templates")
    options = parser.parse_args()
    try:
        package(options.architecture, options.bucket)
    except Unfit as error:
        say(f"error: {error}")
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
