//! What carriers send: tracking payloads, and answers to everything that is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_carriers::{Access, CARRIERS, Carrier, carrier};
use oms_domain::Money;
use oms_domain::address::Address;
use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_fakes::currency;
use oms_ports::carrier::{Booking, Contact, LabelRequest, Labels, PickupRequest, Tracking};

use crate::input::Input;
use crate::server::Server;
use crate::{block_on, named};

/// `dhl`, and a tracking payload.
pub fn tracking(bytes: &[u8]) {
    let input = Input::of(bytes);
    let from = input.pick(0, &CARRIERS, |carrier| carrier.code.to_owned());
    if let Ok(events) = (from.events_of)(input.rest) {
        // Whatever it says, the event's own id tells it from all others of that parcel.
        assert!(events.iter().all(|(_, event)| !event.event_id.is_empty()), "an event without id");
    }
}

/// Every recorded payload of every carrier.
pub fn tracking_seeds() -> Vec<Vec<u8>> {
    recorded(|_, _| vec![String::new()])
}

/// What is asked of a carrier.
const ASKED: [&str; 5] = ["buy", "find", "void", "pickup", "track"];
/// With which status it answers.
const STATUSES: [u16; 8] = [200, 201, 207, 400, 404, 409, 429, 500];

/// `ups buy 200`, and the answer.
pub fn answers(bytes: &[u8]) {
    let input = Input::of(bytes);
    let from = input.pick(0, &CARRIERS, |carrier| carrier.code.to_owned());
    let asked = *input.pick(1, &ASKED, |asked| (*asked).to_owned());
    let status = *input.pick(2, &STATUSES, ToString::to_string);
    ASKING.with(|asking| asking.ask(from.code, asked, status, input.rest));
}

/// Every recorded answer to everything that a carrier is asked.
pub fn answer_seeds() -> Vec<Vec<u8>> {
    let mut seeds = recorded(|_, file| {
        let asked: &[&str] = match file {
            name if name.starts_with("label") => &["buy", "find"],
            "reference" | "recovery" | "not-found" => &["find"],
            "void" => &["void"],
            name if name.starts_with("pickup") => &["pickup"],
            "error" => &["buy"],
            _ => &["track"],
        };
        let status = if file == "error" { 400 } else { 200 };
        asked.iter().map(|asked| format!(" {asked} {status}")).collect()
    });
    let metadata = crate::sample("events/carrier/usps/label-metadata.json");
    let mut parts = b"usps buy 200\n--b\r\nContent-Disposition: form-data; name=\"labelMetadata\"\r\n\r\n".to_vec();
    parts.extend(metadata);
    parts.extend(b"\r\n--b\r\nContent-Disposition: form-data; name=\"labelImage\"; filename=\"l.pdf\"\r\n\r\n%PDF-1.4\r\n--b--\r\n");
    seeds.push(parts);
    seeds
}

/// Recorded files, requests of ours and lists of words left out, each under the first lines that `heads` gives for carrier and file.
fn recorded(heads: impl Fn(&str, &str) -> Vec<String>) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for carrier in CARRIERS {
        for (file, body) in named(&format!("events/carrier/{}", carrier.code), "json") {
            if file == "vocabulary" || file == "token" || file.ends_with("-request") {
                continue;
            }
            for head in heads(carrier.code, &file) {
                seeds.push([format!("{}{head}\n", carrier.code).as_bytes(), &body].concat());
            }
        }
    }
    seeds
}

thread_local! {
    static ASKING: Asking = Asking::start();
}

/// Every carrier, behind one server.
struct Asking {
    server: Server,
    labels: BTreeMap<&'static str, Arc<dyn Labels>>,
    tracking: BTreeMap<&'static str, Arc<dyn Tracking>>,
}

impl Asking {
    fn start() -> Self {
        let server = Server::start();
        let http = oms_carriers::client().expect("the system has certificates");
        let access = |code: &str| Access {
            http: http.clone(),
            base_url: server.url.clone(),
            client_id: "oms".to_owned(),
            api_key: "a-secret".to_owned().into(),
            account: account(code).to_owned(),
        };
        let sells = |carrier: &Carrier| Some((carrier.code, (carrier.connect_labels?)(access(carrier.code)).expect("a carrier")));
        let labels = CARRIERS.iter().filter_map(sells).collect();
        let tracking = CARRIERS.iter().map(|carrier| (carrier.code, (carrier.connect)(access(carrier.code)).expect("a carrier"))).collect();
        Self { server, labels, tracking }
    }

    fn ask(&self, code: &str, asked: &str, status: u16, answer: &[u8]) {
        self.server.tell(status, answer);
        let known = carrier(code).expect("a carrier of the table");
        // What comes of it is the adapters' tests' to say; here it has to come.
        block_on(async {
            match (self.labels.get(code), asked) {
                (Some(labels), "buy") => drop(labels.buy(&request(code)).await),
                (Some(labels), "find") => drop(labels.find(&request(code)).await),
                (Some(labels), "void") => drop(labels.void(&booking()).await),
                (Some(labels), "pickup") => drop(labels.book_pickup(&pickup(code)).await),
                _ => drop(self.tracking[known.code].track("00340434161094042557").await),
            }
        });
    }
}

fn account(code: &str) -> &'static str {
    match code {
        "usps" => "94107219/903937677/1000405525",
        "postnl" => "DEVC/11223344/123456",
        _ => "123456789",
    }
}

/// Of the same country for those who carry nothing abroad.
fn end(code: &str) -> Contact {
    let [country, region, postcode, city] = match code {
        "usps" | "fedex" => ["US", "TN", "38103", "Memphis"],
        "postnl" => ["NL", "", "3521 VA", "Utrecht"],
        _ => ["DE", "", "10115", "Berlin"],
    };
    let address = Address {
        name: "Nordlicht Handel".to_owned(),
        line1: "Hauptstraße 12a".to_owned(),
        line2: None,
        city: city.to_owned(),
        region: Some(region.to_owned()).filter(|region| !region.is_empty()),
        postcode: Some(postcode.to_owned()),
        country: country.to_owned(),
    };
    Contact { address, phone: Some("+49301234567".to_owned()), email: Some("somebody@customers.example".to_owned()) }
}

fn request(code: &str) -> LabelRequest {
    LabelRequest {
        reference: "01KAQW5AM0E008000000000000-1-1".to_owned(),
        service: Speed::Standard,
        from: end(code),
        to: end(code),
        parcel: Parcel { grams: 1_001, sides_mm: [100, 300, 200] },
        contents: "books".to_owned(),
        value: Money::new(2_590, currency("EUR")),
        ship_on: "2026-11-23".parse().expect("a day"),
    }
}

fn booking() -> Booking {
    Booking { tracking_number: "1ZA1B2C36800000016".to_owned(), shipment: "1ZA1B2C36800000016".to_owned(), cost: None }
}

fn pickup(code: &str) -> PickupRequest {
    PickupRequest {
        reference: "01KAQW5AM0E008000000000000-1".to_owned(),
        from: end(code),
        numbers: vec!["1ZA1B2C36800000016".to_owned()],
        service: Speed::Standard,
        to_country: end(code).address.country,
        grams: 1_001,
        on: "2026-11-24".parse().expect("a day"),
        between: ("09:00".parse().expect("a time"), "18:00".parse().expect("a time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Or else a fuzzer would never come behind the first field.
    #[test]
    fn the_recorded_answers_are_taken_as_good_ones() {
        ASKING.with(|asking| {
            let mut sold = Vec::new();
            for seed in answer_seeds() {
                let input = Input::of(&seed);
                let (code, asked) = (String::from_utf8_lossy(input.word(0)).into_owned(), input.word(1));
                if asked == b"buy" {
                    asking.server.tell(200, input.rest);
                    if block_on(asking.labels[code.as_str()].buy(&request(&code))).is_ok() {
                        sold.push(code);
                    }
                }
            }
            sold.dedup();
            assert_eq!(sold, ["dhl", "fedex", "gls", "postnl", "ups", "usps"], "and USPS in parts");
        });
    }
}
