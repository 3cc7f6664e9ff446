//! What may change an order: every pair of state and trigger, for every actor, for orders and for parts.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed, Refusal};
use oms_domain::history::Fact;
use oms_domain::order::{Order, Part};
use oms_domain::transition::{self, TRANSITIONS, Transition, Trigger};
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, State, VendorId};

use jiff::Timestamp;
use strum::IntoEnumIterator as _;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "someone"), NOON)
}

/// An order in that state, without a way there.
fn order_in(state: State) -> Order {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    let captured = Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by(ActorKind::Customer)).unwrap();
    Order { state, ..captured.order }
}

/// An order whose parts stand in these states.
fn order_of(parts: &[State]) -> Order {
    let part = |(no, state): (u8, &State)| Part::new(no, VendorId::parse(format!("ven-{no}")).unwrap(), *state, NOON);
    let state = State::derived(parts.iter().copied()).unwrap();
    Order { parts: (1..).zip(parts).map(part).collect(), ..order_in(state) }
}

fn every_pair() -> impl Iterator<Item = (State, Trigger, ActorKind)> {
    State::iter().flat_map(|state| Trigger::iter().flat_map(move |trigger| ActorKind::iter().map(move |actor| (state, trigger, actor))))
}

/// What is no row panics, and so does not compile where it is asked for as a constant.
#[test]
fn exactly_the_tables_rows_may_be_named_as_constants() {
    for (state, trigger, actor) in every_pair() {
        let row = TRANSITIONS.iter().find(|row| row.from == state && row.trigger == trigger && row.actors.contains(&actor));
        let named = std::panic::catch_unwind(|| Transition::of(state, trigger, actor)).ok();
        assert_eq!(named.as_ref(), row, "{state} {trigger} {actor}");
    }
}

#[test]
fn exactly_the_tables_rows_move_an_order() {
    let mut moved = 0;
    for (state, trigger, actor) in every_pair() {
        let row = TRANSITIONS.iter().find(|row| row.from == state && row.trigger == trigger && row.actors.contains(&actor));
        let outcome = Changed::of(order_in(state)).go(trigger, &by(actor));
        match (row, outcome) {
            (Some(row), Ok(changed)) => {
                moved += 1;
                assert_eq!(changed.order.state, row.to);
                let [entry] = &changed.entries[..] else { panic!("one move is one entry") };
                assert_eq!((entry.from, entry.to, entry.trigger, entry.part), (state, row.to, Some(trigger), None));
            }
            (None, Err(refusal)) => {
                let allowed = transition::allowed(state, actor);
                assert_eq!(refusal, Refusal::NotAllowed { state, trigger, actor, allowed });
            }
            (row, outcome) => panic!("{state} {trigger} {actor}: {row:?} but {outcome:?}"),
        }
    }
    assert_eq!(moved, TRANSITIONS.iter().map(|row| row.actors.len()).sum::<usize>());
}

#[test]
fn an_entry_says_who_when_and_why() {
    let by = by(ActorKind::Operator).because("fraud_suspected");
    let changed = Changed::of(order_in(State::FraudReview)).go(Trigger::ReviewRejectedOrTimedOut, &by).unwrap();
    let entry = &changed.entries[0];
    assert_eq!((&entry.actor, entry.at, entry.reason.as_deref()), (&by.actor, NOON, Some("fraud_suspected")));
    assert_eq!((changed.order.reason.as_deref(), changed.order.since), (Some("fraud_suspected"), NOON));
}

#[test]
fn exactly_the_tables_rows_move_a_part_and_no_other_part() {
    for (state, trigger, actor) in every_pair() {
        let order = order_of(&[state, State::Picking]);
        let outcome = Changed::of(order).go_part(1, trigger, &by(actor));
        let row = transition::find(state, trigger).filter(|row| row.actors.contains(&actor));
        // A part is a matter of fulfilment: it begins at `routing` and does not go back before it.
        let row = row.filter(|row| row.to >= State::Routing);
        assert_eq!(outcome.is_ok(), row.is_some(), "{state} {trigger} {actor}");
        if let (Ok(changed), Some(row)) = (outcome, row) {
            let states: Vec<State> = changed.order.parts.iter().map(|part| part.state).collect();
            assert_eq!(states, [row.to, State::Picking]);
        }
    }
    let order = order_of(&[State::Picking]);
    assert_eq!(Changed::of(order).go_part(2, Trigger::Cancelled, &by(ActorKind::Customer)), Err(Refusal::NoSuchPart(2)));
}

#[test]
fn an_order_goes_back_as_a_whole_only_if_no_part_has_gone_its_own_way() {
    for (parts, trigger, actor, possible) in [
        (vec![State::Routed, State::Routed], Trigger::StockLostBeforeReservation, ActorKind::Operator, true),
        (vec![State::Routed, State::Picking], Trigger::StockLostBeforeReservation, ActorKind::Operator, false),
        (vec![State::VendorRejected], Trigger::ResourcingStarted, ActorKind::System, true),
        (vec![State::VendorRejected, State::Delivered], Trigger::ResourcingStarted, ActorKind::System, false),
        (vec![State::Routed, State::Picking], Trigger::VendorsNotified, ActorKind::System, true),
    ] {
        let outcome = Changed::of(order_of(&parts)).go(trigger, &by(actor));
        assert_eq!(outcome.is_ok(), possible, "{parts:?} {trigger}");
    }
}

#[test]
fn what_was_taken_is_not_asked_for_again() {
    let failed = |order: Order| Changed::of(order).go(Trigger::AuthorizationExpiredOrCaptureFailed, &by(ActorKind::Gateway));
    let mut order = order_of(&[State::Routed]);
    assert!(failed(order.clone()).is_ok());
    order.payment.captured = order.total;
    assert!(failed(order).is_err());
}

#[test]
fn cancelling_takes_every_live_part_or_nothing() {
    for (parts, after) in [
        (vec![State::Picking, State::PendingFulfillment], Some(vec![State::Cancelled, State::Cancelled])),
        (vec![State::Delivered, State::Packing], Some(vec![State::Delivered, State::Cancelled])),
        (vec![State::Picking, State::InTransit], None),
        (vec![State::Delivered, State::Cancelled], None),
    ] {
        let outcome = Changed::of(order_of(&parts)).cancel(&by(ActorKind::Customer));
        let states = outcome.ok().map(|changed| changed.order.parts.iter().map(|part| part.state).collect::<Vec<_>>());
        assert_eq!(states, after, "{parts:?}");
    }
}

#[test]
fn a_cancelled_part_is_undone_once() {
    use oms_domain::flow::{Undo, undo};
    let order = order_of(&[State::Delivered, State::Packing]);
    let mut order = Changed::of(order).cancel(&by(ActorKind::Customer)).unwrap();
    assert_eq!(undo(&order.order), [Undo::Stock, Undo::Money, Undo::People]);
    for (fact, left) in [
        (Fact::PartOwed { no: 2, amount: 500 }, vec![Undo::Stock, Undo::People]),
        (Fact::PartReleased { no: 2 }, vec![Undo::People]),
        (Fact::CancellationTold { parts: vec![2] }, vec![]),
    ] {
        order = order.learn(fact, &by(ActorKind::System)).unwrap();
        assert_eq!(undo(&order.order), left);
    }
    assert_eq!(order.order.payment.owed, 500);
    let dead = Changed::of(order_of(&[State::Cancelled, State::Packing])).cancel(&by(ActorKind::Customer)).unwrap().order;
    assert_eq!((dead.parts_to_release().count(), dead.parts_to_owe().count()), (0, 0), "of a dead order everything goes back at once");
    assert_eq!(dead.parts_to_tell_of().count(), 2, "every vendor has to hear of it");
}

#[test]
fn a_refund_never_exceeds_what_was_taken() {
    let paid = Changed::of(order_in(State::Cancelled)).learn(Fact::PaymentCaptured { amount: 900 }, &by(ActorKind::Gateway)).unwrap();
    let refund = |order: Changed, amount| order.learn(Fact::PaymentRefunded { amount }, &by(ActorKind::Gateway));
    let half = refund(paid, 500).unwrap();
    assert_eq!(refund(half.clone(), 401), Err(Refusal::OverRefund { asked: 401, left: 400 }));
    assert_eq!(refund(half, 400).unwrap().order.refund_due(), 0);
}

/// Where a part goes on a carrier's word, and how many steps nobody saw.
#[test]
fn a_carriers_word_brings_a_part_forward_and_never_back() {
    use State::{Cancelled, Delivered, DeliveryFailed, InTransit, OutForDelivery, Packing, ReadyToShip, Returned, Shipped};
    for (from, told, to, inferred) in [
        (ReadyToShip, Shipped, Shipped, 0),
        (ReadyToShip, InTransit, InTransit, 1),
        (ReadyToShip, Delivered, Delivered, 3),
        (Shipped, InTransit, InTransit, 0),
        (Shipped, Delivered, Delivered, 2),
        (Shipped, DeliveryFailed, DeliveryFailed, 1),
        (InTransit, DeliveryFailed, DeliveryFailed, 0),
        (InTransit, Returned, Returned, 1),
        (OutForDelivery, Delivered, Delivered, 0),
        (OutForDelivery, DeliveryFailed, DeliveryFailed, 0),
        (OutForDelivery, Returned, Returned, 1),
        (DeliveryFailed, OutForDelivery, OutForDelivery, 0),
        (DeliveryFailed, Delivered, Delivered, 1),
        (DeliveryFailed, Returned, Returned, 0),
        // Late, doubled, or about a part that the carrier cannot have.
        (InTransit, Shipped, InTransit, 0),
        (InTransit, InTransit, InTransit, 0),
        (OutForDelivery, InTransit, OutForDelivery, 0),
        (DeliveryFailed, InTransit, DeliveryFailed, 0),
        (Delivered, DeliveryFailed, Delivered, 0),
        (Delivered, Returned, Delivered, 0),
        (Returned, Delivered, Returned, 0),
        (Cancelled, Shipped, Cancelled, 0),
        (Packing, Delivered, Packing, 0),
    ] {
        let changed = Changed::of(order_of(&[from])).carried(1, told, &by(ActorKind::Carrier)).unwrap();
        assert_eq!(changed.order.parts[0].state, to, "{from} told {told}");
        assert_eq!(changed.entries.iter().filter(|entry| entry.inferred).count(), inferred, "{from} told {told}");
        assert!(changed.entries.last().is_none_or(|last| !last.inferred), "what was told was seen");
    }
}

#[test]
fn the_same_word_twice_changes_nothing_the_second_time() {
    for (from, told) in State::iter().flat_map(|from| State::iter().map(move |told| (from, told))) {
        let once = Changed::of(order_of(&[from])).carried(1, told, &by(ActorKind::Carrier)).unwrap();
        let twice = Changed::of(once.order.clone()).carried(1, told, &by(ActorKind::Carrier)).unwrap();
        assert!(twice.is_empty(), "{from} told {told} twice");
        assert_eq!(once.is_empty(), once.order.parts[0].state == from, "{from} told {told}");
    }
}
