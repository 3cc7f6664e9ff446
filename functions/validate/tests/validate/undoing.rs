//! What a dead order, and a cancelled part, gives back; and what leaves the books with a parcel.

use jiff::SignedDuration;
use oms_contract::record::{Candidate, Plan, PlannedShipment, Record, SubOrder, Terms, allocations};
use oms_domain::change::By;
use oms_domain::flow::{Next, Undo};
use oms_domain::history::Fact;
use oms_domain::order::Stock;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, State};
use oms_fakes::build::document::{allocations_of, sub_orders_of};
use oms_fakes::build::reference::some_stock;
use oms_fakes::{NOON, an_order, currency, customer, sku, vendor};
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::orders::{Listing, Listings as _, Orders as _};
use oms_ports::stock::{Allocated, Demand, Inventory as _};

use crate::step::World;

#[tokio::test]
async fn a_dead_order_gives_its_stock_back_once() {
    let dead = an_order().at(State::Cancelled).build();
    let system = By::new(Actor::system("pay"), NOON + SignedDuration::from_mins(10));
    let voided = dead.learn(Fact::PaymentVoided, &system).unwrap();
    let world = World::with(&voided, 10);
    world.inventory.hold(voided.order.id, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
    world.orders.faults.after("commit", 1);
    assert!(world.run().await.is_err());
    assert_eq!(world.run().await.unwrap().undo, [Undo::People]);
    assert_eq!((world.pool(), world.order().stock), ((10, 0), Stock::Released));
    assert_eq!(world.order().state, State::Cancelled);
}

#[tokio::test]
async fn a_cancelled_part_gives_its_own_stock_back_once() {
    let two = an_order().vendors(&["ven-1", "ven-2"]).at(State::Picking).build();
    let sub_orders = sub_orders_of(&two.order);
    let customer = By::new(Actor::new(oms_domain::ActorKind::Customer, "cus-1"), NOON + SignedDuration::from_mins(20));
    let world = World::with(&two.go_part(2, Trigger::Cancelled, &customer).unwrap(), 0);
    let (id, one_of_each) = (an_order().id(), [(sku("SKU-1"), 1), (sku("SKU-2"), 1)]);
    for (sku, vendor) in [("SKU-1", "ven-1"), ("SKU-2", "ven-2")] {
        let row = some_stock(sku, vendor, 1);
        world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, 1);
    }
    world.inventory.hold(id, &one_of_each, NOON).await.unwrap();
    world.inventory.allocate(id, &allocations_of(&sub_orders)).await.unwrap();
    for call in ["release_part", "sub_orders"] {
        world.inventory.faults.after(call, 1);
        world.orders.faults.before(call, 1);
        assert!(world.run().await.is_err());
    }
    assert_eq!(world.run().await.unwrap().undo, [Undo::Money, Undo::People], "the rest is for others to undo");
    assert_eq!(world.inventory.pool(&sku("SKU-2")), (1, 0));
    assert_eq!(world.inventory.pool(&sku("SKU-1")), (0, 1), "the other part goes on");
    assert_eq!(world.order().state, State::Picking);
    let open = Listing::OfVendor { vendor_id: sub_orders[1].vendor_id.clone(), open: true };
    assert_eq!(world.orders.list(&open, (None, None), None, 10).await.unwrap().orders, []);
}

/// A vendor refuses its part, `route` means to have another one deliver it and dies, before or after it moved the stock, and the part is cancelled.
#[tokio::test]
async fn a_part_that_was_being_sourced_again_gives_back_what_is_really_set_aside() {
    for (moved, shelves, pool) in [
        // What the first vendor refused is not there, and off the books.
        (true, [(0, 0), (1, 0)], (1, 0)),
        (false, [(1, 0), (1, 0)], (2, 0)),
    ] {
        let by = |kind| By::new(Actor::new(kind, "x"), NOON + SignedDuration::from_mins(20));
        let two = an_order().vendors(&["ven-1", "ven-2"]).at(State::PendingFulfillment).build();
        let sub_orders = sub_orders_of(&two.order);
        let refused = two.go_part(2, Trigger::VendorRejectedOrSlaMissed, &by(oms_domain::ActorKind::Vendor)).unwrap();
        let rejection = refused.order.seq;
        let sourcing = refused.go_part(2, Trigger::ResourcingStarted, &by(oms_domain::ActorKind::System)).unwrap();
        let cancelled = sourcing.go_part(2, Trigger::NoFeasibleRouteOrCancelled, &by(oms_domain::ActorKind::System)).unwrap();
        let world = World::with(&cancelled, 0);
        let (id, other) = (an_order().id(), some_stock("SKU-2", "ven-3", 1));
        for row in [some_stock("SKU-1", "ven-1", 1), some_stock("SKU-2", "ven-2", 1), other.clone()] {
            world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, row.available);
        }
        world.inventory.hold(id, &[(sku("SKU-1"), 1), (sku("SKU-2"), 1)], NOON).await.unwrap();
        world.inventory.allocate(id, &allocations_of(&sub_orders)).await.unwrap();
        let shipment = sub_orders[1].shipments[0].clone();
        let planned = PlannedShipment { vendor_id: other.vendor_id.clone(), warehouse_id: other.warehouse_id.clone(), ..shipment };
        let (from, to) = (sub_orders[1].allocations(), allocations([&planned]));
        if moved {
            assert_eq!(world.inventory.reallocate(id, rejection, &from, &to).await.unwrap(), Allocated::Yes);
        }
        world.orders.keep(id, &[Record::Plan(a_plan(rejection, planned))]).await.unwrap();
        for call in ["plan", "release_sourced", "commit"] {
            world.inventory.faults.after(call, 1);
            world.orders.faults.before(call, 1);
            assert!(world.run().await.is_err(), "{call}");
        }
        assert_eq!(world.run().await.unwrap().undo, [Undo::Money, Undo::People]);
        let case = format!("moved: {moved}");
        world.inventory.reallocate(id, rejection, &from, &to).await.unwrap();
        assert_eq!(world.inventory.pool(&sku("SKU-2")), pool, "{case}");
        let first = some_stock("SKU-2", "ven-2", 0);
        let stands = [first, other].map(|row| world.inventory.row(&row.sku, &row.vendor_id, &row.warehouse_id));
        assert_eq!(stands.map(|row| (row.available, row.allocated)), shelves, "{case}");
        assert_eq!(world.inventory.pool(&sku("SKU-1")), (0, 1), "the other part goes on");
    }
}

/// A part that was sourced again before gives back its own share of that plan, which another part may share.
#[tokio::test]
async fn a_part_that_has_been_sourced_again_gives_back_its_own_stock_alone() {
    let by = |kind| By::new(Actor::new(kind, "x"), NOON + SignedDuration::from_mins(20));
    let one = an_order().vendors(&["ven-1"]).at(State::PendingFulfillment).build();
    let old = sub_orders_of(&one.order).remove(0);
    let refused = one.go_part(1, Trigger::VendorRejectedOrSlaMissed, &by(oms_domain::ActorKind::Vendor)).unwrap();
    let rejection = refused.order.seq;
    let sourcing = refused.go_part(1, Trigger::ResourcingStarted, &by(oms_domain::ActorKind::System)).unwrap();
    let parts = vec![(1, vendor("ven-2")), (2, vendor("ven-3"))];
    let assigned = sourcing.go_part_knowing(
        1,
        Trigger::VendorsAssigned,
        Fact::Assigned { report: rejection, parts },
        &by(oms_domain::ActorKind::System),
    );
    let told = assigned.unwrap().go(Trigger::VendorsNotified, &by(oms_domain::ActorKind::System)).unwrap();
    let world = World::with(&told.go_part(1, Trigger::CancelledOrTimedOut, &by(oms_domain::ActorKind::Customer)).unwrap(), 0);
    let id = an_order().id();
    let row = |name: &str, of: &str| some_stock(name, of, 1);
    let rows = [row("SKU-1", "ven-2"), row("SKU-2", "ven-3")];
    for row in &rows {
        world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, 1);
    }
    let shipment = old.shipments[0].clone();
    let planned = rows.clone().map(|row| PlannedShipment {
        vendor_id: row.vendor_id,
        warehouse_id: row.warehouse_id,
        items: vec![(row.sku, 1)],
        ..shipment.clone()
    });
    let new = [1, 2].map(|no: u8| SubOrder {
        sub_order_id: oms_domain::SubOrderId { order: id, part: no },
        vendor_id: planned[usize::from(no) - 1].vendor_id.clone(),
        shipments: vec![planned[usize::from(no) - 1].clone()],
        ..old.clone()
    });
    world.inventory.hold(id, &[(sku("SKU-1"), 1), (sku("SKU-2"), 1)], NOON).await.unwrap();
    world.inventory.allocate(id, &allocations_of(&new)).await.unwrap();
    let plan = Plan {
        chosen: Candidate { shipments: planned.to_vec(), ..a_plan(rejection, shipment.clone()).chosen },
        ..a_plan(rejection, shipment)
    };
    let mut records = vec![Record::Plan(plan)];
    records.extend(new.map(|sub_order| Record::SubOrder { sub_order, open: true }));
    world.orders.keep(id, &records).await.unwrap();
    world.run().await.unwrap();
    assert_eq!(world.inventory.pool(&sku("SKU-1")), (1, 0));
    assert_eq!(world.inventory.pool(&sku("SKU-2")), (0, 1), "the other vendor's part lives on");
}

/// A plan of one shipment.
fn a_plan(version: u64, shipment: PlannedShipment) -> Plan {
    let terms = Terms { hours: 24, cost: 450, performance: 1.into(), objective: 0.into() };
    Plan {
        version,
        part: None,
        at: NOON,
        chosen: Candidate { terms, shipments: vec![shipment] },
        alternatives: Vec::new(),
        t_ref: 24,
        c_ref: 450,
        optimal: true,
        bound: 0.into(),
        explored: 1,
        rejected: Vec::new(),
        partly_read: Vec::new(),
    }
}

/// Of two parts one is with the carrier; then the other is cancelled.
#[tokio::test]
async fn goods_that_left_go_off_the_books_once_and_are_never_given_back() {
    let two = an_order().vendors(&["ven-1", "ven-2"]).at(State::ReadyToShip).build();
    let sub_orders = sub_orders_of(&two.order);
    let by = |kind| By::new(Actor::new(kind, "x"), NOON + SignedDuration::from_mins(20));
    let shipped = two.go_part(1, Trigger::CarrierPickedUp, &by(oms_domain::ActorKind::Carrier)).unwrap();
    let world = World::with(&shipped, 0);
    let id = an_order().id();
    for (sku, vendor) in [("SKU-1", "ven-1"), ("SKU-2", "ven-2")] {
        let row = some_stock(sku, vendor, 3);
        world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, 3);
    }
    world.inventory.hold(id, &[(sku("SKU-1"), 1), (sku("SKU-2"), 1)], NOON).await.unwrap();
    world.inventory.allocate(id, &allocations_of(&sub_orders)).await.unwrap();
    for call in ["take_off", "commit"] {
        world.inventory.faults.after(call, 1);
        world.orders.faults.before(call, 1);
        assert!(world.run().await.is_err());
    }
    world.inventory.faults.heal();
    world.orders.faults.heal();
    assert_eq!(world.run().await.unwrap().next, Next::Wait);
    let shelf = |name: &str, vendor: &str| {
        let row = some_stock(name, vendor, 0);
        let row = world.inventory.row(&row.sku, &row.vendor_id, &row.warehouse_id);
        (world.inventory.pool(&sku(name)), (row.available, row.allocated))
    };
    assert_eq!(shelf("SKU-1", "ven-1"), ((2, 0), (2, 0)), "one of three has left");
    assert_eq!(shelf("SKU-2", "ven-2"), ((2, 1), (2, 1)), "the other is still there");

    world.orders.overwrite(id, |order| order.go_part(2, Trigger::Cancelled, &by(oms_domain::ActorKind::Customer)).unwrap());
    assert_eq!(world.run().await.unwrap().undo, [Undo::Money, Undo::People]);
    assert_eq!(shelf("SKU-1", "ven-1"), ((2, 0), (2, 0)), "what left does not come back");
    assert_eq!(shelf("SKU-2", "ven-2"), ((3, 0), (3, 0)));
}

#[tokio::test]
async fn an_order_that_died_after_it_was_sent_back_to_pay_leaves_its_vendors_lists() {
    let routed = an_order().at(State::Routed).build();
    let by = |kind| By::new(Actor::new(kind, "x"), NOON);
    let declined = Fact::PaymentDeclined { code: "authorization_expired".to_owned(), hard: false };
    let unpaid = routed.clone().go_knowing(Trigger::AuthorizationExpiredOrCaptureFailed, declined, &by(oms_domain::ActorKind::Gateway));
    let world = World::with(&unpaid.unwrap().cancel(&by(oms_domain::ActorKind::Customer)).unwrap(), 1);
    let sub_orders = sub_orders_of(&routed.order);
    let open = Listing::OfVendor { vendor_id: sub_orders[0].vendor_id.clone(), open: true };
    let rows = sub_orders.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect::<Vec<_>>();
    world.orders.keep(routed.order.id, &rows).await.unwrap();
    assert_eq!(world.orders.list(&open, (None, None), None, 10).await.unwrap().orders.len(), 1);
    world.run().await.unwrap();
    assert_eq!(world.orders.list(&open, (None, None), None, 10).await.unwrap().orders, []);
}

/// Two parts, of which one cost a third: with it goes a third of what points and the gift card paid, and the quota of its goods.
#[tokio::test]
async fn a_cancelled_part_gives_back_its_share_of_what_paid_for_it() {
    let two = an_order().vendors(&["ven-1", "ven-2"]).at(State::Picking).build();
    let mut sub_orders = sub_orders_of(&two.order);
    (sub_orders[0].paid, sub_orders[1].paid) = (8_000, 4_000);
    let by = By::new(Actor::new(oms_domain::ActorKind::Customer, "cus-1"), NOON + SignedDuration::from_mins(20));
    let world = World::with(&two.go_part(2, Trigger::Cancelled, &by).unwrap(), 0);
    let rows = sub_orders.iter().map(|sub_order| Record::SubOrder { sub_order: sub_order.clone(), open: true });
    let id = an_order().id();
    world.orders.keep(id, &rows.collect::<Vec<_>>()).await.unwrap();
    for (sku, vendor) in [("SKU-1", "ven-1"), ("SKU-2", "ven-2")] {
        let row = some_stock(sku, vendor, 1);
        world.inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, 1);
    }
    let own = || customer("cus-1");
    let keys = [
        (BudgetKey::Coupon("TEN".to_owned()), 1, 1),
        (BudgetKey::GiftCard("6006".to_owned()), 3_000, 2_000),
        (BudgetKey::Points(own(), None), 300, 200),
        (BudgetKey::Credit(own(), currency("EUR")), 12_000, 8_000),
        (BudgetKey::Quota(own(), sku("SKU-1"), 30, 1), 1, 1),
        (BudgetKey::Quota(own(), sku("SKU-2"), 30, 1), 1, 0),
    ];
    let budgets = keys.iter().map(|(key, amount, _)| Budget { key: key.clone(), amount: *amount, limit: *amount }).collect();
    let demand = Demand { goods: vec![(sku("SKU-1"), 1), (sku("SKU-2"), 1)], budgets, version: 1 };
    world.inventory.reserve(id, &demand, NOON).await.unwrap();
    world.inventory.allocate(id, &allocations_of(&sub_orders)).await.unwrap();
    for _ in 0..2 {
        // Once, however often it is done: the first run does not come to write that it did.
        world.orders.faults.before("commit", 1);
        assert!(world.run().await.is_err());
        for (key, _, left) in &keys {
            assert_eq!(world.inventory.used_of(key), *left, "{key}");
        }
    }
    assert_eq!(world.run().await.unwrap().undo, [Undo::Money, Undo::People]);
}
