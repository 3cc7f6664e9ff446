//! UPS's labels: a picture of 4 x 6 inches each.

use async_trait::async_trait;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use oms_domain::document::Speed;
use oms_ports::carrier::{Abilities, Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::{Party, PortError};

use super::{Ups, code};
use crate::http::decoded;
use crate::measure::{centimetres, cut, inches, is_european, is_imperial, kilograms, money, pounds, state_code, street_lines};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Shipped {
    shipment_response: ShipmentResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ShipmentResponse {
    shipment_results: ShipmentResults,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ShipmentResults {
    shipment_identification_number: String,
    #[serde(default)]
    shipment_charges: Option<Charges>,
    package_results: Few<PackageResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Charges {
    total_charges: Amount,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Amount {
    currency_code: String,
    monetary_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PackageResult {
    tracking_number: String,
    shipping_label: Image,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    graphic_image: String,
}

/// A list, or its only element without brackets, as older versions write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Few<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    fn first(self) -> Option<T> {
        match self {
            Self::One(one) => Some(one),
            Self::Many(many) => many.into_iter().next(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recovered {
    label_recovery_response: RecoveryResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecoveryResponse {
    #[serde(default)]
    shipment_identification_number: Option<String>,
    label_results: Few<RecoveredLabel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecoveredLabel {
    tracking_number: String,
    label_image: Image,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PickedUp {
    pickup_creation_response: PickupResponse,
}

#[derive(Deserialize)]
struct PickupResponse {
    #[serde(rename = "PRN")]
    prn: String,
}

#[async_trait]
impl Labels for Ups {
    fn abilities(&self) -> Abilities {
        Abilities { voids: true, pickups: true }
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        let body = shipment(request, &self.0.access().account);
        let call = self.call(Method::POST, &["api", "shipments", "v2409", "ship"], &[], &request.reference).await?;
        let shipped: Shipped = self.0.json(call.json(&body), code).await?;
        let results = shipped.shipment_response.shipment_results;
        let cost =
            results.shipment_charges.and_then(|charges| money(&charges.total_charges.monetary_value, &charges.total_charges.currency_code));
        let package = results.package_results.first().ok_or_else(|| PortError::corrupt(Party::Carrier, "a shipment without package"))?;
        let booking = Booking { tracking_number: package.tracking_number, shipment: results.shipment_identification_number, cost };
        Ok(Label { booking, artwork: Artwork::Png(decoded(&package.shipping_label.graphic_image)?) })
    }

    /// By the reference to the number, by the number to the label.
    async fn find(&self, request: &LabelRequest) -> Result<Found, PortError> {
        let query = [("locale", "en_US"), ("refNumType", "SmallPackage"), ("shipperNum", self.0.access().account.as_str())];
        let path = ["api", "track", "v1", "reference", "details", &request.reference];
        let call = self.call(Method::GET, &path, &query, &request.reference).await?;
        let Some(known) = self.0.json_unless_missing::<Value>(call, code).await? else { return Ok(Found::Nothing) };
        let Some(number) = known.pointer("/trackResponse/shipment/0/package/0/trackingNumber").and_then(Value::as_str) else {
            return Ok(Found::Nothing);
        };
        let call = self.call(Method::POST, &["api", "labels", "v1", "recovery"], &[], &request.reference).await?;
        let body = json!({ "LabelRecoveryRequest": {
            "Request": { "RequestOption": "Non_Validate", "SubVersion": "1903", "TransactionReference": { "CustomerContext": request.reference } },
            "LabelSpecification": label_specification(),
            "Translate": { "LanguageCode": "eng", "DialectCode": "US", "Code": "01" },
            "TrackingNumber": number,
        } });
        let recovered: Recovered = self.0.json(call.json(&body), code).await?;
        let RecoveryResponse { shipment_identification_number, label_results } = recovered.label_recovery_response;
        let label = label_results.first().ok_or_else(|| PortError::corrupt(Party::Carrier, "a recovery without label"))?;
        let shipment = shipment_identification_number.unwrap_or_else(|| label.tracking_number.clone());
        let booking = Booking { tracking_number: label.tracking_number, shipment, cost: None };
        Ok(Found::Label(Label { booking, artwork: Artwork::Png(decoded(&label.label_image.graphic_image)?) }))
    }

    async fn void(&self, booking: &Booking) -> Result<(), PortError> {
        let path = ["api", "shipments", "v2409", "void", "cancel", &booking.shipment];
        let call = self.call(Method::DELETE, &path, &[], &booking.shipment).await?;
        match self.0.json::<Value>(call, code).await {
            // What UPS answers, as integrators tell, where the shipment was voided before.
            Err(PortError::Refused { code, .. }) if code == "190117" => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError> {
        let call = self.call(Method::POST, &["api", "pickupcreation", "v2409", "pickup"], &[], &request.reference).await?;
        let picked: PickedUp = self.0.json(call.json(&pickup(request, &self.0.access().account)), code).await?;
        Ok(picked.pickup_creation_response.prn)
    }
}

fn label_specification() -> Value {
    json!({ "LabelImageFormat": { "Code": "PNG" }, "LabelStockSize": { "Height": "6", "Width": "4" }, "HTTPUserAgent": "Mozilla/4.5" })
}

fn shipment(request: &LabelRequest, account: &str) -> Value {
    let (from, to) = (&request.from.address, &request.to.address);
    let domestic = from.country == to.country;
    let reference = json!({ "Code": "PO", "Value": request.reference });
    let mut package = json!({ "Description": cut(&request.contents, 35), "Packaging": { "Code": "02" } });
    let (weight, weight_unit, sides, side_unit) = if is_imperial(&from.country) {
        (pounds(request.parcel), "LBS", inches(request.parcel), "IN")
    } else {
        (kilograms(request.parcel), "KGS", centimetres(request.parcel), "CM")
    };
    let [length, width, height] = sides.map(|side| side.to_string());
    package["Dimensions"] = json!({ "UnitOfMeasurement": { "Code": side_unit }, "Length": length, "Width": width, "Height": height });
    package["PackageWeight"] = json!({ "UnitOfMeasurement": { "Code": weight_unit }, "Weight": weight.to_string() });
    let mut shipper = end(&request.from);
    shipper["ShipperNumber"] = json!(account);
    let mut shipment = json!({
        "Description": cut(&request.contents, 50),
        "Shipper": shipper,
        "ShipFrom": end(&request.from),
        "ShipTo": end(&request.to),
        "PaymentInformation": { "ShipmentCharge": { "Type": "01", "BillShipper": { "AccountNumber": account } } },
        "Service": { "Code": service(request.service, &from.country, &to.country) },
    });
    // UPS takes a reference per package within the United States alone, and per shipment everywhere else.
    if domestic && is_imperial(&from.country) {
        package["ReferenceNumber"] = reference;
    } else {
        shipment["ReferenceNumber"] = reference;
    }
    shipment["Package"] = json!([package]);
    json!({ "ShipmentRequest": {
        "Request": { "SubVersion": "1801", "RequestOption": "nonvalidate", "TransactionReference": { "CustomerContext": request.reference } },
        "Shipment": shipment,
        "LabelSpecification": label_specification(),
    } })
}

/// Ground and Next Day Air within the United States, Standard within the European Union and Canada, else Worldwide Expedited; Worldwide Express.
fn service(speed: Speed, from: &str, to: &str) -> &'static str {
    match (speed, is_imperial(from) && is_imperial(to)) {
        (Speed::Standard, true) => "03",
        (Speed::Express, true) => "01",
        (Speed::Standard, false) if from == to || (is_european(from) && is_european(to)) => "11",
        (Speed::Standard, false) => "08",
        (Speed::Express, false) => "07",
    }
}

fn end(contact: &Contact) -> Value {
    let address = &contact.address;
    let mut end = json!({
        "Name": cut(&address.name, 35),
        "AttentionName": cut(&address.name, 35),
        "Address": { "AddressLine": street_lines(address, 35), "City": cut(&address.city, 30), "CountryCode": address.country },
    });
    if let Some(phone) = &contact.phone {
        end["Phone"] = json!({ "Number": cut(phone, 15) });
    }
    if let Some(postcode) = &address.postcode {
        end["Address"]["PostalCode"] = json!(cut(postcode, 9));
    }
    if let Some(state) = state_code(address) {
        end["Address"]["StateProvinceCode"] = json!(cut(&state, 5));
    }
    end
}

fn pickup(request: &PickupRequest, account: &str) -> Value {
    let address = &request.from.address;
    let (ready, close) = request.between;
    let mut place = json!({
        "CompanyName": cut(&address.name, 27),
        "ContactName": cut(&address.name, 22),
        "AddressLine": cut(&address.line1, 73),
        "City": cut(&address.city, 50),
        "CountryCode": address.country,
        "ResidentialIndicator": "N",
        "Phone": { "Number": request.from.phone.as_deref().map(|phone| cut(phone, 25)).unwrap_or_default() },
    });
    if let Some(postcode) = &address.postcode {
        place["PostalCode"] = json!(cut(postcode, 8));
    }
    if let Some(state) = state_code(address) {
        place["StateProvince"] = json!(state);
    }
    let service = format!("0{}", service(request.service, &address.country, &request.to_country));
    let unit = if is_imperial(&address.country) { "LBS" } else { "KGS" };
    let all = oms_domain::shipping::Parcel { grams: request.grams, sides_mm: [0; 3] };
    let weight = if is_imperial(&address.country) { pounds(all) } else { kilograms(all) };
    json!({ "PickupCreationRequest": {
        "RatePickupIndicator": "N",
        "Shipper": { "Account": { "AccountNumber": account, "AccountCountryCode": address.country } },
        "PickupDateInfo": {
            "CloseTime": close.strftime("%H%M").to_string(),
            "ReadyTime": ready.strftime("%H%M").to_string(),
            "PickupDate": request.on.strftime("%Y%m%d").to_string(),
        },
        "PickupAddress": place,
        "AlternateAddressIndicator": "Y",
        "PickupPiece": [{
            "ServiceCode": service,
            "Quantity": request.numbers.len().to_string(),
            "DestinationCountryCode": request.to_country,
            "ContainerCode": "01",
        }],
        "TotalWeight": { "Weight": weight.to_string(), "UnitOfMeasurement": unit },
        "OverweightIndicator": "N",
        "PaymentMethod": "01",
        "ReferenceNumber": request.reference,
    } })
}
