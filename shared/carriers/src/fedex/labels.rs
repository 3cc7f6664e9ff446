//! FedEx's labels: PDF of 4 x 6 inches. FedEx gives a label once: of one whose answer was lost only the number can be found, by our reference.

use async_trait::async_trait;
use reqwest::Method;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_ports::carrier::{Abilities, Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::{Party, PortError};

use super::{FedEx, code};
use crate::http::decoded;
use crate::measure::{centimetres, cut, decimal, inches, is_imperial, kilograms, money, pounds, state_code, street_lines};

#[derive(Deserialize)]
struct Output<T> {
    output: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shipped {
    transaction_shipments: Vec<Shipment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shipment {
    master_tracking_number: String,
    piece_responses: Vec<Piece>,
    #[serde(default)]
    completed_shipment_detail: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    tracking_number: String,
    package_documents: Vec<Document>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    encoded_label: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cancelled {
    cancelled_shipment: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PickedUp {
    pickup_confirmation_code: String,
}

#[async_trait]
impl Labels for FedEx {
    fn abilities(&self) -> Abilities {
        Abilities { voids: true, pickups: true }
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        let call = self.call(Method::POST, &["ship", "v1", "shipments"], &request.reference).await?;
        let shipped: Output<Shipped> = self.0.json(call.json(&shipment(request, &self.0.access().account)), code).await?;
        let broken = |cause| PortError::corrupt(Party::Carrier, cause);
        let shipment = shipped.output.transaction_shipments.into_iter().next().ok_or_else(|| broken("an answer without shipment"))?;
        let piece = shipment.piece_responses.into_iter().next().ok_or_else(|| broken("a shipment without package"))?;
        let label = piece.package_documents.into_iter().find_map(|document| document.encoded_label);
        let artwork = Artwork::Pdf(decoded(&label.ok_or_else(|| broken("a package without label"))?)?);
        let cost = charged(&shipment.completed_shipment_detail);
        Ok(Label { booking: Booking { tracking_number: piece.tracking_number, shipment: shipment.master_tracking_number, cost }, artwork })
    }

    async fn find(&self, request: &LabelRequest) -> Result<Found, PortError> {
        let body = json!({
            "includeDetailedScans": false,
            "referencesInformation": {
                "type": "CUSTOMER_REFERENCE",
                "value": request.reference,
                "accountNumber": self.0.access().account,
                "shipDateBegin": request.ship_on.saturating_sub(jiff::Span::new().days(7)).to_string(),
                "shipDateEnd": request.ship_on.saturating_add(jiff::Span::new().days(7)).to_string(),
            },
        });
        let call = self.call(Method::POST, &["track", "v1", "referencenumbers"], &request.reference).await?;
        let Some(known) = self.0.json_unless_missing::<Value>(call.json(&body), code).await? else { return Ok(Found::Nothing) };
        let result = known.pointer("/output/completeTrackResults/0/trackResults/0");
        let result = result.filter(|result| result.get("error").is_none());
        let number = result.and_then(|result| result.pointer("/trackingNumberInfo/trackingNumber")?.as_str());
        Ok(number.map_or(Found::Nothing, |number| {
            Found::WithoutLabel(Booking { tracking_number: number.to_owned(), shipment: number.to_owned(), cost: None })
        }))
    }

    async fn void(&self, booking: &Booking) -> Result<(), PortError> {
        let body = json!({
            "accountNumber": { "value": self.0.access().account },
            "deletionControl": "DELETE_ALL_PACKAGES",
            "trackingNumber": booking.shipment,
        });
        let call = self.call(Method::PUT, &["ship", "v1", "shipments", "cancel"], &booking.shipment).await?;
        match self.0.json::<Output<Cancelled>>(call.json(&body), code).await {
            Ok(Output { output: Cancelled { cancelled_shipment: true } }) => Ok(()),
            Ok(_) => Err(PortError::refused(Party::Carrier, "SHIPMENT.NOT.CANCELLED")),
            // Deleted before.
            Err(PortError::Refused { code, .. }) if code == "SHIPMENT.TRACKINGNUMBER.ALREADYDELETED" => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError> {
        let call = self.call(Method::POST, &["pickup", "v1", "pickups"], &request.reference).await?;
        let picked: Output<PickedUp> = self.0.json(call.json(&pickup(request, &self.0.access().account)), code).await?;
        Ok(picked.output.pickup_confirmation_code)
    }
}

fn charged(detail: &Value) -> Option<oms_domain::Money> {
    let rate = detail.pointer("/shipmentRating/shipmentRateDetails/0")?;
    let amount = rate.get("totalNetCharge")?;
    let amount = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
    money(&amount, rate.get("currency")?.as_str()?)
}

fn shipment(request: &LabelRequest, account: &str) -> Value {
    let (from, to) = (&request.from.address, &request.to.address);
    let weight = weight(request.parcel, &from.country);
    let imperial = is_imperial(&from.country);
    let [length, width, height] = if imperial { inches(request.parcel) } else { centimetres(request.parcel) };
    let mut shipment = json!({
        "shipper": end(&request.from),
        "recipients": [end(&request.to)],
        "shipDatestamp": request.ship_on.to_string(),
        "serviceType": service(request.service, &from.country, &to.country),
        "packagingType": "YOUR_PACKAGING",
        "pickupType": "USE_SCHEDULED_PICKUP",
        "shippingChargesPayment": { "paymentType": "SENDER" },
        "labelSpecification": { "imageType": "PDF", "labelStockType": "PAPER_4X6", "labelFormatType": "COMMON2D" },
        "requestedPackageLineItems": [{
            "sequenceNumber": 1,
            "weight": weight,
            "dimensions": { "length": length, "width": width, "height": height, "units": if imperial { "IN" } else { "CM" } },
            "customerReferences": [{ "customerReferenceType": "CUSTOMER_REFERENCE", "value": request.reference }],
        }],
    });
    if from.country != to.country {
        let value = json!({ "amount": number(&decimal(request.value)), "currency": request.value.currency.code() });
        shipment["customsClearanceDetail"] = json!({
            "isDocumentOnly": false,
            "dutiesPayment": { "paymentType": "RECIPIENT" },
            "totalCustomsValue": value,
            "commodities": [{
                "description": cut(&request.contents, 35),
                "countryOfManufacture": from.country,
                "numberOfPieces": 1,
                "quantity": 1,
                "quantityUnits": "PCS",
                "weight": weight,
                "unitPrice": value,
                "customsValue": value,
            }],
        });
    }
    json!({ "labelResponseOptions": "LABEL", "accountNumber": { "value": account }, "requestedShipment": shipment })
}

fn service(speed: Speed, from: &str, to: &str) -> &'static str {
    match (speed, from == to) {
        (Speed::Standard, true) => "FEDEX_GROUND",
        (Speed::Express, true) => "PRIORITY_OVERNIGHT",
        (Speed::Standard, false) => "INTERNATIONAL_ECONOMY",
        (Speed::Express, false) => "FEDEX_INTERNATIONAL_PRIORITY",
    }
}

fn weight(parcel: Parcel, country: &str) -> Value {
    let (unit, weight) = if is_imperial(country) { ("LB", pounds(parcel)) } else { ("KG", kilograms(parcel)) };
    json!({ "units": unit, "value": number(&weight.to_string()) })
}

/// A decimal as the JSON number that FedEx asks for. Two digits after the point survive a double.
fn number(text: &str) -> Value {
    let decimal: Decimal = text.parse().unwrap_or_default();
    serde_json::from_str(&decimal.normalize().to_string()).unwrap_or(Value::Null)
}

fn end(contact: &Contact) -> Value {
    let address = &contact.address;
    let mut end = json!({
        "contact": { "personName": cut(&address.name, 70), "companyName": cut(&address.name, 35) },
        "address": { "streetLines": street_lines(address, 35), "city": cut(&address.city, 35), "countryCode": address.country },
    });
    for (part, name, value) in [
        ("contact", "phoneNumber", contact.phone.as_deref().map(|phone| cut(phone, 15))),
        ("address", "postalCode", address.postcode.as_deref().map(|postcode| cut(postcode, 10))),
        ("address", "stateOrProvinceCode", state_code(address)),
    ] {
        if let Some(value) = value {
            end[part][name] = json!(value);
        }
    }
    end
}

fn pickup(request: &PickupRequest, account: &str) -> Value {
    let country = &request.from.address.country;
    let (ready, close) = request.between;
    let domestic = *country == request.to_country;
    let mut location = end(&request.from);
    location["accountNumber"] = json!({ "value": account });
    json!({
        "associatedAccountNumber": { "value": account },
        "originDetail": {
            "pickupLocation": location,
            "readyDateTimestamp": request.on.to_datetime(ready).to_string(),
            "customerCloseTime": close.strftime("%H:%M:%S").to_string(),
        },
        "carrierCode": if domestic && request.service == Speed::Standard { "FDXG" } else { "FDXE" },
        "packageCount": request.numbers.len(),
        "totalWeight": weight(Parcel { grams: request.grams, sides_mm: [0; 3] }, country),
        "countryRelationships": if domestic { "DOMESTIC" } else { "INTERNATIONAL" },
        "remarks": request.reference,
    })
}
