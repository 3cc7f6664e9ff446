"""Labels as carriers send them: one page of a PDF, or a picture, with the number as text and as a Code 128."""

from __future__ import annotations

import struct
import zlib

import zxingcpp

WIDTH, HEIGHT = 288, 432
# Dots an inch of the pictures: what most label printers have.
DOTS = 203


def modules(number: str) -> list[bool]:
    """The barcode's narrowest bars and gaps, dark ones true, with a quiet zone of ten on both sides."""
    image = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128).to_image(scale=1)
    return [shade < 128 for shade in memoryview(image).tolist()[0]]


def pdf(title: str, number: str, lines: list[str]) -> bytes:
    """One page of 4 x 6 inches."""
    text = [f"BT /F1 {size} Tf 14 {y} Td ({escaped(line)}) Tj ET" for line, size, y in rows(title, number, lines)]
    dark = modules(number)
    wide = (WIDTH - 16) / len(dark)
    bars = [f"{8 + i * wide:.3f} 60 {wide:.3f} 90 re" for i, is_dark in enumerate(dark) if is_dark]
    stream = "\n".join([*text, *bars, "f"]).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number_of, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number_of} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def rows(title: str, number: str, lines: list[str]) -> list[tuple[str, int, int]]:
    """Each line with its size and its height over the lower edge."""
    return [(title, 20, 396), *((line, 11, 360 - 16 * i) for i, line in enumerate(lines[:10])), (number, 12, 40)]


def escaped(line: str) -> str:
    """A line inside a PDF's parentheses."""
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def png(number: str) -> bytes:
    """A picture of 4 x 6 inches in two shades, with the barcode alone: carriers' own pictures hold their text as pixels too."""
    width, height = 4 * DOTS, 6 * DOTS
    dark = modules(number)
    scale = width // len(dark)
    line = [False] * ((width - scale * len(dark)) // 2) + [is_dark for is_dark in dark for _ in range(scale)]
    line += [False] * (width - len(line))
    white, striped = b"\0" + packed([False] * width), b"\0" + packed(line)
    pixels = b"".join(striped if height * 0.55 < y < height * 0.85 else white for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")))


def packed(line: list[bool]) -> bytes:
    """Eight pixels a byte; a set bit is white."""
    padded = [not dark for dark in line] + [True] * (-len(line) % 8)
    return bytes(sum(bit << (7 - i) for i, bit in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8))


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
