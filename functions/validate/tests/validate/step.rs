//! The step over fakes: what it writes, and what is left when calls fail.

use std::sync::Arc;

use futures::FutureExt as _;
use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;
use oms_contract::record::{Allocation, CheckOutcome, Record, SubOrder, ValidationReport};
use oms_contract::reference::discount::{Benefit, Coupon, Promotion};
use oms_contract::reference::punctuality::Performer;
use oms_contract::reference::sale::{HoardingCap, SaleRules};
use oms_contract::reference::{Market, OnTime, Policy, Product, TaxRate, Vendor, Warehouse};
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::change::{By, Changed};
use oms_domain::document::{PriceSource, Speed};
use oms_domain::flow::Next;
use oms_domain::history::Fact;
use oms_domain::order::{Order, Stock};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, State};
use oms_fakes::build::document::{a_document_of, some_personal, sub_orders_of};
use oms_fakes::build::reference::some_stock;
use oms_fakes::{
    FixedClock, MemoryInventory, MemoryOrders, MemoryReference, MemorySealer, NOON, a_coupon, a_customer, a_market, a_product, a_promotion,
    a_vendor, an_order, sku, some_evidence, vendor, warehouse,
};
use oms_ports::StepError;
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::effects::{EffectKey, Effects as _};
use oms_ports::gateway::{GatewayPayment, Standing};
use oms_ports::orders::{Orders as _, Records as _};
use oms_ports::sealer::Sealer as _;
use oms_ports::stock::{Allocated, Demand, Inventory as _, MOST_SOURCES};
use oms_ports::tally::{Delivery, Tally as _};
use validate::load::Counted;
use validate::{Deps, HOLD, handle};

use crate::fixture;

pub(crate) struct World {
    pub(crate) orders: Arc<MemoryOrders>,
    pub(crate) inventory: Arc<MemoryInventory>,
    pub(crate) reference: Arc<MemoryReference>,
    pub(crate) sealer: Arc<MemorySealer>,
    pub(crate) counted: Counted,
    pub(crate) clock: Arc<FixedClock>,
}

impl World {
    /// An order in this state, and `available` of the one thing it wants.
    pub(crate) fn with(order: &Changed, available: u32) -> Self {
        let orders = MemoryOrders::default();
        orders.seed_with(order, a_document_of(&order.order));
        let reference = MemoryReference::default();
        reference
            .product(a_product("SKU-1"))
            .vendor(a_vendor("ven-1"))
            .customer(a_customer("cus-1"))
            .market(a_market())
            .tax(TaxRate { rate: 0.into(), ..fixture::tax("standard", "0.19") })
            .rates(fixture::rate_card(Speed::Standard, 48));
        Self {
            orders: Arc::new(orders),
            inventory: Arc::new(MemoryInventory::stocked(&[some_stock("SKU-1", "ven-1", available)])),
            reference: Arc::new(reference),
            sealer: Arc::new(MemorySealer::default()),
            counted: Counted::default(),
            clock: Arc::new(FixedClock::at(NOON + SignedDuration::from_mins(5))),
        }
    }

    pub(crate) fn paid(available: u32) -> Self {
        Self::with(&an_order().at(State::PaymentAuthorized).build(), available)
    }

    /// What the gateway answered to the attempt.
    #[expect(clippy::unused_self, reason = "it is the world's gateway that answers")]
    pub(crate) fn payment(&self, order: &Order) -> GatewayPayment {
        GatewayPayment {
            intent: "pi_1".into(),
            order_id: order.id,
            attempt: order.payment.attempt,
            currency: order.currency.code().into(),
            standing: Standing::Authorized { amount: order.total },
            evidence: Some(some_evidence(order.id, order.total, order.currency.code())),
        }
    }

    pub(crate) async fn run(&self) -> Result<StepOutcome, StepError> {
        let order = self.order();
        let payment = serde_json::to_value(self.payment(&order)).unwrap();
        self.orders.finish(order.id, &EffectKey::Authorize(order.payment.attempt), &payment).await.unwrap();
        self.step().await
    }

    pub(crate) async fn step(&self) -> Result<StepOutcome, StepError> {
        let deps = Deps {
            orders: self.orders.clone(),
            records: self.orders.clone(),
            listings: self.orders.clone(),
            inventory: self.inventory.clone(),
            reference: self.reference.clone(),
            counted: self.counted.clone(),
            sealer: self.sealer.clone(),
            clock: self.clock.clone(),
        };
        handle(&deps, StepInput { order_id: an_order().id() }).await
    }

    pub(crate) fn order(&self) -> Order {
        self.orders.order(an_order().id())
    }

    /// What may be promised, and what is.
    pub(crate) fn pool(&self) -> (u32, u32) {
        self.inventory.pool(&sku("SKU-1"))
    }

    pub(crate) async fn report(&self, version: u64) -> ValidationReport {
        self.orders.validation(an_order().id(), version).await.unwrap().expect("the report is kept")
    }
}

#[tokio::test]
async fn an_order_that_passes_holds_its_stock_and_goes_on_to_be_scored() {
    let world = World::paid(10);
    let before = world.order().seq;
    let outcome = world.run().await.unwrap();
    assert_eq!((outcome.state, outcome.next), (State::Validating, Next::Score));
    assert_eq!(world.pool(), (9, 1));
    let order = world.order();
    assert_eq!((order.stock, order.checked), (Stock::Held, Some(before)));
    let expiry = world.inventory.expires_at(order.id);
    assert_eq!(expiry, Some(NOON + SignedDuration::from_mins(5) + HOLD));
    let report = world.report(before).await;
    let failed = report.results.iter().find(|result| !matches!(result.outcome, CheckOutcome::Pass | CheckOutcome::NotApplicable { .. }));
    assert_eq!((failed, report.doubts.len()), (None, 0));
    assert!(report.geocode.is_some());
}

#[tokio::test]
async fn an_order_that_fails_holds_nothing_and_says_why() {
    let world = World::paid(0);
    let before = world.order().seq;
    let outcome = world.run().await.unwrap();
    assert_eq!((outcome.state, outcome.next), (State::ValidationFailed, Next::Wait));
    let order = world.order();
    assert_eq!((order.stock, order.checked), (Stock::Free, None));
    assert_eq!(order.reason.as_deref(), Some("checks_failed:in_stock"));
    assert_eq!(world.inventory.faults.calls("reserve"), 0);
    let report = world.report(before).await;
    assert!(report.results.iter().any(|result| result.check == 47), "every check ran");
}

/// Of two orders that redeem the last redemption of a coupon one gets it, with its goods; the other holds nothing, and says why.
#[tokio::test]
async fn a_coupon_that_somebody_else_was_faster_to_redeem_fails_its_own_check() {
    let world = World::paid(10);
    let grants = Promotion { benefit: Benefit::Amount { amount: 0 }, ..a_promotion("LAST") };
    world.reference.coupon(Coupon { grants, redemptions: Some(1), ..a_coupon("LAST") });
    let order = world.orders.order(an_order().id());
    let mut document = a_document_of(&order);
    document.claims.coupons.push("LAST".to_owned());
    let claiming = World { orders: Arc::new(MemoryOrders::default()), ..world };
    claiming.orders.seed_with(&an_order().at(State::PaymentAuthorized).build(), document);
    let (other, inventory) = (an_order().nth(1).id(), claiming.inventory.clone());
    let coupon = BudgetKey::Coupon("LAST".to_owned());
    let last = Demand { budgets: vec![Budget { key: coupon.clone(), amount: 1, limit: 1 }], ..Demand::default() };
    // Between the reading of what is used and the hold.
    let taken = inventory.clone();
    claiming.inventory.faults.meanwhile("reserve", 1, move || {
        taken.reserve(other, &last, NOON).now_or_never().unwrap().unwrap();
    });
    claiming.run().await.unwrap();
    assert_eq!(claiming.order().reason.as_deref(), Some("checks_failed:coupon_valid"));
    assert_eq!((claiming.pool(), inventory.used_of(&coupon)), ((10, 0), 1));
}

/// Corrected after a run had held what it said before, and died: the new demand takes the place of the old one. And after that ran out.
#[tokio::test]
async fn a_corrected_order_is_checked_again_and_holds_what_it_says_now() {
    for lapsed in [false, true] {
        let customer = By::new(Actor::new(oms_domain::ActorKind::Customer, "cus-1"), NOON);
        let failed = an_order().at(State::ValidationFailed).build();
        let total = failed.order.total;
        let old = failed.order.seq - 1;
        let corrected = failed.go_knowing(Trigger::OrderCorrected, Fact::Corrected { total }, &customer).unwrap();
        let world = World { orders: Arc::new(MemoryOrders::default()), ..World::with(&corrected, 3) };
        let mut document = a_document_of(&corrected.order);
        document.prices = PriceSource::Stated;
        (document.lines[0].quantity, document.lines[0].unit_price) = (2, total / 2);
        world.orders.seed_with(&corrected, document);
        let id = corrected.order.id;
        let before = Demand { goods: vec![(sku("SKU-1"), 1)], version: old, ..Demand::default() };
        world.inventory.reserve(id, &before, NOON).await.unwrap();
        if lapsed {
            world.inventory.lapse(id, NOON + SignedDuration::from_secs(1)).await.unwrap();
        }
        for _ in 0..2 {
            assert_eq!(world.run().await.unwrap().next, Next::Score, "lapsed: {lapsed}");
            assert_eq!(world.pool(), (1, 2), "lapsed: {lapsed}");
        }
        let late = world.inventory.reserve(id, &before, NOON).await;
        assert!(late.is_err(), "a run of the order as it was before comes too late");
    }
}

/// What a customer gets of a product with a cap counts against it, order by order, and no longer once an order is dead.
#[tokio::test]
async fn what_a_customer_gets_counts_against_the_cap_on_hoarding() {
    let world = World::paid(10);
    let sale = SaleRules { hoarding: Some(HoardingCap { quantity: 1, days: 7 }), ..SaleRules::default() };
    world.reference.product(Product { sale, ..a_product("SKU-1") });
    let order = world.order();
    let window = u64::try_from(order.placed_at().as_second()).unwrap() / (7 * 24 * 60 * 60);
    // Taken a week before, at most: by then two windows had begun, of which one is open still.
    let quota = BudgetKey::Quota(order.customer_id.clone(), sku("SKU-1"), 7, window - 1);
    let before = Demand { budgets: vec![Budget { key: quota.clone(), amount: 1, limit: 1 }], ..Demand::default() };
    let other = an_order().nth(1).id();
    world.inventory.reserve(other, &before, NOON).await.unwrap();
    world.run().await.unwrap();
    assert_eq!(world.order().reason.as_deref(), Some("checks_failed:maximum_quantity_respected"));
    world.inventory.release(other).await.unwrap();
    let again = World { orders: Arc::new(MemoryOrders::default()), ..world };
    let fresh = an_order().at(State::PaymentAuthorized).build();
    again.orders.seed_with(&fresh, a_document_of(&fresh.order));
    assert_eq!(again.run().await.unwrap().next, Next::Score);
    assert_eq!((again.inventory.used_of(&quota), again.pool()), (1, (9, 1)));
    let next = BudgetKey::Quota(order.customer_id.clone(), sku("SKU-1"), 7, window);
    assert_eq!(again.inventory.used_of(&next), 1);
}

#[tokio::test]
async fn goods_promised_to_others_fail_the_hold_alone() {
    let world = World::paid(1);
    let other = an_order().nth(1).id();
    world.inventory.hold(other, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
    world.run().await.unwrap();
    assert_eq!(world.order().reason.as_deref(), Some("checks_failed:stock_reserved"));
    assert_eq!(world.pool(), (0, 1));
}

/// Every call may fail before it takes effect or after: run again, the order passes and holds its stock once.
#[tokio::test]
async fn any_call_may_fail_and_the_last_one_in_stock_is_held_once() {
    for op in ["paid", "keep", "commit", "latest_of", "sources", "reserve", "fetch", "open"] {
        for after in [false, true] {
            let world = World::paid(1);
            let faults = match op {
                "sources" | "reserve" => &world.inventory.faults,
                "fetch" => &world.reference.faults,
                "open" => &world.sealer.faults,
                _ => &world.orders.faults,
            };
            if after {
                faults.after(op, 1)
            } else {
                faults.before(op, 1)
            };
            let failed = world.run().await;
            assert!(failed.as_ref().is_err_and(StepError::is_retryable), "{op} {after}: {failed:?}");
            let outcome = world.run().await.unwrap();
            assert_eq!(outcome.next, Next::Score, "{op} {after}");
            assert_eq!(world.pool(), (0, 1), "{op} {after}");
            assert_eq!(world.order().checked, Some(2), "{op} {after}");
        }
    }
}

#[tokio::test]
async fn facts_that_are_missing_make_the_order_wait() {
    let world = World::paid(10);
    world.reference.faults.always("fetch", oms_fakes::Fault::Unavailable);
    assert!(matches!(world.run().await, Err(StepError::Unavailable(_))));
    assert_eq!(world.order().state, State::PaymentAuthorized);

    let empty = MemoryReference::default();
    empty.product(a_product("SKU-1")).vendor(a_vendor("ven-1")).customer(a_customer("cus-1")).tax(fixture::tax("standard", "0.19"));
    let without_market = World { reference: Arc::new(empty), ..World::paid(10) };
    assert!(matches!(without_market.run().await, Err(StepError::Unavailable(_))));
    assert_eq!(without_market.order().state, State::PaymentAuthorized);
    assert_eq!(without_market.pool(), (10, 0));

    // Nobody is cleared by lists that are not there.
    let without_rules = World::paid(10);
    without_rules.reference.forget_rules();
    assert!(matches!(without_rules.run().await, Err(StepError::Unavailable(_))));
    assert_eq!((without_rules.order().state, without_rules.pool()), (State::PaymentAuthorized, (10, 0)));
}

#[tokio::test]
async fn an_order_cancelled_meanwhile_is_not_overwritten() {
    let world = World::paid(10);
    let (orders, id) = (world.orders.clone(), an_order().id());
    let customer = By::new(Actor::new(oms_domain::ActorKind::Operator, "op"), NOON);
    world.orders.faults.meanwhile("commit", 1, move || {
        orders.overwrite(id, |order| order.learn(Fact::RefundDue { amount: 1 }, &customer).unwrap());
    });
    assert!(matches!(world.run().await, Err(StepError::Conflict)));
    assert_eq!(world.run().await.unwrap().next, Next::Score);
    assert_eq!(world.pool(), (9, 1));
}

#[tokio::test]
async fn an_order_checked_once_more_keeps_its_hold() {
    let reviewed = an_order().at(State::FraudReview).build();
    let by = |kind, at| By::new(Actor::new(kind, "x"), at);
    let again = reviewed
        .go(Trigger::OtherPaymentRequired, &by(oms_domain::ActorKind::Operator, NOON))
        .and_then(|order| {
            let fact = Fact::PaymentAuthorized { amount: 12_000 };
            order.go_knowing(Trigger::PaymentAuthorized, fact, &by(oms_domain::ActorKind::Gateway, NOON))
        })
        .unwrap();
    let world = World::with(&again, 1);
    world.inventory.hold(again.order.id, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
    assert_eq!(world.run().await.unwrap().next, Next::Score);
    assert_eq!(world.pool(), (0, 1));
    let expiry = world.inventory.expires_at(again.order.id);
    assert_eq!(expiry, Some(NOON + SignedDuration::from_mins(5) + HOLD));
}

#[tokio::test]
async fn an_order_that_asks_for_another_step_is_left_alone() {
    for state in [State::PendingPayment, State::Confirmed, State::FraudReview, State::Delivered] {
        let world = World::with(&an_order().at(state).build(), 10);
        let outcome = world.run().await.unwrap();
        assert_eq!(outcome, StepOutcome::of(&world.order()));
        assert_eq!((outcome.state, world.pool()), (state, (10, 0)));
        assert_eq!(world.orders.faults.calls("commit"), 0);
    }
}

#[tokio::test]
async fn a_vendor_is_judged_by_what_it_delivered_in_ninety_days() {
    for (name, as_of, day, passes) in [
        ("late here, and nothing was loaded", None, date(2026, 11, 20), false),
        ("too long ago", None, date(2026, 8, 20), true),
        ("little beside what was loaded", Some(date(2026, 11, 1)), date(2026, 11, 20), true),
        ("beside what was loaded too long ago", Some(date(2026, 8, 1)), date(2026, 11, 20), false),
    ] {
        let world = World::paid(10);
        let policy = Policy {
            on_time_floor: "0.8".parse().unwrap(),
            on_time_prior: "0.9".parse().unwrap(),
            on_time_prior_orders: 2,
            ..Policy::default()
        };
        world.reference.market(Market { policy, ..a_market() });
        world.reference.vendor(Vendor { on_time: OnTime { orders: 100, late: 0, as_of }, ..a_vendor("ven-1") });
        for n in 0..3 {
            let late = Delivery { id: n.to_string(), day, by: vec![(Performer::Vendor(vendor("ven-1")), true)] };
            world.reference.count(&late, day).await.unwrap();
        }
        world.run().await.unwrap();
        let report = world.orders.dossier(an_order().id()).await.unwrap().validations.pop().unwrap();
        let row = report.results.iter().find(|row| row.check == 17).unwrap();
        assert_eq!(row.outcome == CheckOutcome::Pass, passes, "{name}: {:?}", row.outcome);
        assert_eq!(world.reference.faults.calls("fetch"), 2, "{name}: the counts come with the vendors");
    }
}

#[tokio::test]
async fn reading_takes_seven_calls_in_three_round_trips_where_the_customer_is_new() {
    let world = World::paid(10);
    world.run().await.unwrap();
    let calls = [
        world.orders.faults.calls("paid"),
        world.reference.faults.calls("fetch"),
        world.inventory.faults.calls("sources"),
        world.inventory.faults.calls("used"),
        world.sealer.faults.calls("open"),
        world.orders.faults.calls("list"),
        world.orders.faults.calls("latest_of"),
    ];
    assert_eq!(calls, [1, 2, 1, 1, 1, 0, 1]);
    // Now it is known that its vendor takes as many orders as come: nobody asks how many that were.
    let warm = World { counted: world.counted.clone(), ..World::paid(10) };
    assert_eq!((warm.run().await.unwrap().next, warm.inventory.faults.calls("used")), (Next::Score, 0));
}

/// A vendor that has moved to another clock, or counts since this process saw it, is asked once more.
#[tokio::test]
async fn counters_of_a_day_are_read_with_the_vendors_unless_these_have_changed() {
    let mut limited = a_vendor("ven-1");
    let cold = World::paid(10);
    let run = async |vendor: &Vendor, expected: u32| {
        let world = World { counted: cold.counted.clone(), ..World::paid(10) };
        world.reference.vendor(vendor.clone());
        world.run().await.unwrap();
        assert_eq!(world.inventory.faults.calls("used"), expected, "{vendor:?}");
    };
    run(&limited, 1).await;
    run(&limited, 0).await;
    limited.daily_capacity = Some(1);
    run(&limited, 1).await;
    run(&limited, 1).await;
    limited.warehouses[0].calendar.zone = TimeZone::get("Pacific/Kiritimati").unwrap();
    run(&limited, 2).await;
    run(&limited, 1).await;
    limited.daily_capacity = None;
    run(&limited, 1).await;
    run(&limited, 0).await;
}

/// The order of another is counted on a vendor's and a warehouse's own day, which is neither that of UTC nor that of the next warehouse.
#[tokio::test]
async fn a_day_is_that_of_the_place_whose_orders_are_counted() {
    // By case: the moment, and the day there; noon is in none of them.
    for (name, zone, now, day) in [
        ("before midnight", "Europe/Berlin", "2026-11-23T22:59:59Z", date(2026, 11, 23)),
        ("at midnight, an hour before that of UTC", "Europe/Berlin", "2026-11-23T23:00:00Z", date(2026, 11, 24)),
        ("in summer two hours before", "Europe/Berlin", "2026-06-22T22:00:00Z", date(2026, 6, 23)),
        ("and not three", "Europe/Berlin", "2026-06-22T21:59:59Z", date(2026, 6, 22)),
        ("the night in which clocks go back has 25 hours", "Europe/Berlin", "2026-10-25T22:59:59Z", date(2026, 10, 25)),
        ("west of it the old day lasts", "America/Sao_Paulo", "2026-11-24T02:59:59Z", date(2026, 11, 23)),
        ("on the other side of the date line", "Pacific/Kiritimati", "2026-11-23T10:00:00Z", date(2026, 11, 24)),
    ] {
        for of_warehouse in [false, true] {
            let mut limited = a_vendor("ven-1");
            // The vendor's clock is its first warehouse's; the goods lie at the second, where it is another day by its own.
            let mut second = Warehouse { warehouse_id: warehouse("w2"), ..limited.warehouses[0].clone() };
            let there = TimeZone::get(zone).unwrap();
            if of_warehouse {
                (second.daily_capacity, second.handling_hours, second.calendar.zone) = (Some(1), 0, there);
                second.calendar.weekdays = (1..=7).collect();
            } else {
                (limited.daily_capacity, limited.warehouses[0].calendar.zone) = (Some(1), there);
            }
            limited.warehouses.push(second);
            let key = |day| {
                if of_warehouse {
                    BudgetKey::WarehouseDay(vendor("ven-1"), warehouse("w2"), day)
                } else {
                    BudgetKey::VendorDay(vendor("ven-1"), day)
                }
            };
            for (counted, fits) in [(day, false), (day.tomorrow().unwrap(), true), (day.yesterday().unwrap(), true)] {
                let world = World { clock: Arc::new(FixedClock::at(now.parse().unwrap())), ..World::paid(0) };
                world.inventory.stock(&sku("SKU-1"), &vendor("ven-1"), &warehouse("w2"), 9);
                world.reference.vendor(limited.clone());
                let (other, budget) = (an_order().nth(1).id(), Budget { key: key(counted), amount: 1, limit: 1 });
                let goods = [Allocation { sku: sku("SKU-1"), quantity: 1, vendor_id: vendor("ven-1"), warehouse_id: warehouse("w2") }];
                world.inventory.hold(other, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
                assert_eq!(world.inventory.allocate_on(other, &goods, &[budget]).await.unwrap(), Allocated::Yes);
                let before = world.order().seq;
                world.run().await.unwrap();
                let report = world.report(before).await;
                let is_full =
                    report.results.iter().any(|row| [16, 36].contains(&row.check) && matches!(row.outcome, CheckOutcome::Fail { .. }));
                assert_eq!(!is_full, fits, "{name}, of the warehouse {of_warehouse}, counted on {counted}");
            }
        }
    }
}

#[tokio::test]
async fn an_order_that_does_not_exist_is_a_bug() {
    let world = World { orders: Arc::new(MemoryOrders::default()), ..World::paid(1) };
    assert!(matches!(world.step().await, Err(StepError::Bug(_))));
}

/// Another order is counted at the only vendor today, who takes one a day; then that one dies. A capacity of the warehouse alone is judged by itself.
#[tokio::test]
async fn orders_of_today_count_against_capacities_until_they_die() {
    for (vendor_takes, warehouse_takes, failed) in
        [(Some(1), None, Some(36)), (None, Some(1), Some(16)), (Some(2), Some(2), None), (None, None, None)]
    {
        let mut limited = a_vendor("ven-1");
        (limited.daily_capacity, limited.warehouses[0].daily_capacity) = (vendor_takes, warehouse_takes);
        // Handed over on the day of the order: there is no other day to work it off.
        limited.warehouses[0].handling_hours = 0;
        let today = NOON.to_zoned(jiff::tz::TimeZone::UTC).date();
        let at = limited.warehouses[0].warehouse_id.clone();
        let days = [BudgetKey::VendorDay(vendor("ven-1"), today), BudgetKey::WarehouseDay(vendor("ven-1"), at.clone(), today)];
        let days = days.map(|key| Budget { key, amount: 1, limit: u64::MAX });
        let other = an_order().nth(1).id();
        let counted = async |world: &World| {
            world.reference.vendor(limited.clone());
            let goods = [Allocation { sku: sku("SKU-1"), quantity: 1, vendor_id: vendor("ven-1"), warehouse_id: at.clone() }];
            world.inventory.hold(other, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
            assert_eq!(world.inventory.allocate_on(other, &goods, &days).await.unwrap(), Allocated::Yes);
        };
        let world = World::paid(10);
        counted(&world).await;
        let before = world.order().seq;
        world.run().await.unwrap();
        let report = world.report(before).await;
        let found = report.results.iter().find(|result| matches!(result.outcome, CheckOutcome::Fail { .. })).map(|result| result.check);
        assert_eq!(found, failed, "{vendor_takes:?} {warehouse_takes:?}");

        let world = World::paid(10);
        counted(&world).await;
        world.inventory.release(other).await.unwrap();
        assert_eq!(world.run().await.unwrap().next, Next::Score, "{vendor_takes:?} {warehouse_takes:?}");
    }
}

/// What the router asks of the address stands in the report: it knows no addresses.
#[tokio::test]
async fn the_report_says_whether_the_address_is_a_po_box() {
    for is_po_box in [false, true] {
        let world = World::paid(10);
        let (id, before) = (an_order().id(), world.order().seq);
        let mut document = a_document_of(&world.order());
        if is_po_box {
            let mut personal = some_personal();
            personal.shipping_address.line1 = "Postfach 10 01 01".to_owned();
            document.sealed = world.sealer.seal(&document.customer_id, &personal).await.unwrap();
        }
        world.orders.seed_with(&an_order().at(State::PaymentAuthorized).build(), document);
        world.run().await.unwrap();
        assert_eq!(world.orders.validation(id, before).await.unwrap().unwrap().is_po_box, is_po_box);
    }
}

/// Of a product on more than a hundred shelves the first hundred stand at vendors who do not deliver there.
#[tokio::test]
async fn a_product_on_very_many_shelves_is_found_around_the_address() {
    let world = World::paid(0);
    for nth in 0..MOST_SOURCES {
        let id = format!("a-{nth:03}");
        let mut far = a_vendor(&id);
        far.ships_to = vec!["JP".to_owned()];
        let row = some_stock("SKU-1", &id, 1);
        world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, 1);
        world.reference.vendor(far);
    }
    let row = some_stock("SKU-1", "ven-1", 1);
    world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, 1);
    assert_eq!(world.run().await.unwrap().next, Next::Score, "{:?}", world.order().reason);
    assert_eq!(world.inventory.faults.calls("sources_near"), 1);
}

/// It was routed, its payment could not be captured, and it is paid otherwise: what it has set aside is the last there is, and the shelf is empty.
#[tokio::test]
async fn an_order_that_was_routed_before_does_not_fail_for_want_of_its_own_goods() {
    let by = |kind| By::new(Actor::new(kind, "x"), NOON);
    let (gateway, customer) = (by(oms_domain::ActorKind::Gateway), by(oms_domain::ActorKind::Customer));
    let declined = Fact::PaymentDeclined { code: "authorization_expired".to_owned(), hard: false };
    let routed = an_order().at(State::Routed).build();
    let again = Changed::of(routed.order.clone())
        .go_knowing(Trigger::AuthorizationExpiredOrCaptureFailed, declined, &gateway)
        .and_then(|order| order.go(Trigger::PaymentRetried, &customer))
        .and_then(|order| order.go_knowing(Trigger::PaymentAuthorized, Fact::PaymentAuthorized { amount: 12_000 }, &gateway))
        .unwrap();
    let entries = [routed.entries.clone(), again.entries.clone()].concat();
    let world = World::with(&Changed { order: again.order, entries }, 1);
    let id = an_order().id();
    world.inventory.hold(id, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
    let records: Vec<Record> =
        sub_orders_of(&routed.order).into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
    world.orders.keep(id, &records).await.unwrap();
    let own: Vec<_> = world.orders.sub_orders(id).await.unwrap().iter().flat_map(SubOrder::allocations).collect();
    assert_eq!(world.inventory.allocate(id, &own).await.unwrap(), Allocated::Yes);
    assert_eq!(world.inventory.row(&sku("SKU-1"), &vendor("ven-1"), &warehouse("w1")).available, 0);
    assert_eq!(world.run().await.unwrap().next, Next::Score);
}
