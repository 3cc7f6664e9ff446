//! Orders that cost nothing: gift cards and points have paid them as a whole.

use std::sync::Arc;

use oms_domain::change::Changed;
use oms_domain::flow::{self, Next};
use oms_domain::history::{Fact, replay};
use oms_domain::ledger::{self, Balances, Booking};
use oms_domain::order::PaymentStatus;
use oms_domain::transition::Trigger;
use oms_domain::{ActorKind, State};
use oms_fakes::an_order;
use oms_fakes::gateway::CARD_GOOD;
use oms_gateways::{router, vouchers};
use oms_ports::orders::Records as _;

use crate::world::{TOTAL, World, by, cancel, fresh, taken, unroute_and_cancel, world};

/// Paid with this card by the deployed choice of gateways, if there were anything to pay.
fn free() -> World {
    let mut world = world(&an_order().total(0, "EUR").build(), CARD_GOOD);
    world.deps.gateway = Arc::new(router::Gateways { card: world.gateway.clone(), invoice: world.gateway.clone() });
    world
}

async fn bookings(world: &World) -> Vec<(Booking, Balances)> {
    let history = world.orders.history(world.id).await.unwrap();
    assert_eq!(replay(world.id, &history).unwrap(), world.order());
    ledger::of(&history).into_iter().map(|row| (row.booking, row.balance)).collect()
}

#[tokio::test]
async fn nothing_is_asked_of_the_gateway_and_the_ledger_says_so() {
    let world = free();
    world.to_routed().await;
    assert_eq!(world.order().payment.status, PaymentStatus::Authorized);
    world.settle().await;
    let order = world.order();
    assert_eq!((order.state, order.payment.status, flow::next(&order)), (State::Routed, PaymentStatus::Captured, Next::Notify));
    assert_eq!(bookings(&world).await, [(Booking::Authorized, Balances::default()), (Booking::Captured, Balances::default())]);
    assert!(world.gateway.payments().is_empty(), "no payment was attempted");
    let history = world.orders.history(world.id).await.unwrap();
    let by_vouchers = history.iter().filter(|entry| entry.actor.kind == ActorKind::Gateway);
    assert!(by_vouchers.clone().count() == 2 && by_vouchers.clone().all(|entry| entry.actor.id == vouchers::NAME), "{history:?}");
}

#[tokio::test]
async fn it_dies_at_any_time_and_nothing_is_owed() {
    let before = free();
    before.settle().await;
    before.change(unchecked);
    before.settle().await;
    assert_eq!((before.order().state, before.order().payment.status), (State::Cancelled, PaymentStatus::Voided));
    let after = free();
    after.to_routed().await;
    after.settle().await;
    after.change(unroute_and_cancel);
    after.settle().await;
    assert_eq!((after.order().payment.status, after.order().refund_due()), (PaymentStatus::Captured, 0));
    for world in [before, after] {
        assert!(flow::left_to_undo(&world.order()).iter().all(|undo| *undo != flow::Undo::Money), "{:?}", world.order());
        assert!(world.gateway.payments().is_empty());
    }
}

/// Its checks failed, and the customer gave up.
fn unchecked(order: Changed) -> Changed {
    let system = by(ActorKind::System);
    let order = order.go(Trigger::ValidationStarted, &system).unwrap();
    cancel(order.go(Trigger::CheckFailedOrRiskVeryHigh, &system).unwrap())
}

/// Corrected after the card had reserved its price: the reservation goes back, for no gateway takes nothing.
#[tokio::test]
async fn what_a_card_reserves_for_an_order_that_costs_nothing_any_more_is_given_back() {
    let world = fresh(CARD_GOOD);
    world.settle().await;
    world.change(|order| {
        let system = by(ActorKind::System);
        let order = order.go(Trigger::ValidationStarted, &system).unwrap();
        let order = order.go(Trigger::CheckFailedOrRiskVeryHigh, &system).unwrap();
        let corrected = Trigger::OrderCorrected;
        let order = order.go_knowing(corrected, Fact::Corrected { total: 0 }, &by(ActorKind::Customer)).unwrap();
        let order = order.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap();
        let order = order.go(Trigger::RoutingStarted, &system).unwrap();
        let assigned = Fact::Assigned { report: order.order.seq, parts: vec![(1, oms_fakes::vendor("ven-1"))] };
        order.go_knowing(Trigger::VendorsAssigned, assigned, &system).unwrap()
    });
    world.settle().await;
    let order = world.order();
    assert_eq!((order.state, order.payment.status, flow::next(&order)), (State::Routed, PaymentStatus::Voided, Next::Notify));
    assert_eq!((world.balance(), world.gateway.captures()), (taken(0, 0), 0));
    let last = bookings(&world).await.pop().unwrap();
    assert_eq!(last, (Booking::Voided, Balances::default()), "of {TOTAL}");
}
