use super::*;
use crate::console::WIDTH;
use crate::demo::script::STORIES;
use oms_contract::api::view::HistoryView;
use serde_json::json;

fn order() -> OrderView {
    let shipment = json!({ "vendor_id": "nl-maas", "warehouse_id": "w1", "carrier": "dhl", "service": "standard", "items": [["MUG-STONE", 2]],
        "billed_g": 1900, "km": 412, "cost": 690, "hours": 90 });
    let terms = |objective: &str| json!({ "hours": 90, "cost": 690, "performance": "0.9400000", "objective": objective });
    serde_json::from_value(json!({
        "order_id": "019b0000-0000-7000-8000-000000000001", "number": "ORD-2026-11-23-7XK2PA", "version": 9, "state": "validation_failed",
        "currency": "EUR", "total": 12990, "created_at": "2026-11-23T09:00:00Z", "changed_at": "2026-11-23T09:00:01Z",
        "facts": { "partially_shipped": false, "partially_delivered": false, "partially_cancelled": false, "partially_returned": false },
        "failed_checks": [{ "check": 19, "code": "address_valid", "at": "shipping_address.postcode", "seen": "1***",
            "reason": "postcodes of Germany have five digits, which this one does not have", "mend": "write all five digits of the postcode" }],
        "risk": { "score": 55, "band": "high", "signals": [{ "rule": "first_order_large", "points": 30, "seen": "EUR 640.00" }] },
        "routing": { "version": 5, "at": "2026-11-23T09:00:01Z", "chosen": { "terms": terms("0.41234567"), "shipments": [shipment] },
            "alternatives": [{ "terms": terms("0.5"), "shipments": [shipment, shipment] }], "t_ref": 120, "c_ref": 900, "optimal": true,
            "bound": "0.41234567", "explored": 7, "rejected": [] },
    }))
    .unwrap()
}

fn entry(seq: u64, millis: u32, more: &serde_json::Value) -> serde_json::Value {
    let mut entry = json!({ "seq": seq, "at": format!("2026-11-23T09:00:00.{millis:03}Z"), "actor": "system", "from": "validating",
        "to": "validating", "inferred": false, "hash": "h" });
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry
}

fn told() -> Told {
    let entries = json!([
        entry(
            1,
            0,
            &json!({ "from": "draft", "to": "pending_payment", "trigger": "order_submitted", "actor": "customer",
            "fact": { "fact": "captured", "customer_id": "cus-ana", "currency": "EUR", "total": 12990 } })
        ),
        entry(2, 250, &json!({ "fact": { "fact": "checks_failed", "report": 3, "checks": [19] } })),
        entry(3, 1, &json!({ "from": "routed", "to": "pending_fulfillment", "trigger": "vendors_notified", "part": 2, "reason": "late" })),
    ]);
    let history: HistoryView = serde_json::from_value(json!({ "order_id": "o", "entries": entries })).unwrap();
    let mail =
        serde_json::from_value(json!({ "MessageId": "m", "Source": "s", "To": ["ana@example.com"], "Subject": "Your order" })).unwrap();
    Told {
        story: STORIES.iter().find(|story| story.title == "A check fails").unwrap(),
        outcome: Ok(Outcome { order: order(), history, mails: vec![mail] }),
    }
}

#[test]
fn a_story_tells_times_split_reasons_and_mails_within_the_margin() {
    let text = story(4, &told(), Console::plain());
    for line in &text {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
    let text = text.join("\n");
    for said in [
        "4. A check fails",
        "ORD-2026-11-23-7XK2PA  EUR 129.90  validation_failed",
        "+0.000 s  pending_payment              customer  captured, EUR 129.90 to pay",
        "+0.250 s  ·",
        "failed: check 19",
        "part 2: pending_fulfillment  system    late",
        "nl-maas/w1  2 x MUG-STONE  dhl standard  412 km  1.9 kg  90 h  EUR 6.90",
        "chosen: 1 shipment(s), EUR 6.90, 90 h, performance 0.940, objective 0.4123",
        "next best: 2 shipment(s)",
        "7 plans looked at, 0 sources left out; nothing is better: proven",
        "check 19 address_valid at shipping_address.postcode, seen \"1***\"",
        "+30  first_order_large  EUR 640.00",
        "ana@example.com  Your order",
        "NOT AS IT SHOULD BE: its money has not come to rest",
    ] {
        assert!(text.contains(said), "{said:?} is not in\n{text}");
    }
}

#[test]
fn a_story_that_broke_tells_why() {
    let failure = crate::failure::Failure::Usage("no way".to_owned());
    let text = story(1, &Told { story: &STORIES[0], outcome: Err(failure) }, Console::plain());
    assert!(text.iter().any(|line| line.contains("no way")), "{text:?}");
}
