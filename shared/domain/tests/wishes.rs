//! A wish to cancel, in the moments in which the table of transitions has no way out.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::{Fact, replay};
use oms_domain::order::{Order, Part};
use oms_domain::transition::{self, Trigger};
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, State, VendorId};

use jiff::Timestamp;
use strum::IntoEnumIterator as _;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "someone"), NOON)
}

fn buyer() -> By {
    by(ActorKind::Customer).because("changed_mind")
}

fn captured() -> Changed {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by(ActorKind::Customer)).unwrap()
}

fn authorized() -> Changed {
    captured().go_knowing(Trigger::PaymentAuthorized, Fact::PaymentAuthorized { amount: 12_000 }, &by(ActorKind::Gateway)).unwrap()
}

fn validating() -> Changed {
    authorized().go(Trigger::ValidationStarted, &by(ActorKind::System)).unwrap()
}

fn routed() -> Changed {
    let system = by(ActorKind::System);
    let parts = [1, 2].map(|no| (no, VendorId::parse(format!("ven-{no}")).unwrap())).to_vec();
    let order = validating().learn(Fact::ChecksPassed { report: 3, doubts: vec![] }, &system).unwrap();
    let order = order.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap().go(Trigger::RoutingStarted, &system).unwrap();
    order.go_knowing(Trigger::VendorsAssigned, Fact::Assigned { report: 3, parts }, &system).unwrap()
}

fn order_of(parts: &[State]) -> Order {
    let part = |(no, state): (u8, &State)| Part::new(no, VendorId::parse(format!("ven-{no}")).unwrap(), *state, NOON);
    let state = State::derived(parts.iter().copied()).unwrap();
    Order { state, parts: (1..).zip(parts).map(part).collect(), ..captured().order }
}

#[test]
fn exactly_three_states_are_left_before_anybody_can_cancel() {
    let waiting: Vec<State> = State::iter().filter(|state| transition::leads_out(*state, ActorKind::Customer)).collect();
    assert_eq!(waiting, [State::PaymentAuthorized, State::Validating, State::Routed]);
}

/// Each wish comes true in the write that reaches the first way out, in the name of who wished it; no further step is asked for.
#[test]
fn a_wish_comes_true_at_the_first_way_out() {
    type Step = fn(Changed) -> Changed;
    let fails: Step = |order| {
        let fact = Fact::ChecksFailed { report: 3, checks: vec![7] };
        order.go_knowing(Trigger::CheckFailedOrRiskVeryHigh, fact, &by(ActorKind::System)).unwrap()
    };
    let starts: Step = |order| order.go(Trigger::ValidationStarted, &by(ActorKind::System)).unwrap();
    let passes: Step = |order| order.go(Trigger::ChecksPassedAndLowRisk, &by(ActorKind::System)).unwrap();
    let reviewed: Step = |order| order.go(Trigger::RiskMediumOrHigh, &by(ActorKind::System)).unwrap();
    let told: Step = |order| order.go(Trigger::VendorsNotified, &by(ActorKind::System)).unwrap();
    let refused: Step = |order| order.go(Trigger::AuthorizationExpiredOrCaptureFailed, &by(ActorKind::Gateway)).unwrap();
    let again: Step = |order| order.go(Trigger::StockLostBeforeReservation, &by(ActorKind::System)).unwrap();
    let cases: [(Changed, &[Step], State); 7] = [
        (authorized(), &[starts, fails], State::ValidationFailed),
        (validating(), &[passes], State::Confirmed),
        (validating(), &[reviewed], State::FraudReview),
        (validating(), &[fails], State::ValidationFailed),
        (routed(), &[told], State::PendingFulfillment),
        (routed(), &[refused], State::PaymentFailed),
        (routed(), &[again], State::Routing),
    ];
    for (order, steps, exit) in cases {
        let state = order.order.state;
        let wished = order.cancel_or_wish(&buyer()).unwrap();
        assert_eq!((wished.order.state, wished.order.wish.is_some()), (state, true), "{state}");
        assert_eq!(wished.clone().cancel_or_wish(&buyer()).unwrap(), wished, "{state}: wished twice");
        let (last, before) = steps.split_last().unwrap();
        let on_its_way = before.iter().fold(wished, |order, step| step(order));
        assert!(!on_its_way.order.is_dead(), "{state}: not before {exit}");
        let done = last(on_its_way).order;
        assert_eq!((done.state, done.wish, done.reason.as_deref()), (State::Cancelled, None, Some("changed_mind")), "{state} by {exit}");
        assert_eq!(flow::next(&Order { wish: None, ..order_of(&[State::Cancelled]) }), Next::Wait);
    }
    let done = validating().cancel_or_wish(&buyer()).unwrap().go(Trigger::ChecksPassedAndLowRisk, &by(ActorKind::System)).unwrap();
    let [.., confirmed, cancelled] = &done.entries[..] else { panic!("two entries at least") };
    assert_eq!((confirmed.actor.kind, confirmed.to), (ActorKind::System, State::Confirmed));
    assert_eq!((cancelled.actor.kind, cancelled.from, cancelled.to), (ActorKind::Customer, State::Confirmed, State::Cancelled));
    assert_eq!(replay(done.order.id, &done.entries), Ok(done.order));
}

#[test]
fn no_money_is_taken_for_an_order_that_is_to_be_cancelled() {
    assert_eq!(flow::next(&routed().order), Next::Pay);
    let wished = routed().cancel_or_wish(&buyer()).unwrap();
    assert_eq!(flow::next(&wished.order), Next::Notify);
    let done = wished.go(Trigger::VendorsNotified, &by(ActorKind::System)).unwrap().order;
    assert_eq!((done.payment.captured, flow::undo(&done)), (0, vec![Undo::Stock, Undo::Money, Undo::People]));
}

#[test]
fn parts_with_a_way_out_are_cancelled_at_once_and_the_others_as_they_reach_one() {
    let order = Changed::of(order_of(&[State::Picking, State::Routed])).cancel_or_wish(&buyer()).unwrap();
    let states = |order: &Order| order.parts.iter().map(|part| part.state).collect::<Vec<_>>();
    assert_eq!(states(&order.order), [State::Cancelled, State::Routed]);
    let done = order.go_part(2, Trigger::VendorsNotified, &by(ActorKind::System)).unwrap();
    assert_eq!((states(&done.order), done.order.state), (vec![State::Cancelled; 2], State::Cancelled));
}

#[test]
fn what_has_no_way_out_any_more_is_refused_and_not_wished() {
    for parts in [vec![State::Shipped], vec![State::Routed, State::InTransit], vec![State::Delivered]] {
        let order = order_of(&parts);
        assert!(Changed::of(order).cancel_or_wish(&buyer()).is_err(), "{parts:?}");
    }
}
