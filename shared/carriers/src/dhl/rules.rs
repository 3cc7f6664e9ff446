//! What DHL's words mean. DHL gives one of five coarse codes and an English text; rules are tried from top to bottom, and the first whose
//! code and text both fit decides. Without one the code decides alone.
//!
//! Two things are the code's alone: no text makes an order delivered unless the code says `delivered`, and no text of a package that
//! DHL has not got yet (`pre-transit`: label, announcement) moves it, but the pick-up itself.

use oms_domain::tracking::Event;

/// DHL's coarse code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// `pre-transit`.
    Before,
    /// `transit`.
    Transit,
    /// `delivered`.
    Delivered,
    /// `failure`.
    Failure,
    /// `unknown`, a code that is new to us, or none.
    Other,
}

impl Code {
    pub(crate) fn of(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "pre-transit" => Self::Before,
            "transit" => Self::Transit,
            "delivered" => Self::Delivered,
            "failure" => Self::Failure,
            _ => Self::Other,
        }
    }
}

struct Rule {
    under: &'static [Code],
    /// In lower case; any of them, anywhere in the text.
    says: &'static [&'static str],
    event: Event,
}

const fn rule(under: &'static [Code], event: Event, says: &'static [&'static str]) -> Rule {
    Rule { under, says, event }
}

use Code::{Before, Delivered, Failure, Other, Transit};

const MOVING: &[Code] = &[Transit, Failure, Other];
const ENDING: &[Code] = &[Delivered, Transit, Failure, Other];
const ANNOUNCED: &[Code] = &[Before, Other];

#[rustfmt::skip]
const RULES: &[Rule] = &[
    // Back to the sender: done, then only under way.
    rule(ENDING, Event::ReturnedToSender, &["delivered to the sender", "delivered to sender", "been returned to the sender", "returned to shipper", "returned to sender"]),
    rule(MOVING, Event::DeliveryFailed, &["being returned", "will be returned", "return to sender", "returning to"]),
    // Before the door.
    rule(&[Before, Transit, Other], Event::PickupFailed, &["pick-up failed", "pickup failed", "pick-up was not successful", "pick-up unsuccessful"]),
    rule(&[Before, Other], Event::PickupScheduled, &["pick-up scheduled", "pickup scheduled", "pick-up has been scheduled", "pick-up has been arranged"]),
    rule(&[Before, Transit, Other], Event::PickedUp, &["shipment picked up", "has been picked up", "pick-up was successful", "has been handed over to dhl", "posted by the sender"]),
    rule(ANNOUNCED, Event::LabelVoided, &["label voided", "label cancelled", "label canceled"]),
    rule(ANNOUNCED, Event::LabelPrinted, &["label created", "label printed"]),
    rule(ANNOUNCED, Event::CarrierNotified, &["instruction data", "electronically", "shipment information received", "awaiting shipment", "awaiting processing"]),
    // At customs.
    rule(MOVING, Event::CustomsRefused, &["refused by customs", "rejected by customs", "seized by customs", "customs refused"]),
    rule(MOVING, Event::CustomsCleared, &["clearance processing complete", "clearance completed", "released by customs", "cleared customs", "customs cleared"]),
    rule(MOVING, Event::CustomsDutiesDue, &["duties", "duty payment"]),
    rule(MOVING, Event::CustomsClearancePending, &["customs", "clearance"]),
    rule(&[Transit, Other], Event::ExportScanned, &["export parcel center", "prepared for export"]),
    // Exceptions. "Damaged" in transit is a package that was mended and goes on.
    rule(&[Failure, Other], Event::Lost, &["has been lost", "is lost", "shipment lost", "cannot be located"]),
    rule(&[Failure, Other], Event::Damaged, &["damaged"]),
    rule(MOVING, Event::RefusedByRecipient, &["refused"]),
    rule(MOVING, Event::AddressCorrected, &["address has been corrected", "address corrected"]),
    rule(MOVING, Event::AddressCorrectionNeeded, &["incorrect address", "incomplete address", "address information needed", "bad address", "address is incorrect"]),
    rule(MOVING, Event::WeatherDelay, &["weather"]),
    rule(MOVING, Event::Missorted, &["missorted", "mis-sorted", "misrouted"]),
    rule(MOVING, Event::CarrierDelay, &["on hold", "operational delay"]),
    rule(MOVING, Event::Delayed, &["delay"]),
    // The last mile.
    rule(ENDING, Event::AvailableForCollection, &["for pick-up at", "ready for pick-up", "ready for collection", "available for collection", "awaiting collection", "can be collected"]),
    rule(MOVING, Event::DeliveryRescheduled, &["attempt at delivery is being made", "rescheduled", "new delivery date"]),
    rule(MOVING, Event::DeliveryAttempted, &["delivery attempt", "attempted", "not home", "not present", "could not be delivered", "delivery was not possible"]),
    rule(&[Transit, Other], Event::Rerouted, &["redirected", "rerouted", "forwarded to another address"]),
    rule(&[Transit, Other], Event::OutForDelivery, &["out for delivery", "onto the delivery vehicle", "with delivery courier", "being delivered"]),
    rule(&[Delivered], Event::DeliveredToNeighbour, &["neighbour", "neighbor"]),
    rule(&[Delivered], Event::SignedByRecipient, &["signed"]),
    // On the way.
    rule(&[Transit], Event::DepartedFacility, &["departed", "will be transported to"]),
    rule(&[Transit], Event::HandedToPartnerCarrier, &["delivery organization", "partner carrier", "tendered to"]),
    rule(&[Transit], Event::ArrivedAtFacility, &["arrived", "received at"]),
    rule(&[Transit], Event::AtSortingFacility, &["processed", "processing completed", "sorting", "delivery depot", "parcel center"]),
];

/// The event that code and text mean, and the words that decided, which name nobody.
pub(crate) fn classify(code: Code, text: &str) -> (Event, &'static str) {
    let text = text.to_lowercase();
    let spoken = RULES.iter().filter(|rule| rule.under.contains(&code)).find_map(|rule| {
        let words = rule.says.iter().find(|words| text.contains(**words))?;
        Some((rule.event, *words))
    });
    spoken.unwrap_or(match code {
        Before => (Event::CarrierNotified, "announced"),
        Transit => (Event::InTransit, "in transit"),
        Delivered => (Event::Delivered, "delivered"),
        Failure => (Event::DeliveryFailed, "failure"),
        Other => (Event::Unclassified, "unknown"),
    })
}
