//! Public events: CloudEvents 1.0, one per history entry that the outside may care about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use oms_domain::history::{Entry, Fact};
use oms_domain::transition::Trigger;
use oms_domain::{CustomerId, Order, OrderId, State, VendorId};

/// `source` of every event.
pub const SOURCE: &str = "oms.orders";

/// A CloudEvent in structured JSON form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// `{order_id}-{seq}`: the same however often the entry is relayed.
    pub id: String,
    /// [`SOURCE`].
    pub source: String,
    /// `order.confirmed` and the like.
    pub r#type: String,
    /// The order's id.
    pub subject: String,
    /// Time of the entry.
    pub time: Timestamp,
    /// `application/json`.
    pub datacontenttype: String,
    /// What happened.
    pub data: OrderEvent,
}

/// The data of an order event. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// Which order.
    pub order_id: OrderId,
    /// The number that people read.
    pub number: String,
    /// Number of the entry within the order; receivers order by it.
    pub seq: u64,
    /// Whose order.
    pub customer_id: CustomerId,
    /// State of the order, or of the part, before.
    pub from: State,
    /// And after.
    pub to: State,
    /// The part that moved, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u8>,
    /// Its vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<VendorId>,
    /// The payment attempt that failed, or that waits for another method, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u8>,
    /// Reason code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The public type of an entry, or `None` where it is nobody's business (inner steps, repeated facts, inferred scans).
pub fn type_of(entry: &Entry) -> Option<&'static str> {
    if let Some(Fact::PaymentCaptured { .. }) = entry.fact {
        return Some("order.payment_captured");
    }
    if let Some(Fact::PaymentRefunded { .. }) = entry.fact {
        return Some("order.refunded");
    }
    if let Some(Fact::Stalled { .. }) = entry.fact {
        return Some("order.stalled");
    }
    if let Some(Fact::UndoFailed { .. }) = entry.fact {
        return Some("order.undo_failed");
    }
    if let Some(Fact::NotSourced { offered: true, .. }) = entry.fact {
        return Some("order.offer_made");
    }
    if entry.trigger.is_none() || entry.inferred {
        return None;
    }
    // Nobody was told of the draft.
    if entry.trigger == Some(Trigger::DraftDiscardedOrExpired) {
        return None;
    }
    match entry.to {
        State::PendingPayment if entry.trigger == Some(Trigger::OrderSubmitted) => Some("order.created"),
        State::PendingPayment if entry.trigger == Some(Trigger::OtherPaymentRequired) => Some("order.payment_method_wanted"),
        State::PaymentFailed => Some("order.payment_failed"),
        State::ValidationFailed => Some("order.validation_failed"),
        State::FraudReview => Some("order.fraud_review"),
        State::Confirmed => Some("order.confirmed"),
        // Of a part alone: another vendor has taken the place of the one that refused it.
        State::Routed if entry.part.is_some() => Some("order.resourced"),
        State::PendingFulfillment => Some("order.routed"),
        State::VendorAccepted => Some("order.vendor_accepted"),
        State::VendorRejected => Some("order.vendor_rejected"),
        State::Shipped => Some("order.shipped"),
        State::InTransit => Some("order.in_transit"),
        State::OutForDelivery => Some("order.out_for_delivery"),
        State::Delivered => Some("order.delivered"),
        State::DeliveryFailed => Some("order.delivery_failed"),
        State::Cancelled => Some("order.cancelled"),
        State::Returned => Some("order.returned"),
        State::Draft
        | State::PendingPayment
        | State::PaymentAuthorized
        | State::Validating
        | State::Routing
        | State::Routed
        | State::Picking
        | State::Packing
        | State::ReadyToShip => None,
    }
}

/// The events of the entries of one write, oldest first. Nobody is promised, or asked for, what was cancelled in the same write.
pub fn events_of(order: &Order, entries: &[Entry]) -> Vec<CloudEvent> {
    let promise = |entry: &Entry| matches!(entry.to, State::Confirmed | State::PendingFulfillment | State::PaymentFailed);
    let withdrawn = |entry: &Entry| {
        entries.iter().any(|later| later.seq > entry.seq && later.to == State::Cancelled && later.from == entry.to && promise(entry))
    };
    let told = entries.iter().filter(|entry| !withdrawn(entry));
    told.filter_map(|entry| type_of(entry).map(|kind| event(order, entry, kind))).collect()
}

/// The part that the entry moved, or that its offer is about.
fn part_of(entry: &Entry) -> Option<u8> {
    match entry.fact {
        Some(Fact::NotSourced { no, .. }) => no,
        _ => entry.part,
    }
}

/// Whether the customer is to pay once more. No write of ours begins the next attempt beside such an entry.
fn asks_for_payment(entry: &Entry) -> bool {
    entry.trigger.is_some() && (entry.to == State::PaymentFailed || entry.trigger == Some(Trigger::OtherPaymentRequired))
}

fn event(order: &Order, entry: &Entry, kind: &str) -> CloudEvent {
    CloudEvent {
        specversion: "1.0".to_owned(),
        id: format!("{}-{}", order.id, entry.seq),
        source: SOURCE.to_owned(),
        r#type: kind.to_owned(),
        subject: order.id.to_string(),
        time: entry.at,
        datacontenttype: "application/json".to_owned(),
        data: OrderEvent {
            order_id: order.id,
            number: order.id.number(),
            seq: entry.seq,
            customer_id: order.customer_id.clone(),
            from: entry.from,
            to: entry.to,
            part: part_of(entry),
            vendor_id: part_of(entry).and_then(|no| order.part(no)).map(|part| part.vendor_id.clone()),
            attempt: asks_for_payment(entry).then_some(order.payment.attempt),
            reason: entry.reason.clone(),
        },
    }
}
