//! What happens to an order when nothing happens: the table of time-outs, and the next moment to look at an order.

use jiff::{SignedDuration, Timestamp};

use crate::flow::{self, Next};
use crate::order::{Order, PaymentStatus};
use crate::state::State;

/// States that end by themselves, and after how long. A draft lasts from its last edit, everything else from when its state began.
pub const TIMEOUTS: [(State, SignedDuration); 9] = [
    (State::Draft, SignedDuration::from_hours(30 * 24)),
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

/// The first thing that time does to this order, and when; `None` where time changes nothing.
pub fn next_due(order: &Order) -> Option<(Timestamp, Due)> {
    dues(order).into_iter().min_by_key(|(at, _)| *at)
}

/// What is to be done at `now`; `None` where nothing is due yet. The end of a state goes before another try to leave it: an order that
/// cannot move would else be started again for ever.
pub fn due(order: &Order, now: Timestamp) -> Option<Due> {
    let rank = |due: &Due| match due {
        Due::Expire(_) => 0,
        Due::RetryPayment => 1,
        Due::Resume => 2,
        Due::Restart => 3,
    };
    let due = dues(order).into_iter().filter(|(at, _)| *at <= now);
    due.min_by_key(|(at, due)| (rank(due), *at)).map(|(_, due)| due)
}

/// The first moment after `now` at which something more becomes due.
pub fn after(order: &Order, now: Timestamp) -> Option<Timestamp> {
    dues(order).into_iter().map(|(at, _)| at).filter(|at| *at > now).min()
}

/// Everything that time will do to this order if nothing else happens.
fn dues(order: &Order) -> Vec<(Timestamp, Due)> {
    let dues = expiries(order).chain(payment_retry(order)).chain(start(order));
    dues.filter_map(|(since, after, due)| Some((since.checked_add(after).ok()?, due))).collect()
}

type Timer = (Timestamp, SignedDuration, Due);

fn expiries(order: &Order) -> impl Iterator<Item = Timer> {
    let lasting = |state: State| TIMEOUTS.iter().find(|(timed, _)| *timed == state).map(|(_, after)| *after);
    let since = if order.state == State::Draft { order.changed_at } else { order.since };
    let whole = lasting(order.state).filter(|_| order.parts.is_empty()).map(|after| (since, after, Due::Expire(None)));
    let parts = order.parts.iter().filter_map(move |part| Some((part.since, lasting(part.state)?, Due::Expire(Some(part.no)))));
    whole.into_iter().chain(parts)
}

/// After a soft decline: 5, 10 and 20 minutes later.
fn payment_retry(order: &Order) -> Option<Timer> {
    let payment = &order.payment;
    let soft = payment.status == PaymentStatus::Declined && !payment.hard_decline;
    let again = order.state == State::PaymentFailed && soft && (1..=PAYMENT_RETRIES).contains(&payment.attempt);
    again.then(|| (order.since, SignedDuration::from_mins(5 << (payment.attempt - 1)), Due::RetryPayment))
}

/// A stalled order 2, 4, 8, 16 and 32 minutes later; one that should be moving as soon as it counts as stuck.
fn start(order: &Order) -> Option<Timer> {
    match &order.stalled {
        Some(_) if order.stalls > RESTARTS => None,
        Some(stall) => Some((stall.at, SignedDuration::from_mins(1 << order.stalls), Due::Resume)),
        None if flow::next(order) == Next::Wait => None,
        None => Some((order.changed_at, STUCK_AFTER, Due::Restart)),
    }
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
