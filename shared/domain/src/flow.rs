//! What the machine does with an order next: the one place that knows.

use serde::{Deserialize, Serialize};

use crate::order::{Order, PaymentStatus, Stock};
use crate::state::State;

/// A step of the machine, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumIter, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Next {
    /// Authorise, capture, void or refund.
    Pay,
    /// Run the checks and hold stock, or release it.
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

/// The next step for this order.
pub fn next(order: &Order) -> Next {
    if order.stalled.is_some() {
        return Next::Wait;
    }
    if let Some(undo) = undoing(order) {
        return undo;
    }
    match order.state {
        State::PendingPayment if order.payment.status == PaymentStatus::Open => Next::Pay,
        State::Validating if order.checked.is_some() => Next::Score,
        State::PaymentAuthorized | State::Validating => Next::Validate,
        State::Confirmed | State::Routing | State::VendorRejected => Next::Route,
        State::Routed if order.payment.status == PaymentStatus::Authorized => Next::Pay,
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

/// What must still be given back: money first, then the goods of an order that came to nothing, or of a part that did.
fn undoing(order: &Order) -> Option<Next> {
    let void = order.is_dead() && order.payment.status == PaymentStatus::Authorized;
    if void || order.refund_due() > 0 {
        return Some(Next::Pay);
    }
    let stock = order.is_dead() && matches!(order.stock, Stock::Held | Stock::Allocated);
    (stock || order.parts_to_undo().next().is_some()).then_some(Next::Validate)
}
