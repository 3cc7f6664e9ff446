//! PostNL's labels: PDF. `Access::account` is `{customer code}/{customer number}/{collection location}`.
//!
//! A parcel's barcode is its identity there, and may be of the sender's making out of a range of numbers that is the customer's own. Ours is derived from
//! the reference: however often the label is asked for, it is the label of one parcel. So an answer that was lost is asked for again. PostNL takes
//! no label back: one that is never handed over is never billed.

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use oms_domain::document::Speed;
use oms_ports::carrier::{Abilities, Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::{Party, PortError};

use super::{PostNl, code};
use crate::http::decoded;
use crate::measure::{cut, street_and_number};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Labelled {
    response_shipments: Vec<LabelledShipment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LabelledShipment {
    barcode: String,
    #[serde(default)]
    errors: Vec<Failure>,
    #[serde(default)]
    labels: Vec<Document>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    content: String,
}

/// Who we are there.
struct Customer<'a> {
    code: &'a str,
    number: &'a str,
    location: &'a str,
}

#[async_trait]
impl Labels for PostNl {
    fn abilities(&self) -> Abilities {
        Abilities { voids: false, pickups: false }
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        let account: Vec<&str> = self.0.access().account.split('/').collect();
        let [code_of_customer, number, location] = account[..] else {
            return Err(PortError::refused(Party::Carrier, "account-is-not-code-number-location"));
        };
        let customer = Customer { code: code_of_customer, number, location };
        let body = shipment(request, &customer)?;
        let call = self.call(Method::POST, &["shipment", "v2_2", "label"], &[("confirm", "true")]).json(&body);
        let labelled: Labelled = self.0.json(call, code).await?;
        let broken = |cause| PortError::corrupt(Party::Carrier, cause);
        let shipment = labelled.response_shipments.into_iter().next().ok_or_else(|| broken("an answer without shipment"))?;
        if let Some(failure) = shipment.errors.first() {
            return Err(PortError::refused(Party::Carrier, &failure.code));
        }
        let document = shipment.labels.into_iter().next().ok_or_else(|| broken("a shipment without label"))?;
        let booking = Booking { tracking_number: shipment.barcode.clone(), shipment: shipment.barcode, cost: None };
        Ok(Label { booking, artwork: Artwork::Pdf(decoded(&document.content)?) })
    }

    /// See the module: asking again is safe.
    async fn find(&self, _: &LabelRequest) -> Result<Found, PortError> {
        Ok(Found::Nothing)
    }

    async fn void(&self, _: &Booking) -> Result<(), PortError> {
        Err(PortError::refused(Party::Carrier, "not-offered"))
    }

    async fn book_pickup(&self, _: &PickupRequest) -> Result<String, PortError> {
        Err(PortError::refused(Party::Carrier, "not-offered"))
    }
}

/// `3S`, the customer's code, and nine digits of the reference's digest: two parcels of one customer share a barcode once in a thousand million, and
/// PostNL then refuses the second.
fn barcode(code: &str, reference: &str) -> String {
    let hash = digest(&SHA256, reference.as_bytes());
    let number = hash.as_ref()[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("3S{code}{:09}", number % 1_000_000_000)
}

/// Standard and guaranteed-morning parcels within the Netherlands, the European Union's parcels beyond.
fn product(speed: Speed, to: &str) -> &'static str {
    match (speed, to) {
        (Speed::Standard, "NL") => "3085",
        (Speed::Express, "NL") => "3385",
        (_, "BE") => "4946",
        _ => "4907",
    }
}

fn shipment(request: &LabelRequest, customer: &Customer<'_>) -> Result<Value, PortError> {
    if request.from.address.country != "NL" {
        return Err(PortError::refused(Party::Carrier, "from-the-netherlands-only"));
    }
    let mut contacts = json!({ "ContactType": "01" });
    for (name, value) in [("Email", &request.to.email), ("TelNr", &request.to.phone)] {
        if let Some(value) = value {
            contacts[name] = json!(value);
        }
    }
    Ok(json!({
        "Customer": {
            "CustomerCode": customer.code,
            "CustomerNumber": customer.number,
            "CollectionLocation": customer.location,
            "Address": end(&request.from, "02"),
        },
        "Message": {
            "MessageID": cut(&request.reference, 12),
            // The label depends on nothing that changes from call to call.
            "MessageTimeStamp": request.ship_on.strftime("%d-%m-%Y 00:00:00").to_string(),
            "Printertype": "GraphicFile|PDF",
        },
        "Shipments": [{
            "Addresses": [end(&request.to, "01")],
            "Barcode": barcode(customer.code, &request.reference),
            "Contacts": [contacts],
            "Dimension": { "Weight": request.parcel.grams.max(1).to_string() },
            "ProductCodeDelivery": product(request.service, &request.to.address.country),
            "Reference": request.reference,
        }],
    }))
}

fn end(contact: &Contact, kind: &str) -> Value {
    let address = &contact.address;
    let (street, number) = street_and_number(&address.line1);
    let (digits, extra) = number.split_at(number.bytes().take_while(u8::is_ascii_digit).count());
    json!({
        "AddressType": kind,
        "Name": cut(&address.name, 35),
        "Street": cut(&street, 95),
        "HouseNr": digits,
        "HouseNrExt": cut(extra, 35),
        "Remark": cut(address.line2.as_deref().unwrap_or_default(), 35),
        "Zipcode": address.postcode.as_deref().unwrap_or_default().replace(' ', ""),
        "City": cut(&address.city, 35),
        "Countrycode": address.country,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_barcode_is_the_references_own() {
        assert_eq!(barcode("DEVC", "a"), barcode("DEVC", "a"));
        assert_ne!(barcode("DEVC", "a"), barcode("DEVC", "b"));
        assert!(barcode("DEVC", "a").starts_with("3SDEVC") && barcode("DEVC", "a").len() == 15);
    }
}
