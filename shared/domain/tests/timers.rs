//! What time does to an order.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use oms_domain::change::{By, Changed};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::Fact;
use oms_domain::order::{Failure, Order, Part, PaymentStatus, Stall, Unfinished};
use oms_domain::timers::{
    BusinessHours, Due, PAYMENT_RETRIES, RESTARTS, RETURN_WINDOW, TIMEOUTS, WARNINGS, Warning, after, due, ends, indexed, next_due,
    stands_still, warnings,
};
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, State, VendorId, transition};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use strum::IntoEnumIterator as _;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn order_in(state: State) -> Order {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
    let order = Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by).unwrap().order;
    Order { state, ..order }
}

fn waiting(state: State) -> Order {
    let mut order = order_in(state);
    order.payment.status = PaymentStatus::ActionRequired;
    order
}

fn declined(attempt: u8, hard: bool) -> Order {
    let mut order = order_in(State::PaymentFailed);
    (order.payment.status, order.payment.attempt, order.payment.hard_decline) = (PaymentStatus::Declined, attempt, hard);
    order
}

fn stalled(state: State, stalls: u8) -> Order {
    let stall = Stall { step: "route".to_owned(), error: "Bug".to_owned(), at: NOON };
    Order { stalled: Some(stall), stalls, ..order_in(state) }
}

fn minutes(n: i64) -> Timestamp {
    NOON + SignedDuration::from_mins(n)
}

#[derive(Deserialize)]
struct Table {
    timeouts: BTreeMap<State, Timeout>,
}

#[derive(Deserialize)]
struct Timeout {
    after: String,
    to: State,
    #[serde(default)]
    warn: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

fn table() -> BTreeMap<State, Timeout> {
    toml::from_str::<Table>(include_str!("order-states.toml")).unwrap().timeouts
}

/// Every span that a text names: `2h in business hours, 4h outside`.
fn spans(text: &str) -> Vec<SignedDuration> {
    let span = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let (number, unit) = word.split_at(word.len().checked_sub(1)?);
        let number: i64 = number.parse().ok()?;
        match unit {
            "h" => Some(SignedDuration::from_hours(number)),
            "m" => Some(SignedDuration::from_mins(number)),
            "s" => Some(SignedDuration::from_secs(number)),
            _ => None,
        }
    };
    text.split_whitespace().filter_map(span).collect()
}

#[test]
fn time_outs_and_warnings_are_the_tables() {
    let table = table();
    let ours: BTreeMap<State, SignedDuration> = TIMEOUTS.into();
    for (state, row) in &table {
        assert_eq!(spans(&row.after), [ours[state]], "{state}");
        assert_eq!(row.to, State::Cancelled, "{state}");
        assert!(transition::cancelled_by(*state, ActorKind::System).is_some(), "{state}: a timer must be able to end it");
    }
    let warned: BTreeMap<State, (SignedDuration, SignedDuration)> =
        WARNINGS.map(|(state, within, outside)| (state, (within, outside))).into();
    for (state, row) in &table {
        let spans = row.warn.as_deref().map(spans);
        let expected = spans.map(|spans| (spans[0], *spans.last().unwrap()));
        assert_eq!(warned.get(state).copied(), expected, "{state}: {:?}", row.warn);
    }
    // What is tried before the end: three payments, and another source at once.
    let tried: Vec<&str> = table.values().filter_map(|row| row.before.as_deref()).collect();
    assert_eq!(tried, ["3 automatic retries with exponential backoff, customer told", "re-sourcing attempts"]);
    assert_eq!(PAYMENT_RETRIES, 3);
    assert_eq!(flow::next(&order_in(State::VendorRejected)), Next::Route);
}

#[test]
fn warnings_follow_the_marketplaces_own_hours_across_its_changes_of_clock() {
    let hours = BusinessHours {
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        from: jiff::civil::time(9, 0, 0, 0),
        to: jiff::civil::time(18, 0, 0, 0),
        days: vec![1, 2, 3, 4, 5],
    };
    for (since, wait) in [
        ("2026-11-23T07:59:59Z", 4),
        ("2026-11-23T08:00:00Z", 2),
        ("2026-11-23T16:59:59Z", 2),
        ("2026-11-23T17:00:00Z", 4),
        ("2026-07-06T06:59:59Z", 4),
        ("2026-07-06T07:00:00Z", 2),
        ("2026-11-22T12:00:00Z", 4),
    ] {
        let since: Timestamp = since.parse().unwrap();
        let mut order = order_in(State::PendingFulfillment);
        order.parts = vec![Part::new(1, VendorId::parse("ven-1").unwrap(), State::PendingFulfillment, since)];
        let at = since + SignedDuration::from_hours(wait);
        assert_eq!(warnings(&order, &hours), [Warning { state: State::PendingFulfillment, part: Some(1), since, at }]);
    }
}

#[test]
fn a_cancellation_that_stopped_is_tried_ever_later_and_in_the_end_by_a_person() {
    let failures = vec![Failure { undo: Undo::Money, error: "Unavailable".to_owned() }];
    for (stops, due) in [(1, Some(2)), (2, Some(4)), (3, Some(8)), (4, Some(16)), (5, Some(32)), (6, None)] {
        let unfinished = Some(Unfinished { failures: failures.clone(), at: NOON });
        let order = Order { unfinished, undo_stops: stops, ..order_in(State::Cancelled) };
        assert_eq!(next_due(&order), due.map(|wait| (minutes(wait), Due::ResumeUndo)), "after {stops}");
    }
    let stuck = order_in(State::Cancelled);
    assert_eq!(stands_still(&stuck, minutes(10)), (false, false));
    assert_eq!(stands_still(&stuck, minutes(11)), (false, true));
    assert_eq!(stands_still(&order_in(State::Routing), minutes(1)), (true, false));
}

#[test]
fn every_timed_state_ends_exactly_when_its_time_is_over() {
    for (state, lasts) in TIMEOUTS {
        let order = waiting(state);
        let end = NOON + lasts;
        let expiry = Some(Due::Expire(None));
        assert_ne!(due(&order, end - SignedDuration::from_secs(1)), expiry, "{state} too early");
        assert_eq!(due(&order, end), expiry, "{state}");
        assert_eq!(due(&order, end + SignedDuration::from_hours(1000)), expiry, "{state}: late is not never");
    }
}

#[test]
fn the_end_of_a_stay_is_told_where_there_is_one() {
    let timed: BTreeMap<State, SignedDuration> = TIMEOUTS.into_iter().collect();
    for state in State::iter() {
        assert_eq!(ends(state, NOON), timed.get(&state).map(|lasts| NOON + *lasts), "{state}");
    }
    assert_eq!(RETURN_WINDOW, SignedDuration::from_hours(14 * 24) + SignedDuration::from_hours(14 * 24));
}

/// An order that the machine cannot move is started again and again, but not for ever.
#[test]
fn the_end_of_a_state_goes_before_another_start() {
    let order = order_in(State::Routing);
    assert_eq!(flow::next(&order), Next::Route);
    assert_eq!(next_due(&order), Some((minutes(1), Due::Restart)));
    assert_eq!(due(&order, minutes(47 * 60)), Some(Due::Restart));
    assert_eq!(due(&order, minutes(48 * 60)), Some(Due::Expire(None)));
    assert_eq!(after(&order, minutes(5)), Some(minutes(48 * 60)));
    assert_eq!(after(&order, minutes(48 * 60)), None);
    assert_eq!(due(&stalled(State::Routing, 1), minutes(48 * 60)), Some(Due::Expire(None)));
}

#[test]
fn states_that_wait_for_people_or_have_ended_have_no_timer() {
    for state in [State::VendorAccepted, State::Picking, State::Shipped, State::Delivered, State::Cancelled, State::Returned] {
        let mut order = order_in(state);
        // Of one that was cancelled, everything has gone back.
        (order.payment.nothing_reserved, order.told) = (true, true);
        assert_eq!(next_due(&order), None, "{state}");
    }
}

#[test]
fn each_part_has_a_timer_of_its_own() {
    let part = |no, state, since| Part::new(no, VendorId::parse("ven-1").unwrap(), state, since);
    let mut order = order_in(State::PendingFulfillment);
    order.parts =
        vec![part(1, State::PendingFulfillment, minutes(10)), part(2, State::Picking, NOON), part(3, State::PendingFulfillment, NOON)];
    assert_eq!(next_due(&order), Some((minutes(48 * 60), Due::Expire(Some(3)))));
    order.parts[2].state = State::VendorAccepted;
    assert_eq!(next_due(&order), Some((minutes(48 * 60 + 10), Due::Expire(Some(1)))));
}

#[test]
fn a_soft_decline_is_tried_three_times_more() {
    for (attempt, hard, first) in [
        (1, false, (minutes(5), Due::RetryPayment)),
        (2, false, (minutes(10), Due::RetryPayment)),
        (3, false, (minutes(20), Due::RetryPayment)),
        (4, false, (minutes(24 * 60), Due::Expire(None))),
        (1, true, (minutes(24 * 60), Due::Expire(None))),
    ] {
        assert_eq!(next_due(&declined(attempt, hard)), Some(first), "attempt {attempt}, hard: {hard}");
    }
}

#[test]
fn a_stalled_order_is_started_ever_later_and_in_the_end_by_a_person() {
    for (stalls, wait) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32)] {
        let due = next_due(&stalled(State::Validating, stalls));
        assert_eq!(due, Some((minutes(wait), Due::Resume)), "after stall {stalls}");
    }
    assert_eq!(next_due(&stalled(State::Validating, RESTARTS + 1)), None);
}

#[test]
fn the_index_moves_only_towards_what_is_due() {
    let (routing, rests) = (order_in(State::Routing), order_in(State::Picking));
    let warned = NOON + SignedDuration::from_secs(30);
    assert_eq!(indexed(None, &routing), Some(warned));
    assert_eq!(indexed(Some(minutes(9)), &routing), Some(warned), "never late");
    assert_eq!(indexed(Some(NOON), &routing), Some(NOON), "early costs one look");
    // What happened in the very second of the warning came after it: nobody is to be warned again.
    for (second, is_warned) in [(29, true), (30, false)] {
        let changed = Order { changed_at: NOON + SignedDuration::from_secs(second), ..routing.clone() };
        let due = next_due(&changed).map(|(at, _)| at);
        assert_eq!(indexed(None, &changed), if is_warned { Some(warned) } else { due }, "changed after {second} s");
    }
    assert_eq!(indexed(Some(NOON), &rests), Some(NOON));
    assert_eq!(indexed(None, &rests), None);
    assert_eq!(indexed(Some(NOON), &order_in(State::Delivered)), None);
    let mut dead = order_in(State::Cancelled);
    dead.payment.status = PaymentStatus::Authorized;
    assert_eq!(indexed(None, &dead), Some(minutes(11)), "not before the money is back");
    (dead.payment.status, dead.told) = (PaymentStatus::Voided, true);
    assert_eq!(indexed(None, &dead), None);
}
