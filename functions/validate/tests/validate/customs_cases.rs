//! Cases of check 40: customs.

use oms_contract::reference::account::ImporterNumber;
use oms_contract::reference::regulation::CustomsRule;
use oms_contract::reference::sale::{Area, CustomsData};
use oms_domain::Money;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case, currency};

pub(crate) fn cases() -> Vec<Case> {
    [customs(), businesses(), territories()].into_iter().flatten().collect()
}

/// From a warehouse in Zürich to Berlin: kettles alone, 50.00 euro without tax, with papers; IOSS is asked up to 150 euro.
fn from_zurich(g: &mut Given) {
    g.one_vendor();
    from(g, "CH", "8001");
    g.product(0).customs = CustomsData { hs_code: Some("851610".into()), origin: Some("CN".into()) };
    ask_ioss(g, "DE");
    g.market().policy.importer = vec![ImporterNumber { kind: "IOSS".into(), number: "IM2760000742".into() }];
}

/// From Zürich, of this code and origin.
fn coded(g: &mut Given, hs_code: &str, origin: &str) {
    from_zurich(g);
    g.product(0).customs = CustomsData { hs_code: Some(hs_code.into()), origin: Some(origin.into()) };
}

pub(crate) fn from(g: &mut Given, country: &str, postcode: &str) {
    let warehouse = g.warehouse(0);
    (warehouse.country, warehouse.postcode) = (country.into(), postcode.into());
}

fn ask_ioss(g: &mut Given, area: &str) {
    let up_to = Some(Money::new(15_000, currency("EUR")));
    let rule = CustomsRule { number: "IOSS".into(), up_to, ..customs_rule(area) };
    g.regulations().customs.push(rule);
}

fn customs_rule(area: &str) -> CustomsRule {
    CustomsRule {
        area: Area(area.into()),
        number: "EORI".into(),
        prefixes: vec![],
        of_businesses: false,
        up_to: None,
        above: None,
        source: "test".into(),
    }
}

/// To a business in Manchester, for so many pence; EORI is asked of such above 135 pounds. A pound is 1.15 euros.
fn to_a_business(g: &mut Given, pence: i64) {
    g.one_vendor();
    from(g, "DE", "80331");
    g.vendor(0).ships_to.push("GB".into());
    g.to("GB", "", "M1 5QA", "Manchester");
    g.product(0).customs = CustomsData { hs_code: Some("851610".into()), origin: Some("CN".into()) };
    g.market().fx_to_eur.insert(currency("GBP"), "1.15".parse().unwrap());
    g.document().currency = currency("GBP");
    (g.line(0).quantity, g.line(0).unit_price) = (1, pence);
    g.customer().record.business = true;
    let above = Some(Money::new(13_500, currency("GBP")));
    let rule = CustomsRule { prefixes: vec!["GB".into()], of_businesses: true, above, ..customs_rule("GB") };
    g.regulations().customs.push(rule);
}

fn eori(g: &mut Given, number: &str) {
    g.customer().record.importer = vec![ImporterNumber { kind: "EORI".into(), number: number.into() }];
}

fn businesses() -> Vec<Case> {
    const AT: &[&str] = &["customer.importer"];
    vec![
        case(
            40,
            Pass,
            "a business with its EORI number",
            |g| {
                to_a_business(g, 20_000);
                eori(g, "GB123456789000");
            },
            Passes,
        ),
        case(40, Fail, "a business without", |g| to_a_business(g, 20_000), FailsAt(AT)),
        case(40, Edge, "135 pounds to the penny are not above 135", |g| to_a_business(g, 13_500), Passes),
        case(40, Edge, "a penny over 135 pounds is", |g| to_a_business(g, 13_501), FailsAt(AT)),
        case(
            40,
            Edge,
            "155.25 euros are 135 pounds",
            |g| {
                to_a_business(g, 15_525);
                g.document().currency = currency("EUR");
            },
            Passes,
        ),
        case(
            40,
            Edge,
            "a cent over is above 135 pounds",
            |g| {
                to_a_business(g, 15_526);
                g.document().currency = currency("EUR");
            },
            FailsAt(AT),
        ),
        case(
            40,
            Edge,
            "a business with a number of the Union in Great Britain",
            |g| {
                to_a_business(g, 20_000);
                eori(g, "DE1234567890");
            },
            FailsAt(AT),
        ),
        case(
            40,
            Pass,
            "whoever buys for private use needs none",
            |g| {
                to_a_business(g, 20_000);
                g.customer().record.business = false;
            },
            Passes,
        ),
        case(
            40,
            Edge,
            "the limit is in a currency without a rate",
            |g| {
                to_a_business(g, 20_000);
                g.document().currency = currency("EUR");
                g.market().fx_to_eur.remove(&currency("GBP"));
            },
            Unavailable,
        ),
        case(
            40,
            Edge,
            "a limit in a currency without a rate does not matter to who has the number",
            |g| {
                to_a_business(g, 20_000);
                eori(g, "GB123456789000");
                g.document().currency = currency("EUR");
                g.market().fx_to_eur.remove(&currency("GBP"));
            },
            Passes,
        ),
    ]
}

fn customs() -> Vec<Case> {
    vec![
        case(40, Pass, "with all papers", from_zurich, Passes),
        case(
            40,
            Fail,
            "no code and no origin",
            |g| {
                from_zurich(g);
                g.product(0).customs = CustomsData::default();
            },
            FailsAt(&["lines[0].hs_code", "lines[0].origin"]),
        ),
        case(
            40,
            Fail,
            "a code of five digits, no value, no weight",
            |g| {
                from_zurich(g);
                g.product(0).customs.hs_code = Some("85161".into());
                g.product(0).weight_g = 0;
                g.line(0).unit_price = 0;
            },
            FailsAt(&["lines[0].hs_code", "lines[0].unit_price", "lines[0].weight_g"]),
        ),
        case(40, Fail, "a code of no chapter", |g| coded(g, "770000", "CN"), FailsAt(&["lines[0].hs_code"])),
        case(40, Fail, "a code of a country's own chapter", |g| coded(g, "98040000", "CN"), FailsAt(&["lines[0].hs_code"])),
        case(40, Edge, "a code of the last chapter, of ten digits", |g| coded(g, "9706100000", "CN"), Passes),
        case(40, Edge, "a code of the first chapter, of eleven digits", |g| coded(g, "01012100000", "CN"), FailsAt(&["lines[0].hs_code"])),
        case(40, Fail, "made nobody knows where", |g| coded(g, "851610", "XX"), FailsAt(&["lines[0].origin"])),
        case(40, Edge, "made in the Union, which is no country", |g| coded(g, "851610", "EU"), FailsAt(&["lines[0].origin"])),
        case(40, Edge, "made on Åland", |g| coded(g, "851610", "AX"), Passes),
        case(
            40,
            Fail,
            "no importer's number",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
            },
            FailsAt(&["customer.importer"]),
        ),
        case(
            40,
            Edge,
            "the customer's own number",
            |g| {
                from_zurich(g);
                let number = g.market().policy.importer.remove(0);
                g.customer().record.importer.push(number);
            },
            Passes,
        ),
        case(
            40,
            Edge,
            "150 euro to the cent are within IOSS",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
                g.line(0).unit_price = 7500;
            },
            FailsAt(&["customer.importer"]),
        ),
        case(
            40,
            Edge,
            "a cent over 150 euro is not",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
                g.line(0).unit_price = 7501;
                g.line(0).discount = 1;
            },
            Passes,
        ),
        case(
            40,
            Edge,
            "25,000 yen at 0.006 are 150 euro: yen have no decimals",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
                g.market().fx_to_eur.insert(currency("JPY"), "0.006".parse().unwrap());
                g.document().currency = currency("JPY");
                g.line(0).unit_price = 12_500;
            },
            FailsAt(&["customer.importer"]),
        ),
        case(
            40,
            Edge,
            "a currency without a rate",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
                g.document().currency = currency("KWD");
            },
            Unavailable,
        ),
        case(
            40,
            Edge,
            "a currency that the marketplace does not take: check 7's",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
                g.document().currency = currency("MUR");
            },
            NotApplicable,
        ),
        case(
            40,
            Edge,
            "the rate is too old for the day of the order",
            |g| {
                from_zurich(g);
                g.market().policy.importer.clear();
                g.market().fx_to_eur.insert(currency("JPY"), "0.006".parse().unwrap());
                g.market().fx_as_of = "2026-11-18".parse().unwrap();
                g.document().currency = currency("JPY");
            },
            Unavailable,
        ),
        case(40, Edge, "the marketplace's rules could not be had", |g| g.fetched.market = None, Unavailable),
    ]
}

fn territories() -> Vec<Case> {
    vec![
        case(
            40,
            Edge,
            "a vendor on this side of the border has it too",
            |g| {
                g.warehouse(0).country = "CH".into();
            },
            NotApplicable,
        ),
        case(
            40,
            Edge,
            "from France to Berlin no border is crossed",
            |g| {
                from_zurich(g);
                g.product(0).customs = CustomsData::default();
                from(g, "FR", "69002");
            },
            NotApplicable,
        ),
        case(
            40,
            Edge,
            "Northern Ireland is the Union for goods",
            |g| {
                from_zurich(g);
                from(g, "IE", "D02 X285");
                g.vendor(0).ships_to.push("GB".into());
                g.to("GB", "", "BT1 5GS", "Belfast");
                g.product(0).customs = CustomsData::default();
            },
            NotApplicable,
        ),
        case(
            40,
            Edge,
            "Great Britain is not",
            |g| {
                from_zurich(g);
                from(g, "IE", "D02 X285");
                g.vendor(0).ships_to.push("GB".into());
                g.to("GB", "", "M1 5QA", "Manchester");
                g.product(0).customs = CustomsData::default();
            },
            FailsAt(&["lines[0].hs_code", "lines[0].origin"]),
        ),
        case(
            40,
            Edge,
            "to the Canary Islands papers are needed, IOSS is not",
            |g| {
                from_zurich(g);
                from(g, "ES", "28009");
                g.vendor(0).ships_to.push("ES".into());
                g.to("ES", "Las Palmas", "35001", "Las Palmas de Gran Canaria");
                ask_ioss(g, "ES");
                g.market().policy.importer.clear();
                g.product(0).customs.origin = None;
            },
            FailsAt(&["lines[0].origin"]),
        ),
        case(
            40,
            Edge,
            "Corsica is France",
            |g| {
                from_zurich(g);
                from(g, "FR", "69002");
                g.vendor(0).ships_to.push("FR".into());
                g.to("FR", "", "20000", "Ajaccio");
                g.product(0).customs = CustomsData::default();
            },
            NotApplicable,
        ),
    ]
}
