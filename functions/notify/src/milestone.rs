//! What a customer is told, by type of event.

use oms_contract::event::OrderEvent;
use oms_domain::Order;

/// One milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Milestone {
    /// Type of the event that brings it.
    pub(crate) event: &'static str,
    /// Its name in the key.
    pub(crate) name: &'static str,
    /// Subject of the mail; the order's number follows.
    pub(crate) subject: &'static str,
    /// The mail's one paragraph.
    pub(crate) says: &'static str,
}

const fn row(event: &'static str, name: &'static str, subject: &'static str, says: &'static str) -> Milestone {
    Milestone { event, name, subject, says }
}

/// Goods that nobody can deliver at present.
pub(crate) const OFFER_MADE: &str = "order.offer_made";
/// A part that has another vendor now.
pub(crate) const RESOURCED: &str = "order.resourced";

/// The eight milestones, the cancellation, what becomes of goods that a vendor has not, a return, and what a customer must do about a payment.
#[rustfmt::skip]
pub(crate) const MILESTONES: [Milestone; 14] = [
    row("order.confirmed", "confirmed", "Your order is confirmed", "Thank you for your order. We have checked it and are passing it to the vendors."),
    row("order.shipped", "shipped", "Your parcel is with the carrier", "A parcel of your order has been handed to the carrier."),
    row("order.in_transit", "in_transit", "Your parcel is on its way", "A parcel of your order is on its way to you."),
    row("order.out_for_delivery", "out_for_delivery", "Your parcel comes today", "A parcel of your order is out for delivery."),
    row("order.ready_for_collection", "ready_for_collection", "Your parcel is ready for collection", "A parcel of your order is waiting for you at the collection point."),
    row("order.delivery_failed", "delivery_failed", "Your parcel could not be delivered", "The carrier could not deliver a parcel of your order. It will try again or tell you where to collect it."),
    row("order.delivered", "delivered", "Your parcel is delivered", "A parcel of your order has been delivered."),
    row("order.delayed", "delayed", "Your parcel is delayed", "A parcel of your order is late. We are sorry and keep you informed."),
    row("order.cancelled", "cancelled", "Your order is cancelled", "Your order, or a part of it, has been cancelled. Whatever you have paid for it is given back to you."),
    row(OFFER_MADE, "offer_made", "Something you ordered is not available", "We have looked for another vendor at once and found none. We go on looking. Until then you may choose: wait, take what is offered instead if there is something, or cancel. You need not answer to go on waiting."),
    row(RESOURCED, "resourced", "Another vendor sends a part of your order", "The vendor of a part of your order could not deliver it. We have found another one at the same price. You need not do anything."),
    row("order.returned", "returned", "We have your return", "What you have sent back, or what could not be delivered, has arrived at its vendor. Whatever you have paid for it is given back to you."),
    row("order.payment_failed", "payment_failed", "Your payment did not go through", "Your payment was declined. Please try again, or give another payment method, within 24 hours."),
    row("order.payment_method_wanted", "payment_method_wanted", "Please give another payment method", "We cannot take this payment method for your order. Please give another one within 48 hours. Until then nothing is charged."),
];

/// The milestone of an event type, if customers are told of it.
pub(crate) fn of(event: &str) -> Option<&'static Milestone> {
    MILESTONES.iter().find(|milestone| milestone.event == event)
}

/// The key of the notice: with the part where the event is of one and the order has others, so that each parcel is told of once; with the payment
/// attempt where it is about one, so that each is. An order that came to nothing is cancelled once, however many parts it had.
pub(crate) fn key(milestone: &Milestone, event: &OrderEvent, order: &Order) -> String {
    // There may be another one of the same part.
    if [OFFER_MADE, RESOURCED].contains(&milestone.event) {
        return format!("{}-{}", milestone.name, event.seq);
    }
    let as_a_whole = order.is_dead() && milestone.event == "order.cancelled";
    let one_of_several = event.part.filter(|_| order.parts.len() > 1 && !as_a_whole);
    match event.attempt.or(one_of_several) {
        Some(no) => format!("{}-{no}", milestone.name),
        None => milestone.name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bus_brings_every_event_that_has_a_mail() {
        let rule = include_str!("../../../infra/messaging.yaml");
        for milestone in MILESTONES {
            assert!(rule.lines().any(|line| line.trim() == format!("- {}", milestone.event)), "{}", milestone.event);
        }
    }
}
