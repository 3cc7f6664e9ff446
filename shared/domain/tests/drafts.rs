//! Orders that nobody has submitted yet.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed, Refusal};
use oms_domain::flow::{self, Next};
use oms_domain::history::{self, Fact};
use oms_domain::order::PaymentStatus;
use oms_domain::timers::{self, Due};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, CustomerId, Order, OrderId, State};

use jiff::{SignedDuration, Timestamp};
use strum::IntoEnumIterator as _;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn by(kind: ActorKind, at: Timestamp) -> By {
    By::new(Actor::new(kind, "someone"), at)
}

fn hours(n: i64) -> Timestamp {
    NOON + SignedDuration::from_hours(n)
}

fn capture() -> Fact {
    Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 }
}

fn edited(total: i64, currency: &str) -> Fact {
    Fact::DraftEdited { currency: currency.parse().unwrap(), total }
}

fn drafted() -> Changed {
    Changed::drafted(OrderId::new(NOON, [7; 10]), capture(), &by(ActorKind::Customer, NOON)).unwrap()
}

#[test]
fn a_draft_begins_with_an_entry_that_moves_nothing() {
    let draft = drafted();
    let [entry] = &draft.entries[..] else { panic!("a draft is one entry") };
    assert_eq!((entry.seq, entry.from, entry.to, entry.trigger), (1, State::Draft, State::Draft, None));
    assert_eq!((draft.order.state, draft.order.total, draft.order.submitted_at), (State::Draft, 12_000, None));
    assert_eq!(flow::next(&draft.order), Next::Wait);
    assert_eq!(Changed::drafted(OrderId::new(NOON, [7; 10]), Fact::Resumed, &by(ActorKind::Customer, NOON)), None);
}

#[test]
fn an_order_captured_at_once_has_left_its_draft_behind() {
    let captured = Changed::captured(OrderId::new(NOON, [7; 10]), capture(), &by(ActorKind::Customer, NOON)).unwrap();
    let [entry] = &captured.entries[..] else { panic!("a capture is one entry") };
    assert_eq!((entry.from, entry.to, entry.trigger), (State::Draft, State::PendingPayment, Some(Trigger::OrderSubmitted)));
    assert_eq!((captured.order.state, captured.order.placed_at()), (State::PendingPayment, NOON));
    assert_eq!(Changed::captured(OrderId::new(NOON, [7; 10]), Fact::Resumed, &by(ActorKind::Customer, NOON)), None);
}

#[test]
fn a_draft_edited_and_submitted_is_what_its_history_says() {
    let customer = |n| by(ActorKind::Customer, hours(n));
    let draft = drafted().learn(edited(900, "EUR"), &customer(1)).unwrap().learn(edited(700, "USD"), &customer(2)).unwrap();
    assert_eq!((draft.order.total, draft.order.currency.code(), draft.order.state), (700, "USD", State::Draft));
    let order = draft.go(Trigger::OrderSubmitted, &customer(5)).unwrap();
    assert_eq!((order.order.state, flow::next(&order.order)), (State::PendingPayment, Next::Pay));
    assert_eq!((order.order.created_at, order.order.submitted_at, order.order.placed_at()), (NOON, Some(hours(5)), hours(5)));
    assert_eq!(history::replay(order.order.id, &order.entries), Ok(order.order));
}

#[test]
fn an_edit_and_its_inverse_leave_the_order_as_it_was() {
    let draft = drafted();
    let customer = by(ActorKind::Customer, NOON);
    let back = draft.clone().learn(edited(1, "JPY"), &customer).unwrap().learn(edited(12_000, "EUR"), &customer).unwrap();
    let same = Order { seq: draft.order.seq, hash: draft.order.hash.clone(), ..back.order };
    assert_eq!(same, draft.order);
}

#[test]
fn what_is_submitted_is_settled() {
    for state in State::iter().filter(|state| *state != State::Draft) {
        let order = Changed::of(Order { state, ..drafted().order });
        assert_eq!(order.learn(edited(1, "EUR"), &by(ActorKind::Customer, NOON)), Err(Refusal::Settled(state)));
    }
    let again = drafted()
        .go(Trigger::OrderSubmitted, &by(ActorKind::Customer, NOON))
        .unwrap()
        .go(Trigger::OrderSubmitted, &by(ActorKind::Customer, NOON));
    assert!(matches!(again, Err(Refusal::NotAllowed { state: State::PendingPayment, .. })), "{again:?}");
}

#[test]
fn a_draft_is_discarded_by_its_customer_or_by_time_and_by_nobody_else() {
    for actor in ActorKind::iter() {
        let cancelled = drafted().cancel(&by(actor, NOON).because("changed_mind"));
        assert_eq!(cancelled.is_ok(), matches!(actor, ActorKind::Customer | ActorKind::System), "{actor}");
        if let Ok(cancelled) = cancelled {
            let order = cancelled.order;
            assert_eq!((order.state, order.reason.as_deref(), flow::next(&order)), (State::Cancelled, Some("changed_mind"), Next::Wait));
            assert_eq!((order.payment.status, order.refund_due()), (PaymentStatus::Open, 0));
        }
    }
}

#[test]
fn a_draft_expires_thirty_days_after_its_last_edit() {
    let expires = Some((hours(30 * 24), Due::Expire(None)));
    assert_eq!(timers::next_due(&drafted().order), expires);
    let edited = drafted().learn(edited(900, "EUR"), &by(ActorKind::Customer, hours(100))).unwrap().order;
    assert_eq!(timers::due(&edited, hours(30 * 24)), None, "the timer of the version before does nothing");
    assert_eq!(timers::next_due(&edited), Some((hours(30 * 24 + 100), Due::Expire(None))));
}
