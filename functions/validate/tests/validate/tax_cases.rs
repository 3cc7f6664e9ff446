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
                g.rate("US", None, "standard", "0", Rounding::HalfUp);
                g.rate("US", Some("CA"), "standard", "0.0725", Rounding::HalfUp);
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
                g.rate("US", None, "standard", "0", Rounding::HalfUp);
                g.rate("US", Some("CA"), "standard", "0.0725", Rounding::HalfUp);
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
                g.rate("US", None, "standard", "0", Rounding::HalfUp);
                g.rate("US", Some("CA"), "standard", "0.0725", Rounding::HalfUp);
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
                g.rate("DE", None, "standard", "0.2", Rounding::HalfUp).valid_from = "2028-02-29".parse().unwrap();
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
                g.rate("DE", None, "standard", "0.16", Rounding::HalfUp);
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
