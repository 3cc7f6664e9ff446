//! Cases of check 44: promotions, and what all discounts together come to.

use oms_contract::reference::discount::Benefit;
use oms_domain::document::PriceSource;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case, currency, placed_at, sku};

pub(crate) fn cases() -> Vec<Case> {
    [stacking(), amounts()].into_iter().flatten().collect()
}

fn stacking() -> Vec<Case> {
    vec![
        case(44, Edge, "nothing is claimed or taken off", |_| {}, NotApplicable),
        case(44, Pass, "a tenth off", |g| drop(g.promoted("P", 600).clone()), Passes),
        case(
            44,
            Fail,
            "a discount that nothing explains",
            |g| {
                g.document().discount = 1;
                g.settle();
            },
            FailsAt(&["discount"]),
        ),
        case(
            44,
            Edge,
            "what an operator states stands",
            |g| {
                g.document().prices = PriceSource::Stated;
                g.document().discount = 1;
                g.settle();
            },
            NotApplicable,
        ),
        case(44, Fail, "nobody knows it", |g| g.document().claims.promotions.push("NONE".into()), FailsAt(&["claims.promotions[0]"])),
        case(44, Edge, "it has just ended", |g| g.promoted("P", 600).until = placed_at(), FailsAt(&["claims.promotions[0]"])),
        case(44, Edge, "it has just begun", |g| g.promoted("P", 600).from = placed_at(), Passes),
        case(
            44,
            Fail,
            "an exclusive one beside another",
            |g| {
                g.promoted("P", 600).exclusive = true;
                g.promoted("Q", 1140);
            },
            FailsAt(&["claims.promotions[0]"]),
        ),
        case(
            44,
            Fail,
            "a coupon that stands alone beside a promotion",
            |g| {
                g.promoted("P", 600);
                g.redeems("TEN", 1140).grants.exclusive = true;
            },
            FailsAt(&["claims.coupons[0]"]),
        ),
        case(
            44,
            Edge,
            "an exclusive one beside points: those are no discount",
            |g| {
                g.pays_by_points();
                g.promoted("P", 1600).exclusive = true;
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "the second takes from what the first has left: 1000, then a tenth of 5000",
            |g| {
                g.promoted("Z", 1500).benefit = Benefit::Amount { amount: 1000 };
                g.promoted("A", 1500).order = 1;
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "of equal order, by id: a tenth of 6000, then 1000",
            |g| {
                g.promoted("Z", 1600).benefit = Benefit::Amount { amount: 1000 };
                g.promoted("A", 1600);
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "named twice it counts once",
            |g| {
                g.promoted("P", 600);
                g.document().claims.promotions.push("P".into());
            },
            Passes,
        ),
        case(44, Edge, "a coupon that does not count is told by check 9", |g| g.redeems("TEN", 600).active = false, Passes),
    ]
}

fn amounts() -> Vec<Case> {
    let discount = FailsAt(&["discount"]);
    vec![
        case(
            44,
            Edge,
            "a part of a cent is dropped",
            |g| {
                g.only(1, 1999);
                g.promoted("P", 199);
            },
            Passes,
        ),
        case(
            44,
            Fail,
            "and not rounded up",
            |g| {
                g.only(1, 1999);
                g.promoted("P", 200);
            },
            discount,
        ),
        case(
            44,
            Edge,
            "yen have no cents to drop",
            |g| {
                g.currency("JPY");
                g.only(1, 1999);
                g.promoted("P", 199).currency = currency("JPY");
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "taken off lines and order alike",
            |g| {
                g.line(0).discount = 500;
                g.promoted("P", 100);
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "no more than its own cap",
            |g| {
                let rate = "0.5".parse().unwrap();
                g.promoted("P", 2500).benefit = Benefit::Percentage { rate, cap: Some(2500) };
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "no more than the marketplace's cap, the last one gets what is left of it",
            |g| {
                g.fetched.promotions.cap = Some("0.15".parse().unwrap());
                g.promoted("A", 900);
                g.promoted("B", 900);
            },
            Passes,
        ),
        case(
            44,
            Fail,
            "over the marketplace's cap",
            |g| {
                g.fetched.promotions.cap = Some("0.15".parse().unwrap());
                g.promoted("A", 1140);
                g.promoted("B", 1140);
            },
            discount,
        ),
        case(
            44,
            Edge,
            "never more than the goods cost",
            |g| {
                g.promoted("P", 6000).benefit = Benefit::Amount { amount: i64::MAX };
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "a share of more than all is all",
            |g| {
                let rate = "1.5".parse().unwrap();
                g.promoted("P", 6000).benefit = Benefit::Percentage { rate, cap: None };
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "a negative amount takes nothing off",
            |g| {
                g.promoted("P", 0).benefit = Benefit::Amount { amount: -1 };
            },
            Passes,
        ),
        case(44, Edge, "shipping is free", |g| g.promoted("P", 490).benefit = Benefit::FreeShipping, Passes),
        case(
            44,
            Edge,
            "shipping is free once",
            |g| {
                g.promoted("P", 490).benefit = Benefit::FreeShipping;
                g.promoted("Q", 490).benefit = Benefit::FreeShipping;
            },
            Passes,
        ),
        case(44, Edge, "only of what it applies to", |g| g.promoted("P", 100).applies_to.skus.push(sku("BOOK")), Passes),
        case(
            44,
            Edge,
            "nothing of what may not be discounted",
            |g| {
                g.product(0).sale.no_discounts = true;
                g.promoted("P", 100);
            },
            Passes,
        ),
        case(
            44,
            Fail,
            "points that are not in the order's own discount",
            |g| {
                g.pays_by_points();
                g.line(0).discount = 1000;
                g.document().discount = 0;
                g.settle();
            },
            discount,
        ),
        case(
            44,
            Edge,
            "promotion, points and card together",
            |g| {
                g.pays_by_points();
                g.pays_by_card();
                g.promoted("P", 3600);
            },
            Passes,
        ),
        case(
            44,
            Edge,
            "beyond all bounds",
            |g| {
                g.promoted("P", 1);
                g.line(0).unit_price = i64::MAX;
            },
            discount,
        ),
        case(
            44,
            Edge,
            "discounts beyond all bounds",
            |g| {
                g.document().discount = i64::MAX;
                g.line(0).discount = 1;
            },
            NotApplicable,
        ),
    ]
}
