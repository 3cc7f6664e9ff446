//! USPS's labels: PDF of 4 x 6 inches, within the United States, paid from an Enterprise Payment account.
//!
//! Every label is asked for under an idempotency key, which USPS keeps: an answer that was lost comes again when the label is asked for again. So there
//! is nothing to find. `Access::account` is `{CRID}/{MID}/{EPS account}`.

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use oms_domain::address::Address;
use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_ports::carrier::{Abilities, Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::{Party, PortError};

use super::multipart::part;
use super::{Usps, code};
use crate::http::{accepted, decoded, parsed};
use crate::measure::{cut, inches, is_imperial, money, pounds, state_code};
use crate::words::event_id;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paid {
    payment_authorization_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    tracking_number: String,
    #[serde(default)]
    postage: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PickedUp {
    confirmation_number: String,
}

#[async_trait]
impl Labels for Usps {
    fn abilities(&self) -> Abilities {
        Abilities { voids: true, pickups: true }
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        let body = shipment(request)?;
        let call = self.paid(Method::POST, &["labels", "v3", "label"]).await?;
        let call =
            call.header("Accept", "multipart/form-data").header("X-Idempotency-Key", idempotency_key(&request.reference)).json(&body);
        let answer = accepted(self.0.send(call).await?, code)?;
        let metadata: Metadata = parsed(part(&answer.content_type, &answer.body, "labelMetadata")?)?;
        let image = part(&answer.content_type, &answer.body, "labelImage")?;
        let document = if image.starts_with(b"%PDF") { image.to_vec() } else { decoded(&String::from_utf8_lossy(image))? };
        let cost = metadata.postage.and_then(|postage| money(&postage.as_str().map_or_else(|| postage.to_string(), str::to_owned), "USD"));
        let booking = Booking { tracking_number: metadata.tracking_number.clone(), shipment: metadata.tracking_number, cost };
        Ok(Label { booking, artwork: Artwork::Pdf(document) })
    }

    /// See the module: asking again is safe.
    async fn find(&self, _: &LabelRequest) -> Result<Found, PortError> {
        Ok(Found::Nothing)
    }

    async fn void(&self, booking: &Booking) -> Result<(), PortError> {
        let call = self.paid(Method::DELETE, &["labels", "v3", "label", &booking.shipment]).await?;
        self.0.json::<Value>(call, code).await.map(drop)
    }

    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError> {
        let call = self.call(Method::POST, &["pickup", "v3", "carrier-pickup"], &[]).await?;
        let picked: PickedUp = self.0.json(call.json(&pickup(request)?), code).await?;
        Ok(picked.confirmation_number)
    }
}

impl Usps {
    /// A request with a token of who pays, which is good for one label or its return.
    async fn paid(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, PortError> {
        let account: Vec<&str> = self.0.access().account.split('/').collect();
        let [crid, mid, number] = account[..] else {
            return Err(PortError::refused(Party::Carrier, "account-is-not-crid-mid-eps"));
        };
        let role = |name: &str| json!({ "roleName": name, "CRID": crid, "MID": mid, "manifestMID": mid, "accountType": "EPS", "accountNumber": number });
        let call = self.call(Method::POST, &["payments", "v3", "payment-authorization"], &[]).await?;
        let paid: Paid = self.0.json(call.json(&json!({ "roles": [role("PAYER"), role("LABEL_OWNER")] })), code).await?;
        let call = self.call(method, path, &[]).await?;
        Ok(call.header("X-Payment-Authorization-Token", paid.payment_authorization_token))
    }
}

/// The reference as a UUID, the form that USPS takes keys in: of version 8, made from a digest.
fn idempotency_key(reference: &str) -> String {
    let digest = event_id(&["usps", reference]);
    format!("{}-{}-8{}-8{}-{}", &digest[..8], &digest[8..12], &digest[13..16], &digest[17..20], &digest[20..])
}

fn shipment(request: &LabelRequest) -> Result<Value, PortError> {
    let [length, width, height] = inches(request.parcel);
    let (class, indicator) = match request.service {
        Speed::Standard => ("USPS_GROUND_ADVANTAGE", "SP"),
        Speed::Express => ("PRIORITY_MAIL_EXPRESS", "PA"),
    };
    Ok(json!({
        "imageInfo": { "imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE" },
        "toAddress": end(&request.to)?,
        "fromAddress": end(&request.from)?,
        "packageDescription": {
            "mailClass": class,
            "rateIndicator": indicator,
            "weightUOM": "lb",
            "weight": weight(request.parcel),
            "dimensionsUOM": "in",
            "length": length,
            "width": width,
            "height": height,
            "processingCategory": "MACHINABLE",
            "mailingDate": request.ship_on.to_string(),
            "extraServices": [],
            "destinationEntryFacilityType": "NONE",
            "customerReference": [{ "referenceNumber": request.reference, "printReferenceNumber": true }],
        },
    }))
}

fn weight(parcel: Parcel) -> Value {
    serde_json::from_str(&pounds(parcel).to_string()).unwrap_or(Value::Null)
}

/// An address within the United States.
fn end(contact: &Contact) -> Result<Value, PortError> {
    let address = &contact.address;
    let (first, last) = address.name.rsplit_once(' ').unwrap_or(("", &address.name));
    let mut end = place(address)?;
    end["firstName"] = json!(cut(first, 50));
    end["lastName"] = json!(cut(last, 50));
    Ok(end)
}

fn place(address: &Address) -> Result<Value, PortError> {
    if !is_imperial(&address.country) {
        return Err(PortError::refused(Party::Carrier, "domestic-only"));
    }
    let digits: String = address.postcode.as_deref().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let mut place = json!({
        "streetAddress": cut(&address.line1, 50),
        "city": cut(&address.city, 28),
        "state": state_code(address).unwrap_or_default(),
        "ZIPCode": digits.get(..5).unwrap_or(&digits),
    });
    if let Some(line) = &address.line2 {
        place["secondaryAddress"] = json!(cut(line, 50));
    }
    if let Some(plus) = digits.get(5..9) {
        place["ZIPPlus4"] = json!(plus);
    }
    Ok(place)
}

fn pickup(request: &PickupRequest) -> Result<Value, PortError> {
    let class = match request.service {
        Speed::Standard => "FIRST-CLASS_PACKAGE_SERVICE",
        Speed::Express => "PRIORITY_MAIL_EXPRESS",
    };
    let contact = &request.from;
    let mut contacts = Vec::new();
    contacts.extend(contact.email.as_ref().map(|email| json!({ "email": email })));
    contacts.extend(contact.phone.as_ref().map(|phone| json!({ "phone": phone })));
    Ok(json!({
        "pickupDate": request.on.to_string(),
        "pickupAddress": { "firm": cut(&contact.address.name, 50), "address": place(&contact.address)?, "contact": contacts },
        "packages": [{ "packageType": class, "packageCount": request.numbers.len() }],
        "estimatedWeight": weight(Parcel { grams: request.grams, sides_mm: [0; 3] }),
        "pickupLocation": { "packageLocation": "OFFICE", "specialInstructions": request.reference },
    }))
}
