//! Reading FedEx's tracking payload.

use jiff::Timestamp;
use oms_domain::tracking::Event;
use serde_json::Value;

use crate::order::oldest_first;
use crate::words::{Rule, Told, classify, list_at, rule, text_at};
use crate::{Numbered, ParseError};

#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(&["CA"], Event::LabelVoided, &[]),
    rule(&["OC"], Event::LabelPrinted, &["label created"]),
    rule(&["OC", "IN"], Event::CarrierNotified, &[]),
    rule(&["RP", "PF"], Event::PickupFailed, &[]),
    rule(&["PX", "DO", "PU"], Event::PickedUp, &[]),
    rule(&["RS"], Event::ReturnedToSender, &["returned", "delivered"]),
    rule(&["RS", "RC"], Event::DeliveryFailed, &[]),
    rule(&["DL"], Event::ReturnedToSender, &["returned to shipper", "returned to sender"]),
    rule(&["DL"], Event::DeliveredToNeighbour, &["neighbor", "neighbour"]),
    rule(&["DL"], Event::SignedByRecipient, &["signed"]),
    rule(&["DL"], Event::Delivered, &[]),
    rule(&["HL", "HP", "HA"], Event::AvailableForCollection, &[]),
    rule(&["OD"], Event::OutForDelivery, &[]),
    rule(&["DE", "SE", "CD"], Event::CustomsRefused, &["refused by customs", "seized"]),
    rule(&["CD", "CP", "CU", "DE", "SE"], Event::CustomsDutiesDue, &["duties", "duty"]),
    rule(&["CD", "CP", "CU"], Event::CustomsClearancePending, &[]),
    rule(&["CC"], Event::CustomsCleared, &[]),
    rule(&["DE", "SE"], Event::CustomsClearancePending, &["customs", "clearance"]),
    rule(&["DE", "SE"], Event::Lost, &["lost", "unable to locate"]),
    rule(&["DE", "SE"], Event::Damaged, &["damage"]),
    rule(&["DE", "SE"], Event::RefusedByRecipient, &["refused"]),
    rule(&["DE", "SE"], Event::AddressCorrectionNeeded, &["incorrect address", "address", "apartment number"]),
    rule(&["AC"], Event::AddressCorrected, &[]),
    rule(&["DE", "SE", "DY", "DD"], Event::WeatherDelay, &["weather", "natural disaster"]),
    rule(&["SE", "DE"], Event::Missorted, &["missort", "misrouted", "not in correct"]),
    rule(&["DE", "SE"], Event::DeliveryRescheduled, &["future delivery", "rescheduled"]),
    rule(&["DE"], Event::DeliveryAttempted, &["not available", "not in", "attempted", "business closed", "no one"]),
    rule(&["RD"], Event::DeliveryRescheduled, &[]),
    rule(&["RR", "RT"], Event::Rerouted, &[]),
    rule(&["DY", "DD"], Event::Delayed, &[]),
    rule(&["DE"], Event::DeliveryFailed, &["unable to deliver", "undeliverable"]),
    rule(&["DE", "SE"], Event::CarrierDelay, &[]),
    rule(&["DP", "LO", "PD", "DS"], Event::DepartedFacility, &[]),
    rule(&["AR", "AD", "AO", "AP"], Event::ArrivedAtFacility, &[]),
    rule(&["AF", "SF", "SP", "FD"], Event::AtSortingFacility, &[]),
    rule(&["TR", "AX"], Event::HandedToPartnerCarrier, &[]),
    rule(&["EO", "OF"], Event::ExportScanned, &["export"]),
    rule(&["IT", "IX", "PM", "OX", "EA", "ED", "EP", "OF", "EO"], Event::InTransit, &[]),
];

/// The events of a payload, per parcel oldest first.
///
/// # Errors
/// Where the payload is not JSON, or is none of FedEx's tracking.
pub fn events_of(body: &[u8]) -> Result<Vec<Numbered>, ParseError> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| ParseError::from(&error))?;
    if payload.pointer("/output/completeTrackResults").is_none() {
        return Err(ParseError::Lacks("completeTrackResults"));
    }
    let complete = list_at(&payload, "/output/completeTrackResults");
    Ok(complete.into_iter().flat_map(|complete| list_at(complete, "/trackResults")).flat_map(of_parcel).collect())
}

/// A number that FedEx does not know has an error in place of scans.
fn of_parcel(result: &Value) -> Vec<Numbered> {
    let Some(number) = text_at(result, "/trackingNumberInfo/trackingNumber") else { return Vec::new() };
    let events = list_at(result, "/scanEvents").into_iter().map(|scan| event(&number, scan)).collect();
    oldest_first(events).into_iter().map(|event| (number.clone(), event)).collect()
}

fn event(number: &str, scan: &Value) -> oms_contract::record::Tracked {
    let code = text_at(scan, "/eventType").unwrap_or_default();
    let (description, exception) = (text_at(scan, "/eventDescription").unwrap_or_default(), text_at(scan, "/exceptionDescription"));
    let text = exception.filter(|why| *why != description).map_or_else(|| description.clone(), |why| format!("{description}: {why}"));
    let raw_time = text_at(scan, "/date").unwrap_or_default();
    let at: Option<Timestamp> = raw_time.parse().ok();
    let meaning = classify(RULES, &code, &text);
    Told { number, code: &code, text: &text, at, raw_time, place: text_at(scan, "/scanLocation/city") }.tracked(meaning)
}
