//! Reading GLS's tracking payload.

use oms_domain::tracking::Event;
use serde_json::Value;

use crate::order::oldest_first;
use crate::words::{Rule, Told, classify, list_at, rule, text_at};
use crate::{Numbered, ParseError};

/// Status numbers before the point: 0 data, 1 origin, 2 on the way, 3 delivered, 4 on the vehicle or an exception, 5 a shop, 6 customs, 11 data again.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(&["0", "11"], Event::LabelVoided, &["deleted", "cancelled"]),
    rule(&["0", "11"], Event::LabelPrinted, &["label"]),
    rule(&["0", "11"], Event::CarrierNotified, &[]),
    rule(&["3"], Event::ReturnedToSender, &["returned to sender", "to the sender", "to the consignor"]),
    rule(&["3"], Event::DeliveredToNeighbour, &["neighbour", "neighbor"]),
    rule(&["3"], Event::SignedByRecipient, &["signed"]),
    rule(&["3"], Event::AvailableForCollection, &["parcelshop"]),
    rule(&["3"], Event::Delivered, &[]),
    rule(&["1", "2", "4"], Event::OutForDelivery, &["in delivery", "out for delivery", "delivery vehicle", "expected to be delivered"]),
    rule(&["4"], Event::DeliveryFailed, &["returned to", "return to"]),
    rule(&["4"], Event::Lost, &["lost", "missing"]),
    rule(&["4"], Event::Damaged, &["damage"]),
    rule(&["4"], Event::RefusedByRecipient, &["refused", "not accepted", "declined"]),
    rule(&["4"], Event::AddressCorrectionNeeded, &["address", "recipient is unknown"]),
    rule(&["4"], Event::Missorted, &["missort", "misrouted"]),
    rule(&["4"], Event::WeatherDelay, &["weather"]),
    rule(&["4"], Event::DeliveryRescheduled, &["rescheduled", "further working day", "new delivery date"]),
    rule(&["4"], Event::DeliveryAttempted, &["absent", "not present", "not at home", "closed", "could not be delivered", "attempt"]),
    rule(&["4"], Event::CarrierDelay, &["stored", "delay"]),
    rule(&["5"], Event::AvailableForCollection, &[]),
    rule(&["6"], Event::CustomsCleared, &["cleared", "released"]),
    rule(&["6"], Event::CustomsClearancePending, &[]),
    rule(&["1"], Event::PickedUp, &["handed over to gls", "picked up", "collected"]),
    rule(&["1"], Event::AtSortingFacility, &[]),
    rule(&["2"], Event::DepartedFacility, &["has left", "departed"]),
    rule(&["2"], Event::ArrivedAtFacility, &["has reached", "arrived"]),
    rule(&["2"], Event::HandedToPartnerCarrier, &["partner"]),
    rule(&["2"], Event::InTransit, &[]),
];

/// The events of a payload, oldest first.
///
/// # Errors
/// Where the payload is not JSON, or is none of GLS's tracking.
pub fn events_of(body: &[u8]) -> Result<Vec<Numbered>, ParseError> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| ParseError::from(&error))?;
    let parcels = list_at(&payload, "/UnitDetail");
    if parcels.is_empty() {
        return Err(ParseError::Lacks("UnitDetail"));
    }
    Ok(parcels.into_iter().flat_map(of_parcel).collect())
}

fn of_parcel(parcel: &Value) -> Vec<Numbered> {
    let Some(number) = text_at(parcel, "/TrackID") else { return Vec::new() };
    let events = list_at(parcel, "/History").into_iter().map(|told| event(&number, told)).collect();
    oldest_first(events).into_iter().map(|event| (number.clone(), event)).collect()
}

/// GLS gives the place's own time, without a zone.
fn event(number: &str, told: &Value) -> oms_contract::record::Tracked {
    let code = text_at(told, "/StatusCode").unwrap_or_default();
    let text = text_at(told, "/Description").unwrap_or_default();
    let group = code.split('.').next().unwrap_or_default().to_owned();
    let meaning = classify(RULES, &group, &text);
    let raw_time = text_at(told, "/Date").unwrap_or_default();
    let at = raw_time.parse().ok();
    Told { number, code: &code, text: &text, at, raw_time, place: text_at(told, "/Location") }.tracked(meaning)
}
