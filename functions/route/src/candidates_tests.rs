use super::*;
use oms_contract::reference::account::ImporterNumber;
use oms_contract::reference::regulation::{CustomsRule, TradeRule};
use oms_contract::reference::sale::CustomsData;
use oms_contract::reference::{OnTime, Policy};
use oms_domain::Money;
use oms_fakes::{currency, sku, vendor};
use rust_decimal::Decimal;

use crate::tests::{facts, seller};

/// Why each vendor was rejected; those that were not are missing.
fn rejected(facts: &Facts) -> Vec<(String, String)> {
    let mut rejected: Vec<(String, String)> =
        problem(facts).rejected.into_iter().map(|row| (row.vendor_id.to_string(), row.reason.to_string())).collect();
    rejected.sort();
    rejected
}

fn reasons(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(vendor, reason)| ((*vendor).to_owned(), (*reason).to_owned())).collect()
}

/// A seller near the destination, whose warehouse is in a country.
fn from(id: &str, country: &str) -> Vendor {
    let mut vendor = seller(id, 13.5, "0.9", 24);
    country.clone_into(&mut vendor.warehouses[0].country);
    vendor
}

#[test]
fn a_vendor_who_is_late_too_often_is_no_candidate() {
    let late = |id: &str, orders, late| Vendor { on_time: OnTime { orders, late, as_of: None }, ..seller(id, 13.5, "0.9", 24) };
    let sellers = vec![late("always", 50, 50), late("fresh", 1, 1), late("good", 50, 1), late("new", 0, 0)];
    let stock: Vec<(&str, &str, u32)> = ["always", "fresh", "good", "new"].iter().map(|id| ("A", *id, 5)).collect();
    let mut facts = facts(&[("A", 1)], sellers, &stock);
    assert_eq!(rejected(&facts), [], "the marketplace asks for no punctuality");
    let tenths = |n| Decimal::new(n, 1);
    facts.market.policy = Policy { on_time_floor: tenths(8), on_time_prior: tenths(9), on_time_prior_orders: 20, ..Policy::default() };
    // One late order of a newcomer: 18 of 21 are expected.
    assert_eq!(rejected(&facts), reasons(&[("always", "not_punctual")]));
}

#[test]
fn goods_are_not_sought_where_they_may_not_come_from() {
    let rule = |from: Option<&str>, to: &str, prefixes: &[&str]| TradeRule {
        from: from.map(|area| Area(area.to_owned())),
        to: Area(to.to_owned()),
        hs_prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        source: String::new(),
    };
    for (name, rules, expected) in [
        ("no rule", vec![], vec![]),
        ("an embargo", vec![rule(Some("CH"), "DE", &[])], vec![("far", "trade_barred")]),
        ("of other goods", vec![rule(Some("CH"), "EU", &["93"])], vec![]),
        ("of such goods", vec![rule(Some("CH"), "EU", &["93", "8471"])], vec![("far", "trade_barred")]),
        ("from anywhere", vec![rule(None, "DE", &["8471"])], vec![("far", "trade_barred"), ("near", "trade_barred")]),
        ("to elsewhere", vec![rule(Some("CH"), "FR", &[])], vec![]),
    ] {
        let mut facts = facts(&[("A", 1)], vec![from("far", "CH"), from("near", "DE")], &[("A", "far", 5), ("A", "near", 5)]);
        facts.products[0].customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
        facts.regulations.trade = rules;
        assert_eq!(rejected(&facts), reasons(&expected), "{name}");
    }
}

#[test]
fn goods_without_a_code_are_not_sought_where_a_rule_names_codes() {
    let rule = |from: &str| TradeRule {
        from: Some(Area(from.to_owned())),
        to: Area("EU".to_owned()),
        hs_prefixes: vec!["93".to_owned()],
        source: String::new(),
    };
    for (name, code, from_area, expected) in [
        ("none", None, "CH", vec![("far", "trade_barred")]),
        ("half of one", Some("8471"), "CH", vec![("far", "trade_barred")]),
        ("another", Some("847130"), "CH", vec![("far", "no_customs_papers")]),
        ("none, and a rule of another pair", None, "US", vec![("far", "no_customs_papers")]),
    ] {
        let mut facts = facts(&[("A", 1)], vec![from("far", "CH"), from("near", "DE")], &[("A", "far", 5), ("A", "near", 5)]);
        facts.products[0].customs = CustomsData { hs_code: code.map(str::to_owned), origin: None };
        facts.regulations.trade = vec![rule(from_area)];
        assert_eq!(rejected(&facts), reasons(&expected), "{name}");
    }
}

#[test]
fn what_has_no_papers_is_not_sought_beyond_a_border() {
    type Change = fn(&mut Facts);
    let cases: [(&str, Change, bool); 7] = [
        ("with all that is asked", |_| {}, true),
        ("without a code", |f| f.products[0].customs.hs_code = None, false),
        ("with half a code", |f| f.products[0].customs.hs_code = Some("8471".to_owned()), false),
        ("without an origin", |f| f.products[0].customs.origin = None, false),
        ("without a weight", |f| f.products[0].weight_g = 0, false),
        ("without a price", |f| f.demand[0].is_priced = false, false),
        ("from a country that has none", |f| f.destination.country = "CH".to_owned(), false),
    ];
    for (name, change, fit) in cases {
        let mut facts = facts(&[("A", 1)], vec![from("far", "GB"), from("near", "DE")], &[("A", "far", 5), ("A", "near", 5)]);
        facts.products[0].customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
        change(&mut facts);
        // Where the destination is Switzerland, both are beyond a border; and there the goods have papers.
        let expected: &[(&str, &str)] = if fit || facts.destination.country == "CH" { &[] } else { &[("far", "no_customs_papers")] };
        assert_eq!(rejected(&facts), reasons(expected), "{name}");
    }
}

/// IOSS, which the Union asks for up to 150 euros.
fn ioss() -> CustomsRule {
    let up_to = Some(Money::new(15_000, currency("EUR")));
    CustomsRule {
        area: Area("EU".to_owned()),
        number: "IOSS".to_owned(),
        prefixes: vec![],
        of_businesses: false,
        up_to,
        above: None,
        source: String::new(),
    }
}

/// EORI, which it asks businesses for above that.
fn eori() -> CustomsRule {
    let above = Some(Money::new(15_000, currency("EUR")));
    let prefixes = vec!["DE".to_owned(), "XI".to_owned()];
    CustomsRule {
        area: Area("EU".to_owned()),
        number: "EORI".to_owned(),
        prefixes,
        of_businesses: true,
        up_to: None,
        above,
        source: String::new(),
    }
}

#[test]
fn a_business_is_asked_for_its_eori_above_the_value_that_private_parcels_have() {
    let known = |number: &str| ImporterNumber { kind: "EORI".to_owned(), number: number.to_owned() };
    for (name, quantity, business, numbers, expected) in [
        ("a business without, above", 16, true, vec![], vec![("far", "no_customs_papers")]),
        ("a business without, at the value itself", 15, true, vec![], vec![]),
        ("a private buyer, above", 16, false, vec![], vec![]),
        ("a business with, above", 16, true, vec![known("DE1234567890")], vec![]),
        ("a business with one of Great Britain, above", 16, true, vec![known("GB123456789000")], vec![("far", "no_customs_papers")]),
    ] {
        let mut facts = facts(&[("A", quantity)], vec![from("far", "GB"), from("near", "DE")], &[("A", "far", 50), ("A", "near", 50)]);
        facts.products[0].customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
        facts.regulations.customs = vec![eori()];
        (facts.importer.business, facts.importer.numbers) = (business, numbers);
        assert_eq!(rejected(&facts), reasons(&expected), "{name}");
    }
}

#[test]
fn an_importers_number_is_asked_for_by_the_value_that_crosses() {
    let known = |kind: &str| ImporterNumber { kind: kind.to_owned(), number: "IM2760000000".to_owned() };
    for (name, quantity, of_customer, of_market, expected) in [
        ("nobody has one", 1, vec![], vec![], vec![("far", "no_customs_papers")]),
        ("the customer has", 1, vec![known("IOSS")], vec![], vec![]),
        ("the marketplace has", 1, vec![], vec![known("IOSS")], vec![]),
        ("of another kind", 1, vec![known("EORI")], vec![], vec![("far", "no_customs_papers")]),
        ("beyond the value that it is for", 16, vec![], vec![], vec![]),
    ] {
        let mut facts = facts(&[("A", quantity)], vec![from("far", "GB"), from("near", "DE")], &[("A", "far", 50), ("A", "near", 50)]);
        facts.products[0].customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
        facts.regulations.customs = vec![ioss()];
        (facts.importer.numbers, facts.market.policy.importer) = (of_customer, of_market);
        assert_eq!(rejected(&facts), reasons(&expected), "{name}");
    }
}

#[test]
fn the_value_that_crosses_is_that_of_all_that_comes_from_abroad_anyway() {
    // B is had in Britain alone: with it 160 euros cross, for which no number is asked, as the check of the order had it.
    let stock = [("A", "far", 50), ("A", "near", 50), ("B", "far", 50)];
    let mut facts = facts(&[("A", 6), ("B", 10)], vec![from("far", "GB"), from("near", "DE")], &stock);
    for product in &mut facts.products {
        product.customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
    }
    facts.regulations.customs = vec![ioss()];
    let of_a: Vec<_> = problem(&facts).rejected.into_iter().filter(|row| row.sku == sku("A")).collect();
    assert_eq!(of_a, []);
    let alone = problem(&facts).rejected.into_iter().map(|row| (row.sku, row.vendor_id)).collect::<Vec<_>>();
    assert_eq!(alone, [(sku("B"), vendor("far"))], "100 euros of B alone are below it");
}

#[test]
fn hours_run_to_the_expected_delivery() {
    let of = |at: &str, change: &dyn Fn(&mut Facts)| {
        let mut facts = facts(&[("A", 1)], vec![seller("a", 13.5, "0.9", 24)], &[("A", "a", 5)]);
        facts.at = at.parse().unwrap();
        change(&mut facts);
        problem(&facts).t_ref
    };
    let nothing = |_: &mut Facts| {};
    let berlin = |facts: &mut Facts| {
        let calendar = &mut facts.vendors[0].warehouses[0].calendar;
        calendar.zone = TimeZone::get("Europe/Berlin").unwrap();
        calendar.cut_off = Some(jiff::civil::time(14, 0, 0, 0));
    };
    let british = |facts: &mut Facts| {
        facts.destination.country = "GB".to_owned();
        facts.products[0].customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
    };
    for (name, at, change, hours) in [
        // Handling takes a day, the carrier one: by 20:00 of Wednesday.
        ("a Monday", "2026-11-23T12:00:00Z", &nothing as &dyn Fn(&mut Facts), 56),
        ("a Friday: ready on Saturday, with the carrier on Monday, there on Tuesday", "2026-11-27T12:00:00Z", &nothing, 104),
        ("Christmas: with the carrier on Thursday, there on Monday", "2026-12-23T12:00:00Z", &nothing, 128),
        ("and on Tuesday where that Monday is off", "2026-12-23T12:00:00Z", &british, 152),
        ("a day later: with the carrier on Monday", "2026-12-24T12:00:00Z", &nothing, 128),
        ("before the cut-off in Berlin", "2026-11-23T13:00:00Z", &berlin, 54),
        ("after it: from Tuesday on", "2026-11-23T13:00:01Z", &berlin, 78),
        ("over the night in which clocks go forward", "2026-03-27T10:00:00Z", &berlin, 104),
        ("as in another week", "2026-03-20T10:00:00Z", &berlin, 105),
        ("over a leap day", "2028-02-28T12:00:00Z", &nothing, 56),
    ] {
        assert_eq!(of(at, change), hours, "{name}");
    }
}

#[test]
fn a_warehouse_that_never_works_is_closed() {
    let mut facts = facts(&[("A", 1)], vec![seller("a", 13.5, "0.9", 24)], &[("A", "a", 5)]);
    facts.vendors[0].warehouses[0].calendar.weekdays.clear();
    assert_eq!(rejected(&facts), reasons(&[("a", "closed")]));
}

#[test]
fn a_vendor_that_sells_only_more_is_no_candidate() {
    let sells = |id: &str, least: u32| Vendor { min_quantities: [(sku("A"), least)].into(), ..seller(id, 13.5, "0.9", 24) };
    let sellers = || vec![sells("four", 4), sells("six", 6), seller("any", 40.0, "0.1", 70)];
    for (name, quantity, stock, expected) in [
        ("below both", 3, [9, 9, 9], vec![("four", "below_vendor_quantity"), ("six", "below_vendor_quantity")]),
        ("of one", 5, [9, 9, 9], vec![("six", "below_vendor_quantity")]),
        ("of none", 6, [9, 9, 9], vec![]),
        ("and has less than it sells", 6, [9, 5, 9], vec![("six", "below_vendor_quantity")]),
        ("and less than is wanted", 6, [5, 9, 9], vec![("four", "insufficient_stock")]),
        ("split: either with the third", 7, [6, 6, 1], vec![]),
        ("split: nobody may give so little", 7, [6, 6, 0], vec![("four", "below_vendor_quantity"), ("six", "below_vendor_quantity")]),
        (
            "nobody has so many",
            20,
            [6, 6, 6],
            vec![("any", "insufficient_stock"), ("four", "insufficient_stock"), ("six", "insufficient_stock")],
        ),
    ] {
        let stock: Vec<(&str, &str, u32)> =
            ["four", "six", "any"].into_iter().zip(stock).filter(|(_, has)| *has > 0).map(|(id, has)| ("A", id, has)).collect();
        assert_eq!(rejected(&facts(&[("A", quantity)], sellers(), &stock)), reasons(&expected), "{name}");
    }
}

#[test]
fn goods_leave_in_whole_packs() {
    let of = |quantity: u32, shelves: [u32; 2]| {
        let mut facts = facts(
            &[("A", quantity)],
            vec![seller("a", 13.5, "0.9", 24), seller("b", 13.5, "0.8", 24)],
            &[("A", "a", shelves[0]), ("A", "b", shelves[1])],
        );
        facts.products[0].pack_size = 4;
        let problem = problem(&facts);
        (problem.choices[0].clone(), rejected(&facts))
    };
    assert_eq!(of(8, [7, 7]), (vec![vec![(0, 4), (1, 4)]], vec![]));
    assert_eq!(of(8, [7, 3]), (vec![], reasons(&[("a", "insufficient_stock"), ("b", "insufficient_stock")])), "ten are no two packs");
    assert_eq!(of(8, [9, 7]), (vec![vec![(0, 8)]], reasons(&[("b", "insufficient_stock")])));
    // Ordered when it came in pairs.
    assert_eq!(of(6, [5, 3]).0, [vec![(0, 3), (1, 3)], vec![(0, 5), (1, 1)]]);
}

#[test]
fn no_carrier_that_does_not_serve_boxes_is_asked_to() {
    let with = |change: &dyn Fn(&mut Facts)| {
        let mut facts = facts(
            &[("A", 1), ("B", 1)],
            vec![from("far", "CH"), from("near", "DE")],
            &[("A", "far", 5), ("A", "near", 5), ("B", "near", 5)],
        );
        facts.destination.is_po_box = true;
        for product in &mut facts.products {
            product.customs = CustomsData { hs_code: Some("847130".to_owned()), origin: Some("CN".to_owned()) };
        }
        // Standard goes from Germany alone, express from everywhere.
        for zone in &mut facts.rates[0].zones {
            zone.from = "DE".to_owned();
        }
        change(&mut facts);
        let services = problem(&facts).rates.iter().flatten().map(|offer| offer.service).collect::<Vec<_>>();
        (rejected(&facts), services)
    };
    let both = [("far", "no_po_box"), ("near", "no_po_box"), ("near", "no_po_box")];
    assert_eq!(with(&|_| {}), (reasons(&both), vec![]), "no service does");
    let served = with(&|facts| facts.rates[0].service_rules.po_boxes = true);
    assert_eq!(served, (reasons(&[("far", "no_po_box")]), vec![oms_domain::document::Speed::Standard]), "standard does");
    let refused = with(&|facts| {
        facts.rates.iter_mut().for_each(|card| card.service_rules.po_boxes = true);
        facts.products[1].sale.no_po_box = true;
    });
    assert_eq!(refused.0, reasons(&[("near", "no_po_box")]), "the product refuses");
    assert_eq!(with(&|facts| facts.destination.is_po_box = false).0, [], "a door");
    assert_eq!(with(&|facts| facts.rates.clear()).0[0].1, "no_rate", "nobody goes there at all");
}

#[test]
fn a_warehouse_takes_so_many_orders_as_it_can_hand_over() {
    let busy = |handling_hours, daily, taken, weekdays: &[i8]| {
        let mut busy = seller("a", 13.5, "0.9", handling_hours);
        (busy.warehouses[0].daily_capacity, busy.warehouses[0].calendar.weekdays) = (Some(daily), weekdays.to_vec());
        let mut facts = facts(&[("A", 1)], vec![busy], &[("A", "a", 5)]);
        facts.load.warehouses.insert((vendor("a"), oms_fakes::warehouse("w1")), taken);
        rejected(&facts)
    };
    let full = reasons(&[("a", "no_capacity")]);
    let week = [1, 2, 3, 4, 5];
    for (name, handling, daily, taken, weekdays, expected) in [
        ("room today", 0, 2, 1, &week[..], vec![]),
        ("none today", 0, 2, 2, &week, full.clone()),
        ("a day more to work it off", 24, 2, 3, &week, vec![]),
        ("not two", 24, 2, 4, &week, full.clone()),
        ("over the weekend only working days count", 120, 2, 9, &week, vec![]),
        ("six of them, from Monday to Monday", 120, 2, 12, &week, full.clone()),
        ("it takes none", 24, 0, 0, &week, full.clone()),
        ("it takes none, and never works", 24, 0, 0, &[], full),
        ("it never works", 24, 2, 0, &[], reasons(&[("a", "closed")])),
    ] {
        assert_eq!(busy(handling, daily, taken, weekdays), expected, "{name}");
    }
}
