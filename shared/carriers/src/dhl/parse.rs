//! Reading DHL's tracking payload.

use jiff::Timestamp;
use serde_json::Value;

use oms_contract::record::Tracked;
use oms_domain::State;

use super::rules::{Code, classify};
use crate::order::oldest_first;
use crate::words::{event_id, text_at};
use crate::{Numbered, ParseError};

/// The events of a payload, per shipment oldest first. A push that only tells about our subscription has none.
///
/// # Errors
/// Where the payload is not JSON, or neither lists shipments nor tells about a subscription.
pub fn events_of(body: &[u8]) -> Result<Vec<Numbered>, ParseError> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| ParseError::from(&error))?;
    let Some(shipments) = payload.get("shipments").and_then(Value::as_array) else {
        let scope = text_at(&payload, "/scope");
        let about_subscription = scope.is_some_and(|scope| scope.starts_with("subscription."));
        return if about_subscription { Ok(Vec::new()) } else { Err(ParseError::Lacks("shipments")) };
    };
    Ok(shipments.iter().flat_map(events_of_shipment).collect())
}

/// A shipment without number is nobody's: there is nothing to do about it.
fn events_of_shipment(shipment: &Value) -> Vec<Numbered> {
    let Some(number) = text_at(shipment, "/id") else {
        return Vec::new();
    };
    let listed = shipment.get("events").and_then(Value::as_array);
    // A push may give the newest status alone.
    let events: Vec<&Value> = match listed.filter(|events| !events.is_empty()) {
        Some(events) => events.iter().collect(),
        None => shipment.get("status").into_iter().collect(),
    };
    let tracked = events.into_iter().map(|event| tracked(&number, event)).collect();
    oldest_first(tracked).into_iter().map(|event| (number.clone(), event)).collect()
}

fn tracked(number: &str, event: &Value) -> Tracked {
    let text = |path| text_at(event, path).unwrap_or_default();
    let raw_time = text("/timestamp");
    let code = text("/statusCode");
    let status = text("/status");
    let description = text("/description");
    let place = text_at(event, "/location/address/addressLocality");
    let (meaning, words) = classify(Code::of(&code), &format!("{status} {description}"));
    let said = if description.is_empty() { &status } else { &description };
    // DHL writes the name of whoever took the package into the text of a delivery. We keep the words that decided instead.
    let delivered = meaning.moves_to() == Some(State::Delivered);
    let kept = if delivered { words.to_owned() } else { said.clone() };
    Tracked {
        event_id: event_id(&[number, &raw_time, &code, &status, &description, place.as_deref().unwrap_or_default()]),
        part: 0,
        package: 0,
        event: meaning.to_string(),
        at: raw_time.parse::<Timestamp>().ok(),
        raw_time,
        code,
        text: kept,
        place,
    }
}
