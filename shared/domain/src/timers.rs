//! What happens to an order when nothing happens: the table of time-outs, and the next moment to look at an order.

use jiff::{SignedDuration, Timestamp};

use crate::flow::{self, Next};
use crate::order::{Order, PaymentStatus};
use crate::state::State;

/// States that end by themselves, and after how long.
pub const TIMEOUTS: [(State, SignedDuration); 8] = [
    (State::PendingPayment, SignedDuration::from_hours(48)),
    (State::PaymentFailed, SignedDuration::from_hours(24)),
    (State::ValidationFailed, SignedDuration::from_hours(48)),
    (State::FraudReview, SignedDuration::from_hours(48)),
    (State::Confirmed, SignedDuration::from_hours(48)),
    (State::PendingFulfillment, SignedDuration::from_hours(48)),
    (State::VendorRejected, SignedDuration::from_hours(2)),
    (State::Routing, SignedDuration::from_hours(48)),
];

/// How long an order may stand where the machine should be moving it.
pub const STUCK_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Automatic payment attempts after a soft decline.
pub const PAYMENT_RETRIES: u8 = 3;

/// Automatic restarts of a stalled order before only a person starts it again.
pub const RESTARTS: u8 = 5;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Start the machine: it should have moved the order by now.
    Restart,
    /// Start a stalled order again.
    Resume,
    /// Try the payment again after a soft decline.
    RetryPayment,
    /// The state has lasted too long: cancel the order, or this part of it.
    Expire(Option<u8>),
}

/// The next thing that time does to this order, and when; `None` where time changes nothing.
pub fn next_due(order: &Order) -> Option<(Timestamp, Due)> {
    let mut dues: Vec<(Timestamp, Due)> = Vec::new();
    let mut add = |since: Timestamp, after: SignedDuration, due: Due| {
        if let Ok(at) = since.checked_add(after) {
            dues.push((at, due));
        }
    };
    let lasting = |state: State| TIMEOUTS.iter().find(|(timed, _)| *timed == state).map(|(_, after)| *after);
    if order.parts.is_empty()
        && let Some(after) = lasting(order.state)
    {
        add(order.since, after, Due::Expire(None));
    }
    for part in &order.parts {
        if let Some(after) = lasting(part.state) {
            add(part.since, after, Due::Expire(Some(part.no)));
        }
    }
    let payment = &order.payment;
    let soft = payment.status == PaymentStatus::Declined && !payment.hard_decline;
    if order.state == State::PaymentFailed && soft && payment.attempt <= PAYMENT_RETRIES {
        add(order.since, SignedDuration::from_mins(5 << (payment.attempt - 1).min(5)), Due::RetryPayment);
    }
    match &order.stalled {
        Some(stall) if order.stalls <= RESTARTS => {
            add(stall.at, SignedDuration::from_mins(1 << order.stalls.min(6)), Due::Resume);
        }
        None if flow::next(order) != Next::Wait => add(order.changed_at, STUCK_AFTER, Due::Restart),
        _ => {}
    }
    dues.into_iter().min_by_key(|(at, _)| *at)
}

/// When the wake index has to bring an order up that it had at `indexed` before this write: never later than the next thing due.
///
/// An earlier moment stays, though nothing may be due then: the sweeper looks, and sets the right one. Moving the entry with every
/// write would cost two more write units each time.
pub fn indexed(indexed: Option<Timestamp>, order: &Order) -> Option<Timestamp> {
    let due = next_due(order).map(|(at, _)| at);
    match (indexed, due) {
        (_, None) if order.state.is_terminal() => None,
        (Some(indexed), Some(due)) => Some(indexed.min(due)),
        (None, moment) | (moment, None) => moment,
    }
}
