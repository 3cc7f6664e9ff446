"""The seed and the sample orders fit each other, and the proof of it can fail."""

from __future__ import annotations

import copy
import json
import sys
import unittest
from pathlib import Path

SEED = Path(__file__).resolve().parents[1] / "seed"
sys.path.insert(0, str(SEED))
import check_samples  # noqa: E402
import samples  # noqa: E402


class SampleOrders(unittest.TestCase):
    """`check_samples.py` on the files as they are, and on spoiled copies."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.seed = check_samples.Seed()
        cls.order = json.loads((check_samples.SAMPLES / "split-three-vendors-de.json").read_text("utf-8"))
        cls.customer = cls.seed.customers["cus-clara"]

    def broken_by(self, spoil) -> set[str]:
        """The rules that a spoiled copy of a good order breaks."""
        order, customer = copy.deepcopy(self.order), dict(self.customer)
        spoil(order, customer)
        return check_samples.broken_rules(self.seed, order, customer)

    def test_all_samples_are_as_the_index_says(self) -> None:
        self.assertEqual(check_samples.main(), 0)

    def test_each_rule_can_fail(self) -> None:
        def set_line(field, value):
            return lambda order, _: order["lines"][0].update({field: value})

        def set_address(**fields):
            return lambda order, _: order["shipping_address"].update(fields)

        cases = {
            "account_active": lambda _, customer: customer.update(status="blocked"),
            "address_valid": set_address(postcode="1011"),
            "amount_and_currency_valid": lambda order, _: order.update(total=order["total"] + 1),
            "in_stock": set_line("sku", "SOLD-OUT"),
            "maximum_quantity_respected": set_line("quantity", 21),
            "minimum_order_value": lambda order, _: order.update(discount=order["total"]),
            "minimum_quantity_met": set_line("sku", "BATTERY-AA4"),
            "tax_correct": set_line("tax", 757),
            "vendors_active": set_line("sku", "ONLY-UNAPPROVED"),
        }
        for code, spoil in cases.items():
            with self.subTest(code):
                self.assertIn(code, self.broken_by(spoil))

    def test_wrong_towns_are_seen(self) -> None:
        for city in ("Hamburg", "Nowhere upon Nothing", ""):
            with self.subTest(city):
                self.assertIn("address_valid", self.broken_by(lambda order, _: order["shipping_address"].update(city=city)))

    def test_samples_are_what_their_script_writes(self) -> None:
        catalogue = samples.Catalogue()
        for name, customer, currency, lines, _, _, special in samples.ORDERS:
            with self.subTest(name):
                file = json.loads((samples.SAMPLES / f"{name}.json").read_text("utf-8"))
                self.assertEqual(file, samples.order(catalogue, customer, currency, lines, special))


class SeedFiles(unittest.TestCase):
    """Rows refer to rows that are there, and the whole stays small."""

    def setUp(self) -> None:
        self.seed = check_samples.Seed()

    def test_stock_names_known_products_and_warehouses(self) -> None:
        houses = {
            (vendor["vendor_id"], house["warehouse_id"])
            for vendor in self.seed.vendors.values()
            for house in vendor["warehouses"]
        }
        for row in self.seed.stock:
            self.assertIn(row["sku"], self.seed.products)
            self.assertIn((row["vendor_id"], row["warehouse_id"]), houses)

    def test_special_products_are_as_named(self) -> None:
        available = {}
        for row in self.seed.stock:
            available[row["sku"]] = available.get(row["sku"], 0) + row["available"]
        self.assertEqual((available["HOT-10"], available["SOLD-OUT"]), (10, 0))
        self.assertFalse(self.seed.products["RETIRED-1"]["active"])

    def test_every_area_and_category_has_one_rate_a_day(self) -> None:
        for row in self.seed.taxes:
            if row["valid_to"] is None:
                same = [
                    other for other in self.seed.taxes
                    if all(other[key] == row[key] for key in ("area", "category", "valid_to"))
                ]  # fmt: skip
                self.assertEqual(len(same), 1, row)
        for country in {row["area"][:2] for row in self.seed.taxes}:
            open_now = {r["category"] for r in self.seed.taxes if r["area"] == country and not r["valid_to"]}
            self.assertLessEqual({"standard", "reduced", "zero"}, open_now, country)
            self.assertLessEqual(open_now, {"standard", "reduced", "reduced_2", "super_reduced", "zero"}, country)

    def test_the_seed_is_small(self) -> None:
        pools = len(self.seed.products)
        items = pools + sum(map(len, (self.seed.products, self.seed.vendors, self.seed.stock, self.seed.customers)))
        self.assertLess(items, 1500)


if __name__ == "__main__":
    unittest.main()
