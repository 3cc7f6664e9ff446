//! Cases of check 8.

use oms_contract::reference::PriceMode;
use oms_domain::money::Rounding;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case, sku};

/// One kettle of 2.50 at 19 %: 47.5 cents of tax.
fn half_a_cent(given: &mut Given, rounding: Rounding) {
    given.fetched.taxes[0].rounding = rounding;
    given.only(1, 250);
}

pub(crate) fn cases() -> Vec<Case> {
    [rules(), areas()].into_iter().flatten().collect()
}

fn rules() -> Vec<Case> {
    vec![
        case(8, Pass, "the good order: two rates and shipping", |_| {}, Passes),
        case(8, Fail, "a cent too much", |g| g.line(0).tax += 1, FailsAt(&["lines[0].tax"])),
        case(
            8,
            Fail,
            "a cent too little, on both lines",
            |g| {
                g.line(0).tax -= 1;
                g.line(1).tax -= 1;
            },
            FailsAt(&["lines[0].tax", "lines[1].tax"]),
        ),
        case(8, Fail, "no tax on shipping", |g| g.document().shipping_tax = 0, FailsAt(&["shipping_tax"])),
        case(
            8,
            Edge,
            "no shipping, no tax on it",
            |g| {
                (g.document().shipping, g.document().shipping_tax) = (0, 0);
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "tax is on what the discount leaves",
            |g| {
                (g.line(0).discount, g.line(0).tax) = (1000, 760);
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "half a cent, rounded half up",
            |g| {
                half_a_cent(g, Rounding::HalfUp);
                g.line(0).tax = 48;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "half a cent, rounded to even",
            |g| {
                half_a_cent(g, Rounding::HalfEven);
                g.line(0).tax = 48;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "half a cent, rounded down",
            |g| {
                half_a_cent(g, Rounding::Down);
                g.line(0).tax = 47;
            },
            Passes,
        ),
        case(
            8,
            Fail,
            "half a cent, rounded as another country does",
            |g| {
                half_a_cent(g, Rounding::Down);
                g.line(0).tax = 48;
            },
            FailsAt(&["lines[0].tax"]),
        ),
        case(
            8,
            Pass,
            "tax inside the price",
            |g| {
                g.market().price_mode = PriceMode::Inclusive;
                g.only(1, 11_900);
                g.line(0).tax = 1900;
            },
            Passes,
        ),
        case(
            8,
            Fail,
            "tax inside the price, reckoned as if on top",
            |g| {
                g.market().price_mode = PriceMode::Inclusive;
                g.only(1, 11_900);
                g.line(0).tax = 2261;
            },
            FailsAt(&["lines[0].tax"]),
        ),
        case(
            8,
            Pass,
            "a state's rate goes before the country's",
            |g| {
                g.to("US", "CA", "95014", "Cupertino");
                g.rate("US", "standard", "0", Rounding::HalfUp);
                g.rate("US-CA", "standard", "0.0725", Rounding::HalfUp);
                g.only(1, 10_000);
                g.line(0).tax = 725;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "a state written out is that state",
            |g| {
                g.to("US", "California", "95014", "Cupertino");
                g.rate("US", "standard", "0", Rounding::HalfUp);
                g.rate("US-CA", "standard", "0.0725", Rounding::HalfUp);
                g.only(1, 10_000);
            },
            FailsAt(&["lines[0].tax"]),
        ),
        case(
            8,
            Edge,
            "another state's rate does not count",
            |g| {
                g.to("US", "OR", "97201", "Portland");
                g.rate("US", "standard", "0", Rounding::HalfUp);
                g.rate("US-CA", "standard", "0.0725", Rounding::HalfUp);
                g.only(1, 10_000);
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "a rate's last day is 28 February, the order of the 29th",
            |g| {
                g.fetched.placed_at = "2028-02-29T23:59:59Z".parse().unwrap();
                g.fetched.taxes[0].valid_to = Some("2028-02-28".parse().unwrap());
                g.rate("DE", "standard", "0.2", Rounding::HalfUp).valid_from = "2028-02-29".parse().unwrap();
                g.only(1, 1000);
                g.line(0).tax = 200;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "a rate holds on its last day",
            |g| {
                g.fetched.placed_at = "2028-02-29T23:59:59Z".parse().unwrap();
                g.fetched.taxes[0].valid_to = Some("2028-02-29".parse().unwrap());
                g.only(1, 1000);
                g.line(0).tax = 190;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "of two rates in force the later counts",
            |g| {
                g.rate("DE", "standard", "0.16", Rounding::HalfUp);
            },
            Passes,
        ),
        case(
            8,
            Fail,
            "no rate on file is never a pass",
            |g| {
                g.fetched.taxes.clear();
                g.line(0).tax = 0;
            },
            FailsAt(&["lines[0].tax", "lines[1].tax", "shipping_tax"]),
        ),
        case(
            8,
            Edge,
            "yen",
            |g| {
                g.currency("JPY");
                g.only(1, 105);
                g.line(0).tax = 20;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "dinar",
            |g| {
                g.currency("KWD");
                g.only(1, 1250);
                g.line(0).tax = 238;
            },
            Passes,
        ),
        case(
            8,
            Edge,
            "nothing that could be taxed",
            |g| {
                g.only(1, 500);
                g.line(0).sku = sku("NONE");
            },
            NotApplicable,
        ),
        case(
            8,
            Edge,
            "an amount beyond all bounds is check 7's",
            |g| {
                g.only(1, 500);
                (g.line(0).unit_price, g.line(0).quantity) = (i64::MAX, 9);
            },
            NotApplicable,
        ),
        case(8, Edge, "no marketplace rules", |g| g.fetched.market = None, Unavailable),
    ]
}

/// Sends 100.00 worth of the standard category there, at the tax that is stated, with these rates on file.
fn sent(g: &mut Given, to: (&str, &str), rates: &[(&str, &str)], tax: i64) {
    g.to(to.0, "", to.1, "Ajaccio");
    g.fetched.taxes.clear();
    for (area, rate) in rates {
        g.rate(area, "standard", rate, Rounding::HalfUp);
    }
    g.only(1, 10_000);
    g.line(0).tax = tax;
}

fn areas() -> Vec<Case> {
    vec![
        case(8, Pass, "postcodes go before their country", |g| sent(g, ("FR", "20000"), &[("FR", "0.2"), ("FR:20", "0.1")], 1000), Passes),
        case(
            8,
            Edge,
            "longer postcodes go before shorter ones",
            |g| sent(g, ("FR", "97410"), &[("FR:97410", "0.01"), ("FR", "0.2"), ("FR:974", "0.085")], 100),
            Passes,
        ),
        case(
            8,
            Fail,
            "the country's rate in a part with its own",
            |g| sent(g, ("FR", "20000"), &[("FR", "0.2"), ("FR:20", "0.1")], 2000),
            FailsAt(&["lines[0].tax"]),
        ),
        case(
            8,
            Edge,
            "the part's rate elsewhere in the country",
            |g| sent(g, ("FR", "75001"), &[("FR", "0.2"), ("FR:20", "0.1")], 1000),
            FailsAt(&["lines[0].tax"]),
        ),
        case(
            8,
            Edge,
            "a part outside its country's tax that has no row at all",
            |g| sent(g, ("FR", "97410"), &[("FR", "0.2")], 2000),
            Unavailable,
        ),
        case(8, Edge, "the same under its own code", |g| sent(g, ("RE", "97410"), &[("FR", "0.2")], 2000), Unavailable),
        case(
            8,
            Edge,
            "a part with a row of another category alone",
            |g| {
                sent(g, ("FR", "20000"), &[("FR", "0.2")], 2000);
                g.rate("FR:20", "reduced", "0.021", Rounding::HalfUp);
            },
            Unavailable,
        ),
        case(
            8,
            Edge,
            "a part whose row is not in force yet",
            |g| {
                sent(g, ("FR", "20000"), &[("FR", "0.2"), ("FR:20", "0.2")], 2000);
                g.fetched.taxes[1].valid_from = "2026-11-24".parse().unwrap();
            },
            Unavailable,
        ),
        case(
            8,
            Edge,
            "a state that has no row of the category",
            |g| {
                sent(g, ("US", "95014"), &[("US", "0.05")], 500);
                g.address().region = Some("CA".into());
                g.rate("US-CA", "reduced", "0", Rounding::HalfUp);
            },
            Unavailable,
        ),
        case(
            8,
            Edge,
            "rates of a part say nothing of the rest",
            |g| sent(g, ("DE", "10119"), &[("DE:27498", "0")], 0),
            FailsAt(&["lines[0].tax"]),
        ),
        case(
            8,
            Edge,
            "a country that has no row of the category",
            |g| {
                sent(g, ("DE", "10119"), &[("DE", "0.19")], 1900);
                g.product(0).tax_category = "luxury".into();
            },
            Unavailable,
        ),
    ]
}

#[test]
fn what_is_missing_is_told_by_area_category_and_day() {
    let mut given = Given::good();
    sent(&mut given, ("RE", "97410"), &[("FR", "0.2")], 2000);
    let told = validate::checks::run(&given.facts()).into_iter().find(|result| result.check == 8).map(|result| result.outcome);
    let fact = "the tax rate of category standard in FR:974 on 2026-11-23".to_owned();
    assert_eq!(told, Some(oms_contract::record::CheckOutcome::Unavailable { fact }));
}
