//! What DHL sends, and what we make of it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use oms_carriers::dhl::events_of;
use oms_carriers::{CARRIERS, Numbered, ParseError, carrier};
use oms_domain::State;
use oms_domain::tracking::Event;
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/../../events/carrier/dhl/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn names(events: &[Numbered]) -> Vec<&str> {
    events.iter().map(|(_, event)| event.event.as_str()).collect()
}

#[test]
fn every_word_of_the_vocabulary_means_what_it_says() {
    let vocabulary: Vec<Value> = serde_json::from_slice(&sample("vocabulary.json")).unwrap();
    for word in vocabulary {
        let body = json!({ "shipments": [{ "id": "1", "events": [word] }] }).to_string();
        let events = events_of(body.as_bytes()).unwrap();
        assert_eq!(names(&events), [word["event"].as_str().unwrap()], "{word}");
    }
}

#[test]
fn a_parcel_is_read_oldest_first_and_times_without_zone_are_marked() {
    let events = events_of(&sample("parcel-delivered.json")).unwrap();
    assert_eq!(
        names(&events),
        ["carrier_notified", "picked_up", "at_sorting_facility", "at_sorting_facility", "out_for_delivery", "delivered"]
    );
    assert!(events.iter().all(|(of, _)| of == "00340434161094042557"));
    let (_, first) = &events[0];
    assert_eq!((first.at, first.raw_time.as_str()), (None, "2026-11-20T09:30:00"));
    assert_eq!((first.code.as_str(), first.place.as_deref()), ("pre-transit", None));
    assert_eq!(events[4].1.place.as_deref(), Some("Hamburg"));
}

#[test]
fn an_express_shipment_has_a_number_for_an_id_and_times_with_zone() {
    let events = events_of(&sample("express-out-for-delivery.json")).unwrap();
    assert_eq!(
        names(&events),
        ["picked_up", "at_sorting_facility", "departed_facility", "customs_clearance_pending", "customs_cleared", "out_for_delivery"]
    );
    assert_eq!(events[0].0, "7777777770");
    assert_eq!(events[5].1.at, Some("2026-11-22T12:13:24Z".parse().unwrap()));
}

#[test]
fn a_push_may_give_a_status_alone_or_nothing_about_parcels() {
    let events = events_of(&sample("push-status-only.json")).unwrap();
    assert_eq!(names(&events), ["delivery_attempted"]);
    assert_eq!(events_of(&sample("push-subscription.json")), Ok(Vec::new()));
}

#[test]
fn odd_events_fail_no_batch() {
    let events = events_of(&sample("odd.json")).unwrap();
    assert_eq!(names(&events), ["label_printed", "unclassified", "unclassified", "unclassified", "at_sorting_facility"]);
    let (_, unknown) = &events[1];
    assert_eq!((unknown.code.as_str(), unknown.text.as_str()), ("teleported", "A code of tomorrow"));
    assert_eq!(events[2].1.raw_time, "yesterday");
}

#[test]
fn what_is_no_tracking_payload_is_refused() {
    assert_eq!(events_of(&sample("not-found.json")), Err(ParseError::Lacks("shipments")));
    assert_eq!(events_of(b"{\"shipments\":"), Err(ParseError::NotJson { line: 1, column: 13 }));
}

/// DHL writes who took the parcel into the text of a delivery.
#[test]
fn a_delivery_keeps_no_name() {
    for description in ["JESSICA", "Delivered - Signed for by: JESSICA"] {
        let event = json!({ "statusCode": "delivered", "status": "DELIVERED", "description": description });
        let body = json!({ "shipments": [{ "id": "1", "events": [event] }] }).to_string();
        let events = events_of(body.as_bytes()).unwrap();
        assert!(!format!("{events:?}").contains("JESSICA"), "{events:?}");
    }
}

#[test]
fn ids_are_stable_and_tell_events_apart() {
    let ids = |body: &[u8]| -> Vec<String> {
        let events = events_of(body).unwrap();
        events.into_iter().map(|(_, event)| event.event_id).collect()
    };
    let body = sample("parcel-delivered.json");
    assert_eq!(ids(&body), ids(&body));
    assert_eq!(ids(&body).iter().collect::<BTreeSet<_>>().len(), 6, "all differ");
    let of = |number: &str| {
        let event = json!({ "timestamp": "2026-11-20T09:30:00", "statusCode": "transit" });
        ids(json!({ "shipments": [{ "id": number, "events": [event] }] }).to_string().as_bytes())
    };
    assert_ne!(of("1"), of("2"));
}

#[test]
fn a_list_written_oldest_first_stays_so() {
    let event = |time: &str, code: &str| json!({ "timestamp": time, "statusCode": code });
    let events = [event("2026-11-20T09:30:00", "pre-transit"), event("2026-11-20T15:05:00", "transit")];
    let body = json!({ "shipments": [{ "id": "1", "events": events }] }).to_string();
    assert_eq!(names(&events_of(body.as_bytes()).unwrap()), ["carrier_notified", "in_transit"]);
}

/// Whatever the words, an announcement is not on its way, and only DHL's own code delivers.
#[test]
fn words_alone_deliver_nothing_and_move_no_label() {
    let vocabulary: Vec<Value> = serde_json::from_slice(&sample("vocabulary.json")).unwrap();
    for word in vocabulary {
        for code in ["pre-transit", "transit", "failure", "unknown"] {
            let event = json!({ "statusCode": code, "status": word["status"], "description": word["description"] });
            let body = json!({ "shipments": [{ "id": "1", "events": [event] }] }).to_string();
            let events = events_of(body.as_bytes()).unwrap();
            let moves = events[0].1.event.parse::<Event>().unwrap().moves_to();
            assert_ne!(moves, Some(State::Delivered), "{event}");
            if code == "pre-transit" {
                assert!(matches!(moves, None | Some(State::Shipped)), "{event}");
            }
        }
    }
}

#[test]
fn carriers_are_found_by_their_code() {
    for known in CARRIERS {
        assert!(carrier(known.code).is_some());
    }
    assert!(carrier("nobody").is_none());
}

/// JSON of the right outline with anything in it.
fn outline() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(pre-transit|transit|delivered|failure|2026-11-2[0-9]T0[0-9]:00:00)".prop_map(Value::from),
    ];
    let event = prop::collection::btree_map("(timestamp|statusCode|status|description|location)", leaf.clone(), 0..5);
    let events = prop::collection::vec(event, 0..6);
    let shipment = (leaf, events).prop_map(|(id, events)| json!({ "id": id, "events": events }));
    prop::collection::vec(shipment, 0..4).prop_map(|shipments| json!({ "shipments": shipments }))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = events_of(&body);
    }

    #[test]
    fn a_damaged_payload_does_not_make_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = sample("express-out-for-delivery.json");
        let at = at.index(body.len());
        body[at] = byte;
        let _ = events_of(&body);
    }

    #[test]
    fn any_outline_gives_known_events(payload in outline()) {
        for (number, event) in events_of(payload.to_string().as_bytes()).unwrap() {
            prop_assert!(!number.is_empty());
            prop_assert!(event.event.parse::<Event>().is_ok());
            prop_assert_eq!(event.event_id.len(), 32);
        }
    }
}
