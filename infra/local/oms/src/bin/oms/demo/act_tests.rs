use super::*;
use crate::demo::script::STORIES;
use serde_json::json;

fn order(state: &str, more: &serde_json::Value) -> OrderView {
    let mut order = json!({
        "order_id": "019b0000-0000-7000-8000-000000000001", "number": "ORD-1", "version": 3, "state": state, "currency": "BRL", "total": 100,
        "facts": { "partially_shipped": false, "partially_delivered": false, "partially_cancelled": false, "partially_returned": false },
        "created_at": "2026-11-23T09:00:00Z", "changed_at": "2026-11-23T09:00:01Z",
        "payment": { "status": "captured", "attempt": 1, "authorized": 100, "captured": 100, "refunded": 0 },
    });
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    serde_json::from_value(order).unwrap()
}

fn outcome(order: OrderView) -> Outcome {
    let history = HistoryView { order_id: order.order_id.clone(), entries: Vec::new() };
    Outcome { order, history, mails: Vec::new() }
}

fn part() -> serde_json::Value {
    json!([{ "sub_order_id": "s-1", "vendor_id": "v", "state": "pending_fulfillment", "shipments": [] }])
}

fn notice(milestone: &str, channel: &str) -> serde_json::Value {
    json!([{ "milestone": milestone, "channel": channel, "at": "2026-11-23T09:00:01Z" }])
}

#[test]
fn a_story_fails_on_the_first_thing_that_is_not_as_scripted() {
    let single = &STORIES[0];
    for (state, more, says) in [
        ("pending_fulfillment", json!({ "sub_orders": part(), "notices": notice("confirmed", "email") }), None),
        ("routed", json!({ "sub_orders": part() }), Some("it is routed")),
        ("pending_fulfillment", json!({}), Some("0 parts")),
        ("pending_fulfillment", json!({ "sub_orders": part() }), Some("no mail tells")),
        ("pending_fulfillment", json!({ "sub_orders": part(), "notices": notice("confirmed", "topic") }), Some("no mail tells")),
        ("pending_fulfillment", json!({ "sub_orders": part(), "notices": notice("confirmedly", "email") }), Some("no mail tells")),
        (
            "pending_fulfillment",
            json!({ "sub_orders": part(), "notices": notice("confirmed-1", "email"),
                "payment": { "status": "authorized", "attempt": 1, "authorized": 100, "captured": 0, "refunded": 0 } }),
            Some("money"),
        ),
    ] {
        let found = wrong(single, &outcome(order(state, &more)));
        match says {
            None => assert_eq!(found, None, "{state} {more}"),
            Some(says) => assert!(found.as_ref().is_some_and(|found| found.contains(says)), "{state} {more}: {found:?}"),
        }
    }
}

#[test]
fn a_cancelled_order_is_settled_when_nothing_of_the_money_is_left() {
    let paid = |status: &str, captured: i64, refunded: i64| {
        let payment = json!({ "status": status, "attempt": 1, "authorized": 100, "captured": captured, "refunded": refunded });
        settled(&order("cancelled", &json!({ "payment": payment })))
    };
    assert!(paid("refunded", 100, 100));
    assert!(paid("voided", 0, 0));
    assert!(!paid("authorized", 0, 0));
    assert!(!paid("captured", 100, 0));
    assert!(!paid("captured", 100, 99));
}

#[test]
fn tracking_numbers_differ_by_part_and_stay() {
    let id: OrderId = "019b0000-0000-7000-8000-000000000001".parse().unwrap();
    assert_eq!(tracking_number(id, "a"), tracking_number(id, "a"));
    assert_ne!(tracking_number(id, "a"), tracking_number(id, "b"));
    assert_eq!(tracking_number(id, "a").len(), 21);
}
