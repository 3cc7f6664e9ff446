//! Reading PostNL's status payload.

use jiff::civil::DateTime;
use oms_domain::tracking::Event;
use serde_json::Value;

use crate::words::{Rule, Told, classify, list_at, rule, text_at};
use crate::{Numbered, ParseError};

/// Phases: 1 collection, 2 sorting, 3 distribution, 4 delivered, 99 unknown. Before the parcel is theirs its phase is 1 as well: the words tell.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(&["1"], Event::PickedUp, &["accepted", "received", "collected", "handed over", "picked up"]),
    rule(&["1"], Event::CarrierNotified, &[]),
    rule(&["4"], Event::ReturnedToSender, &["to sender", "returned"]),
    rule(&["4"], Event::DeliveredToNeighbour, &["neighbour", "neighbor", "neighbors"]),
    rule(&["4"], Event::SignedByRecipient, &["signed", "signature"]),
    rule(&["4"], Event::Delivered, &[]),
    rule(&["2", "3"], Event::DeliveryFailed, &["return to sender", "returned to sender", "not deliverable", "undeliverable"]),
    rule(&["2", "3"], Event::AvailableForCollection, &["ready for pick-up", "ready for pickup", "postnl location", "retail", "can be collected", "pick up at"]),
    rule(&["2", "3"], Event::CustomsCleared, &["cleared customs", "released by customs"]),
    rule(&["2", "3"], Event::CustomsClearancePending, &["customs"]),
    rule(&["2", "3"], Event::RefusedByRecipient, &["refused"]),
    rule(&["2", "3"], Event::AddressCorrectionNeeded, &["address"]),
    rule(&["2", "3"], Event::Damaged, &["damage"]),
    rule(&["2", "3"], Event::Lost, &["lost"]),
    rule(&["2", "3"], Event::DeliveryAttempted, &["not at home", "no one", "unsuccessful", "not delivered", "failed delivery", "attempt"]),
    rule(&["2", "3"], Event::DeliveryRescheduled, &["new delivery", "rescheduled", "next attempt"]),
    rule(&["2", "3"], Event::Delayed, &["delay", "later than"]),
    rule(&["3"], Event::OutForDelivery, &["driver", "en route to", "on its way to you", "out for delivery", "with the deliverer"]),
    rule(&["2"], Event::AtSortingFacility, &[]),
    rule(&["3"], Event::InTransit, &[]),
];

/// The events of a payload, oldest first.
///
/// # Errors
/// Where the payload is not JSON, or is none of PostNL's status.
pub fn events_of(body: &[u8]) -> Result<Vec<Numbered>, ParseError> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| ParseError::from(&error))?;
    let shipments = list_at(&payload, "/CurrentStatus/Shipment");
    if shipments.is_empty() && payload.pointer("/CurrentStatus").is_none() {
        return Err(ParseError::Lacks("CurrentStatus"));
    }
    Ok(shipments.into_iter().flat_map(of_shipment).collect())
}

/// The present status and all before it, by their times; the sort is stable, so that what has none stays where it is.
fn of_shipment(shipment: &Value) -> Vec<Numbered> {
    let Some(number) = text_at(shipment, "/Barcode").or_else(|| text_at(shipment, "/MainBarcode")) else { return Vec::new() };
    let mut told = list_at(shipment, "/OldStatus");
    told.extend(shipment.get("Status"));
    told.sort_by_key(|status| text_at(status, "/TimeStamp").and_then(|time| time_of(&time)));
    let mut events: Vec<Numbered> = told.into_iter().map(|status| (number.clone(), event(&number, status))).collect();
    // The present status may also be the newest of the old.
    events.dedup_by(|one, other| one.1.event_id == other.1.event_id);
    events
}

fn event(number: &str, status: &Value) -> oms_contract::record::Tracked {
    let phase = text_at(status, "/PhaseCode").unwrap_or_default();
    let code = text_at(status, "/StatusCode").unwrap_or_default();
    let text = text_at(status, "/StatusDescription").unwrap_or_default();
    let meaning = classify(RULES, phase.trim_start_matches('0'), &text);
    // Dutch time without a zone: kept as it is written.
    let raw_time = text_at(status, "/TimeStamp").unwrap_or_default();
    Told { number, code: &code, text: &text, at: None, raw_time, place: None }.tracked(meaning)
}

/// `06-06-2018 18:00:41`.
fn time_of(raw: &str) -> Option<DateTime> {
    DateTime::strptime("%d-%m-%Y %H:%M:%S", raw).ok()
}
