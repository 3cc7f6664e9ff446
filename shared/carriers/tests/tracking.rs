//! What carriers but DHL tell of parcels, read from payloads in the shapes that they publish.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::fs;
use std::path::PathBuf;

use oms_carriers::{CARRIERS, Numbered, carrier};
use oms_domain::State;
use oms_domain::tracking::Event;
use serde_json::{Value, json};

fn sample(carrier: &str, name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/carrier").join(carrier).join(name)).unwrap()
}

fn events_of(code: &str, body: &[u8]) -> Vec<Numbered> {
    (carrier(code).unwrap().events_of)(body).unwrap()
}

fn names(events: &[Numbered]) -> Vec<&str> {
    events.iter().map(|(_, event)| event.event.as_str()).collect()
}

/// A payload of one event.
fn payload(code: &str, word: &Value) -> Value {
    match code {
        "ups" => json!({ "trackResponse": { "shipment": [{ "package": [{ "trackingNumber": "N",
            "activity": [{ "date": "20261123", "time": "101500", "status": word }] }] }] } }),
        "fedex" => {
            json!({ "output": { "completeTrackResults": [{ "trackResults": [{ "trackingNumberInfo": { "trackingNumber": "N" }, "scanEvents": [word] }] }] } })
        }
        "usps" => json!({ "trackingNumber": "N", "trackingEvents": [word] }),
        "gls" => json!({ "UnitDetail": { "TrackID": "N", "History": [word] } }),
        "postnl" => json!({ "CurrentStatus": { "Shipment": { "Barcode": "N", "Status": word } } }),
        other => panic!("{other} has tests of its own"),
    }
}

const OTHERS: [&str; 5] = ["fedex", "gls", "postnl", "ups", "usps"];

#[test]
fn every_word_of_every_vocabulary_means_what_it_says() {
    let mut wrong = Vec::new();
    for code in OTHERS {
        let words: Vec<Value> = serde_json::from_slice(&sample(code, "vocabulary.json")).unwrap();
        for word in &words {
            let events = events_of(code, payload(code, word).to_string().as_bytes());
            if names(&events) != [word["event"].as_str().unwrap()] {
                wrong.push(format!("{code}: {word} is taken for {:?}", names(&events)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_parcels_way_is_read_oldest_first() {
    for (code, number, way, first, last) in [
        (
            "ups",
            "1ZA1B2C36800000016",
            &["label_printed", "picked_up", "departed_facility", "arrived_at_facility", "out_for_delivery", "signed_by_recipient"][..],
            ("2026-11-24T12:00:00", None),
            ("2026-11-25T10:15:00", Some("2026-11-25T09:15:00Z")),
        ),
        (
            "fedex",
            "794953535000",
            &["carrier_notified", "picked_up", "arrived_at_facility", "delivery_attempted", "out_for_delivery", "delivered"],
            ("2026-11-23T12:00:00-06:00", Some("2026-11-23T18:00:00Z")),
            ("2026-11-25T10:15:00-06:00", Some("2026-11-25T16:15:00Z")),
        ),
        (
            "usps",
            "9400111899223847199999",
            &["label_printed", "picked_up", "at_sorting_facility", "arrived_at_facility", "out_for_delivery", "delivered"],
            ("2026-11-24T12:00:00", None),
            ("2026-11-25T16:15:00Z", Some("2026-11-25T16:15:00Z")),
        ),
        (
            "gls",
            "ZMNV3WXY",
            &["carrier_notified", "picked_up", "arrived_at_facility", "out_for_delivery", "delivered"],
            ("2026-11-24T12:00:00", None),
            ("2026-11-25T10:15:00", None),
        ),
        (
            "postnl",
            "3SDEVC123456789",
            &["carrier_notified", "picked_up", "at_sorting_facility", "out_for_delivery", "delivered"],
            ("24-11-2026 12:00:00", None),
            ("25-11-2026 10:15:41", None),
        ),
    ] {
        let events = events_of(code, &sample(code, "tracking.json"));
        assert_eq!(names(&events), way, "{code}");
        assert!(events.iter().all(|(of, _)| of == number), "{code}");
        for ((raw, at), (_, event)) in [(first, &events[0]), (last, &events[events.len() - 1])] {
            assert_eq!((event.raw_time.as_str(), event.at), (raw, at.map(|at: &str| at.parse().unwrap())), "{code}");
        }
    }
}

/// Whoever took a parcel is named in the text of its delivery: the words that decided are kept instead.
#[test]
fn a_delivery_keeps_no_name() {
    let events = events_of("ups", &sample("ups", "tracking.json"));
    assert!(!format!("{events:?}").contains("MUSTERMANN"));
}

/// A label, or its data, is not a parcel on its way; and no words deliver what the code does not.
#[test]
fn no_words_move_a_label_or_deliver() {
    let coarse = [
        ("fedex", "eventType", "OC", "eventDescription"),
        ("gls", "StatusCode", "0.1", "Description"),
        ("ups", "type", "M", "description"),
        ("usps", "eventCode", "GX", "eventType"),
    ];
    for (code, field, announced, text) in coarse {
        let words: Vec<Value> = serde_json::from_slice(&sample(code, "vocabulary.json")).unwrap();
        for word in &words {
            for (as_code, may_deliver) in [(announced, false), ("I", false)] {
                let told = json!({ field: as_code, text: word[text] });
                let events = events_of(code, payload(code, &told).to_string().as_bytes());
                let moves = events[0].1.event.parse::<Event>().unwrap().moves_to();
                assert!(may_deliver || moves != Some(State::Delivered), "{code}: {told}");
                assert!(as_code != announced || moves.is_none(), "{code}: {told}");
            }
        }
    }
}

#[test]
fn every_event_has_an_id_that_stays() {
    for code in OTHERS {
        let ids =
            || -> Vec<String> { events_of(code, &sample(code, "tracking.json")).into_iter().map(|(_, event)| event.event_id).collect() };
        let mut once = ids();
        assert_eq!(once, ids());
        once.sort();
        once.dedup();
        assert_eq!(once.len(), ids().len(), "{code}");
    }
}

#[test]
fn what_is_no_tracking_payload_is_refused_and_no_bytes_make_it_panic() {
    for known in CARRIERS.iter().filter(|carrier| OTHERS.contains(&carrier.code)) {
        for body in [&b"{"[..], b"{}", b"[{}]", b"null", b"7", b"\xff"] {
            assert!((known.events_of)(body).is_err(), "{} {body:?}", known.code);
        }
        let good = sample(known.code, "tracking.json");
        for at in (0..good.len()).step_by(7) {
            let mut broken = good.clone();
            broken[at] = b'#';
            let _ = (known.events_of)(&broken);
            let _ = (known.events_of)(&good[..at]);
        }
    }
}
