use super::*;
use oms_contract::problem::Problem;
use serde_json::json;

use oms_local::olist::mapping::Refusal;

fn order(state: &str, checks: &[&str], vendors: &[&str]) -> OrderView {
    let check = |code: &&str| json!({ "check": 19, "code": code, "at": "a", "seen": "s", "reason": "r", "mend": "m" });
    let part = |vendor: &&str| json!({ "sub_order_id": "s", "vendor_id": vendor, "state": "pending_fulfillment", "shipments": [] });
    serde_json::from_value(json!({
        "order_id": "o", "number": "ORD-1", "version": 3, "state": state, "currency": "BRL", "total": 100,
        "facts": { "partially_shipped": false, "partially_delivered": false, "partially_cancelled": false, "partially_returned": false },
        "created_at": "2026-11-23T09:00:00Z", "changed_at": "2026-11-23T09:00:01Z",
        "failed_checks": checks.iter().map(check).collect::<Vec<_>>(), "sub_orders": vendors.iter().map(part).collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn mapped(id: &str, order: Result<(), Refusal>, sellers: &[&str]) -> Mapped {
    let sample = include_str!("../../../../../../../events/http/single-vendor-br.json");
    Mapped {
        order_id: id.to_owned(),
        order: order.map(|()| serde_json::from_str(sample).unwrap()),
        sellers: sellers.iter().map(|seller| (*seller).to_owned()).collect(),
        notes: vec!["several payments; one is made"],
    }
}

fn placed(before: bool, order: OrderView) -> Played {
    Played::Placed { before, rests: Box::new(Ok(order)) }
}

#[test]
fn orders_are_counted_by_where_they_rest_and_why_they_were_refused() {
    let orders = [
        mapped("a", Ok(()), &["v-1", "v-2"]),
        mapped("b", Ok(()), &["v-1"]),
        mapped("c", Ok(()), &["v-1"]),
        mapped("d", Ok(()), &["v-1"]),
        mapped("e", Err(Refusal::Difference(-150)), &[]),
        mapped("f", Err(Refusal::Difference(7)), &[]),
    ];
    let played = vec![
        (3, Played::Refused(ApiError::Refused(Box::new(Problem::key_reused())))),
        (0, placed(true, order("pending_fulfillment", &[], &["v-2", "v-1"]))),
        (1, placed(false, order("pending_fulfillment", &[], &["v-9"]))),
        (2, placed(false, order("validation_failed", &["address_valid", "address_valid", "in_stock"], &[]))),
    ];
    let made = Made { customers: 4, ..Made::default() };
    let report = Report::of(&Files::default(), &orders, &played, &made, SignedDuration::from_secs(2));
    assert_eq!((report.orders, report.accepted, report.accepted_before), (6, 3, 1));
    assert_eq!((report.routed, report.same_sellers), (2, 1));
    assert_eq!(report.rest["pending_fulfillment"].count, 2);
    assert_eq!(report.rest["validation_failed: address_valid, in_stock"].examples, ["c = ORD-1"]);
    assert_eq!(report.refused["payments do not add up"].examples, ["e (paid BRL 1.50 too little)", "f (paid BRL 0.07 too much)"]);
    assert_eq!(report.refused["API: 422 This Idempotency-Key was used for another request"].count, 1);
    assert_eq!(report.notes["several payments; one is made"], Count { count: 6, examples: vec!["a".into(), "b".into(), "c".into()] });
    assert!((report.orders_per_second - 1.5).abs() < 1e-9);
    let text = report.lines(Console::plain()).join("\n");
    for said in ["6 orders of the file", "3 accepted, 1 of them by an earlier replay", "3 refused", "1 of 2 routed orders", "4 customers"] {
        assert!(text.contains(said), "{said:?} is not in\n{text}");
    }
    assert!(serde_json::to_value(&report).unwrap()["rest"]["pending_fulfillment"]["count"] == 2);
}
