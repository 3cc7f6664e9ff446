//! What is left is told of every SKU of the catalogue, and which SKUs are not in it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::sync::Arc;

use jiff::SignedDuration;
use oms_contract::http::{ApiRequest, Caller};
use oms_contract::reference::Product;
use oms_domain::ActorKind;
use oms_fakes::{Fault, FixedClock, MemoryInventory, MemoryReference, NOON, a_product, an_order, sku, some_stock};
use oms_ports::stock::Inventory as _;
use serde_json::{Value, json};
use stock::{Deps, MOST_SKUS, handle};

struct Bench {
    deps: Deps,
    ledger: Arc<MemoryInventory>,
    reference: Arc<MemoryReference>,
}

/// Products `A` with 10 at two vendors, `NONE` with none, and `OLD`, which is not sold any more, with 3; and 5 of `LOOSE`, which is in no catalogue.
fn bench() -> Bench {
    let rows = [some_stock("A", "ven-1", 6), some_stock("A", "ven-2", 4), some_stock("OLD", "ven-1", 3), some_stock("LOOSE", "ven-1", 5)];
    let ledger = Arc::new(MemoryInventory::stocked(&rows));
    let reference = Arc::new(MemoryReference::default());
    reference.product(a_product("A")).product(a_product("NONE")).product(Product { active: false, ..a_product("OLD") });
    let deps =
        Deps { stockroom: ledger.clone(), inventory: ledger.clone(), reference: reference.clone(), clock: Arc::new(FixedClock::at(NOON)) };
    Bench { deps, ledger, reference }
}

fn request(skus: Option<&str>, role: ActorKind, scope: &str) -> ApiRequest {
    ApiRequest {
        route: "GET /api/v2/availability".to_owned(),
        path: Default::default(),
        query: skus.map(|skus| ("sku".to_owned(), skus.to_owned())).into_iter().collect(),
        headers: Default::default(),
        body: Vec::new(),
        caller: Some(Caller { role, subject: "x".to_owned(), scopes: vec![scope.to_owned()] }),
    }
}

async fn ask(bench: &Bench, skus: Option<&str>) -> (u16, Value) {
    let response = handle(&bench.deps, request(skus, ActorKind::Customer, "orders:read")).await;
    (response.status, serde_json::from_str(&response.body).unwrap())
}

fn left(sku: &str, available: u32) -> Value {
    json!({ "sku": sku, "available": available })
}

#[tokio::test]
async fn what_may_be_sold_is_told_and_unknown_skus_apart_from_those_with_none() {
    let bench = bench();
    bench.ledger.hold(an_order().id(), &[(sku("A"), 3)], NOON + SignedDuration::from_mins(30)).await.unwrap();
    for (asked, skus, unknown) in [
        ("A", vec![left("A", 7)], vec![]),
        ("NONE,A", vec![left("NONE", 0), left("A", 7)], vec![]),
        ("A,A", vec![left("A", 7)], vec![]),
        ("OLD", vec![left("OLD", 0)], vec![]),
        ("LOOSE,A,WHAT", vec![left("A", 7)], vec!["LOOSE", "WHAT"]),
    ] {
        assert_eq!(ask(&bench, Some(asked)).await, (200, json!({ "skus": skus, "unknown": unknown })), "{asked}");
    }
}

#[tokio::test]
async fn it_takes_one_read_of_either_table_however_many_are_asked_for() {
    let names = |count: usize| (0..count).map(|n| format!("S{n}")).collect::<Vec<_>>().join(",");
    let bench = bench();
    let (status, view) = ask(&bench, Some(&names(MOST_SKUS))).await;
    assert_eq!((status, view["unknown"].as_array().unwrap().len()), (200, MOST_SKUS));
    assert_eq!((bench.ledger.faults.calls("available"), bench.reference.faults.calls("fetch")), (1, 1));
    for wrong in [None, Some(""), Some("A,"), Some("A B"), Some(names(MOST_SKUS + 1).as_str())] {
        let (status, problem) = ask(&bench, wrong).await;
        assert_eq!((status, &problem["errors"][0]["at"]), (400, &json!("query sku")), "{wrong:?}: {problem}");
    }
    assert_eq!(bench.ledger.faults.calls("available"), 1, "what is wrong is not looked up");
}

#[tokio::test]
async fn whoever_may_place_orders_may_ask() {
    for (role, scope, status) in [
        (ActorKind::Customer, "orders:read", 200),
        (ActorKind::Operator, "orders:read", 200),
        (ActorKind::Customer, "stock:write", 403),
        (ActorKind::Vendor, "orders:read", 403),
    ] {
        assert_eq!(handle(&bench().deps, request(Some("A"), role, scope)).await.status, status, "{role} {scope}");
    }
}

#[tokio::test]
async fn a_store_in_trouble_is_told() {
    let unread = bench();
    unread.ledger.faults.always("available", Fault::Throttled);
    assert_eq!(ask(&unread, Some("A")).await.0, 429);
    let unknown = bench();
    unknown.reference.faults.always("fetch", Fault::Unavailable);
    assert_eq!(ask(&unknown, Some("A")).await.0, 503);
}
