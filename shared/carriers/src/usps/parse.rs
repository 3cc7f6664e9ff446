//! Reading USPS's tracking payload.

use jiff::Timestamp;
use oms_domain::tracking::Event;
use serde_json::Value;

use crate::order::oldest_first;
use crate::words::{Rule, Told, classify, list_at, rule, text_at};
use crate::{Numbered, ParseError};

#[rustfmt::skip]
const RULES: &[Rule] = &[
    // Before they have it: the label, and its data.
    rule(&["GX", "GC"], Event::LabelPrinted, &[]),
    rule(&["VC", "VF"], Event::LabelVoided, &[]),
    rule(&["MA", "GA", "VS"], Event::CarrierNotified, &[]),
    rule(&["03", "OA", "TM", "80", "PU"], Event::PickedUp, &[]),
    rule(&["01", "DL", "I0"], Event::ReturnedToSender, &["to original sender", "returned to sender"]),
    rule(&["01", "DL"], Event::DeliveredToNeighbour, &["neighbor"]),
    rule(&["01", "DL", "17", "41", "42", "43"], Event::Delivered, &[]),
    rule(&["14", "16", "DG", "21A"], Event::AvailableForCollection, &[]),
    rule(&["09", "21", "22", "23", "24", "25", "26", "27", "28", "29"], Event::DeliveryFailed, &[]),
    rule(&["31"], Event::ReturnedToSender, &[]),
    rule(&["04"], Event::RefusedByRecipient, &[]),
    rule(&["05"], Event::AddressCorrectionNeeded, &[]),
    rule(&["06", "DX"], Event::Rerouted, &[]),
    rule(&["08", "MR"], Event::Missorted, &[]),
    rule(&["02", "51", "52", "53", "54", "55", "56", "57", "H0"], Event::DeliveryAttempted, &[]),
    rule(&["DA", "DD"], Event::DeliveryRescheduled, &[]),
    rule(&["OF", "59"], Event::OutForDelivery, &[]),
    rule(&["30"], Event::Damaged, &["damage"]),
    rule(&["MI", "LS"], Event::Lost, &[]),
    rule(&["PC", "10", "A1", "AE", "AD"], Event::AtSortingFacility, &["processed", "sorting complete", "processing"]),
    rule(&["07", "A1", "AD", "AE", "U1"], Event::ArrivedAtFacility, &[]),
    rule(&["L1", "T1", "EF", "SF", "71"], Event::DepartedFacility, &[]),
    rule(&["NT", "10", "PC", "82"], Event::InTransit, &[]),
    // Codes beyond these: by the words, but no delivery, and nothing that moves a label.
    rule(&[], Event::LabelPrinted, &["label created", "shipping label"]),
    rule(&[], Event::CustomsClearancePending, &["customs"]),
    rule(&[], Event::WeatherDelay, &["weather", "natural disaster"]),
    rule(&[], Event::Delayed, &["delay", "arriving late"]),
];

/// The events of a payload, oldest first.
///
/// # Errors
/// Where the payload is not JSON, or is none of USPS's tracking.
pub fn events_of(body: &[u8]) -> Result<Vec<Numbered>, ParseError> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| ParseError::from(&error))?;
    // A number with its events, or a list of such.
    let parcels: Vec<&Value> = match &payload {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    if parcels.iter().any(|parcel| parcel.get("trackingNumber").is_none()) {
        return Err(ParseError::Lacks("trackingNumber"));
    }
    Ok(parcels.into_iter().flat_map(of_parcel).collect())
}

fn of_parcel(parcel: &Value) -> Vec<Numbered> {
    let Some(number) = text_at(parcel, "/trackingNumber") else { return Vec::new() };
    let events = list_at(parcel, "/trackingEvents").into_iter().map(|told| event(&number, told)).collect();
    oldest_first(events).into_iter().map(|event| (number.clone(), event)).collect()
}

fn event(number: &str, told: &Value) -> oms_contract::record::Tracked {
    let code = text_at(told, "/eventCode").unwrap_or_default();
    let text = text_at(told, "/eventType").unwrap_or_default();
    let meaning = classify(RULES, &code, &text);
    let raw_time = text_at(told, "/GMTTimestamp").or_else(|| text_at(told, "/eventTimestamp")).unwrap_or_default();
    let at: Option<Timestamp> = raw_time.parse().ok();
    Told { number, code: &code, text: &text, at, raw_time, place: text_at(told, "/eventCity") }.tracked(meaning)
}
