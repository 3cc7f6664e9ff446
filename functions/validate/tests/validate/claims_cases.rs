//! Cases of checks 9, 43, 45 and 46: coupons, credit, points and gift cards.

use oms_contract::reference::PriceMode;
use oms_contract::reference::account::{CreditLine, PointLot};
use oms_contract::reference::discount::{AppliesTo, Benefit, Coupon, GiftCard, Promotion};
use oms_domain::CustomerId;
use oms_domain::document::{GiftCardUse, MethodKind};
use oms_ports::budget::BudgetKey;
use oms_ports::stock::Held;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case, currency, placed_at, sku};

/// The number of the gift card of the cases.
pub(crate) const CARD: &str = "6006-4910-0001";

pub(crate) fn cases() -> Vec<Case> {
    [coupons(), credit(), points(), gift_cards()].into_iter().flatten().collect()
}

/// 10 % off all goods, for a day around the order.
pub(crate) fn promotion(id: &str) -> Promotion {
    Promotion {
        id: id.into(),
        benefit: Benefit::Percentage { rate: "0.1".parse().unwrap(), cap: None },
        currency: currency("EUR"),
        applies_to: AppliesTo::default(),
        from: "2026-11-23T00:00:00Z".parse().unwrap(),
        until: "2026-11-24T00:00:00Z".parse().unwrap(),
        min_spend: 0,
        exclusive: false,
        order: 0,
    }
}

fn clara() -> CustomerId {
    CustomerId::parse("cus-clara").unwrap()
}

impl Given {
    /// Claims a promotion like that, and says what all discounts come to.
    pub(crate) fn promoted(&mut self, id: &str, discount: i64) -> &mut Promotion {
        self.document().claims.promotions.push(id.into());
        self.document().discount = discount;
        self.settle();
        self.fetched.promotions.promotions.push(promotion(id));
        self.fetched.promotions.promotions.last_mut().unwrap()
    }

    /// Redeems a coupon for it: once by each customer, ten times in all.
    pub(crate) fn redeems(&mut self, code: &str, discount: i64) -> &mut Coupon {
        self.document().claims.coupons.push(code.into());
        self.document().discount = discount;
        self.settle();
        self.fetched.coupons.push(Coupon { grants: promotion(code), active: true, redemptions: Some(10), per_customer: Some(1) });
        self.fetched.coupons.last_mut().unwrap()
    }

    /// Redeems 1000 points, worth a cent each, of 1500 that do not expire.
    pub(crate) fn pays_by_points(&mut self) {
        self.document().claims.points = 1000;
        self.document().discount = 1000;
        self.settle();
        self.fetched.promotions.point_value.insert(currency("EUR"), 1.into());
        self.lots(&[(1500, None)]);
    }

    pub(crate) fn lots(&mut self, lots: &[(u32, Option<&str>)]) {
        let lot =
            |(points, last_day): &(u32, Option<&str>)| PointLot { points: *points, last_day: last_day.map(|day| day.parse().unwrap()) };
        self.customer().record.points = lots.iter().map(lot).collect();
    }

    /// Pays 20.00 by a card of 50.00.
    pub(crate) fn pays_by_card(&mut self) -> &mut GiftCard {
        self.document().claims.gift_cards.push(GiftCardUse { card: CARD.into(), amount: 2000 });
        self.document().discount = 2000;
        self.settle();
        self.fetched.gift_cards.push(GiftCard { card: CARD.into(), active: true, currency: currency("EUR"), value: 5000, until: None });
        self.fetched.gift_cards.last_mut().unwrap()
    }

    /// Buys on invoice, with so much credit in this currency.
    pub(crate) fn on_credit(&mut self, limit: i64, code: &str) {
        self.fetched.payment.kind = MethodKind::Invoice;
        self.customer().record.credit = Some(CreditLine { limit, paid: 0, currency: currency(code) });
    }

    /// What other orders use.
    pub(crate) fn used(&mut self, key: BudgetKey, amount: u64) {
        self.fetched.used.insert(key, amount);
    }
}

fn coupons() -> Vec<Case> {
    let at = FailsAt(&["claims.coupons[0]"]);
    vec![
        case(9, Pass, "a good one", |g| drop(g.redeems("TEN", 600).clone()), Passes),
        case(9, Edge, "none", |_| {}, NotApplicable),
        case(9, Fail, "nobody knows it", |g| g.document().claims.coupons.push("NONE".into()), at),
        case(9, Fail, "not active", |g| g.redeems("TEN", 600).active = false, at),
        case(9, Edge, "from its first instant", |g| g.redeems("TEN", 600).grants.from = placed_at(), Passes),
        case(9, Edge, "its last instant is over", |g| g.redeems("TEN", 600).grants.until = placed_at(), at),
        case(9, Fail, "not yet", |g| g.redeems("TEN", 600).grants.from = "2026-11-23T09:00:01Z".parse().unwrap(), at),
        case(9, Fail, "of another currency", |g| g.redeems("TEN", 600).grants.currency = currency("USD"), at),
        case(9, Fail, "too little is spent", |g| g.redeems("TEN", 600).grants.min_spend = 6001, at),
        case(9, Edge, "just enough is spent", |g| g.redeems("TEN", 600).grants.min_spend = 6000, Passes),
        case(
            9,
            Edge,
            "what is spent is spent on goods that it applies to",
            |g| {
                let coupon = g.redeems("TEN", 100);
                coupon.grants.applies_to.skus.push(sku("BOOK"));
                coupon.grants.min_spend = 1001;
            },
            at,
        ),
        case(
            9,
            Edge,
            "and without tax, where prices hold it",
            |g| {
                g.market().price_mode = PriceMode::Inclusive;
                g.only(1, 11_900);
                g.redeems("TEN", 1190).grants.min_spend = 10_001;
            },
            at,
        ),
        case(9, Fail, "for goods that are not ordered", |g| g.redeems("TEN", 0).grants.applies_to.categories.push("toys".into()), at),
        case(
            9,
            Edge,
            "for goods that may not be discounted alone",
            |g| {
                g.product(1).sale.no_discounts = true;
                g.redeems("TEN", 0).grants.applies_to.skus.push(sku("BOOK"));
            },
            at,
        ),
        case(
            9,
            Edge,
            "the last one in all, and of this customer",
            |g| {
                g.redeems("TEN", 600);
                g.used(BudgetKey::Coupon("TEN".into()), 9);
                g.used(BudgetKey::CouponOf(clara(), "TEN".into()), 0);
            },
            Passes,
        ),
        case(
            9,
            Fail,
            "all are redeemed",
            |g| {
                g.redeems("TEN", 600);
                g.used(BudgetKey::Coupon("TEN".into()), 10);
            },
            at,
        ),
        case(
            9,
            Fail,
            "this customer has redeemed it",
            |g| {
                g.redeems("TEN", 600);
                g.used(BudgetKey::CouponOf(clara(), "TEN".into()), 1);
            },
            at,
        ),
        case(
            9,
            Edge,
            "without any limit",
            |g| {
                let coupon = g.redeems("TEN", 600);
                (coupon.redemptions, coupon.per_customer) = (None, None);
                g.used(BudgetKey::Coupon("TEN".into()), u64::MAX);
            },
            Passes,
        ),
        case(
            9,
            Edge,
            "another order was faster",
            |g| {
                g.redeems("TEN", 600);
                g.held = Some(Held::Spent { budgets: vec![BudgetKey::Coupon("TEN".into())], skus: vec![] });
            },
            at,
        ),
    ]
}

fn credit() -> Vec<Case> {
    let euros = || BudgetKey::Credit(clara(), currency("EUR"));
    let used: fn(&mut Given) = |g| {
        g.on_credit(10_000, "EUR");
        g.used(BudgetKey::Credit(clara(), currency("EUR")), 10_000 - 7603);
    };
    assert_eq!(euros().to_string(), "credit#cus-clara#EUR");
    vec![
        case(43, Edge, "by card", |_| {}, NotApplicable),
        case(43, Pass, "on invoice, within the limit", |g| g.on_credit(10_000, "EUR"), Passes),
        case(43, Edge, "to the last cent of it", used, Passes),
        case(
            43,
            Edge,
            "what was open is paid, to the last cent",
            |g| {
                g.on_credit(10_000, "EUR");
                g.customer().record.credit = Some(CreditLine { limit: 10_000, paid: 90_000, currency: currency("EUR") });
                g.used(BudgetKey::Credit(clara(), currency("EUR")), 100_000 - 7603);
            },
            Passes,
        ),
        case(
            43,
            Fail,
            "what was open is paid but for a cent too much",
            |g| {
                g.on_credit(10_000, "EUR");
                g.customer().record.credit = Some(CreditLine { limit: 10_000, paid: 89_999, currency: currency("EUR") });
                g.used(BudgetKey::Credit(clara(), currency("EUR")), 100_000 - 7603);
            },
            FailsAt(&["total"]),
        ),
        case(
            43,
            Fail,
            "a cent over it, with what is open",
            |g| {
                g.on_credit(10_000, "EUR");
                g.used(BudgetKey::Credit(clara(), currency("EUR")), 10_000 - 7602);
            },
            FailsAt(&["total"]),
        ),
        case(43, Fail, "no credit", |g| g.fetched.payment.kind = MethodKind::Invoice, FailsAt(&["payment_method.kind"])),
        case(43, Edge, "credit in another currency", |g| g.on_credit(1_000_000, "USD"), FailsAt(&["payment_method.kind"])),
        case(
            43,
            Edge,
            "a guest has none",
            |g| {
                g.on_credit(1_000_000, "EUR");
                g.fetched.customer = None;
            },
            FailsAt(&["payment_method.kind"]),
        ),
        case(
            43,
            Edge,
            "another order was faster",
            |g| {
                g.on_credit(10_000, "EUR");
                g.held = Some(Held::Spent { budgets: vec![BudgetKey::Credit(clara(), currency("EUR"))], skus: vec![] });
            },
            FailsAt(&["total"]),
        ),
    ]
}

fn points() -> Vec<Case> {
    let at = FailsAt(&["claims.points"]);
    vec![
        case(45, Edge, "none", |_| {}, NotApplicable),
        case(45, Pass, "some of them", Given::pays_by_points, Passes),
        case(
            45,
            Fail,
            "more than there are",
            |g| {
                g.pays_by_points();
                g.lots(&[(999, None)]);
            },
            at,
        ),
        case(
            45,
            Edge,
            "to the last one, of several lots, on the last day of one",
            |g| {
                g.pays_by_points();
                g.lots(&[(400, Some("2026-11-23")), (500, None), (100, Some("2026-11-23"))]);
            },
            Passes,
        ),
        case(
            45,
            Edge,
            "some expired yesterday",
            |g| {
                g.pays_by_points();
                g.lots(&[(1, Some("2026-11-22")), (999, None)]);
            },
            at,
        ),
        case(
            45,
            Edge,
            "what was redeemed of expired points does not count against others",
            |g| {
                g.pays_by_points();
                g.lots(&[(700, Some("2026-11-22")), (1000, None)]);
                g.used(BudgetKey::Points(clara(), Some("2026-11-22".parse().unwrap())), 700);
            },
            Passes,
        ),
        case(
            45,
            Fail,
            "redeemed before",
            |g| {
                g.pays_by_points();
                g.used(BudgetKey::Points(clara(), None), 501);
            },
            at,
        ),
        case(
            45,
            Edge,
            "redeemed by a faster order",
            |g| {
                g.pays_by_points();
                g.held = Some(Held::Spent { budgets: vec![BudgetKey::Points(clara(), None)], skus: vec![] });
            },
            at,
        ),
        case(
            45,
            Fail,
            "not in this currency",
            |g| {
                g.pays_by_points();
                g.fetched.promotions.point_value.clear();
            },
            at,
        ),
        case(
            45,
            Edge,
            "half a cent each, an odd one: the half is dropped",
            |g| {
                g.pays_by_points();
                g.fetched.promotions.point_value.insert(currency("EUR"), "0.5".parse().unwrap());
                g.document().claims.points = 999;
            },
            Passes,
        ),
        case(
            45,
            Fail,
            "worth more than the goods",
            |g| {
                g.pays_by_points();
                g.fetched.promotions.point_value.insert(currency("EUR"), 8.into());
            },
            at,
        ),
        case(
            45,
            Edge,
            "worth just the goods with their tax",
            |g| {
                g.pays_by_points();
                g.only(1, 1000);
            },
            Passes,
        ),
        case(
            45,
            Fail,
            "only goods on which points do not count",
            |g| {
                g.pays_by_points();
                g.product(0).sale.no_discounts = true;
                g.product(1).sale.no_discounts = true;
            },
            at,
        ),
        case(
            45,
            Fail,
            "a guest has none",
            |g| {
                g.pays_by_points();
                g.fetched.customer = None;
            },
            at,
        ),
    ]
}

fn gift_cards() -> Vec<Case> {
    let (number, amount) = (FailsAt(&["claims.gift_cards[0].card"]), FailsAt(&["claims.gift_cards[0].amount"]));
    vec![
        case(46, Edge, "none", |_| {}, NotApplicable),
        case(46, Pass, "enough on it", |g| drop(g.pays_by_card().clone()), Passes),
        case(
            46,
            Edge,
            "to the last cent",
            |g| {
                g.pays_by_card();
                g.used(BudgetKey::GiftCard(CARD.into()), 3000);
            },
            Passes,
        ),
        case(
            46,
            Fail,
            "a cent too little",
            |g| {
                g.pays_by_card();
                g.used(BudgetKey::GiftCard(CARD.into()), 3001);
            },
            amount,
        ),
        case(
            46,
            Edge,
            "used up by a faster order",
            |g| {
                g.pays_by_card();
                g.held = Some(Held::Spent { budgets: vec![BudgetKey::GiftCard(CARD.into())], skus: vec![] });
            },
            amount,
        ),
        case(
            46,
            Edge,
            "named twice, both uses count",
            |g| {
                g.pays_by_card().value = 3999;
                let again = g.document().claims.gift_cards[0].clone();
                g.document().claims.gift_cards.push(again);
            },
            FailsAt(&["claims.gift_cards[0].amount", "claims.gift_cards[1].amount"]),
        ),
        case(
            46,
            Fail,
            "nobody knows it",
            |g| {
                g.pays_by_card();
                g.fetched.gift_cards.clear();
            },
            number,
        ),
        case(46, Fail, "not active", |g| g.pays_by_card().active = false, number),
        case(46, Edge, "its last instant is over", |g| g.pays_by_card().until = Some(placed_at()), number),
        case(46, Edge, "one instant before its end", |g| g.pays_by_card().until = Some("2026-11-23T09:00:01Z".parse().unwrap()), Passes),
        case(46, Fail, "of another currency", |g| g.pays_by_card().currency = currency("USD"), amount),
        case(
            46,
            Edge,
            "nothing is used of it",
            |g| {
                g.pays_by_card();
                g.document().claims.gift_cards[0].amount = 0;
            },
            amount,
        ),
    ]
}
