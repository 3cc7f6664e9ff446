//! GLS's labels: a PDF; or, for accounts that print themselves, the data of one. `Access::account` is the contact id.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_ports::carrier::{Abilities, Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::{Party, PortError};

use super::{Gls, code};
use crate::http::decoded;
use crate::measure::{cut, kilograms, street_and_number};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    created_shipment: CreatedShipment,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedShipment {
    parcel_data: Vec<ParcelData>,
    #[serde(default)]
    print_data: Vec<PrintData>,
}

#[derive(Deserialize)]
struct ParcelData {
    #[serde(rename = "TrackID")]
    track_id: String,
    #[serde(default, rename = "RoutingInfo")]
    routing: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintData {
    data: String,
}

#[derive(Deserialize)]
struct Cancelled {
    result: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KnownParcels {
    #[serde(default)]
    unit_items: Vec<KnownParcel>,
}

#[derive(Deserialize)]
struct KnownParcel {
    #[serde(rename = "TrackID")]
    track_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Collected {
    estimated_pick_up_date: String,
}

#[async_trait]
impl Labels for Gls {
    fn abilities(&self) -> Abilities {
        Abilities { voids: true, pickups: true }
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        let body = shipment(request, &self.0.access().account);
        label(self.0.json(self.call(&["shipments"], &body), code).await?)
    }

    async fn find(&self, request: &LabelRequest) -> Result<Found, PortError> {
        let days = |n: i64| jiff::Span::new().days(n);
        let body = json!({
            "References": [request.reference],
            "DateFrom": request.ship_on.saturating_sub(days(7)).to_string(),
            "DateTo": request.ship_on.saturating_add(days(7)).to_string(),
        });
        let known = self.0.json_unless_missing::<KnownParcels>(self.call(&["tracking", "parcels"], &body), code).await?;
        let Some(parcel) = known.and_then(|known| known.unit_items.into_iter().next()) else { return Ok(Found::Nothing) };
        let body = json!({ "TrackID": parcel.track_id, "CreationDate": request.ship_on.to_string(), "PrintingOptions": printing() });
        label(self.0.json(self.call(&["shipments", "reprintparcel"], &body), code).await?).map(Found::Label)
    }

    async fn void(&self, booking: &Booking) -> Result<(), PortError> {
        let call = self.call(&["shipments", "cancel", &booking.shipment], &json!({}));
        let Cancelled { result } = self.0.json(call, code).await?;
        match result.as_str() {
            "CANCELLED" | "CANCELLATION_PENDING" => Ok(()),
            _ => Err(PortError::refused(Party::Carrier, result)),
        }
    }

    /// GLS confirms with a day instead of a number.
    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError> {
        let body = json!({
            "ContactID": self.0.access().account,
            "PreferredPickUpDate": request.on.to_string(),
            "NumberOfParcels": request.numbers.len(),
            "Product": product(request.service),
            "ExpectedTotalWeight": kilograms(Parcel { grams: request.grams, sides_mm: [0; 3] }).to_string(),
            "AdditionalInformation": request.reference,
        });
        let collected: Collected = self.0.json(self.call(&["sporadiccollection"], &body), code).await?;
        Ok(collected.estimated_pick_up_date)
    }
}

fn label(created: Created) -> Result<Label, PortError> {
    let CreatedShipment { parcel_data, print_data } = created.created_shipment;
    let parcel = parcel_data.into_iter().next().ok_or_else(|| PortError::corrupt(Party::Carrier, "a shipment without parcel"))?;
    let artwork = match print_data.first() {
        Some(printed) => Artwork::Pdf(decoded(&printed.data)?),
        None => Artwork::Data(routing(&parcel.routing)),
    };
    Ok(Label { booking: Booking { tracking_number: parcel.track_id.clone(), shipment: parcel.track_id, cost: None }, artwork })
}

/// What sorts the parcel, as captions and texts.
fn routing(info: &Value) -> Vec<(String, String)> {
    let known = [("DEPOT", "FinalLocationCode"), ("TOUR", "Tour"), ("HUB", "HubLocation"), ("SORT", "InboundSortingFlag")];
    known.into_iter().filter_map(|(caption, name)| Some((caption.to_owned(), info.get(name)?.as_str()?.to_owned()))).collect()
}

fn printing() -> Value {
    json!({ "ReturnLabels": { "TemplateSet": "NONE", "LabelFormat": "PDF" } })
}

fn product(speed: Speed) -> &'static str {
    match speed {
        Speed::Standard => "PARCEL",
        Speed::Express => "EXPRESS",
    }
}

fn shipment(request: &LabelRequest, contact_id: &str) -> Value {
    json!({
        "Shipment": {
            "ShipmentReference": [request.reference],
            "ShippingDate": request.ship_on.to_string(),
            "Product": product(request.service),
            "Shipper": { "ContactID": contact_id, "AlternativeShipperAddress": end(&request.from) },
            "Consignee": { "Address": end(&request.to) },
            "ShipmentUnit": [{ "ShipmentUnitReference": [request.reference], "Weight": kilograms(request.parcel).to_string() }],
        },
        "PrintingOptions": printing(),
    })
}

fn end(contact: &Contact) -> Value {
    let address = &contact.address;
    let (street, number) = street_and_number(&address.line1);
    let mut end = json!({
        "Name1": cut(&address.name, 40),
        "CountryCode": address.country,
        "ZIPCode": cut(address.postcode.as_deref().unwrap_or_default(), 10),
        "City": cut(&address.city, 40),
        "Street": cut(&street, 40),
    });
    for (name, value) in [
        ("StreetNumber", Some(cut(&number, 40)).filter(|number| !number.is_empty())),
        ("Name2", address.line2.as_deref().map(|line| cut(line, 40))),
        ("Province", address.region.as_deref().map(|region| cut(region, 40))),
        ("eMail", contact.email.as_deref().map(|email| cut(email, 80))),
        ("MobilePhoneNumber", contact.phone.as_deref().map(|phone| cut(phone, 35))),
    ] {
        if let Some(value) = value {
            end[name] = json!(value);
        }
    }
    end
}
