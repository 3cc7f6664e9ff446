//! DHL's labels: the shipments, pickups and tracking of the MyDHL API (DHL Express), version 2; a user name and a password. After DHL's developer
//! portal. `Access::account` is the shipper's account number.
//!
//! A label whose answer was lost is found by our reference, its number at least: the label itself DHL gives once. What is not handed over is not billed,
//! and cannot be taken back.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_ports::carrier::{Abilities, Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::{Party, PortError};

use crate::http::{Api, decoded, no_code};
use crate::measure::{centimetres, cut, decimal, is_european, kilograms, money, state_code};
use crate::{Access, SetupError};

struct MyDhl(Api);

pub(super) fn connect(access: Access) -> Result<Arc<dyn Labels>, SetupError> {
    Ok(Arc::new(MyDhl(Api::new(access)?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shipped {
    shipment_tracking_number: String,
    #[serde(default)]
    documents: Vec<Document>,
    #[serde(default)]
    shipment_charges: Vec<Charge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    type_code: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Charge {
    currency_type: String,
    price_currency: String,
    price: Value,
}

#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    shipments: Vec<KnownShipment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KnownShipment {
    shipment_tracking_number: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PickedUp {
    dispatch_confirmation_numbers: Vec<String>,
}

impl MyDhl {
    fn call(&self, method: Method, path: &[&str], query: &[(&str, &str)], id: &str) -> RequestBuilder {
        let access = self.0.access();
        let request = self.0.at(method, path, query).basic_auth(&access.client_id, Some(access.secret()));
        // 28 to 36 characters.
        request.header("Message-Reference", format!("{id:0>28}")).header("x-version", "2.12.0")
    }
}

#[async_trait]
impl Labels for MyDhl {
    fn abilities(&self) -> Abilities {
        Abilities { voids: false, pickups: true }
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        let call = self.call(Method::POST, &["shipments"], &[], &request.reference).json(&shipment(request, &self.0.access().account)?);
        let shipped: Shipped = self.0.json(call, no_code).await?;
        let label = shipped.documents.into_iter().find(|document| document.type_code == "label");
        let label = label.ok_or_else(|| PortError::corrupt(Party::Carrier, "a shipment without label"))?;
        let billed = shipped.shipment_charges.iter().find(|charge| charge.currency_type == "BILLC");
        let cost = billed.and_then(|charge| {
            let price = charge.price.as_str().map_or_else(|| charge.price.to_string(), str::to_owned);
            money(&price, &charge.price_currency)
        });
        let number = shipped.shipment_tracking_number;
        Ok(Label {
            booking: Booking { tracking_number: number.clone(), shipment: number, cost },
            artwork: Artwork::Pdf(decoded(&label.content)?),
        })
    }

    async fn find(&self, request: &LabelRequest) -> Result<Found, PortError> {
        let days = |n: i64| jiff::Span::new().days(n);
        let (from, to) = (request.ship_on.saturating_sub(days(7)).to_string(), request.ship_on.saturating_add(days(7)).to_string());
        let query = [
            ("shipmentReference", request.reference.as_str()),
            ("shipmentReferenceType", "CU"),
            ("shipperAccountNumber", self.0.access().account.as_str()),
            ("dateRangeFrom", &from),
            ("dateRangeTo", &to),
        ];
        let call = self.call(Method::GET, &["tracking"], &query, &request.reference);
        let known = self.0.json_unless_missing::<Known>(call, no_code).await?;
        Ok(known.and_then(|known| known.shipments.into_iter().next()).map_or(Found::Nothing, |shipment| {
            let number = shipment.shipment_tracking_number;
            Found::WithoutLabel(Booking { tracking_number: number.clone(), shipment: number, cost: None })
        }))
    }

    async fn void(&self, _: &Booking) -> Result<(), PortError> {
        Err(PortError::refused(Party::Carrier, "not-offered"))
    }

    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError> {
        let call = self.call(Method::POST, &["pickups"], &[], &request.reference).json(&pickup(request, &self.0.access().account)?);
        let picked: PickedUp = self.0.json(call, no_code).await?;
        picked
            .dispatch_confirmation_numbers
            .into_iter()
            .next()
            .ok_or_else(|| PortError::corrupt(Party::Carrier, "a pick-up without number"))
    }
}

/// DHL Express's products: Express Worldwide beyond a customs border, its like within the European Union and within a country. Economy Select where
/// there is no hurry.
fn product(speed: Speed, from: &str, to: &str) -> &'static str {
    match (speed, from == to) {
        (_, true) => "N",
        (Speed::Standard, false) => "W",
        (Speed::Express, false) if is_declared(from, to) => "P",
        (Speed::Express, false) => "U",
    }
}

/// Whether goods cross a customs border.
fn is_declared(from: &str, to: &str) -> bool {
    from != to && !(is_european(from) && is_european(to))
}

fn shipment(request: &LabelRequest, account: &str) -> Result<Value, PortError> {
    let (from, to) = (&request.from.address.country, &request.to.address.country);
    let [length, width, height] = centimetres(request.parcel);
    Ok(json!({
        "plannedShippingDateAndTime": format!("{}T17:00:00 GMT+00:00", request.ship_on),
        "pickup": { "isRequested": false },
        "productCode": product(request.service, from, to),
        "accounts": [{ "typeCode": "shipper", "number": account }],
        "customerReferences": [{ "typeCode": "CU", "value": request.reference }],
        "outputImageProperties": {
            "encodingFormat": "pdf",
            "imageOptions": [{ "typeCode": "label", "templateName": "ECOM26_84_001", "isRequested": true }],
        },
        "customerDetails": { "shipperDetails": end(&request.from)?, "receiverDetails": end(&request.to)? },
        "content": {
            "packages": [{
                "weight": number(&kilograms(request.parcel).to_string()),
                "dimensions": { "length": length, "width": width, "height": height },
                "customerReferences": [{ "typeCode": "CU", "value": request.reference }],
            }],
            "isCustomsDeclarable": is_declared(from, to),
            "declaredValue": number(&decimal(request.value)),
            "declaredValueCurrency": request.value.currency.code(),
            "description": cut(&request.contents, 70),
            "incoterm": "DAP",
            "unitOfMeasurement": "metric",
        },
    }))
}

/// A decimal as the JSON number that DHL asks for.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// # Errors
/// Where there is no phone number: DHL Express takes no parcel from or to somebody whom the driver cannot call.
fn end(contact: &Contact) -> Result<Value, PortError> {
    let address = &contact.address;
    let phone = contact.phone.as_deref().ok_or_else(|| PortError::refused(Party::Carrier, "phone-is-needed"))?;
    let mut end = json!({
        "postalAddress": {
            "postalCode": cut(address.postcode.as_deref().unwrap_or_default(), 12),
            "cityName": cut(&address.city, 45),
            "countryCode": address.country,
            "addressLine1": cut(&address.line1, 45),
        },
        "contactInformation": {
            "phone": cut(phone, 70),
            "companyName": cut(&address.name, 100),
            "fullName": cut(&address.name, 255),
        },
    });
    for (part, name, value) in [
        ("postalAddress", "addressLine2", address.line2.as_deref().map(|line| cut(line, 45))),
        ("postalAddress", "provinceCode", state_code(address)),
        ("contactInformation", "email", contact.email.as_deref().map(|email| cut(email, 70))),
    ] {
        if let Some(value) = value {
            end[part][name] = json!(value);
        }
    }
    Ok(end)
}

fn pickup(request: &PickupRequest, account: &str) -> Result<Value, PortError> {
    let (ready, close) = request.between;
    Ok(json!({
        "plannedPickupDateAndTime": format!("{}T{} GMT+00:00", request.on, ready.strftime("%H:%M:%S")),
        "closeTime": close.strftime("%H:%M").to_string(),
        "location": "reception",
        "accounts": [{ "typeCode": "shipper", "number": account }],
        "customerDetails": { "shipperDetails": end(&request.from)? },
        "shipmentDetails": [{
            "productCode": product(request.service, &request.from.address.country, &request.to_country),
            "isCustomsDeclarable": is_declared(&request.from.address.country, &request.to_country),
            "unitOfMeasurement": "metric",
            "shipmentTrackingNumber": request.numbers.first().cloned().unwrap_or_default(),
            "packages": [{ "weight": number(&kilograms(Parcel { grams: request.grams, sides_mm: [0; 3] }).to_string()) }],
        }],
        "specialInstructions": [{ "value": request.reference, "typeCode": "TBD" }],
    }))
}
