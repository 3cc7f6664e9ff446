//! The head: what it holds after each entry, and how it is stored.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::Fact;
use oms_domain::order::{Band, Failure, Goods, Order, Part, PaymentStatus, Risk, Stock, Unfinished};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, State, VendorId, timers};

use jiff::{SignedDuration, Timestamp};

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn minutes(n: i64) -> Timestamp {
    NOON + SignedDuration::from_mins(n)
}

fn by(kind: ActorKind, minute: i64) -> By {
    By::new(Actor::new(kind, "someone"), minutes(minute))
}

fn order_in(state: State) -> Order {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    Order { state, ..Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by(ActorKind::Customer, 0)).unwrap().order }
}

fn vendor(n: u8) -> VendorId {
    VendorId::parse(format!("ven-{n}")).unwrap()
}

fn part(no: u8, state: State) -> Part {
    Part::new(no, vendor(no), state, NOON)
}

fn learnt(order: Order, fact: Fact) -> Order {
    Changed::of(order).learn(fact, &by(ActorKind::System, 1)).unwrap().order
}

fn gone(order: Order, trigger: Trigger, kind: ActorKind) -> Order {
    Changed::of(order).go(trigger, &by(kind, 1).because("why")).unwrap().order
}

#[test]
fn a_score_falls_into_its_band() {
    use Band::{High, Low, Medium, VeryHigh};
    for (score, band) in [(0, Low), (20, Low), (21, Medium), (50, Medium), (51, High), (75, High), (76, VeryHigh), (100, VeryHigh)] {
        assert_eq!(Band::of(score), band, "{score}");
    }
}

#[test]
fn what_is_nothing_is_not_stored_and_what_is_something_is_read_back() {
    let plain = order_in(State::Picking);
    let mut full = Order { stalls: 1, parts: vec![part(1, State::Cancelled), part(2, State::Picking)], ..plain.clone() };
    (full.payment.owed, full.parts[0].owed, full.parts[0].goods) = (1, true, Goods::Back);
    for (order, stored) in [(plain, false), (full, true)] {
        let text = serde_json::to_string(&order).unwrap();
        for name in ["\"owed\"", "\"stalls\"", "\"owed\":true", "\"goods\":\"back\"", "\"parts\""] {
            assert_eq!(text.contains(name), stored, "{name} in {text}");
        }
        assert!(!text.contains("\"undone\":false") && !text.contains("\"kept\""), "{text}");
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
    }
}

#[test]
fn a_vendors_part_is_the_live_one_or_else_the_last() {
    let of = |states: &[(u8, State)]| {
        let parts = (1..).zip(states).map(|(no, (of, state))| Part { vendor_id: vendor(*of), ..part(no, *state) }).collect();
        Order { parts, ..order_in(State::Picking) }
    };
    let order = of(&[
        (1, State::Cancelled),
        (2, State::Picking),
        (1, State::Packing),
        (1, State::Cancelled),
        (3, State::Cancelled),
        (3, State::Returned),
    ]);
    for (whose, no) in [(1, Some(3)), (2, Some(2)), (3, Some(6)), (4, None)] {
        assert_eq!(order.part_of(&vendor(whose)).map(|part| part.no), no, "ven-{whose}");
    }
    assert_eq!((order.part(2).map(|part| part.no), order.part(9)), (Some(2), None));
}

#[test]
fn passed_checks_hold_stock_and_failed_ones_are_forgotten() {
    for (before, after) in [
        (Stock::Free, Stock::Held),
        (Stock::Released, Stock::Held),
        (Stock::Held, Stock::Held),
        // Checked again after routing: the goods lie where they were allocated.
        (Stock::Allocated, Stock::Allocated),
    ] {
        let order = learnt(Order { stock: before, ..order_in(State::Validating) }, Fact::ChecksPassed { report: 4, doubts: vec![] });
        assert_eq!((order.stock, order.checked), (after, Some(4)), "{before}");
    }
    let doubted = learnt(order_in(State::Validating), Fact::ChecksPassed { report: 4, doubts: vec![5, 29] });
    assert_eq!(doubted.doubts, [5, 29]);
    assert!(learnt(doubted.clone(), Fact::ChecksFailed { report: 5, checks: vec![7] }).doubts.is_empty());
    assert!(learnt(doubted.clone(), Fact::ChecksPassed { report: 6, doubts: vec![] }).doubts.is_empty());
    let again = gone(Order { state: State::ValidationFailed, ..doubted }, Trigger::OrderCorrected, ActorKind::Customer);
    assert!(again.doubts.is_empty(), "what is corrected is checked anew");
    let passed = Order { checked: Some(4), ..order_in(State::Validating) };
    assert_eq!(learnt(passed.clone(), Fact::ChecksFailed { report: 5, checks: vec![7] }).checked, None);
    assert_eq!(learnt(passed.clone(), Fact::StockReleased).stock, Stock::Released);
    assert_eq!(learnt(passed, Fact::Scored { score: 60, band: Band::High, report: 6 }).risk, Some(Risk { score: 60, band: Band::High }));
    // What is corrected is checked anew.
    let corrected = gone(Order { checked: Some(4), ..order_in(State::ValidationFailed) }, Trigger::OrderCorrected, ActorKind::Customer);
    assert_eq!((corrected.state, corrected.checked), (State::Validating, None));
    let confirmed = gone(Order { checked: Some(4), ..order_in(State::Validating) }, Trigger::ChecksPassedAndLowRisk, ActorKind::System);
    assert_eq!(confirmed.checked, Some(4));
}

/// Nobody had heard of a draft. Of any other order somebody has: vendors, the gateway, the customer.
#[test]
fn only_of_a_draft_that_is_discarded_nobody_need_be_told_and_nothing_is_reserved() {
    for (from, trigger, nobody) in [
        (State::Draft, Trigger::DraftDiscardedOrExpired, true),
        (State::Draft, Trigger::OrderSubmitted, false),
        (State::PendingPayment, Trigger::CancelledOrTimedOut, false),
        (State::Confirmed, Trigger::CancelledOrTimedOut, false),
    ] {
        let order = gone(order_in(from), trigger, ActorKind::Customer);
        assert_eq!((order.told, order.payment.nothing_reserved), (nobody, nobody), "{from} {trigger}");
    }
}

/// What could not be undone is forgotten where there is nothing to undo; how often undoing stopped, with the order's death alone.
#[test]
fn with_its_death_an_order_is_to_be_undone_anew() {
    let left = Some(Unfinished { failures: vec![Failure { undo: Undo::Stock, error: "Bug".to_owned() }], at: NOON });
    let order = |state| Order { unfinished: left.clone(), undo_stops: 3, ..order_in(state) };
    let dead = gone(order(State::Confirmed), Trigger::CancelledOrTimedOut, ActorKind::Customer);
    assert_eq!((dead.unfinished, dead.undo_stops), (None, 0));
    let alive = gone(order(State::ValidationFailed), Trigger::OrderCorrected, ActorKind::Customer);
    assert_eq!((alive.unfinished, alive.undo_stops), (None, 3));
}

#[test]
fn a_plan_replaces_the_parts_that_it_names_and_no_others() {
    let order = Order { parts: vec![part(1, State::VendorRejected), part(3, State::Picking)], ..order_in(State::VendorRejected) };
    let order = learnt(order, Fact::Assigned { report: 9, parts: vec![(4, vendor(4)), (1, vendor(7))] });
    let parts: Vec<_> = order.parts.iter().map(|part| (part.no, part.vendor_id.clone(), part.state, part.since)).collect();
    assert_eq!(
        parts,
        [(1, vendor(7), State::Routed, minutes(1)), (3, vendor(3), State::Picking, NOON), (4, vendor(4), State::Routed, minutes(1))]
    );
    assert_eq!((order.plan, order.stock, order.state), (Some(9), Stock::Allocated, State::Routed));
}

#[test]
fn a_part_counted_as_owed_is_that_part() {
    let order =
        Order { parts: vec![part(1, State::Cancelled), part(2, State::Cancelled), part(3, State::Picking)], ..order_in(State::Picking) };
    let owed = learnt(order, Fact::PartOwed { no: 2, amount: 10 });
    assert_eq!(owed.payment.owed, 10);
    assert_eq!(owed.parts_to_owe().map(|part| part.no).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_move_of_the_whole_takes_the_parts_that_stood_with_it() {
    let order = Order { parts: vec![part(1, State::Routed), part(2, State::Picking)], ..order_in(State::Routed) };
    let told = gone(order, Trigger::VendorsNotified, ActorKind::System);
    let parts: Vec<_> = told.parts.iter().map(|part| (part.state, part.since)).collect();
    assert_eq!(parts, [(State::PendingFulfillment, minutes(1)), (State::Picking, NOON)]);
    assert_eq!((told.state, told.since), (State::PendingFulfillment, minutes(1)));
}

#[test]
fn a_move_of_a_part_moves_the_order_only_when_it_was_the_last_behind() {
    let order = Order { parts: vec![part(1, State::Picking), part(2, State::Packing)], ..order_in(State::Picking) };
    let first = Changed::of(order).go_part(2, Trigger::PackingCompleted, &by(ActorKind::Vendor, 1)).unwrap();
    assert_eq!((first.order.state, first.order.since, first.order.parts[1].since), (State::Picking, NOON, minutes(1)));
    let second = first.go_part(1, Trigger::PickingCompleted, &by(ActorKind::Vendor, 2)).unwrap().order;
    assert_eq!((second.state, second.since, second.changed_at), (State::Packing, minutes(2), minutes(2)));
}

#[test]
fn back_before_routed_the_plan_is_void() {
    for (from, trigger, kind, kept) in [
        (State::Routed, Trigger::StockLostBeforeReservation, ActorKind::Operator, 0),
        (State::Routed, Trigger::AuthorizationExpiredOrCaptureFailed, ActorKind::Gateway, 0),
        (State::VendorRejected, Trigger::ResourcingStarted, ActorKind::System, 0),
        (State::Routed, Trigger::VendorsNotified, ActorKind::System, 1),
    ] {
        let order = Order { parts: vec![part(1, from)], ..order_in(from) };
        assert_eq!(gone(order, trigger, kind).parts.len(), kept, "{trigger}");
    }
}

#[test]
fn the_reason_of_an_exit_or_a_failure_is_kept_and_that_of_a_step_forward_is_not() {
    for (from, trigger, kind, kept) in [
        (State::PendingPayment, Trigger::PaymentDeclined, ActorKind::Gateway, true),
        (State::Validating, Trigger::CheckFailedOrRiskVeryHigh, ActorKind::System, true),
        (State::PendingFulfillment, Trigger::VendorRejectedOrSlaMissed, ActorKind::Vendor, true),
        (State::Confirmed, Trigger::CancelledOrTimedOut, ActorKind::Customer, true),
        (State::Confirmed, Trigger::RoutingStarted, ActorKind::System, false),
        (State::FraudReview, Trigger::ReviewCleared, ActorKind::Operator, false),
    ] {
        assert_eq!(gone(order_in(from), trigger, kind).reason.as_deref(), kept.then_some("why"), "{trigger}");
    }
}

#[test]
fn another_attempt_begins_with_an_open_payment_or_waits_for_its_method() {
    for (from, trigger, kind, attempt, status) in [
        (State::PaymentFailed, Trigger::PaymentRetried, ActorKind::Customer, 2, PaymentStatus::Open),
        (State::FraudReview, Trigger::OtherPaymentRequired, ActorKind::Operator, 2, PaymentStatus::MethodWanted),
        (State::PendingPayment, Trigger::PaymentDeclined, ActorKind::Gateway, 1, PaymentStatus::Declined),
    ] {
        let mut order = order_in(from);
        order.payment.status = PaymentStatus::Declined;
        let payment = gone(order, trigger, kind).payment;
        assert_eq!((payment.attempt, payment.status), (attempt, status), "{trigger}");
    }
}

/// An analyst asks for another method: nothing is charged until the customer gives it, and the first reservation goes back meanwhile.
#[test]
fn another_method_is_waited_for_and_begins_the_attempt() {
    let mut reviewed = order_in(State::FraudReview);
    (reviewed.payment.status, reviewed.payment.authorized) = (PaymentStatus::Authorized, 900);
    let asked = gone(reviewed, Trigger::OtherPaymentRequired, ActorKind::Operator);
    let stands = |order: &Order| (order.payment.attempt, order.payment.status, order.payment.authorized, flow::next(order));
    assert_eq!(stands(&asked), (2, PaymentStatus::MethodWanted, 900, Next::Pay), "the first is given back");
    let given = learnt(asked.clone(), Fact::PaymentMethodGiven);
    assert_eq!(stands(&given), (2, PaymentStatus::Open, 900, Next::Pay), "before or with the second");
    let freed = learnt(asked, Fact::PaymentVoided);
    assert_eq!(stands(&freed), (2, PaymentStatus::MethodWanted, 0, Next::Wait));
    assert!(timers::next_due(&freed).is_some_and(|(_, due)| due == timers::Due::Expire(None)), "but not for ever");
    assert_eq!(stands(&learnt(freed, Fact::PaymentMethodGiven)), (2, PaymentStatus::Open, 0, Next::Pay));
}

#[test]
fn stalls_are_counted_until_the_order_moves() {
    let stall = || Fact::Stalled { step: "route".to_owned(), error: "Bug".to_owned() };
    let once = learnt(order_in(State::Confirmed), stall());
    assert_eq!((once.stalls, once.stalled.as_ref().map(|stall| stall.at)), (1, Some(minutes(1))));
    let resumed = learnt(once, Fact::Resumed);
    assert_eq!((resumed.stalls, &resumed.stalled), (1, &None));
    let twice = learnt(resumed, stall());
    assert_eq!(twice.stalls, 2);
    let moved = gone(twice, Trigger::RoutingStarted, ActorKind::System);
    assert_eq!((moved.stalls, moved.stalled), (0, None));
}

/// What follows from what stands beside it is left out, and read back.
#[test]
fn nothing_stands_twice_in_a_stored_order() {
    let since = minutes(5);
    let mut order = order_in(State::Picking);
    (order.since, order.changed_at) = (since, since);
    order.parts = vec![Part { since, ..part(1, State::Picking) }, part(2, State::Packing)];
    let text = serde_json::to_string(&order).unwrap();
    for (name, times) in [("created_at", 0), ("changed_at", 0), ("picking", 1), ("packing", 1), ("since", 2), ("authorized", 0)] {
        assert_eq!(text.matches(name).count(), times, "{name} in {text}");
    }
    assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
    order.created_at = minutes(-1);
    order.changed_at = minutes(6);
    let text = serde_json::to_string(&order).unwrap();
    assert!(text.contains("created_at") && text.contains("changed_at"), "{text}");
    assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
}
