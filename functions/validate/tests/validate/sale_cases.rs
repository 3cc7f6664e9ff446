//! Cases of checks 14 (maxima), 15 (region), 16 (warehouse's capacity), 17 (punctuality) and 18 (seasons).

use oms_contract::reference::OnTime;
use oms_contract::reference::sale::{Area, HoardingCap, MonthDay, Season};
use oms_ports::budget::BudgetKey;
use oms_ports::stock::Held;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case, sku, vendor_id};

pub(crate) fn cases() -> Vec<Case> {
    [maxima(), regions(), capacity(), punctuality(), seasons()].into_iter().flatten().collect()
}

fn areas(names: &[&str]) -> Vec<Area> {
    names.iter().map(|name| Area((*name).to_owned())).collect()
}

fn maxima() -> Vec<Case> {
    vec![
        case(14, Pass, "the good order", |_| {}, Passes),
        case(14, Fail, "more than the most in one order", |g| g.product(0).max_quantity = 1, FailsAt(&["lines[0].quantity"])),
        case(14, Edge, "exactly the most", |g| g.product(0).max_quantity = 2, Passes),
        case(
            14,
            Edge,
            "two lines of one SKU are one demand",
            |g| {
                g.product(0).max_quantity = 3;
                let again = g.line(0).clone();
                g.document().lines.push(again);
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(14, Pass, "within the cap against hoarding", |g| hoarding(g, 4, 1), Passes),
        case(14, Edge, "exactly the cap with what was bought before", |g| hoarding(g, 4, 2), Passes),
        case(14, Fail, "over the cap with what was bought before", |g| hoarding(g, 4, 3), FailsAt(&["lines[0].quantity"])),
        case(14, Edge, "sums beyond 32 bits are over the cap", |g| hoarding(g, 4, u32::MAX), FailsAt(&["lines[0].quantity"])),
        case(
            14,
            Edge,
            "another order of the customer's was faster",
            |g| {
                hoarding(g, 4, 2);
                let window = 20_780 / 7;
                let key = BudgetKey::Quota(g.document().customer_id.clone(), sku("KETTLE"), 7, window);
                g.held = Some(Held::Spent { budgets: vec![key], skus: vec![] });
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            14,
            Edge,
            "another order was faster in the window before",
            |g| {
                hoarding(g, 4, 2);
                let key = BudgetKey::Quota(g.document().customer_id.clone(), sku("KETTLE"), 7, 20_780 / 7 - 1);
                g.held = Some(Held::Spent { budgets: vec![key], skus: vec![] });
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(14, Edge, "no product known", |g| g.fetched.products.clear(), NotApplicable),
    ]
}

/// A cap of so many a week, of which so many were taken before.
fn hoarding(g: &mut Given, quantity: u32, bought: u32) {
    g.product(0).sale.hoarding = Some(HoardingCap { quantity, days: 7 });
    g.fetched.bought.insert(sku("KETTLE"), bought);
}

fn regions() -> Vec<Case> {
    vec![
        case(15, Pass, "sold everywhere", |_| {}, Passes),
        case(15, Pass, "sold there", |g| g.product(0).sale.only_in = areas(&["AT", "DE"]), Passes),
        case(15, Fail, "sold elsewhere only", |g| g.product(0).sale.only_in = areas(&["AT"]), FailsAt(&["lines[0].sku"])),
        case(
            15,
            Edge,
            "what it is not sold in counts more",
            |g| {
                g.product(0).sale.only_in = areas(&["DE"]);
                g.product(0).sale.not_in = areas(&["DE:101"]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            15,
            Edge,
            "Corsica is France by its postcode",
            |g| {
                g.to("FR", "", "20 000", "Ajaccio");
                g.product(0).sale.not_in = areas(&["FR:20"]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            15,
            Edge,
            "a postcode of Paris that ends like Corsica's",
            |g| {
                g.to("FR", "", "75020", "Paris");
                g.product(0).sale.not_in = areas(&["FR:20"]);
            },
            Passes,
        ),
        case(
            15,
            Edge,
            "the Canary Islands",
            |g| {
                g.to("ES", "Las Palmas", "35001", "Las Palmas de Gran Canaria");
                g.product(0).sale.not_in = areas(&["ES:35", "ES:38"]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            15,
            Edge,
            "Northern Ireland",
            |g| {
                g.to("GB", "", "bt1 5gs", "Belfast");
                g.product(0).sale.only_in = areas(&["GB:BT"]);
            },
            Passes,
        ),
        case(15, Edge, "no product known", |g| g.fetched.products.clear(), NotApplicable),
    ]
}

fn capacity() -> Vec<Case> {
    vec![
        case(16, Pass, "takes as many as come", |_| {}, Passes),
        case(16, Pass, "one of two has room", |g| busy(g, 0, 10, 10), Passes),
        case(
            16,
            Fail,
            "both are full",
            |g| {
                busy(g, 0, 10, 10);
                busy(g, 1, 10, 11);
            },
            FailsAt(&["lines[0].sku", "lines[1].sku"]),
        ),
        case(16, Edge, "the last place of the day", |g| busy(g, 1, 10, 9), Passes),
        case(
            16,
            Edge,
            "full today, with a working day more until it hands over",
            |g| {
                g.warehouse(1).handling_hours = 24;
                busy(g, 1, 10, 19);
            },
            Passes,
        ),
        case(
            16,
            Edge,
            "full on both days until it hands over",
            |g| {
                g.warehouse(1).handling_hours = 24;
                busy(g, 1, 10, 20);
            },
            FailsAt(&["lines[1].sku"]),
        ),
        case(16, Edge, "nowhere on the map: check 19's", |g| g.to("KW", "", "", "Qwxzyk"), NotApplicable),
    ]
}

/// The vendor's warehouse takes so many a day and has taken so many.
fn busy(g: &mut Given, vendor: usize, daily: u32, taken: u32) {
    g.warehouse(vendor).daily_capacity = Some(daily);
    let key = (g.vendor(vendor).vendor_id.clone(), g.warehouse(vendor).warehouse_id.clone());
    g.fetched.load.warehouses.insert(key, taken.into());
}

fn punctuality() -> Vec<Case> {
    vec![
        case(17, Pass, "punctual", |g| history(g, 100, 2), Passes),
        case(17, Fail, "late too often", |g| history(g, 100, 30), FailsAt(&["lines[1].sku"])),
        case(17, Edge, "a newcomer's one order was late", |g| history(g, 1, 1), Passes),
        case(17, Edge, "a newcomer without an order", |g| history(g, 0, 0), Passes),
        // (0.95 x 20 + 73) / (20 + 80) = 0.92 and (0.95 x 20 + 61) / (20 + 80) = 0.8.
        case(17, Edge, "exactly the floor", |g| history(g, 80, 19), Passes),
        case(17, Edge, "an order below the floor", |g| history(g, 80, 20), FailsAt(&["lines[1].sku"])),
        case(
            17,
            Edge,
            "without a prior one late order is all that is known",
            |g| {
                history(g, 1, 1);
                g.market().policy.on_time_prior_orders = 0;
            },
            FailsAt(&["lines[1].sku"]),
        ),
        case(
            17,
            Edge,
            "without prior and history the prior share stands alone",
            |g| {
                history(g, 0, 0);
                g.market().policy.on_time_prior_orders = 0;
            },
            Passes,
        ),
        case(17, Edge, "more late than there were is none on time", |g| history(g, 100, u32::MAX), FailsAt(&["lines[1].sku"])),
        case(17, Edge, "nothing is asked for", |_| {}, NotApplicable),
        case(17, Edge, "the marketplace's rules could not be had", |g| g.fetched.market = None, Unavailable),
    ]
}

/// The only vendor of the book has this history; four in five on time are asked for, and 95 of 100 are expected of a newcomer, with the weight of 20 orders.
fn history(g: &mut Given, orders: u32, late: u32) {
    let policy = &mut g.market().policy;
    (policy.on_time_floor, policy.on_time_prior) = ("0.8".parse().unwrap(), "0.95".parse().unwrap());
    policy.on_time_prior_orders = 20;
    assert_eq!(g.vendor(1).vendor_id, vendor_id("south"));
    g.vendor(1).on_time = OnTime { orders, late, as_of: None };
}

fn seasons() -> Vec<Case> {
    vec![
        // The good order arrives on Wednesday, 25 November.
        case(18, Pass, "in season", |g| season(g, &[("11-01", "11-30")]), Passes),
        case(18, Fail, "out of season", |g| season(g, &[("05-01", "08-31")]), FailsAt(&["lines[0].sku"])),
        case(18, Edge, "on the first day", |g| season(g, &[("11-25", "12-24")]), Passes),
        case(18, Edge, "on the last day", |g| season(g, &[("10-01", "11-25")]), Passes),
        case(18, Edge, "a day too late", |g| season(g, &[("10-01", "11-24")]), FailsAt(&["lines[0].sku"])),
        case(18, Edge, "a season over the new year", |g| season(g, &[("11-15", "01-06")]), Passes),
        case(
            18,
            Edge,
            "in January of a season over the new year",
            |g| {
                g.fetched.placed_at = "2027-01-04T09:00:00Z".parse().unwrap();
                season(g, &[("11-15", "01-07")]);
            },
            Passes,
        ),
        case(
            18,
            Edge,
            "after Epiphany, which is no working day in Austria",
            |g| {
                g.fetched.placed_at = "2027-01-04T09:00:00Z".parse().unwrap();
                g.to("AT", "", "1010", "Wien");
                g.vendor(0).ships_to.push("AT".into());
                season(g, &[("11-15", "01-06")]);
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(18, Edge, "the second of two seasons", |g| season(g, &[("05-01", "05-31"), ("11-01", "12-31")]), Passes),
        case(18, Edge, "sold all year", |_| {}, NotApplicable),
    ]
}

fn season(g: &mut Given, seasons: &[(&str, &str)]) {
    let day = |text: &str| MonthDay::try_from(text.to_owned()).unwrap();
    g.product(0).sale.seasons = seasons.iter().map(|(from, to)| Season { from: day(from), to: day(to) }).collect();
}
