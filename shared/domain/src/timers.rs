//! What happens to an order when nothing happens: the tables of time-outs and of warnings, and the next moment to look at an order.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

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

/// States in which somebody should have acted by then: after how long the operators are told, where the state began within business hours
/// and outside of them. Nothing else happens to the order.
pub const WARNINGS: [(State, SignedDuration, SignedDuration); 4] = [
    // An analyst's time to decide.
    (State::FraudReview, SignedDuration::from_hours(2), SignedDuration::from_hours(2)),
    // The machine's: it should be gone within seconds.
    (State::Confirmed, SignedDuration::from_mins(5), SignedDuration::from_mins(5)),
    // A vendor's time to accept.
    (State::PendingFulfillment, SignedDuration::from_hours(2), SignedDuration::from_hours(4)),
    // The target for finding another source.
    (State::Routing, SignedDuration::from_secs(30), SignedDuration::from_secs(30)),
];

/// How long an order may stand where the machine should be moving it.
pub const STUCK_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// How long an order may stand with something to undo: longer than the cancellation machine takes with all its retries, so that a second
/// execution never meets the first.
pub const UNDO_STUCK_AFTER: SignedDuration = SignedDuration::from_mins(11);

/// Automatic payment attempts after a soft decline.
pub const PAYMENT_RETRIES: u8 = 3;

/// Automatic restarts of a stalled order before only a person starts it again.
pub const RESTARTS: u8 = 5;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Start the machines that should have moved the order by now: see [`stands_still`].
    Restart,
    /// Start a stalled order again.
    Resume,
    /// Start a cancellation again that stopped before all was undone.
    ResumeUndo,
    /// Try the payment again after a soft decline.
    RetryPayment,
    /// Look once more for somebody who can deliver the order, or this part of it.
    SearchAgain(Option<u8>),
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
        Due::RetryPayment | Due::SearchAgain(_) => 1,
        Due::Resume | Due::ResumeUndo => 2,
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
    let dues = expiries(order).chain(payment_retry(order)).chain(searches(order)).chain(start(order)).chain(start_undo(order));
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

/// What nobody could deliver, after its rest.
fn searches(order: &Order) -> impl Iterator<Item = Timer> {
    order.shortages.iter().filter(|shortage| shortage.rests).map(|shortage| (shortage.at, shortage.rest(), Due::SearchAgain(shortage.part)))
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

/// A cancellation that stopped, 2, 4, 8, 16 and 32 minutes later; one that should be over as soon as it counts as stuck.
fn start_undo(order: &Order) -> Option<Timer> {
    match &order.unfinished {
        Some(_) if order.undo_stops > RESTARTS => None,
        Some(unfinished) => Some((unfinished.at, SignedDuration::from_mins(1 << order.undo_stops), Due::ResumeUndo)),
        None if flow::undo(order).is_empty() => None,
        None => Some((order.changed_at, UNDO_STUCK_AFTER, Due::Restart)),
    }
}

/// Which of the two machines, order and cancellation, have left the order standing for too long.
pub fn stands_still(order: &Order, now: Timestamp) -> (bool, bool) {
    let since = |after: SignedDuration| now.duration_since(order.changed_at) >= after;
    let moves = flow::next(order) != Next::Wait && since(STUCK_AFTER);
    (moves, !flow::undo(order).is_empty() && since(UNDO_STUCK_AFTER))
}

/// When a marketplace's vendors work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessHours {
    /// IANA time zone.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// First moment of the working day.
    pub from: Time,
    /// First moment after it; later than `from`.
    pub to: Time,
    /// Working days: 1 for Monday to 7 for Sunday.
    pub days: Vec<i8>,
}

impl BusinessHours {
    /// Whether people work at that moment.
    pub fn contain(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.zone.clone());
        let time = local.time();
        self.days.contains(&local.weekday().to_monday_one_offset()) && self.from <= time && time < self.to
    }
}

/// Somebody should have acted: on the order, or on one vendor's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub state: State,
    /// Which part; the whole order where absent.
    pub part: Option<u8>,
    /// Since when it stands there: with state and part, the name of this visit.
    pub since: Timestamp,
    /// When the operators are to be told.
    pub at: Timestamp,
}

/// What the operators are told if this order goes on standing where it does.
pub fn warnings(order: &Order, hours: &BusinessHours) -> Vec<Warning> {
    visits(order).filter_map(|visit| visit.warning(|within, outside| if hours.contain(visit.since) { within } else { outside })).collect()
}

/// One stay of an order or part in a state.
struct Visit {
    state: State,
    part: Option<u8>,
    since: Timestamp,
}

impl Visit {
    fn warning(&self, choose: impl Fn(SignedDuration, SignedDuration) -> SignedDuration) -> Option<Warning> {
        let (_, within, outside) = WARNINGS.iter().find(|(state, ..)| *state == self.state)?;
        let at = self.since.checked_add(choose(*within, *outside)).ok()?;
        Some(Warning { state: self.state, part: self.part, since: self.since, at })
    }
}

fn visits(order: &Order) -> impl Iterator<Item = Visit> {
    let whole = order.parts.is_empty().then_some(Visit { state: order.state, part: None, since: order.since });
    let parts = order.parts.iter().map(|part| Visit { state: part.state, part: Some(part.no), since: part.since });
    whole.into_iter().chain(parts)
}

/// The first moment at which the sweeper has to look at this order: something is due, or somebody may have to be warned. Warnings from before
/// the last change were given, or the index still holds them: it is moved on only after they are.
pub fn next_look(order: &Order) -> Option<Timestamp> {
    let warnings = visits(order).filter_map(|visit| visit.warning(Ord::min)).map(|warning| warning.at).filter(|at| *at > order.changed_at);
    next_due(order).map(|(at, _)| at).into_iter().chain(warnings).min()
}

/// When a stay in a state that began then ends by itself; `None` where none does.
pub fn ends(state: State, since: Timestamp) -> Option<Timestamp> {
    let (_, after) = TIMEOUTS.iter().find(|(timed, _)| *timed == state)?;
    since.checked_add(*after).ok()
}

/// How long after a delivery a vendor may still say that it has the goods back: 14 days to withdraw from the contract, and 14 more to send
/// them (Directive 2011/83/EU, articles 9 and 14).
pub const RETURN_WINDOW: SignedDuration = SignedDuration::from_hours(28 * 24);

/// When the wake index has to bring an order up that it had at `indexed` before this write: never later than the next look.
///
/// An earlier moment stays, though nothing may be due then: the sweeper looks, and sets the right one. Moving the entry with every
/// write would cost two more write units each time.
pub fn indexed(indexed: Option<Timestamp>, order: &Order) -> Option<Timestamp> {
    let due = next_look(order);
    match (indexed, due) {
        (_, None) if order.state.is_terminal() => None,
        (Some(indexed), Some(due)) => Some(indexed.min(due)),
        (None, moment) | (moment, None) => moment,
    }
}
