//! Cases of check 28: what the customer orders. The good order costs EUR 75.63 and is the only one of its week.

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case, currency};

pub(crate) fn cases() -> Vec<Case> {
    const VALUE: &[&str] = &["total"];
    const FREQUENCY: &[&str] = &["customer_id"];
    vec![
        case(28, Pass, "much the same as ever", |g| g.ordered(&[7_000, 8_000, 7_500, 6_000, 9_000], 30), Passes),
        case(28, Fail, "ten times the usual", |g| g.ordered(&[700, 800, 750, 600, 900], 30), FailsAt(VALUE)),
        case(28, Edge, "four orders are no history", |g| g.ordered(&[700, 800, 750, 600], 30), NotApplicable),
        case(28, Edge, "no history", |_| {}, NotApplicable),
        case(28, Edge, "a tenth of the usual", |g| g.ordered(&[70_000, 80_000, 75_000, 60_000, 90_000], 30), Passes),
        // Median EUR 40, deviation at least EUR 10: outliers begin above EUR 75.
        case(28, Edge, "always the same, once a little more", |g| g.ordered(&[4_100; 5], 30), Passes),
        case(28, Edge, "always the same, once much more", |g| g.ordered(&[4_000; 5], 30), FailsAt(VALUE)),
        case(28, Edge, "whose orders vary is held against that", |g| g.ordered(&[500, 1_000, 4_000, 7_000, 9_000], 30), Passes),
        case(
            28,
            Edge,
            "orders that came to nothing are no history",
            |g| {
                g.ordered(&[700, 800, 750, 600, 900], 30);
                g.fetched.past.earlier[0].sold = false;
                g.fetched.past.earlier.truncate(5);
                g.fetched.past.recent = 1;
            },
            Passes,
        ),
        case(
            28,
            Fail,
            "five in a week, one a fortnight is usual",
            |g| {
                g.ordered(&[7_500; 6], 14);
                g.fetched.past.recent = 5;
            },
            FailsAt(FREQUENCY),
        ),
        case(
            28,
            Edge,
            "three in a week, one a fortnight is usual",
            |g| {
                g.ordered(&[7_500; 6], 14);
                g.fetched.past.recent = 3;
            },
            Passes,
        ),
        case(
            28,
            Edge,
            "five in a week, five a week is usual",
            |g| {
                g.ordered(&[7_500; 40], 1);
                g.fetched.past.recent = 5;
            },
            Passes,
        ),
        case(
            28,
            Edge,
            "three weeks say nothing of how often",
            |g| {
                g.ordered(&[7_500; 20], 1);
                g.fetched.past.recent = 50;
            },
            Passes,
        ),
        case(
            28,
            Edge,
            "more, and more often",
            |g| {
                g.ordered(&[700; 6], 14);
                g.fetched.past.recent = 9;
            },
            FailsAt(&["total", "customer_id"]),
        ),
        case(
            28,
            Edge,
            "yen against euro",
            |g| {
                g.market().fx_to_eur.insert(currency("JPY"), "0.006".parse().unwrap());
                g.ordered(&[7_000, 8_000, 7_500, 6_000, 9_000], 30);
                g.document().currency = currency("JPY");
                g.document().total = 13_000;
            },
            Passes,
        ),
        case(
            28,
            Edge,
            "a currency without rate",
            |g| {
                g.ordered(&[7_000; 5], 30);
                g.document().currency = currency("JPY");
            },
            Unavailable,
        ),
        case(
            28,
            Edge,
            "a currency that the marketplace does not take: check 7's",
            |g| {
                g.ordered(&[7_000; 5], 30);
                g.document().currency = currency("MUR");
            },
            NotApplicable,
        ),
        case(28, Edge, "the rates could not be had", |g| g.fetched.market = None, Unavailable),
    ]
}
