use super::*;

use oms_contract::api::routing::RoutingView;
use oms_contract::record::{Candidate, CarrierDecision, Plan, Record, Rejected, Rejection, Search, Terms};
use oms_domain::document::Speed;
use oms_domain::shipping::choice::{ChoiceWeights, Preference};
use oms_fakes::build::document::sub_orders_of;
use oms_fakes::{sku, vendor, warehouse};

/// The order's plan, of two vendors, with one alternative and one source rejected.
async fn planned(bench: &Bench, id: OrderId) {
    let order = bench.orders.order(id);
    let parts = sub_orders_of(&order);
    let terms = Terms { hours: 48, cost: 980, performance: "0.9".parse().unwrap(), objective: "0.5".parse().unwrap() };
    let chosen = Candidate { terms, shipments: parts.iter().flat_map(|part| part.shipments.clone()).collect() };
    let reason = Rejection::DoesNotShipThere;
    let rejected = Rejected { sku: sku("SKU-1"), vendor_id: vendor("ven-c"), warehouse_id: Some(warehouse("w1")), reason };
    let plan = Plan {
        version: order.plan.unwrap(),
        at: NOON,
        part: None,
        alternatives: vec![chosen.clone()],
        chosen,
        t_ref: 96,
        c_ref: 2_000,
        optimal: false,
        bound: "0.45".parse().unwrap(),
        explored: 7,
        rejected: vec![rejected],
        partly_read: vec![sku("SKU-2")],
    };
    let mut records: Vec<Record> = parts.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
    records.push(Record::Plan(plan));
    records.extend((1..=2).map(|part| Record::Carrier(decision(part))));
    bench.orders.keep(id, &records).await.unwrap();
}

fn decision(part: u8) -> CarrierDecision {
    CarrierDecision {
        part,
        at: NOON,
        carrier: format!("carrier-{part}"),
        service: Speed::Standard,
        overridden: false,
        planned: None,
        keeps_to_plan: Some(true),
        reason: None,
        weights: ChoiceWeights::default(),
        preference: Preference::default(),
        bids: Vec::new(),
        unfit: Vec::new(),
    }
}

async fn routing(bench: &Bench, who: (ActorKind, &str), id: OrderId) -> (u16, String) {
    let response = handle(&bench.deps, call(who.0, who.1, "GET /api/v2/orders/{order_id}/routing", id, &Value::Null)).await;
    (response.status, response.body)
}

#[tokio::test]
async fn staff_sees_the_whole_plan_and_each_other_its_own() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    planned(&bench, id).await;
    let view = async |who| {
        let (status, body) = routing(&bench, who, id).await;
        assert_eq!(status, 200, "{who:?} {body}");
        (serde_json::from_str::<RoutingView>(&body).unwrap(), body)
    };

    let (staff, _) = view(OPS).await;
    let plan = staff.plan.unwrap();
    assert_eq!(
        (plan.alternatives.len(), plan.rejected[0].reason, plan.bound.to_string()),
        (1, Rejection::DoesNotShipThere, "0.45".to_owned())
    );
    assert_eq!((staff.gap, staff.shipments.len()), (Some("0.1".parse().unwrap()), 2));
    assert_eq!(staff.carriers.iter().map(|choice| choice.carrier.as_str()).collect::<Vec<_>>(), ["carrier-1", "carrier-2"]);

    let (own, text) = view(VEN_A).await;
    assert!(own.plan.is_none() && own.gap.is_none());
    assert_eq!(own.shipments.iter().map(|shipment| shipment.vendor_id.as_str()).collect::<Vec<_>>(), ["ven-a"]);
    assert_eq!(own.carriers.iter().map(|choice| choice.carrier.as_str()).collect::<Vec<_>>(), ["carrier-1"]);
    assert!(own.shipments[0].cost.is_some() && !text.contains("ven-b") && !text.contains("ven-c"), "{text}");

    let (bought, text) = view(ANA).await;
    assert_eq!((bought.shipments.len(), bought.carriers.len()), (2, 0));
    assert!(bought.plan.is_none() && bought.shipments.iter().all(|shipment| shipment.cost.is_none() && shipment.warehouse_id.is_none()));
    assert!(!text.contains("ven-c") && !text.contains("performance"), "{text}");
}

/// A plan that came before the one in force, that of a part, and a search in vain between them.
#[tokio::test]
async fn staff_sees_what_was_planned_before_and_sought_in_vain() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    planned(&bench, id).await;
    let in_force = bench.orders.order(id).plan.unwrap();
    let current = bench.orders.plan(id, in_force).await.unwrap().unwrap();
    let later = |minutes| NOON + jiff::SignedDuration::from_mins(minutes);
    let rejected = vec![Rejected { reason: Rejection::VendorRefused, ..current.rejected[0].clone() }];
    let records = [
        Record::Plan(Plan { version: in_force + 10, at: later(9), part: Some(2), ..current.clone() }),
        Record::Search(Search {
            version: in_force + 12,
            at: later(5),
            part: Some(2),
            short: vec![sku("SKU-2")],
            rejected,
            partly_read: vec![],
        }),
    ];
    bench.orders.keep(id, &records).await.unwrap();
    let (_, body) = routing(&bench, OPS, id).await;
    let staff: RoutingView = serde_json::from_str(&body).unwrap();
    assert_eq!((staff.planned_at, staff.plan), (Some(NOON), Some(current)), "that in force is told as ever");
    let told: Vec<(u64, Option<u8>, bool, Option<Rejection>)> = staff
        .searches
        .unwrap()
        .iter()
        .map(|one| (one.version, one.part, one.plan.is_some(), one.in_vain.as_ref().map(|search| search.rejected[0].reason)))
        .collect();
    let expected = [
        (in_force, None, true, None),
        (in_force + 12, Some(2), false, Some(Rejection::VendorRefused)),
        (in_force + 10, Some(2), true, None),
    ];
    assert_eq!(told, expected);
    for who in [VEN_A, ANA] {
        let (status, body) = routing(&bench, who, id).await;
        assert!(status == 200 && !body.contains("searches") && !body.contains("vendor_refused"), "{who:?} {body}");
    }
    assert_eq!(bench.orders.faults.calls("dossier"), 3, "one read each");
}

#[tokio::test]
async fn staff_sees_why_nobody_can_deliver_an_order_that_has_no_plan() {
    let bench = bench();
    let unrouted = an_order().nth(1).of("cus-ana").at(State::Routing);
    bench.orders.seed(&unrouted.build());
    assert_eq!(routing(&bench, OPS, unrouted.id()).await.0, 404, "not sought yet");
    let rejected = vec![Rejected { sku: sku("SKU-1"), vendor_id: vendor("ven-c"), warehouse_id: None, reason: Rejection::NoCapacity }];
    let search = Search { version: 5, at: NOON, part: None, short: vec![sku("SKU-1")], rejected, partly_read: vec![] };
    bench.orders.keep(unrouted.id(), &[Record::Search(search.clone())]).await.unwrap();
    let (status, body) = routing(&bench, OPS, unrouted.id()).await;
    let staff: RoutingView = serde_json::from_str(&body).unwrap();
    assert_eq!((status, staff.planned_at, staff.shipments.len(), staff.plan), (200, None, 0, None));
    assert_eq!(staff.searches.unwrap()[0].in_vain, Some(search));
    for who in [ANA, VEN_A] {
        assert_eq!(routing(&bench, who, unrouted.id()).await.0, 404, "{who:?}");
    }
}

#[tokio::test]
async fn the_routing_of_an_order_that_is_not_yours_or_not_routed_does_not_exist() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    planned(&bench, id).await;
    for who in [BOB, VEN_C] {
        assert_eq!(routing(&bench, who, id).await.0, 404, "{who:?}");
    }
    let unrouted = an_order().nth(1).of("cus-ana").at(State::Confirmed);
    bench.orders.seed(&unrouted.build());
    assert_eq!(routing(&bench, ANA, unrouted.id()).await.0, 404);
}
