//! Cases of checks 20 (served), 21 (method), 22 (date), 23 (restricted) and 25 (P.O. boxes).

use oms_contract::reference::sale::{Area, Hazmat};
use oms_contract::reference::{Mode, SizeLimit};
use oms_domain::document::Speed;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case, hazmat_rule};

pub(crate) fn cases() -> Vec<Case> {
    [served(), methods(), dates(), restricted(), boxes()].into_iter().flatten().collect()
}

fn served() -> Vec<Case> {
    vec![
        case(20, Pass, "the good order", |_| {}, Passes),
        case(20, Fail, "no carrier at all", |g| g.fetched.rates.clear(), FailsAt(&["shipping_address"])),
        case(
            20,
            Fail,
            "no carrier reaches so far",
            |g| g.fetched.rates.iter_mut().for_each(|card| card.zones[0].max_km = 100),
            FailsAt(&["shipping_address"]),
        ),
        case(
            20,
            Edge,
            "an island that the carriers leave out, though they name the country",
            |g| {
                g.to("FR", "", "20000", "Ajaccio");
                g.vendor(1).ships_to.push("FR".into());
                g.fetched.rates.iter_mut().for_each(|card| card.service_rules.not_in = vec![Area("FR:20".into())]);
            },
            FailsAt(&["shipping_address"]),
        ),
        case(
            20,
            Edge,
            "served at another speed only: check 21's",
            |g| g.fetched.rates.retain(|card| card.service == Speed::Express),
            Passes,
        ),
        case(
            20,
            Edge,
            "a carrier of another relation alone",
            |g| g.fetched.rates.iter_mut().for_each(|card| card.zones[0].from = "FR".into()),
            FailsAt(&["shipping_address"]),
        ),
        case(20, Edge, "nowhere on the map: check 19's", |g| g.to("KW", "", "", "Qwxzyk"), NotApplicable),
        case(20, Edge, "nobody has any: check 11's", |g| g.fetched.sources.clear(), NotApplicable),
    ]
}

fn methods() -> Vec<Case> {
    vec![
        case(21, Pass, "the good order", |_| {}, Passes),
        case(21, Pass, "express", |g| g.document().speed = Speed::Express, Passes),
        case(
            21,
            Fail,
            "no express there",
            |g| {
                g.document().speed = Speed::Express;
                g.fetched.rates.retain(|card| card.service == Speed::Standard);
                g.document().lines.truncate(1);
            },
            FailsAt(&["speed"]),
        ),
        case(21, Fail, "too heavy", |g| g.product(0).weight_g = 31_501, FailsAt(&["speed"])),
        case(21, Edge, "exactly the heaviest", |g| g.product(0).weight_g = 31_500, Passes),
        case(
            21,
            Fail,
            "too long",
            |g| {
                g.card().service_rules.max_side_mm = Some(1200);
                g.product(0).height_mm = 1201;
            },
            FailsAt(&["speed"]),
        ),
        case(
            21,
            Edge,
            "girth and length together are too large",
            |g| {
                g.card().largest = Some(SizeLimit { length_mm: 1200, girth_mm: 3000 });
                (g.product(0).length_mm, g.product(0).width_mm, g.product(0).height_mm) = (1000, 600, 401);
            },
            FailsAt(&["speed"]),
        ),
        case(
            21,
            Edge,
            "one service takes its weight, another what it is made of, none both",
            |g| {
                g.product(0).weight_g = 20_000;
                g.product(0).hazmat = Some(Hazmat { un_number: 1263, net_quantity: 400 });
                g.regulations().hazmat.push(hazmat_rule(1263, "3", Some(5000), None));
                let mut strong = g.card().clone();
                strong.service_rules.mode = Mode::Road;
                strong.service_rules.hazmat = true;
                strong.zones[0].max_weight_g = 5000;
                g.fetched.rates.push(strong);
            },
            FailsAt(&["speed"]),
        ),
        case(21, Edge, "no carrier there: check 20's", |g| g.fetched.rates.clear(), NotApplicable),
    ]
}

fn dates() -> Vec<Case> {
    vec![
        case(22, Pass, "the good order", |_| {}, Passes),
        case(22, Fail, "a warehouse that never works", |g| g.warehouse(1).calendar.weekdays.clear(), FailsAt(&["lines[1].sku"])),
        case(22, Edge, "one of two warehouses is enough", |g| g.warehouse(0).calendar.weekdays.clear(), Passes),
        case(
            22,
            Edge,
            "ordered in the hour that comes twice, at a cut-off within it",
            |g| {
                g.fetched.placed_at = "2026-10-25T00:30:00Z".parse().unwrap();
                for vendor in 0..2 {
                    let calendar = &mut g.warehouse(vendor).calendar;
                    calendar.weekdays = (1..=7).collect();
                    calendar.cut_off = Some("02:30:00".parse().unwrap());
                }
            },
            Passes,
        ),
        case(
            22,
            Edge,
            "weekdays that the two ends do not share",
            |g| {
                // Fridays and Saturdays, when Kuwait does not work.
                g.to("KW", "", "22001", "Salmiya");
                for vendor in 0..2 {
                    g.vendor(vendor).ships_to.push("KW".into());
                    g.warehouse(vendor).calendar.weekdays = vec![5, 6];
                }
            },
            FailsAt(&["lines[0].sku", "lines[1].sku"]),
        ),
        case(22, Edge, "nobody goes there: checks 20 and 21", |g| g.fetched.rates.clear(), NotApplicable),
    ]
}

fn restricted() -> Vec<Case> {
    vec![
        case(23, Pass, "regulated, and not banned", |g| g.regulate("alcohol", "DE", |rule| rule.min_age = Some(16)), Passes),
        case(23, Fail, "banned in the country", |g| g.regulate("knives", "DE", |rule| rule.banned = true), FailsAt(&["lines[0].sku"])),
        case(
            23,
            Edge,
            "banned in the country, allowed in the part",
            |g| {
                g.regulate("knives", "DE", |rule| rule.banned = true);
                g.regulate("knives", "DE:101", |_| {});
            },
            Passes,
        ),
        case(
            23,
            Edge,
            "of two postcode areas the longer counts",
            |g| {
                g.regulate("fireworks", "DE:10", |_| {});
                g.regulate("fireworks", "DE:101", |rule| rule.banned = true);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(23, Edge, "banned elsewhere", |g| g.regulate("knives", "KW", |rule| rule.banned = true), Passes),
        case(
            23,
            Edge,
            "a class that nobody has rules for",
            |g| g.product(0).sale.restriction = Some("mystery".into()),
            FailsAt(&["lines[0].sku"]),
        ),
        case(23, Edge, "nothing regulated", |_| {}, NotApplicable),
    ]
}

fn boxes() -> Vec<Case> {
    vec![
        case(
            25,
            Pass,
            "a carrier serves boxes",
            |g| {
                g.address().line1 = "Postfach 12 34".into();
                g.card().service_rules.po_boxes = true;
            },
            Passes,
        ),
        case(
            25,
            Fail,
            "no carrier serves boxes",
            |g| g.address().line1 = "Packstation 145".into(),
            FailsAt(&["shipping_address.line1", "shipping_address.line1"]),
        ),
        case(
            25,
            Fail,
            "the product cannot be put into one",
            |g| {
                g.address().line2 = Some("PACKSTATION 145".into());
                g.card().service_rules.po_boxes = true;
                g.product(1).sale.no_po_box = true;
            },
            FailsAt(&["shipping_address.line1"]),
        ),
        case(
            25,
            Edge,
            "the carrier that serves boxes is not of the speed",
            |g| {
                g.address().line1 = "P.O. Box 7".into();
                g.fetched.rates[1].service_rules.po_boxes = true;
                g.document().lines.truncate(1);
            },
            FailsAt(&["shipping_address.line1"]),
        ),
        case(
            25,
            Edge,
            "an Apartado in Spain",
            |g| {
                g.to("ES", "Madrid", "28080", "Madrid");
                g.address().line1 = "Apartado de Correos 77".into();
                g.product(0).sale.no_po_box = true;
                g.document().lines.truncate(1);
            },
            FailsAt(&["shipping_address.line1"]),
        ),
        case(25, Edge, "a street named like a box", |g| g.address().line1 = "Boxberg 3".into(), NotApplicable),
        case(25, Edge, "erased", |g| g.fetched.personal = None, NotApplicable),
    ]
}
