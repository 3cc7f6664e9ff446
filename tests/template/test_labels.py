"""Printed labels are read with a scanner's eyes: each golden label is rasterised as a printer does, and its barcodes decoded."""

from __future__ import annotations

import unittest

import pypdfium2
import zxingcpp
from PIL import Image

from stack import ROOT

GOLDEN = ROOT / "functions/label/tests/golden"
REFERENCE = "01JDXK2PA7ZQ3W8Y5V4T6R9M0N-1-1"
NUMBER = "1Z999AA10123456784"
# What a scanner reports, by label: symbology, AIM identifier, text. ]C1 is a GS1-128, ]C0 a plain Code 128.
LABELS = {
    "sheet-4x6.pdf": {("Code128", "]C0", NUMBER), ("QRCode", "]Q1", REFERENCE)},
    "sheet-a4.pdf": {("Code128", "]C0", NUMBER), ("QRCode", "]Q1", REFERENCE)},
    "sscc-4x6.pdf": {("Code128", "]C1", "(00)340434161094042557"), ("QRCode", "]Q1", REFERENCE)},
    "pdf-4x6.pdf": {("Code128", "]C0", NUMBER)},
    "pdf-a4.pdf": {("Code128", "]C0", NUMBER)},
    "png-4x6.pdf": {("Code128", "]C0", NUMBER)},
    "png-a4.pdf": {("Code128", "]C0", NUMBER)},
}
INCH = 72
PAPERS = {"4x6": (4 * INCH, 6 * INCH), "a4": (595, 842)}
# Label printers have 203 dots an inch, office printers 300 and more.
DOTS = 203


def printed(name: str, dots: int = DOTS) -> Image.Image:
    """A label as a printer of so many dots an inch makes it: black or white."""
    document = pypdfium2.PdfDocument(GOLDEN / name)
    page = document[0]
    return page.render(scale=dots / INCH, grayscale=True).to_pil().point(lambda shade: 0 if shade < 128 else 255)


def read(image: Image.Image) -> set[tuple[str, str, str]]:
    """What a scanner finds."""
    found = zxingcpp.read_barcodes(image)
    return {(str(code.format).replace(" ", ""), code.symbology_identifier, code.text) for code in found}


class EveryLabel(unittest.TestCase):
    def test_is_one_page_of_its_paper(self):
        for name in LABELS:
            document = pypdfium2.PdfDocument(GOLDEN / name)
            self.assertEqual(len(document), 1, name)
            self.assertEqual(document[0].get_size(), PAPERS[name.split("-")[1].removesuffix(".pdf")], name)

    def test_is_read_by_a_scanner(self):
        for name, codes in LABELS.items():
            for turned in (0, 90, 180):
                with self.subTest(name, turned=turned):
                    self.assertEqual(read(printed(name).rotate(turned, expand=True, fillcolor=255)), codes)

    def test_has_bars_that_a_scanner_at_arms_length_reads(self):
        """GS1 asks for modules of at least 0.25 mm on logistic labels; ours must be so wide for the numbers of all carriers but the longest."""
        image = printed("sheet-4x6.pdf", 600)
        row = [image.getpixel((x, int(image.height * 0.82))) == 0 for x in range(image.width)]
        runs = [len(run) for run in "".join("#" if dark else " " for dark in row).split() if run]
        self.assertGreaterEqual(min(runs) / 600 * 25.4, 0.25)

    def test_shows_what_people_read(self):
        for name, texts in (
            ("sheet-4x6.pdf", ["GLS", "Zoë Müller", "10623 Berlin", "ORD-2026-11-23-7XK2PA", "1 of 2", NUMBER]),
            ("sscc-4x6.pdf", ["(00) 340434161094042557"]),
            ("sheet-a4.pdf", ["Packing slip", "Order ORD-2026-11-23-7XK2PA", "SKU-020", "and 3 more"]),
            ("pdf-a4.pdf", ["Packing slip", NUMBER]),
        ):
            shown = pypdfium2.PdfDocument(GOLDEN / name)[0].get_textpage().get_text_bounded()
            for text in texts:
                self.assertIn(text, shown, name)

    def test_stays_on_its_paper(self):
        """Nothing is printed at the very edge, where printers reach only by chance, and no text runs out of its frame."""
        for name in LABELS:
            image = printed(name)
            edge = int(DOTS * 0.05)
            inner = Image.new("L", (image.width - 2 * edge, image.height - 2 * edge), 255)
            framed = image.copy()
            framed.paste(inner, (edge, edge))
            self.assertEqual(framed.getextrema(), (255, 255), name)


if __name__ == "__main__":
    unittest.main()
