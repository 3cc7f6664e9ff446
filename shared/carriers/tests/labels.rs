//! Each carrier's label, look-up, return and pick-up on the wire. What we ask is held by `events/carrier/<carrier>/*-request.json` (`UPDATE=1`
//! writes them anew); what they answer stands beside it, in the shapes that the carriers publish.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use oms_carriers::{Access, carrier};
use oms_domain::address::Address;
use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_domain::{Currency, Money};
use oms_fakes::wire::{Asked, Reply, Server};
use oms_ports::PortError;
use oms_ports::carrier::{Artwork, Booking, Contact, Found, Label, LabelRequest, Labels, PickupRequest};
use serde_json::Value;

fn file(carrier: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/carrier").join(carrier).join(name)
}

fn answer(carrier: &str, name: &str) -> Vec<u8> {
    fs::read(file(carrier, name)).unwrap()
}

/// What a carrier is called with, and what it answers.
struct Wire {
    carrier: &'static str,
    account: &'static str,
    /// Country, region, postcode and town of both ends.
    from: [&'static str; 4],
    to: [&'static str; 4],
    number: &'static str,
    cost: Option<(i64, &'static str)>,
    buy: (&'static str, &'static str),
    /// Path of the pick-up and its confirmation.
    pickup: Option<(&'static str, &'static str)>,
}

const BERLIN: [&str; 4] = ["DE", "", "10115", "Berlin"];
const HAMBURG: [&str; 4] = ["DE", "", "20095", "Hamburg"];
const MEMPHIS: [&str; 4] = ["US", "TN", "38103", "Memphis"];
const NASHVILLE: [&str; 4] = ["US", "US-TN", "37201-1234", "Nashville"];
const UTRECHT: [&str; 4] = ["NL", "", "3521 VA", "Utrecht"];
const PARIS: [&str; 4] = ["FR", "", "75001", "Paris"];

const WIRES: [Wire; 6] = [
    Wire {
        carrier: "ups",
        account: "A1B2C3",
        from: BERLIN,
        to: HAMBURG,
        number: "1ZA1B2C36800000016",
        cost: Some((1720, "EUR")),
        buy: ("/api/shipments/v2409/ship", "label.json"),
        pickup: Some(("/api/pickupcreation/v2409/pickup", "2929602E9CP")),
    },
    Wire {
        carrier: "fedex",
        account: "740561073",
        from: MEMPHIS,
        to: NASHVILLE,
        number: "794953535000",
        cost: Some((2145, "USD")),
        buy: ("/ship/v1/shipments", "label.json"),
        pickup: Some(("/pickup/v1/pickups", "3001")),
    },
    Wire {
        carrier: "usps",
        account: "94107219/903937677/1000405525",
        from: MEMPHIS,
        to: NASHVILLE,
        number: "9400111899223847199999",
        cost: Some((975, "USD")),
        buy: ("/labels/v3/label", "label-metadata.json"),
        pickup: Some(("/pickup/v3/carrier-pickup", "WTC123456789")),
    },
    Wire {
        carrier: "gls",
        account: "276a12345",
        from: BERLIN,
        to: PARIS,
        number: "ZMNV3WXY",
        cost: None,
        buy: ("/shipments", "label.json"),
        pickup: Some(("/sporadiccollection", "2026-11-24")),
    },
    Wire {
        carrier: "postnl",
        account: "DEVC/11223344/123456",
        from: UTRECHT,
        to: UTRECHT,
        number: "3SDEVC123456789",
        cost: None,
        buy: ("/shipment/v2_2/label", "label.json"),
        pickup: None,
    },
    Wire {
        carrier: "dhl",
        account: "123456789",
        from: BERLIN,
        to: PARIS,
        number: "1234567890",
        cost: Some((1470, "EUR")),
        buy: ("/shipments", "label.json"),
        pickup: Some(("/pickups", "PRG261123000001")),
    },
];

fn end([country, region, postcode, city]: [&str; 4], name: &str) -> Contact {
    let address = Address {
        name: name.to_owned(),
        line1: "Hauptstraße 12a".to_owned(),
        line2: Some("3. Stock".to_owned()),
        city: city.to_owned(),
        region: Some(region.to_owned()).filter(|region| !region.is_empty()),
        postcode: Some(postcode.to_owned()),
        country: country.to_owned(),
    };
    Contact { address, phone: Some("+49301234567".to_owned()), email: Some("somebody@customers.example".to_owned()) }
}

fn request(wire: &Wire) -> LabelRequest {
    LabelRequest {
        reference: "01KAQW5AM0E008000000000000-1-1".to_owned(),
        service: Speed::Standard,
        from: end(wire.from, "Nordlicht Handel"),
        to: end(wire.to, "Anna Beispiel"),
        parcel: Parcel { grams: 1_001, sides_mm: [100, 300, 200] },
        contents: "books".to_owned(),
        value: Money::new(2_590, "EUR".parse::<Currency>().unwrap()),
        ship_on: "2026-11-23".parse().unwrap(),
    }
}

fn pickup(wire: &Wire) -> PickupRequest {
    PickupRequest {
        reference: "01KAQW5AM0E008000000000000-1".to_owned(),
        from: end(wire.from, "Nordlicht Handel"),
        numbers: vec![wire.number.to_owned()],
        service: Speed::Standard,
        to_country: wire.to[0].to_owned(),
        grams: 1_001,
        on: "2026-11-24".parse().unwrap(),
        between: ("09:00".parse().unwrap(), "18:00".parse().unwrap()),
    }
}

const JSON: &str = "application/json";

/// Method and path of a request, and what is answered to it.
type Answered<'a> = (&'a str, &'a str, Reply);

/// The carrier, answering so, with whatever it needs before a call.
fn connected(wire: &Wire, answers: &[Answered<'_>]) -> (Server, Arc<dyn Labels>) {
    let mut known = Vec::new();
    for (at, name) in [
        ("/security/v1/oauth/token", "token.json"),
        ("/oauth/token", "token.json"),
        ("/oauth2/v3/token", "token.json"),
        ("/payments/v3/payment-authorization", "payment.json"),
    ] {
        if let Ok(body) = fs::read(file(wire.carrier, name)) {
            known.push(("POST".to_owned(), at.to_owned(), Reply::bytes(200, body, JSON)));
        }
    }
    known.extend(answers.iter().map(|(verb, at, reply)| ((*verb).to_owned(), (*at).to_owned(), reply.clone())));
    let server = Server::answering(move |asked| {
        let found = known.iter().find(|(verb, at, _)| asked.is(verb, at));
        found.map_or_else(Reply::unknown, |(.., reply)| reply.clone())
    });
    let access = Access {
        http: oms_carriers::client().unwrap(),
        base_url: server.uri(),
        client_id: "oms".to_owned(),
        api_key: "a-secret".to_owned().into(),
        account: wire.account.to_owned(),
    };
    let carrier = (carrier(wire.carrier).unwrap().connect_labels.unwrap())(access).unwrap();
    (server, carrier)
}

/// The answer to a purchase; USPS sends data and document side by side.
fn bought(wire: &Wire) -> Reply {
    let body = answer(wire.carrier, wire.buy.1);
    if wire.carrier != "usps" {
        return Reply::bytes(200, body, JSON);
    }
    let mut parts = b"--b\r\nContent-Disposition: form-data; name=\"labelMetadata\"\r\nContent-Type: application/json\r\n\r\n".to_vec();
    parts.extend(body);
    parts.extend(
        b"\r\n--b\r\nContent-Disposition: form-data; name=\"labelImage\"; filename=\"labelImage.pdf\"\r\n\r\n%PDF-1.4\r\n--b--\r\n",
    );
    Reply::bytes(200, parts, "multipart/form-data; boundary=b")
}

fn asked(server: &Server, at: &str) -> Vec<Asked> {
    server.asked().into_iter().filter(|request| request.path == at).collect()
}

/// Holds a request's body to its file.
fn assert_asked(wire: &Wire, name: &str, request: &Asked) {
    let body = request.json();
    let file = file(wire.carrier, name);
    #[expect(clippy::disallowed_methods, reason = "a switch of the developer's, not configuration of a function")]
    if std::env::var("UPDATE").is_ok() {
        fs::write(&file, format!("{}\n", serde_json::to_string_pretty(&body).unwrap())).unwrap();
    }
    let expected: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(body, expected, "{}: {name} is not what the code asks: run with UPDATE=1 and look at it", wire.carrier);
}

fn meaning<T>(answer: &Result<T, PortError>) -> String {
    match answer {
        Ok(_) => "done".to_owned(),
        Err(PortError::Refused { code, .. }) => format!("refused {code}"),
        Err(PortError::Throttled(_)) => "throttled".to_owned(),
        Err(PortError::Unavailable { .. }) => "unavailable".to_owned(),
        Err(PortError::Corrupt { .. }) => "corrupt".to_owned(),
        Err(PortError::Conflict) => "conflict".to_owned(),
    }
}

#[tokio::test]
async fn generated_a_label_is_asked_for_as_published_and_read_from_the_answer() {
    for wire in &WIRES {
        let (server, carrier) = connected(wire, &[("POST", wire.buy.0, bought(wire))]);
        let Label { booking, artwork } = carrier.buy(&request(wire)).await.unwrap();
        assert_eq!(booking.tracking_number, wire.number, "{}", wire.carrier);
        assert_eq!(booking.cost, wire.cost.map(|(amount, code)| Money::new(amount, code.parse().unwrap())), "{}", wire.carrier);
        match artwork {
            Artwork::Pdf(bytes) => assert!(bytes.starts_with(b"%PDF"), "{}", wire.carrier),
            Artwork::Png(bytes) => assert!(bytes.starts_with(b"\x89PNG") && wire.carrier == "ups"),
            Artwork::Data(_) => panic!("{} gave no document", wire.carrier),
        }
        let asked = asked(&server, wire.buy.0);
        assert_asked(wire, "label-request.json", &asked[0]);
        let authorised = asked[0].header("authorization").or_else(|| asked[0].header("apikey")).unwrap();
        let expected = match wire.carrier {
            "ups" | "fedex" | "usps" => "Bearer a-token",
            // oms:a-secret
            "gls" | "dhl" => "Basic b21zOmEtc2VjcmV0",
            _ => "a-secret",
        };
        assert_eq!(authorised, expected, "{}", wire.carrier);
    }
}

#[tokio::test]
async fn generated_a_pickup_is_asked_for_as_published() {
    for wire in &WIRES {
        let Some((at, confirmation)) = wire.pickup else {
            let (_server, carrier) = connected(wire, &[]);
            assert_eq!(meaning(&carrier.book_pickup(&pickup(wire)).await), "refused not-offered");
            assert!(!carrier.abilities().pickups);
            continue;
        };
        let (server, carrier) = connected(wire, &[("POST", at, Reply::bytes(200, answer(wire.carrier, "pickup.json"), JSON))]);
        assert_eq!(carrier.book_pickup(&pickup(wire)).await.unwrap(), confirmation, "{}", wire.carrier);
        assert_asked(wire, "pickup-request.json", &asked(&server, at)[0]);
    }
}

/// A no is a no; whatever leaves open whether a label was made is not.
#[tokio::test]
async fn each_answer_has_its_meaning() {
    for wire in &WIRES {
        let code = match wire.carrier {
            "ups" => "120802",
            "fedex" => "SERVICE.PACKAGECOMBINATION.INVALID",
            "usps" => "160102",
            "gls" => "E108",
            "postnl" => "13",
            _ => "400",
        };
        for (status, body, expected) in [
            (400, answer(wire.carrier, "error.json"), format!("refused {code}")),
            (400, b"<html>".to_vec(), "refused 400".to_owned()),
            (401, Vec::new(), "refused 401".to_owned()),
            (408, Vec::new(), "unavailable".to_owned()),
            (429, Vec::new(), "throttled".to_owned()),
            (500, answer(wire.carrier, "error.json"), "unavailable".to_owned()),
            (307, Vec::new(), "corrupt".to_owned()),
            (200, b"{}".to_vec(), "corrupt".to_owned()),
            (200, b"<html>".to_vec(), "corrupt".to_owned()),
        ] {
            let (_server, carrier) = connected(wire, &[("POST", wire.buy.0, Reply::bytes(status, body, JSON))]);
            let answer = carrier.buy(&request(wire)).await;
            assert_eq!(meaning(&answer), expected, "{} {status}", wire.carrier);
            let told = answer.unwrap_err().to_string();
            assert!(!told.contains("Beispiel") && !told.contains("a-secret"), "{told}");
        }
    }
}

/// Method, path and file of an answer that knows the label.
type Told<'a> = (&'a str, &'a str, &'a str);
/// Method, path and file of an answer that does not, where one says so.
type Untold<'a> = Option<Told<'a>>;

#[tokio::test]
async fn a_lost_label_is_found_by_our_reference() {
    for wire in &WIRES {
        let reference = request(wire).reference;
        let tracked = format!("/api/track/v1/reference/details/{reference}");
        let (found, missing): (&[Told<'_>], Untold<'_>) = match wire.carrier {
            "ups" => (&[("GET", &tracked, "reference.json"), ("POST", "/api/labels/v1/recovery", "recovery.json")], None),
            "fedex" => (
                &[("POST", "/track/v1/referencenumbers", "reference.json")],
                Some(("POST", "/track/v1/referencenumbers", "not-found.json")),
            ),
            "gls" => (
                &[("POST", "/tracking/parcels", "reference.json"), ("POST", "/shipments/reprintparcel", "label.json")],
                Some(("POST", "/tracking/parcels", "not-found.json")),
            ),
            "dhl" => (&[("GET", "/tracking", "reference.json")], None),
            // Asked for again under the same key, these give the same label.
            _ => {
                let (_server, carrier) = connected(wire, &[]);
                assert_eq!(carrier.find(&request(wire)).await.unwrap(), Found::Nothing);
                continue;
            }
        };
        let told = |(verb, at, name)| (verb, at, Reply::bytes(200, answer(wire.carrier, name), JSON));
        let (_server, carrier) = connected(wire, &found.iter().copied().map(told).collect::<Vec<_>>());
        let known = carrier.find(&request(wire)).await.unwrap();
        match (&known, wire.carrier) {
            (Found::Label(label), "ups" | "gls") => assert_eq!(label.booking.tracking_number, wire.number),
            (Found::WithoutLabel(booking), "fedex" | "dhl") => assert_eq!(booking.tracking_number, wire.number),
            _ => panic!("{}: {known:?}", wire.carrier),
        }
        let (_server, carrier) = connected(wire, &missing.into_iter().map(told).collect::<Vec<_>>());
        assert_eq!(carrier.find(&request(wire)).await.unwrap(), Found::Nothing, "{}", wire.carrier);
    }
}

#[tokio::test]
async fn the_same_reference_makes_the_same_request() {
    for wire in WIRES.iter().filter(|wire| matches!(wire.carrier, "usps" | "postnl")) {
        let (server, carrier) = connected(wire, &[("POST", wire.buy.0, bought(wire))]);
        let other = LabelRequest { reference: "01KAQW5AM0E008000000000000-1-2".to_owned(), ..request(wire) };
        for request in [&request(wire), &request(wire), &other] {
            carrier.buy(request).await.unwrap();
        }
        let key = |request: &Asked| request.header("x-idempotency-key").map(str::to_owned);
        let told: Vec<_> =
            asked(&server, wire.buy.0).iter().map(|request| (key(request), request.json()["Shipments"][0]["Barcode"].clone())).collect();
        assert_eq!(told[0], told[1], "{}", wire.carrier);
        assert_ne!(told[0], told[2], "{}", wire.carrier);
        assert!(told[0].0.as_ref().is_none_or(|key| key.len() == 36), "{:?}", told[0].0);
    }
}

#[tokio::test]
async fn a_label_is_given_back_where_the_carrier_takes_it() {
    for wire in &WIRES {
        let booking = Booking { tracking_number: wire.number.to_owned(), shipment: wire.number.to_owned(), cost: None };
        let (verb, at) = match wire.carrier {
            "ups" => ("DELETE", format!("/api/shipments/v2409/void/cancel/{}", wire.number)),
            "fedex" => ("PUT", "/ship/v1/shipments/cancel".to_owned()),
            "usps" => ("DELETE", format!("/labels/v3/label/{}", wire.number)),
            "gls" => ("POST", format!("/shipments/cancel/{}", wire.number)),
            _ => {
                let (_server, carrier) = connected(wire, &[]);
                assert_eq!(meaning(&carrier.void(&booking).await), "refused not-offered");
                assert!(!carrier.abilities().voids);
                continue;
            }
        };
        let (_server, carrier) = connected(wire, &[(verb, &at, Reply::bytes(200, answer(wire.carrier, "void.json"), JSON))]);
        assert_eq!(meaning(&carrier.void(&booking).await), "done", "{}", wire.carrier);
        assert!(carrier.abilities().voids);
        let (_closed, carrier) = connected(wire, &[(verb, &at, Reply::bytes(400, answer(wire.carrier, "error.json"), JSON))]);
        assert!(meaning(&carrier.void(&booking).await).starts_with("refused "), "{}", wire.carrier);
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once() {
    let wire = &WIRES[0];
    let (server, carrier) = connected(wire, &[("POST", wire.buy.0, bought(wire))]);
    for _ in 0..3 {
        carrier.buy(&request(wire)).await.unwrap();
    }
    let tokens = asked(&server, "/security/v1/oauth/token");
    assert_eq!((tokens.len(), asked(&server, wire.buy.0).len()), (1, 3));
    assert_eq!(tokens[0].text(), "grant_type=client_credentials");
}

#[tokio::test]
async fn an_account_that_prints_itself_gets_data() {
    let wire = WIRES.iter().find(|wire| wire.carrier == "gls").unwrap();
    let (_server, carrier) = connected(wire, &[("POST", wire.buy.0, Reply::bytes(200, answer("gls", "label-data.json"), JSON))]);
    let label = carrier.buy(&request(wire)).await.unwrap();
    let Artwork::Data(fields) = label.artwork else { panic!("a document") };
    assert_eq!(fields[0], ("DEPOT".to_owned(), "DE430".to_owned()));
}

#[tokio::test]
async fn who_goes_nowhere_near_says_so_before_it_is_asked() {
    for (wire, from, why) in [("usps", BERLIN, "domestic-only"), ("postnl", BERLIN, "from-the-netherlands-only")] {
        let wire = WIRES.iter().find(|known| known.carrier == wire).unwrap();
        let (server, carrier) = connected(wire, &[]);
        let request = LabelRequest { from: end(from, "Nordlicht Handel"), ..request(wire) };
        assert_eq!(meaning(&carrier.buy(&request).await), format!("refused {why}"));
        assert!(asked(&server, wire.buy.0).is_empty());
    }
}
