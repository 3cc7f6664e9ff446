//! What the machines do with an order next: the one place that knows. One moves a living order on; the other gives back what a cancelled one,
//! or a cancelled part of one, has taken.

use serde::{Deserialize, Serialize};

use crate::history::{Entry, Fact};
use crate::order::{Order, PaymentStatus, Stock};
use crate::state::State;

/// A step of the order machine, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumIter, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Next {
    /// Authorise or capture.
    Pay,
    /// Run the checks and hold stock, or take off the books what has left.
    Validate,
    /// Score for fraud and decide.
    Score,
    /// Split over vendors and allocate.
    Route,
    /// Tell the vendors.
    Notify,
    /// The order waits for somebody, or has ended.
    Wait,
}

/// A step of the cancellation machine: something that a cancellation leaves to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumIter, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Undo {
    /// Give holds and allocations back.
    Stock,
    /// Void, refund, or see whether something is reserved.
    Money,
    /// Tell the vendors, and count why.
    People,
}

/// The next step for this order, while it lives.
pub fn next(order: &Order) -> Next {
    if order.stalled.is_some() {
        return Next::Wait;
    }
    let next = order.moving().map_or(Next::Wait, |state| by_state(order, state));
    if next == Next::Wait && order.parts_to_take_off().next().is_some() { Next::Validate } else { next }
}

fn by_state(order: &Order, state: State) -> Next {
    match state {
        State::PendingPayment if order.payment.status == PaymentStatus::Open => Next::Pay,
        // While another method is waited for, the customer is not kept out of the money that the first one reserves.
        State::PendingPayment if order.payment.status == PaymentStatus::MethodWanted && order.payment.authorized > 0 => Next::Pay,
        State::Validating if order.checked.is_some() => Next::Score,
        State::PaymentAuthorized | State::Validating => Next::Validate,
        State::Confirmed | State::Routing | State::VendorRejected => Next::Route,
        // No money is taken for an order that is cancelled as soon as it can be.
        State::Routed if order.payment.status == PaymentStatus::Authorized && order.wish.is_none() => Next::Pay,
        State::Routed => Next::Notify,
        State::Draft
        | State::PendingPayment
        | State::PaymentFailed
        | State::ValidationFailed
        | State::FraudReview
        | State::PendingFulfillment
        | State::VendorAccepted
        | State::Picking
        | State::Packing
        | State::ReadyToShip
        | State::Shipped
        | State::InTransit
        | State::OutForDelivery
        | State::Delivered
        | State::DeliveryFailed
        | State::Cancelled
        | State::Returned => Next::Wait,
    }
}

/// What must still be undone, in the order in which the cancellation machine does it; nothing where that has stopped.
pub fn undo(order: &Order) -> Vec<Undo> {
    if order.unfinished.is_some() { Vec::new() } else { left_to_undo(order) }
}

/// What must still be undone: the goods and the money of an order that came to nothing, or of a part that did, and the word to those whom
/// it concerns.
pub fn left_to_undo(order: &Order) -> Vec<Undo> {
    let dead = order.is_dead();
    let status = order.payment.status;
    let perhaps_reserved = status.is_undecided() && !order.payment.nothing_reserved;
    let stock = dead && matches!(order.stock, Stock::Held | Stock::Allocated) || order.parts_to_release().next().is_some();
    let money = dead && (status == PaymentStatus::Authorized || perhaps_reserved)
        || order.refund_due() > 0
        || order.parts_to_owe().next().is_some();
    let people = dead && order.parts.is_empty() && !order.told || order.parts_to_tell_of().next().is_some();
    [(stock, Undo::Stock), (money, Undo::Money), (people, Undo::People)].into_iter().filter(|(due, _)| *due).map(|(_, undo)| undo).collect()
}

/// Whether a write of these entries, by a machine, leaves something to undo that nobody undoes yet: a step that kills an order, or a part
/// of it, is followed by nothing else. What the cancellation machine writes itself is not.
pub fn kills(entries: &[Entry]) -> bool {
    entries
        .iter()
        .any(|entry| entry.trigger.is_some() && entry.to == State::Cancelled || matches!(entry.fact, Some(Fact::RefundDue { .. })))
}
