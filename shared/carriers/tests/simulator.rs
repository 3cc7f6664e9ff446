//! Our adapters against the local carriers' simulator (`infra/local/carrier.py`) over HTTP: what the local stack calls. Needs the Python
//! environment of infra/local/setup.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use oms_carriers::desk::{Desk, LEASE, Place};
use oms_carriers::{Access, CARRIERS, Carrier};
use oms_domain::Money;
use oms_domain::address::Address;
use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_fakes::{FixedClock, MemoryOrders, NOON, an_order, currency};
use oms_ports::carrier::{Artwork, Contact, Found, LabelRequest, Labels, PickupRequest};
use oms_ports::{PortError, StepError};
use serde_json::{Value, json};

/// Code, account number, country, region, postcode.
const SELLERS: [(&str, &str, &str, &str, &str); 6] = [
    ("ups", "A1B2C3", "DE", "", "10115"),
    ("fedex", "740561073", "US", "TN", "38103"),
    ("usps", "94107219/903937677/1000405525", "US", "TN", "38103"),
    ("gls", "276a12345", "DE", "", "10115"),
    ("postnl", "DEVC/11223344/123456", "NL", "", "3521 VA"),
    ("dhl", "123456789", "DE", "", "10115"),
];

struct Simulator {
    process: Child,
    url: String,
    folder: std::path::PathBuf,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Simulator {
    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("oms-simulator-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let account = |(code, account, ..): (&str, &str, &str, &str, &str)| {
            let name = CARRIERS.iter().find(|carrier| carrier.code == code).unwrap().labels_at;
            (name.to_owned(), json!({"client_id": "oms", "secret": "a-secret", "account": account}))
        };
        let accounts: serde_json::Map<String, Value> = SELLERS.into_iter().map(account).collect();
        let secrets = folder.join("secrets.json");
        std::fs::write(&secrets, json!({"carrier": {"accounts": accounts}}).to_string()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/local/carrier.py");
        let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.local/venv/bin/python");
        let arguments = ["--port", &port.to_string(), "--api-key", "a-secret", "--secrets", secrets.to_str().unwrap()];
        let process = Command::new(python).arg(script).args(arguments).spawn().unwrap();
        let simulator = Self { process, url: format!("http://127.0.0.1:{port}"), folder };
        for _ in 0..100 {
            if reqwest::get(format!("{}/_sim", simulator.url)).await.is_ok() {
                return simulator;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the simulator does not answer");
    }

    fn access(&self, name: &str, account: &str) -> Access {
        let base_url = if name == "dhl" { self.url.clone() } else { format!("{}/{name}", self.url) };
        Access {
            http: oms_carriers::client().unwrap(),
            base_url,
            client_id: "oms".to_owned(),
            api_key: "a-secret".to_owned().into(),
            account: account.to_owned(),
        }
    }

    fn seller(&self, code: &str) -> (Carrier, Arc<dyn Labels>) {
        let carrier = CARRIERS.into_iter().find(|carrier| carrier.code == code).unwrap();
        let account = SELLERS.into_iter().find(|seller| seller.0 == code).unwrap().1;
        let labels = (carrier.connect_labels.unwrap())(self.access(carrier.labels_at, account)).unwrap();
        (carrier, labels)
    }

    async fn tell(&self, path: &str, body: Value) -> Value {
        let request = reqwest::Client::new().post(format!("{}/_sim/{path}", self.url)).body(body.to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// How many labels a carrier sold and did not take back.
    async fn sold(&self, name: &str) -> usize {
        let answer = reqwest::get(format!("{}/_sim/carriers", self.url)).await.unwrap();
        let all: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        all[name]["parcels"].as_array().unwrap().iter().filter(|parcel| parcel["voided"] == false).count()
    }
}

fn end((_, _, country, region, postcode): (&str, &str, &str, &str, &str), name: &str) -> Contact {
    let address = Address {
        name: name.to_owned(),
        line1: "Hauptstraße 12a".to_owned(),
        line2: None,
        city: "Town".to_owned(),
        region: Some(region.to_owned()).filter(|region| !region.is_empty()),
        postcode: Some(postcode.to_owned()),
        country: country.to_owned(),
    };
    Contact { address, phone: Some("+49301234567".to_owned()), email: None }
}

fn request(seller: (&str, &str, &str, &str, &str), reference: &str) -> LabelRequest {
    LabelRequest {
        reference: reference.to_owned(),
        service: Speed::Standard,
        from: end(seller, "Nordlicht Handel"),
        to: end(seller, "Anna Beispiel"),
        parcel: Parcel { grams: 1_001, sides_mm: [100, 300, 200] },
        contents: "books".to_owned(),
        value: Money::new(2_590, currency("EUR")),
        ship_on: "2026-11-23".parse().unwrap(),
    }
}

#[tokio::test]
#[ignore = "needs .local/venv: make test"]
async fn a_parcel_goes_its_way_with_each_carrier() {
    let simulator = Simulator::start().await;
    for seller in SELLERS {
        let (code, account, country, ..) = seller;
        let (carrier, labels) = simulator.seller(code);
        let tracking = (carrier.connect)(simulator.access(code, account)).unwrap();
        assert_eq!(labels.find(&request(seller, "R-1")).await.unwrap(), Found::Nothing, "{code}");

        let label = labels.buy(&request(seller, "R-1")).await.unwrap();
        let number = label.booking.tracking_number.clone();
        assert!(matches!(label.artwork, Artwork::Pdf(_) | Artwork::Png(_)), "{code}");
        assert!(tracking.track(&number).await.unwrap().iter().all(|event| event.event == "label_created"), "{code}");

        let fetched = PickupRequest {
            reference: "R".to_owned(),
            from: end(seller, "Nordlicht Handel"),
            numbers: vec![number.clone()],
            service: Speed::Standard,
            to_country: country.to_owned(),
            grams: 1_001,
            on: "2026-11-24".parse().unwrap(),
            between: ("09:00".parse().unwrap(), "18:00".parse().unwrap()),
        };
        assert_eq!(labels.book_pickup(&fetched).await.is_ok(), labels.abilities().pickups, "{code}");

        for event in ["picked_up", "in_transit", "out_for_delivery", "delivered"] {
            simulator.tell(&number, json!({"event": event, "push": false})).await;
        }
        let told = tracking.track(&number).await.unwrap();
        let events: Vec<&str> = told.iter().map(|event| event.event.as_str()).collect();
        assert_eq!(events, ["picked_up", "in_transit", "out_for_delivery", "delivered"], "{code}");
        if labels.abilities().voids {
            assert!(
                matches!(labels.void(&label.booking).await, Err(PortError::Refused { .. })),
                "{code} takes a label back whose parcel is on its way"
            );
            let second = labels.buy(&request(seller, "R-2")).await.unwrap();
            labels.void(&second.booking).await.unwrap();
            labels.void(&second.booking).await.unwrap();
        }
    }
}

#[tokio::test]
#[ignore = "needs .local/venv: make test"]
async fn an_answer_that_is_lost_costs_no_second_label() {
    let simulator = Simulator::start().await;
    for seller in SELLERS {
        let code = seller.0;
        let (carrier, labels) = simulator.seller(code);
        for (carried_out, fault) in [(true, 0), (true, 503), (false, 503), (false, 0)] {
            let before = simulator.sold(carrier.labels_at).await;
            let fault = json!({"carrier": carrier.labels_at, "operation": "label", "status": fault, "takes_effect": carried_out});
            simulator.tell("faults", fault.clone()).await;
            let (effects, clock) = (MemoryOrders::default(), FixedClock::at(NOON));
            let desk = Desk { carrier: code, labels: labels.as_ref(), effects: &effects, clock: &clock };
            let place = Place { order: an_order().build().order.id, part: 1, package: 1 };
            let asked = request(seller, &format!("R-{before}"));
            assert!(matches!(desk.buy(place, &asked, async |_| Ok(())).await, Err(StepError::Unavailable(_))), "{code} {fault}");
            clock.advance(LEASE + SignedDuration::from_secs(1));
            desk.buy(place, &asked, async |_| Ok(())).await.unwrap();
            desk.buy(place, &asked, async |_| Ok(())).await.unwrap();
            let all = simulator.sold(carrier.labels_at).await;
            assert_eq!(all, before + 1, "{code} {fault}");
        }
    }
}
