//! Reading UPS's tracking payload.

use jiff::Timestamp;
use oms_domain::tracking::Event;
use serde_json::Value;

use crate::order::oldest_first;
use crate::words::{Rule, Told, classify, list_at, rule, text_at};
use crate::{Numbered, ParseError};

/// Status types: M(V) announced, P fetched, I under way, O on the vehicle, D delivered, X exception, RS back at the sender, W in a shop.
const ANNOUNCED: &[&str] = &["M"];
const MOVING: &[&str] = &["I", "P", "O", "X", "NA"];
const ENDED: &[&str] = &["D"];

#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(&["MV"], Event::LabelVoided, &[]),
    rule(ANNOUNCED, Event::LabelVoided, &["void"]),
    rule(ANNOUNCED, Event::LabelPrinted, &["label created", "shipper created a label"]),
    rule(ANNOUNCED, Event::CarrierNotified, &[]),
    rule(&["RS"], Event::ReturnedToSender, &[]),
    rule(ENDED, Event::ReturnedToSender, &["returned to shipper", "returned to sender"]),
    rule(MOVING, Event::DeliveryFailed, &["returning", "return to sender", "will be returned"]),
    rule(&["P"], Event::PickedUp, &[]),
    rule(MOVING, Event::PickedUp, &["origin scan", "pickup scan", "picked up"]),
    rule(&["DO", "W"], Event::AvailableForCollection, &[]),
    rule(MOVING, Event::AvailableForCollection, &["access point", "ready for pickup", "ready for customer pickup"]),
    rule(MOVING, Event::CustomsRefused, &["refused by customs", "seized"]),
    rule(MOVING, Event::CustomsCleared, &["released by the customs", "cleared customs", "import scan", "clearance completed"]),
    rule(MOVING, Event::CustomsDutiesDue, &["duties", "duty", "government charges"]),
    rule(MOVING, Event::CustomsClearancePending, &["customs", "clearance"]),
    rule(MOVING, Event::ExportScanned, &["export scan"]),
    rule(MOVING, Event::Lost, &["lost", "unable to locate", "cannot be located"]),
    rule(MOVING, Event::Damaged, &["damage"]),
    rule(MOVING, Event::RefusedByRecipient, &["refused"]),
    rule(MOVING, Event::AddressCorrected, &["address has been corrected", "address corrected", "updated the address"]),
    rule(&["X"], Event::AddressCorrectionNeeded, &["address", "apartment number"]),
    rule(MOVING, Event::WeatherDelay, &["weather", "natural disaster"]),
    rule(MOVING, Event::Missorted, &["missort", "incorrectly sorted", "misrouted"]),
    rule(MOVING, Event::DeliveryRescheduled, &["rescheduled", "next business day", "future delivery"]),
    rule(MOVING, Event::DeliveryAttempted, &["delivery attempt", "attempted", "not available", "not in", "infonotice", "business was closed"]),
    rule(MOVING, Event::Delayed, &["delay", "late"]),
    rule(MOVING, Event::Rerouted, &["redirect", "reroute", "changed delivery", "delivery change"]),
    rule(&["O"], Event::OutForDelivery, &[]),
    rule(MOVING, Event::OutForDelivery, &["out for delivery"]),
    rule(MOVING, Event::DepartedFacility, &["departed", "departure scan"]),
    rule(MOVING, Event::ArrivedAtFacility, &["arrived", "arrival scan"]),
    rule(MOVING, Event::AtSortingFacility, &["processing at ups", "warehouse scan", "destination scan", "facility"]),
    rule(MOVING, Event::HandedToPartnerCarrier, &["post office", "transferred to", "tendered"]),
    rule(&["I"], Event::InTransit, &[]),
    rule(&["X"], Event::CarrierDelay, &[]),
    rule(ENDED, Event::DeliveredToNeighbour, &["neighbor", "neighbour"]),
    rule(ENDED, Event::SignedByRecipient, &["signed"]),
    rule(ENDED, Event::Delivered, &[]),
];

/// The events of a payload, per parcel oldest first.
///
/// # Errors
/// Where the payload is not JSON, or is none of UPS's tracking.
pub fn events_of(body: &[u8]) -> Result<Vec<Numbered>, ParseError> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| ParseError::from(&error))?;
    if payload.pointer("/trackResponse").is_none() {
        return Err(ParseError::Lacks("trackResponse"));
    }
    let shipments = list_at(&payload, "/trackResponse/shipment");
    let packages = shipments.into_iter().flat_map(|shipment| list_at(shipment, "/package"));
    Ok(packages.flat_map(of_package).collect())
}

fn of_package(package: &Value) -> Vec<Numbered> {
    let Some(number) = text_at(package, "/trackingNumber") else { return Vec::new() };
    let events = list_at(package, "/activity").into_iter().map(|activity| event(&number, activity)).collect();
    oldest_first(events).into_iter().map(|event| (number.clone(), event)).collect()
}

fn event(number: &str, activity: &Value) -> oms_contract::record::Tracked {
    let kind = text_at(activity, "/status/type").unwrap_or_default();
    let text = text_at(activity, "/status/description").unwrap_or_default();
    let code = text_at(activity, "/status/code").unwrap_or_else(|| kind.clone());
    let meaning = classify(RULES, &kind, &text);
    let told = Told {
        number,
        code: &code,
        text: &text,
        raw_time: local_time(activity),
        at: instant(activity),
        place: text_at(activity, "/location/address/city"),
    };
    told.tracked(meaning)
}

/// `20261123` and `104500` as one text that sorts; as written where they are not so.
fn local_time(activity: &Value) -> String {
    let (date, time) = (text_at(activity, "/date").unwrap_or_default(), text_at(activity, "/time").unwrap_or_default());
    joined(&date, &time).unwrap_or_else(|| format!("{date} {time}").trim().to_owned())
}

/// The instant, where UPS gives its time in UTC beside the place's own. They write `74700` for a quarter to eight, with and without colons.
fn instant(activity: &Value) -> Option<Timestamp> {
    let (date, time) = (text_at(activity, "/gmtDate")?, text_at(activity, "/gmtTime")?);
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    format!("{}Z", joined(&date, &format!("{digits:0>6}"))?).parse().ok()
}

fn joined(date: &str, time: &str) -> Option<String> {
    let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(date, 8) && digits(time, 6))
        .then(|| format!("{}-{}-{}T{}:{}:{}", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..]))
}
