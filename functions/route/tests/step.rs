//! The step around the plan: what is written in which order, and what becomes of runs that die, race, or come too late.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

use std::sync::Arc;

use jiff::civil::date;
use oms_contract::record::{Allocation, Geocode, Precision, Record, Rejection, ValidationReport};
use oms_contract::reference::punctuality::Performer;
use oms_contract::reference::sale::SaleRules;
use oms_contract::reference::{Market, OnTime, Policy, Product, RateCard, Vendor, Zone};
use oms_contract::step::StepInput;
use oms_domain::change::By;
use oms_domain::document::{Document, Line, Speed};
use oms_domain::flow::{self, Next};
use oms_domain::history::Fact;
use oms_domain::order::{Answer, Stock, Substitute};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Order, OrderId, State};
use oms_fakes::{
    FixedClock, MemoryInventory, MemoryOrders, MemoryReference, MemorySealer, NOON, a_document_of, a_market, a_product, a_vendor, an_order,
    currency, sku, some_stock, vendor, warehouse,
};
use oms_ports::StepError;
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::orders::{Orders, Records};
use oms_ports::stock::{Allocated, Held, Inventory};
use oms_ports::tally::{Delivery, Tally as _};
use route::{Deps, handle};
use rust_decimal::Decimal;

struct World {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    inventory: Arc<MemoryInventory>,
    reference: Arc<MemoryReference>,
    id: OrderId,
}

/// Stock by SKU, vendor and quantity; vendors perform the better the earlier they are named.
async fn world(lines: &[(&str, u32)], stock: &[(&str, &str, u32)]) -> World {
    let (orders, reference) = (Arc::new(MemoryOrders::default()), Arc::new(MemoryReference::default()));
    let rows: Vec<_> = stock.iter().map(|(sku, vendor, quantity)| some_stock(sku, vendor, *quantity)).collect();
    let inventory = Arc::new(MemoryInventory::stocked(&rows));
    for (i, (id, seller, _)) in stock.iter().enumerate() {
        let performance = Decimal::new(99 - 5 * i64::try_from(i).unwrap(), 2);
        reference.product(a_product(id)).vendor(Vendor { performance, ..a_vendor(seller) });
    }
    let zone = Zone {
        from: "*".into(),
        to: "*".into(),
        max_km: 20_000,
        currency: currency("EUR"),
        base: 400,
        per_kg: 50,
        hours: 24,
        max_weight_g: 30_000,
        reliability: Decimal::ONE,
        table: Default::default(),
    };
    reference.market(a_market()).rates(RateCard {
        carrier: "dhl".into(),
        service: Speed::Standard,
        volumetric_divisor: 5000,
        surcharges: Default::default(),
        largest: None,
        zones: vec![zone],
        service_rules: Default::default(),
    });
    let changed = an_order().at(State::Confirmed).build();
    let order = &changed.order;
    let line = |(id, quantity): &(&str, u32)| Line { sku: sku(id), quantity: *quantity, unit_price: 1000, discount: 0, tax: 190 };
    let document = Document { lines: lines.iter().map(line).collect(), ..a_document_of(order) };
    inventory.hold(order.id, &document.demand(), NOON).await.unwrap();
    orders.seed_with(&changed, document);
    let geocode = Some(Geocode { lat: 52.5, lon: 13.4, precision: Precision::City });
    let report = ValidationReport {
        version: order.checked.unwrap(),
        at: NOON,
        results: Vec::new(),
        doubts: Vec::new(),
        geocode,
        region: Some("BE".into()),
    };
    orders.keep(order.id, &[Record::Validation(report)]).await.unwrap();
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        inventory: inventory.clone(),
        reference: reference.clone(),
        sealer: Arc::new(MemorySealer::default()),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    World { deps, orders, inventory, reference, id: order.id }
}

impl World {
    async fn run(&self) -> Result<State, StepError> {
        handle(&self.deps, StepInput { order_id: self.id }).await.map(|outcome| outcome.state)
    }

    /// The vendor takes so many orders a day.
    fn limit(&self, seller: &str, daily: u32) {
        self.reference.vendor(Vendor { daily_capacity: Some(daily), performance: Decimal::ONE, ..a_vendor(seller) });
    }

    /// Orders of the vendor today.
    fn taken_today(&self, seller: &str) -> u64 {
        self.inventory.used_of(&BudgetKey::VendorDay(vendor(seller), NOON.to_zoned(jiff::tz::TimeZone::UTC).date()))
    }

    /// Another order takes one of these, and is counted.
    async fn another(&self, id: &str, seller: &str) {
        let (other, day) = (an_order().nth(7).id(), NOON.to_zoned(jiff::tz::TimeZone::UTC).date());
        self.inventory.hold(other, &[(sku(id), 1)], NOON).await.unwrap();
        let goods = [Allocation { sku: sku(id), quantity: 1, vendor_id: vendor(seller), warehouse_id: warehouse("w1") }];
        let days = [Budget { key: BudgetKey::VendorDay(vendor(seller), day), amount: 1, limit: 1 }];
        assert_eq!(self.inventory.allocate_on(other, &goods, &days).await.unwrap(), Allocated::Yes);
    }

    fn order(&self) -> Order {
        self.orders.order(self.id)
    }

    /// What a vendor has left of a SKU, and has set aside.
    fn shelf(&self, id: &str, seller: &str) -> (u32, u32) {
        let row = self.inventory.row(&sku(id), &vendor(seller), &warehouse("w1"));
        (row.available, row.allocated)
    }

    fn vendors(&self) -> Vec<String> {
        self.order().parts.iter().map(|part| part.vendor_id.to_string()).collect()
    }

    /// Captures the payment and tells the vendors.
    fn announce(&self) {
        let system = By::new(Actor::system("test"), NOON);
        let total = self.order().total;
        self.orders.overwrite(self.id, |order| {
            let captured = order.learn(Fact::PaymentCaptured { amount: total }, &system).unwrap();
            captured.go(Trigger::VendorsNotified, &system).unwrap()
        });
    }

    /// The next search is due.
    fn search_again(&self, no: Option<u8>) {
        let by = By::new(Actor::system("sweep"), NOON);
        self.orders.overwrite(self.id, |order| order.learn(Fact::SourcingResumed { no }, &by).unwrap());
    }

    fn answer(&self, answer: Answer) {
        let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
        self.orders.overwrite(self.id, |order| order.learn(Fact::OfferAnswered { answer }, &by).unwrap());
    }

    fn act(&self, no: u8, trigger: Trigger) {
        let by = By::new(Actor::new(ActorKind::Vendor, "test"), NOON);
        self.orders.overwrite(self.id, |order| order.go_part(no, trigger, &by).unwrap());
    }

    /// Tells the vendors of a part that was sourced again; the vendor refuses it.
    fn refuse_again(&self, no: u8) {
        let system = By::new(Actor::system("test"), NOON);
        self.orders.overwrite(self.id, |order| order.go_part(no, Trigger::VendorsNotified, &system).unwrap());
        self.act(no, Trigger::VendorRejectedOrSlaMissed);
    }
}

#[tokio::test]
async fn a_confirmed_order_is_split_allocated_and_routed_in_one_commit() {
    let world = world(&[("A", 2), ("B", 1)], &[("A", "ven-a", 5), ("B", "ven-b", 5)]).await;
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.orders.writes().len(), 1);
    assert_eq!((world.shelf("A", "ven-a"), world.shelf("B", "ven-b")), ((3, 2), (4, 1)));
    let order = world.order();
    assert_eq!((order.stock, world.vendors()), (Stock::Allocated, vec!["ven-a".to_owned(), "ven-b".to_owned()]));
    let parts = world.orders.sub_orders(world.id).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.goods).collect::<Vec<_>>(), [2000, 1000]);
    assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), order.total);
    assert!(world.orders.plan(world.id, order.plan.unwrap()).await.unwrap().unwrap().optimal);
    assert_eq!(world.run().await.unwrap(), State::Routed, "a second run does nothing");
    assert_eq!(world.orders.writes().len(), 1);
}

/// The customer wrote no state; the checks found it by the postcode.
#[tokio::test]
async fn a_vendor_that_does_not_ship_to_the_state_that_the_checks_found_is_left_out() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    let elsewhere = vec!["DE-BE".to_owned()];
    world.reference.vendor(Vendor { excluded_regions: elsewhere, performance: Decimal::ONE, ..a_vendor("ven-a") });
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-b"]);
}

/// The better vendor has delivered late of late, or once upon a time: what is on record of it comes with the vendor, in the same call.
#[tokio::test]
async fn a_vendor_is_left_out_for_what_it_delivered_late_in_ninety_days() {
    for (name, loaded, day, vendors) in [
        ("late here", OnTime::default(), date(2026, 11, 20), ["ven-b"]),
        ("long ago", OnTime::default(), date(2026, 8, 20), ["ven-a"]),
        ("much in time before", OnTime { orders: 100, late: 0, as_of: Some(date(2026, 11, 1)) }, date(2026, 11, 20), ["ven-a"]),
        ("and that long ago", OnTime { orders: 100, late: 0, as_of: Some(date(2026, 8, 1)) }, date(2026, 11, 20), ["ven-b"]),
    ] {
        let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
        world.reference.vendor(Vendor { on_time: loaded, performance: Decimal::ONE, ..a_vendor("ven-a") });
        let policy =
            Policy { on_time_floor: Decimal::new(8, 1), on_time_prior: Decimal::new(9, 1), on_time_prior_orders: 2, ..Policy::default() };
        world.reference.market(Market { policy, ..a_market() });
        for n in 0..3 {
            let late = Delivery { id: n.to_string(), day, by: vec![(Performer::Vendor(vendor("ven-a")), true)] };
            world.reference.count(&late, day).await.unwrap();
        }
        assert_eq!(world.run().await.unwrap(), State::Routed);
        assert_eq!(world.vendors(), vendors, "{name}");
        // One for what is planned, one for capacities at the end: none for what was delivered.
        assert_eq!(world.reference.faults.calls("fetch"), 2, "{name}");
    }
}

/// The better vendor takes one order a day: the first is counted there, once, and the second goes to another, who counts none.
#[tokio::test]
async fn a_vendor_takes_as_many_orders_a_day_as_it_can() {
    let stock = [("A", "ven-a", 5), ("A", "ven-b", 5)];
    let world_of_first = world(&[("A", 2)], &stock).await;
    world_of_first.limit("ven-a", 1);
    assert_eq!(world_of_first.run().await.unwrap(), State::Routed);
    assert_eq!((world_of_first.vendors(), world_of_first.taken_today("ven-a")), (vec!["ven-a".to_owned()], 1));

    let world = world(&[("A", 2)], &stock).await;
    world.limit("ven-a", 1);
    world.another("A", "ven-a").await;
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-b"]);
    assert_eq!((world.taken_today("ven-a"), world.taken_today("ven-b")), (1, 0));
    let plan = world.orders.plan(world.id, world.order().plan.unwrap()).await.unwrap().unwrap();
    assert!(plan.rejected.iter().any(|rejected| rejected.reason == Rejection::NoCapacity), "{:?}", plan.rejected);
}

/// Between planning and allocating another order takes the vendor's last place of the day.
#[tokio::test]
async fn a_day_that_fills_up_while_an_order_is_planned_is_sought_elsewhere() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    world.limit("ven-a", 1);
    let (inventory, day) = (world.inventory.clone(), NOON.to_zoned(jiff::tz::TimeZone::UTC).date());
    world.inventory.faults.meanwhile("allocate", 1, move || {
        let mut ledger = inventory.snapshot();
        ledger.used.insert(BudgetKey::VendorDay(vendor("ven-a"), day), 1);
        inventory.restore(&ledger);
    });
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.vendors(), world.taken_today("ven-a")), (vec!["ven-b".to_owned()], 1));
}

#[tokio::test]
async fn what_nobody_can_deliver_stays_is_offered_once_and_is_delivered_when_somebody_has_it() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
    world.inventory.lose(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 4);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let order = world.order();
    let shortage = order.shortages.of(None).unwrap();
    assert_eq!((&shortage.short[..], shortage.offer, flow::next(&order)), (&[sku("A")][..], Some(order.seq), Next::Wait));
    assert_eq!(world.run().await.unwrap(), State::Routing);
    assert_eq!(world.orders.writes().len(), 1, "it rests");

    world.search_again(None);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let now = world.order();
    let again = now.shortages.of(None).unwrap();
    assert_eq!((again.searches, again.offer), (2, shortage.offer), "the customer is asked once");
    assert_eq!(world.inventory.taken_by(world.id), [(sku("A"), 2)], "and keeps its place");

    world.inventory.stock(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 4);
    world.search_again(None);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.shelf("A", "ven-a"), world.order().shortages.iter().count()), ((3, 2), 0));
}

/// A is short; B may stand in for it.
async fn short_of_a(stock_of_b: u32) -> World {
    let world = world(&[("A", 2), ("C", 1)], &[("A", "ven-a", 5), ("B", "ven-b", stock_of_b), ("C", "ven-c", 5)]).await;
    let sale = SaleRules { substitutes: vec![sku("B")], ..SaleRules::default() };
    world.reference.product(Product { sale, ..a_product("A") });
    world.inventory.lose(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 4);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    world
}

#[tokio::test]
async fn what_can_be_had_in_place_of_what_is_short_is_offered_and_sent_if_it_is_taken() {
    let world = short_of_a(5).await;
    let order = world.order();
    assert_eq!(order.shortages.of(None).unwrap().instead, [Substitute { ordered: sku("A"), instead: sku("B") }]);
    world.answer(Answer::Substitute);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.shelf("B", "ven-b"), world.shelf("A", "ven-a"), world.shelf("C", "ven-c")), ((3, 2), (1, 0), (4, 1)));
    assert_eq!((world.inventory.pool(&sku("A")), world.inventory.pool(&sku("B"))), ((5, 0), (3, 2)));
    let parts = world.orders.sub_orders(world.id).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), world.order().total, "at the price of what was ordered");
    assert_eq!(parts.iter().map(|part| part.goods).collect::<Vec<_>>(), [2000, 1000]);
}

/// Wherever a run dies, what it has exchanged it has exchanged once.
#[tokio::test]
async fn a_substitute_is_held_once_whatever_dies() {
    for (store, op, after) in [
        ("stock", "exchange", false),
        ("stock", "exchange", true),
        ("orders", "commit", false),
        ("orders", "commit", true),
        ("stock", "allocate", true),
    ] {
        let world = short_of_a(2).await;
        world.answer(Answer::Substitute);
        let faults = if store == "stock" { &world.inventory.faults } else { &world.orders.faults };
        if after {
            faults.after(op, 1)
        } else {
            faults.before(op, 1)
        };
        world.run().await.unwrap_err();
        assert_eq!(world.run().await.unwrap(), State::Routed, "{op} after {after}");
        assert_eq!((world.inventory.pool(&sku("A")), world.inventory.pool(&sku("B"))), ((5, 0), (0, 2)), "{op} after {after}");
        assert_eq!(world.shelf("B", "ven-b"), (0, 2), "{op} after {after}");
    }
}

#[tokio::test]
async fn a_substitute_that_is_gone_when_it_is_chosen_is_offered_no_longer() {
    let world = short_of_a(2).await;
    world.answer(Answer::Substitute);
    assert_eq!(world.inventory.hold(an_order().nth(9).id(), &[(sku("B"), 1)], NOON).await.unwrap(), Held::Yes);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let order = world.order();
    let shortage = order.shortages.of(None).unwrap();
    assert_eq!((shortage.instead.len(), shortage.answer, flow::next(&order)), (0, None, Next::Wait));
    assert_eq!(world.inventory.taken_by(world.id), [(sku("A"), 2), (sku("C"), 1)], "what was held is held");
}

#[tokio::test]
async fn what_cannot_be_replaced_as_a_whole_or_is_not_there_is_not_offered() {
    // One of the two that are wanted.
    let world = short_of_a(1).await;
    assert_eq!(world.order().shortages.of(None).unwrap().instead, []);
}

/// The order takes all there is, so that a later run no longer finds on the shelf what an earlier one took.
#[tokio::test]
async fn a_run_that_died_anywhere_is_taken_up_by_the_next() {
    for op in ["settle", "commit"] {
        for after in [false, true] {
            let world = world(&[("A", 5)], &[("A", "ven-a", 5)]).await;
            let faults = &world.orders.faults;
            if after {
                faults.after(op, 1)
            } else {
                faults.before(op, 1)
            };
            world.run().await.unwrap_err();
            assert_eq!(world.run().await.unwrap(), State::Routed, "{op} after {after}");
            assert_eq!(world.shelf("A", "ven-a"), (0, 5), "{op} after {after}");
        }
    }
    for after in [false, true] {
        let world = world(&[("A", 5)], &[("A", "ven-a", 5)]).await;
        let faults = &world.inventory.faults;
        if after {
            faults.after("allocate", 1)
        } else {
            faults.before("allocate", 1)
        };
        world.run().await.unwrap_err();
        assert_eq!(world.run().await.unwrap(), State::Routed);
        assert_eq!(world.shelf("A", "ven-a"), (0, 5));
    }
}

#[tokio::test]
async fn an_order_that_stalled_with_its_stock_allocated_goes_on_with_it() {
    let world = world(&[("A", 5)], &[("A", "ven-a", 5)]).await;
    world.orders.faults.before("commit", 1);
    world.run().await.unwrap_err();
    let by = By::new(Actor::system("sweep"), NOON);
    world.orders.overwrite(world.id, |order| {
        let stalled = Fact::Stalled { step: "Route".into(), error: "Unavailable".into() };
        order.learn(stalled, &by).unwrap().learn(Fact::Resumed, &by).unwrap()
    });
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.shelf("A", "ven-a"), (0, 5));
}

#[tokio::test]
async fn stock_that_goes_between_planning_and_allocating_is_sought_elsewhere() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    let inventory = world.inventory.clone();
    let lose = move || inventory.lose(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 5);
    world.inventory.faults.meanwhile("allocate", 1, lose);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-b"]);
}

#[tokio::test]
async fn a_lost_hold_cancels_the_order_and_says_so() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
    world.inventory.release(world.id).await.unwrap();
    assert_eq!(world.run().await.unwrap(), State::Cancelled);
    assert_eq!(world.order().reason.as_deref(), Some("hold_lost"));
}

#[tokio::test]
async fn an_order_cancelled_meanwhile_stays_cancelled() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
    let (orders, id) = (world.orders.clone(), world.id);
    let cancel = move || {
        let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
        orders.overwrite(id, |order| order.cancel(&by).unwrap());
    };
    world.inventory.faults.meanwhile("allocate", 1, cancel);
    assert!(matches!(world.run().await, Err(StepError::Conflict)));
    assert_eq!(world.run().await.unwrap(), State::Cancelled);
    world.inventory.release(world.id).await.unwrap();
    assert_eq!(world.shelf("A", "ven-a"), (5, 0), "what the order never knew of is given back by its id");
}

/// Two vendors have a part each; another has the goods of both.
async fn two_parts() -> World {
    let stock = [("A", "ven-a", 5), ("B", "ven-b", 5), ("A", "ven-c", 5), ("A", "ven-d", 5)];
    let world = world(&[("A", 2), ("B", 1)], &stock).await;
    world.run().await.unwrap();
    assert_eq!(world.vendors(), ["ven-a", "ven-b"]);
    world.announce();
    world
}

#[tokio::test]
async fn a_refused_part_goes_to_another_vendor_and_never_back() {
    let world = two_parts().await;
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-c", "ven-b"]);
    assert_eq!((world.shelf("A", "ven-a"), world.shelf("A", "ven-c")), ((3, 0), (3, 2)), "what is not there leaves the books");
    world.refuse_again(1);
    world.run().await.unwrap();
    assert_eq!(world.vendors(), ["ven-d", "ven-b"], "neither the vendor that just refused, nor the one before");
    let parts = world.orders.sub_orders(world.id).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), world.order().total);
    world.refuse_again(1);
    world.run().await.unwrap();
    let order = world.order();
    assert_eq!((order.part(1).unwrap().state, flow::next(&order)), (State::VendorRejected, Next::Wait), "nobody is left");
    assert_eq!(order.shortages.offered().count(), 0, "the customer need not do anything");

    world.inventory.stock(&sku("A"), &vendor("ven-e"), &warehouse("w1"), 5);
    world.reference.vendor(a_vendor("ven-e"));
    world.search_again(Some(1));
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-e", "ven-b"], "until somebody comes by");
}

#[tokio::test]
async fn another_vendor_acting_at_the_same_moment_moves_the_stock_no_second_time() {
    let world = two_parts().await;
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    let (orders, id) = (world.orders.clone(), world.id);
    let accept = move || {
        let by = By::new(Actor::new(ActorKind::Vendor, "ven-b"), NOON);
        orders.overwrite(id, |order| order.go_part(2, Trigger::VendorAccepted, &by).unwrap());
    };
    world.inventory.faults.meanwhile("reallocate", 1, accept);
    assert!(matches!(world.run().await, Err(StepError::Conflict)));
    assert_eq!(world.shelf("A", "ven-c"), (3, 2), "moved, but not yet said");
    world.run().await.unwrap();
    assert_eq!((world.shelf("A", "ven-a"), world.shelf("A", "ven-c"), world.shelf("A", "ven-d")), ((3, 0), (3, 2), (5, 0)));
    assert_eq!(world.vendors(), ["ven-c", "ven-b"]);
}

#[tokio::test]
async fn a_part_whose_new_source_runs_short_is_planned_anew() {
    let world = two_parts().await;
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    let inventory = world.inventory.clone();
    world.inventory.faults.meanwhile("reallocate", 1, move || inventory.lose(&sku("A"), &vendor("ven-c"), &warehouse("w1"), 5));
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-d", "ven-b"]);
}

#[tokio::test]
async fn a_part_whose_new_source_runs_short_and_has_no_other_is_its_customers_to_choose_about() {
    let world = two_parts().await;
    world.inventory.lose(&sku("A"), &vendor("ven-d"), &warehouse("w1"), 5);
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    let inventory = world.inventory.clone();
    world.inventory.faults.meanwhile("reallocate", 1, move || inventory.lose(&sku("A"), &vendor("ven-c"), &warehouse("w1"), 5));
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let order = world.order();
    assert_eq!((order.shortages.of(Some(1)).unwrap().offer, flow::next(&order)), (Some(order.seq), Next::Wait));
    assert_eq!(world.shelf("A", "ven-a"), (3, 2), "what is set aside stays until there is something else");
}
