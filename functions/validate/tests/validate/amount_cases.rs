//! Cases of check 7 (amounts and currency) and check 47 (minimum order values).

use oms_contract::reference::PriceMode;
use oms_domain::document::PriceSource;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case, currency, sku, source};

pub(crate) fn cases() -> Vec<Case> {
    [amounts(), prices(), minimums()].into_iter().flatten().collect()
}

fn amounts() -> Vec<Case> {
    vec![
        case(7, Pass, "the good order", |_| {}, Passes),
        case(
            7,
            Pass,
            "discounts on line and order",
            |g| {
                g.line(0).discount = 500;
                g.document().discount = 100;
                g.settle();
            },
            Passes,
        ),
        case(
            7,
            Edge,
            "yen have no decimals",
            |g| {
                g.currency("JPY");
            },
            Passes,
        ),
        case(
            7,
            Edge,
            "dinar have three",
            |g| {
                g.currency("KWD");
            },
            Passes,
        ),
        case(
            7,
            Edge,
            "a discount takes the whole line",
            |g| {
                g.line(1).discount = 1000;
                g.settle();
            },
            Passes,
        ),
        case(
            7,
            Edge,
            "prices hold the tax",
            |g| {
                g.market().price_mode = PriceMode::Inclusive;
                g.document().total = 5000 + 1000 + 490;
            },
            Passes,
        ),
        case(
            7,
            Fail,
            "prices hold the tax and it is added again",
            |g| {
                g.market().price_mode = PriceMode::Inclusive;
            },
            FailsAt(&["total"]),
        ),
        case(7, Fail, "total one cent short", |g| g.document().total -= 1, FailsAt(&["total"])),
        case(7, Fail, "a currency that is not taken", |g| g.currency("GBP"), FailsAt(&["currency"])),
        case(
            7,
            Fail,
            "negative amounts, each told",
            |g| {
                (g.line(0).tax, g.document().shipping) = (-1, -1);
                g.settle();
            },
            FailsAt(&["shipping", "lines[0].tax"]),
        ),
        case(
            7,
            Fail,
            "a negative discount is a surcharge",
            |g| {
                g.document().discount = -1;
                g.settle();
            },
            FailsAt(&["discount"]),
        ),
        case(
            7,
            Fail,
            "a discount larger than the line",
            |g| {
                g.line(1).discount = 1001;
                g.settle();
            },
            FailsAt(&["lines[1].discount"]),
        ),
        case(
            7,
            Fail,
            "no lines",
            |g| {
                g.document().lines.clear();
                g.settle();
            },
            FailsAt(&["lines"]),
        ),
        case(
            7,
            Edge,
            "a line beyond 64 bits",
            |g| {
                g.fetched.document.prices = PriceSource::Stated;
                (g.line(0).unit_price, g.line(0).quantity) = (i64::MAX, 2);
            },
            FailsAt(&["lines[0]", "total"]),
        ),
        case(
            7,
            Edge,
            "lines that fit and a sum that does not",
            |g| {
                g.fetched.document.prices = PriceSource::Stated;
                (g.line(0).unit_price, g.line(0).quantity) = (i64::MAX, 1);
            },
            FailsAt(&["total"]),
        ),
        case(7, Edge, "no marketplace rules", |g| g.fetched.market = None, Unavailable),
    ]
}

fn prices() -> Vec<Case> {
    vec![
        case(
            7,
            Fail,
            "a customer's own price",
            |g| {
                g.line(0).unit_price = 2499;
                g.settle();
            },
            FailsAt(&["lines[0].unit_price"]),
        ),
        case(
            7,
            Fail,
            "yen in sen",
            |g| {
                g.currency("JPY");
                g.line(1).unit_price *= 100;
                g.settle();
            },
            FailsAt(&["lines[1].unit_price"]),
        ),
        case(
            7,
            Fail,
            "no price in that currency",
            |g| {
                g.product(0).prices.clear();
            },
            FailsAt(&["lines[0].unit_price"]),
        ),
        case(
            7,
            Edge,
            "an operator states the price",
            |g| {
                g.document().prices = PriceSource::Stated;
                g.line(0).unit_price = 2499;
                g.settle();
            },
            Passes,
        ),
        case(7, Edge, "an unknown product has no price to compare: check 11 refuses it", |g| g.line(0).sku = sku("NONE"), Passes),
    ]
}

fn minimums() -> Vec<Case> {
    vec![
        case(47, Pass, "the good order", |_| {}, Passes),
        case(
            47,
            Fail,
            "goods below the marketplace's minimum; shipping does not count",
            |g| {
                g.only(1, 499);
                g.document().shipping = 490;
            },
            FailsAt(&["lines"]),
        ),
        case(47, Edge, "exactly the minimum", |g| g.only(1, 500), Passes),
        case(
            47,
            Edge,
            "the discount on the order counts against it",
            |g| {
                g.only(1, 500);
                g.document().discount = 1;
            },
            FailsAt(&["lines"]),
        ),
        case(
            47,
            Edge,
            "tax inside the price does not count",
            |g| {
                g.market().price_mode = PriceMode::Inclusive;
                g.only(1, 500);
                g.line(0).tax = 1;
            },
            FailsAt(&["lines"]),
        ),
        case(
            47,
            Edge,
            "no minimum in that currency",
            |g| {
                g.currency("KWD");
                g.only(1, 1);
            },
            Passes,
        ),
        case(
            47,
            Edge,
            "yen, one short",
            |g| {
                g.currency("JPY");
                g.only(1, 799);
            },
            FailsAt(&["lines"]),
        ),
        case(
            47,
            Fail,
            "the book's only vendor asks for more",
            |g| {
                g.vendor(1).min_order.insert(currency("EUR"), 6001);
            },
            FailsAt(&["lines[1]"]),
        ),
        case(
            47,
            Edge,
            "a vendor's minimum exactly met with all it can deliver",
            |g| {
                g.vendor(1).min_order.insert(currency("EUR"), 6000);
            },
            Passes,
        ),
        case(
            47,
            Edge,
            "a vendor's two warehouses do not count twice",
            |g| {
                g.fetched.sources.push(source("BOOK", "south", "w2", 5));
                g.vendor(1).min_order.insert(currency("EUR"), 6001);
            },
            FailsAt(&["lines[1]"]),
        ),
        case(
            47,
            Pass,
            "another vendor of the kettles has no minimum",
            |g| {
                g.vendor(1).min_order.insert(currency("EUR"), 6001);
                g.document().lines.truncate(1);
            },
            Passes,
        ),
        case(
            47,
            Edge,
            "a minimum in another currency does not bind",
            |g| {
                g.vendor(1).min_order.insert(currency("JPY"), 999_999);
            },
            Passes,
        ),
        case(47, Edge, "amounts beyond all bounds are check 7's", |g| g.line(0).unit_price = i64::MAX, NotApplicable),
        case(47, Edge, "no marketplace rules", |g| g.fetched.market = None, Unavailable),
    ]
}
