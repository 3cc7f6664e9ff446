//! Cases of checks 37 (trade), 38 (safety) and 39 (dangerous goods).

use oms_contract::reference::Mode;
use oms_contract::reference::regulation::{CertificateRule, TradeRule};
use oms_contract::reference::sale::{Area, Certificate, Hazmat};

use crate::customs_cases::from;
use crate::fixture::Expect::{FailsAt, NotApplicable, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case, hazmat_rule};

pub(crate) fn cases() -> Vec<Case> {
    [trade(), certificates(), dangerous()].into_iter().flatten().collect()
}

/// The first line alone, from a warehouse in Zürich.
fn from_zurich(g: &mut Given) {
    g.one_vendor();
    from(g, "CH", "8001");
}

fn bar(g: &mut Given, from: Option<&str>, to: &str, hs_prefixes: &[&str]) {
    let rule = TradeRule {
        from: from.map(|area| Area(area.into())),
        to: Area(to.into()),
        hs_prefixes: hs_prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        source: "test".into(),
    };
    g.regulations().trade.push(rule);
}

fn coded_all(g: &mut Given, hs_code: &str) {
    for product in &mut g.fetched.products {
        product.customs.hs_code = Some(hs_code.into());
    }
}

fn trade() -> Vec<Case> {
    vec![
        case(37, Pass, "no rule", |_| {}, Passes),
        case(37, Fail, "an embargo between the two", |g| bar(g, Some("DE"), "DE", &[]), FailsAt(&["lines[0].sku", "lines[1].sku"])),
        case(37, Fail, "an embargo of the destination", |g| bar(g, None, "DE:10", &[]), FailsAt(&["lines[0].sku", "lines[1].sku"])),
        case(37, Edge, "the other direction", |g| bar(g, Some("FR"), "DE", &[]), Passes),
        case(
            37,
            Edge,
            "another vendor sends it from elsewhere",
            |g| {
                g.warehouse(0).country = "FR".into();
                bar(g, Some("FR"), "DE", &[]);
            },
            Passes,
        ),
        case(
            37,
            Fail,
            "goods of a controlled code",
            |g| {
                coded_all(g, "851610");
                g.product(0).customs.hs_code = Some("93032010".into());
                bar(g, None, "DE", &["9302", "9303"]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            37,
            Edge,
            "a code that only begins alike",
            |g| {
                coded_all(g, "851610");
                g.product(0).customs.hs_code = Some("930400".into());
                bar(g, None, "DE", &["9303"]);
            },
            Passes,
        ),
        case(
            37,
            Fail,
            "no code, across a border, where some are controlled",
            |g| {
                from_zurich(g);
                bar(g, None, "DE", &["9303"]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(37, Edge, "no code, and no border between", |g| bar(g, None, "DE", &["9303"]), Passes),
        case(
            37,
            Edge,
            "four digits may be the beginning of a controlled code",
            |g| {
                from_zurich(g);
                coded_all(g, "851610");
                g.product(0).customs.hs_code = Some("9303".into());
                bar(g, None, "DE", &["930320"]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            37,
            Pass,
            "all have codes, none of them controlled",
            |g| {
                from_zurich(g);
                coded_all(g, "851610");
                bar(g, None, "DE", &["9303"]);
            },
            Passes,
        ),
        case(
            37,
            Edge,
            "no code, where other destinations control some",
            |g| {
                from_zurich(g);
                bar(g, None, "FR", &["9303"]);
            },
            Passes,
        ),
        case(
            37,
            Edge,
            "no code, where what comes from elsewhere is controlled",
            |g| {
                from_zurich(g);
                bar(g, Some("FR"), "DE", &["9303"]);
            },
            Passes,
        ),
        case(37, Edge, "nobody has any: check 11's", |g| g.fetched.sources.clear(), NotApplicable),
        case(
            37,
            Fail,
            "a recipient under sanctions, its words in another order",
            |g| g.fetched.watchlists.names.push("VOGT, Clara".into()),
            FailsAt(&["contact.name", "shipping_address.name"]),
        ),
        case(37, Edge, "a name that is only alike: check 27's", |g| g.fetched.watchlists.names.push("Klara Vogt".into()), Passes),
    ]
}

/// CE is asked of what the first product is, which has these certificates.
fn certified(g: &mut Given, certificates: &[(&str, Option<&str>)]) {
    g.product(0).category = "toys".into();
    g.product(0).sale.certificates = certificates
        .iter()
        .map(|(kind, last)| Certificate { kind: (*kind).to_owned(), valid_to: last.map(|day| day.parse().unwrap()) })
        .collect();
    let rule = CertificateRule { area: Area("DE".into()), category: "toys".into(), kind: "CE".into(), source: "test".into() };
    g.regulations().certificates.push(rule);
}

fn certificates() -> Vec<Case> {
    vec![
        case(38, Pass, "certified", |g| certified(g, &[("CE", None)]), Passes),
        case(38, Fail, "no certificate", |g| certified(g, &[]), FailsAt(&["lines[0].sku"])),
        case(38, Fail, "another certificate", |g| certified(g, &[("UKCA", None)]), FailsAt(&["lines[0].sku"])),
        case(38, Edge, "on its last day", |g| certified(g, &[("CE", Some("2026-11-23"))]), Passes),
        case(38, Fail, "run out", |g| certified(g, &[("CE", Some("2026-11-22"))]), FailsAt(&["lines[0].sku"])),
        case(38, Edge, "the new one beside the old one", |g| certified(g, &[("CE", Some("2026-11-22")), ("CE", None)]), Passes),
        case(
            38,
            Edge,
            "Northern Ireland asks for CE, Great Britain does not",
            |g| {
                certified(g, &[("UKCA", None)]);
                g.regulations().certificates[0].area = Area("GB:BT".into());
                g.to("GB", "", "BT1 5GS", "Belfast");
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(38, Edge, "nothing is asked", |_| {}, NotApplicable),
    ]
}

/// A tin of paint of so many millilitres; five litres may travel by road, one by air.
fn paint(g: &mut Given, net_quantity: u32) {
    g.product(0).hazard_class = Some("3".into());
    g.product(0).hazmat = Some(Hazmat { un_number: 1263, net_quantity });
    g.regulations().hazmat.push(hazmat_rule(1263, "3", Some(5000), Some(1000)));
    g.card().service_rules.hazmat = true;
}

fn dangerous() -> Vec<Case> {
    vec![
        case(39, Pass, "a small tin", |g| paint(g, 400), Passes),
        case(39, Edge, "exactly the limited quantity", |g| paint(g, 5000), Passes),
        case(39, Fail, "a millilitre more", |g| paint(g, 5001), FailsAt(&["lines[0].sku"])),
        case(
            39,
            Edge,
            "by air the limit is another",
            |g| {
                paint(g, 5000);
                g.card().service_rules.mode = Mode::Air;
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            39,
            Fail,
            "not by air at all",
            |g| {
                paint(g, 400);
                g.regulations().hazmat[0].air = None;
                g.card().service_rules.mode = Mode::Air;
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            39,
            Fail,
            "the carrier takes nothing dangerous",
            |g| {
                paint(g, 400);
                g.card().service_rules.hazmat = false;
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            39,
            Fail,
            "a number that is not on the list",
            |g| {
                paint(g, 400);
                g.product(0).hazmat = Some(Hazmat { un_number: 336, net_quantity: 1 });
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            39,
            Edge,
            "a class without a number",
            |g| {
                paint(g, 400);
                g.product(0).hazmat = None;
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            39,
            Edge,
            "a class that is not the number's",
            |g| {
                paint(g, 400);
                g.product(0).hazard_class = Some("8".into());
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            39,
            Edge,
            "classes that must not meet are packed apart",
            |g| {
                paint(g, 400);
                g.product(1).hazard_class = Some("5.1".into());
                g.product(1).hazmat = Some(Hazmat { un_number: 1479, net_quantity: 500 });
                g.regulations().hazmat.push(hazmat_rule(1479, "5.1", Some(1000), None));
            },
            Passes,
        ),
        case(39, Edge, "nothing dangerous", |_| {}, NotApplicable),
    ]
}
