use super::*;

mod choice;

use std::collections::BTreeMap;

use oms_contract::http::Caller;
use oms_contract::reference::{RateCard, ServiceRules, Zone};
use oms_domain::area::Area;
use oms_domain::change::By;
use oms_domain::document::Speed;
use oms_domain::history::{Entry, Fact, replay};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, OrderId, State};
use oms_fakes::{
    FakeLabels, Fault, FixedClock, MemoryOrders, MemoryPapers, MemoryReference, MemorySealer, NOON, a_market, a_product, a_vendor,
    an_order, currency,
};
use serde_json::{Value, json};

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    dhl: Arc<FakeLabels>,
    reference: Arc<MemoryReference>,
    sealer: Arc<MemorySealer>,
    clock: Arc<FixedClock>,
}

fn bench() -> Bench {
    let orders = Arc::new(MemoryOrders::default());
    let (dhl, ups) = (Arc::new(FakeLabels::default()), Arc::new(FakeLabels::default()));
    let (sealer, clock) = (Arc::new(MemorySealer::default()), Arc::new(FixedClock::at(NOON)));
    let reference = Arc::new(MemoryReference::default());
    reference.market(a_market()).product(a_product("SKU-1")).product(a_product("SKU-2"));
    reference.vendor(a_vendor("ven-a")).vendor(a_vendor("ven-b"));
    for (carrier, service, base, hours, max_weight_g) in [
        ("dhl", Speed::Standard, 500, 48, 31_500),
        ("ups", Speed::Standard, 900, 24, 31_500),
        ("ups", Speed::Express, 2_500, 24, 31_500),
        ("fedex", Speed::Standard, 100, 24, 31_500),
        ("dhl", Speed::Express, 1_900, 24, 100),
    ] {
        reference.rates(card(carrier, service, base, hours, max_weight_g));
    }
    for (not_in, max_side_mm) in [(vec![Area("DE".to_owned())], None), (Vec::new(), Some(1))] {
        let service_rules = ServiceRules { not_in, max_side_mm, ..ServiceRules::default() };
        reference.rates(RateCard { service_rules, ..card("dhl", Speed::Express, 1, 1, 31_500) });
    }
    let carriers: [(&'static str, Arc<dyn Labels>); 2] = [("dhl", dhl.clone()), ("ups", ups)];
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        effects: orders.clone(),
        reference: reference.clone(),
        sealer: sealer.clone(),
        papers: Arc::new(MemoryPapers::default()),
        carriers: carriers.into(),
        clock: clock.clone(),
    };
    Bench { deps, orders, dhl, reference, sealer, clock }
}

fn card(carrier: &str, service: Speed, base: i64, hours: u32, max_weight_g: u32) -> RateCard {
    let zone = Zone {
        from: "*".to_owned(),
        to: "*".to_owned(),
        max_km: 20_000,
        currency: currency("EUR"),
        base,
        per_kg: 100,
        hours,
        max_weight_g,
        reliability: "0.95".parse().unwrap(),
        table: Default::default(),
    };
    let carrier = carrier.to_owned();
    RateCard {
        carrier,
        service,
        volumetric_divisor: 5_000,
        surcharges: Default::default(),
        largest: None,
        zones: vec![zone],
        service_rules: Default::default(),
    }
}

/// An order of two vendors, `ven-a` and `ven-b`.
fn order_at(bench: &Bench, state: State) -> OrderId {
    let builder = an_order().of("cus-ana").vendors(&["ven-a", "ven-b"]).at(state);
    bench.orders.seed(&builder.build());
    builder.id()
}

const VEN_A: (ActorKind, &str) = (ActorKind::Vendor, "ven-a");
const VEN_C: (ActorKind, &str) = (ActorKind::Vendor, "ven-c");
const ANA: (ActorKind, &str) = (ActorKind::Customer, "cus-ana");
const OPS: (ActorKind, &str) = (ActorKind::Operator, "ops");

fn request((role, subject): (ActorKind, &str), route: &str, id: OrderId, body: &Value) -> ApiRequest {
    let scopes = oms_contract::api::endpoints::scopes_of(role).into_iter().map(str::to_owned).collect();
    ApiRequest {
        route: route.to_owned(),
        path: [("order_id".to_owned(), id.to_string())].into(),
        query: BTreeMap::default(),
        headers: BTreeMap::default(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        caller: Some(Caller { role, subject: subject.to_owned(), scopes }),
    }
}

async fn post(bench: &Bench, who: (ActorKind, &str), command: &str, id: OrderId, body: Value) -> (u16, Value) {
    let route = format!("POST /api/v2/orders/{{order_id}}/{command}");
    let response = handle(&bench.deps, request(who, &route, id, &body)).await;
    (response.status, serde_json::from_str(&response.body).unwrap_or_default())
}

async fn printed(bench: &Bench, who: (ActorKind, &str), id: OrderId, query: &[(&str, &str)]) -> ApiResponse {
    let mut request = request(who, "GET /api/v2/orders/{order_id}/label", id, &Value::Null);
    request.query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    handle(&bench.deps, request).await
}

async fn history(bench: &Bench, id: OrderId) -> Vec<Entry> {
    bench.orders.history(id).await.unwrap()
}

fn labels_noted(history: &[Entry]) -> Vec<(u8, String)> {
    let noted = history.iter().filter_map(|entry| match &entry.fact {
        Some(Fact::LabelBought { package, tracking_number, .. }) => Some((*package, tracking_number.clone())),
        _ => None,
    });
    noted.collect()
}

#[tokio::test]
async fn a_label_is_bought_once_however_often_it_is_asked_for() {
    let bench = bench();
    let id = order_at(&bench, State::Picking);
    let (status, first) = post(&bench, VEN_A, "label", id, Value::Null).await;
    assert_eq!((status, &first["carrier"], &first["packages"][0]["tracking_number"]), (200, &json!("dhl"), &json!("FAKE0001")), "{first}");
    let seq = bench.orders.order(id).seq;
    assert_eq!(post(&bench, VEN_A, "label", id, Value::Null).await, (200, first));
    assert_eq!((bench.dhl.sold(), bench.orders.order(id).seq), (1, seq));
    assert_eq!(labels_noted(&history(&bench, id).await), [(1, "FAKE0001".to_owned())]);
    let package = bench.orders.snapshot().packages[&(id, 1, 1)].clone();
    assert_eq!((package.tracking_number.as_str(), package.poll_at), ("FAKE0001", Some(NOON)));
    let order = bench.orders.order(id);
    assert_eq!(order.state, State::Picking, "a label is not a parcel on its way");
    assert_eq!(replay(id, &history(&bench, id).await), Ok(order));
}

#[tokio::test]
async fn packages_are_the_vendors_and_each_has_a_label_of_its_own() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    let parcel = |grams: u32| json!({ "weight_g": grams, "length_mm": 300, "width_mm": 200, "height_mm": 100 });
    let body = json!({ "packages": [parcel(900), parcel(1_100)], "pickup": true });
    let (status, seen) = post(&bench, VEN_A, "label", id, body).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["packages"][1]["tracking_number"], "FAKE0002");
    assert_eq!(seen["packages"][1]["href"], format!("/api/v2/orders/{id}/label?package=2"));
    assert_eq!(seen["pickup"], json!({ "outcome": "booked", "confirmation": "PU1" }));
    let fetched = bench.dhl.fetched();
    assert_eq!((fetched[0].numbers.len(), fetched[0].grams), (2, 2_000));
    // Monday noon in UTC is before six in Berlin.
    assert_eq!(fetched[0].on.to_string(), "2026-11-23");
    let (_, again) = post(&bench, VEN_A, "label", id, json!({ "pickup": true })).await;
    assert_eq!(again, seen, "without packages, those that were bought are meant");
    assert_eq!((bench.dhl.sold(), bench.dhl.fetched().len()), (2, 1));
}

#[tokio::test]
async fn what_is_wrong_with_a_package_is_told_at_once_and_buys_nothing() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    let body = json!({ "packages": [{ "warehouse_id": "w9", "weight_g": 0, "length_mm": 9_000, "width_mm": 1, "height_mm": 1 }] });
    let (status, problem) = post(&bench, VEN_A, "label", id, body).await;
    let at: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|fault| fault["at"].clone()).collect();
    assert_eq!((status, at), (422, ["packages[0].weight_g", "packages[0].length_mm", "packages[0].warehouse_id"].map(Value::from).into()));
    assert_eq!(bench.dhl.sold(), 0);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_and_no_second_label_is_bought() {
    for lost in ["decide", "buy", "keep", "note"] {
        let bench = bench();
        let id = order_at(&bench, State::Packing);
        match lost {
            "buy" => bench.dhl.faults.after("buy", 1),
            "keep" => bench.orders.faults.before("finish", 1),
            "decide" => bench.orders.faults.before("commit", 1),
            _ => bench.orders.faults.before("commit", 2),
        };
        assert_eq!(post(&bench, VEN_A, "label", id, Value::Null).await.0, 503, "{lost}");
        bench.clock.advance(jiff::SignedDuration::from_mins(1));
        let (status, seen) = post(&bench, VEN_A, "label", id, Value::Null).await;
        assert_eq!((status, &seen["packages"][0]["tracking_number"]), (200, &json!("FAKE0001")), "{lost}: {seen}");
        assert_eq!(bench.dhl.sold(), 1, "{lost}");
        assert_eq!(labels_noted(&history(&bench, id).await).len(), 1, "{lost}");
        assert_eq!(printed(&bench, VEN_A, id, &[]).await.status, 200, "{lost}");
    }
}

#[tokio::test]
async fn a_carriers_no_is_told_and_leaves_the_way_open_for_another() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    bench.dhl.faults.before_with("buy", 1, Fault::Refused);
    let (status, problem) = post(&bench, VEN_A, "label", id, Value::Null).await;
    assert_eq!((status, problem["detail"].as_str().unwrap().contains("planned_refusal")), (409, true), "{problem}");
    let (status, _) = post(&bench, VEN_A, "carrier", id, json!({ "carrier": "ups", "reason": "carrier_does_not_come" })).await;
    assert_eq!(status, 200);
    let (status, seen) = post(&bench, VEN_A, "label", id, Value::Null).await;
    assert_eq!((status, &seen["carrier"], bench.dhl.sold()), (200, &json!("ups"), 0));
}

#[tokio::test]
async fn the_best_that_keeps_to_the_plan_is_chosen_and_every_term_is_kept() {
    let bench = bench();
    let id = order_at(&bench, State::VendorAccepted);
    let (status, seen) = post(&bench, VEN_A, "carrier", id, json!({ "reason": "other" })).await;
    assert_eq!(status, 200, "{seen}");
    let ranked: Vec<String> =
        seen["bids"].as_array().unwrap().iter().map(|bid| format!("{} {}", bid["carrier"], bid["service"]).replace('"', "")).collect();
    assert_eq!(ranked, ["ups standard", "dhl standard", "ups express"], "who sells us no labels does not bid");
    let unfit: Vec<&Value> = seen["unfit"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(unfit, ["too_heavy", "not_served", "too_large"]);
    assert_eq!(seen["unfit"][0], json!({ "carrier": "dhl", "service": "express", "reason": "too_heavy" }));
    // No plan is on record: UPS would be the best, but is dearer than DHL, whom the plan had.
    assert_eq!((&seen["carrier"], &seen["overridden"], &seen["keeps_to_plan"]), (&json!("dhl"), &json!(false), &json!(true)));
    for bid in seen["bids"].as_array().unwrap() {
        let term = |name: &str| bid["score"][name].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
        assert_eq!(term("cost") + term("speed") + term("reliability") + term("preference"), term("total"), "{bid}");
    }
    // 5 euro and a kilogram of 1; of the dearest's 26 that is a share of 6/26, weighted 0.4.
    assert_eq!((&seen["bids"][1]["cost"], &seen["bids"][1]["score"]["cost"]), (&json!(600), &json!("0.092307692308")));
}

#[tokio::test]
async fn public_holidays_count_in_a_bids_hours() {
    for (now, hours) in [
        // Business hours are Berlin's: what leaves on Wednesday the 16th with a day to go is there by 20:00 of Thursday.
        ("2026-12-16T09:00:00Z", 34),
        // Thursday the 24th, a week later: Friday is off, and the weekend.
        ("2026-12-24T09:00:00Z", 106),
    ] {
        let bench = bench();
        let id = order_at(&bench, State::VendorAccepted);
        bench.clock.set(now.parse().unwrap());
        let (status, seen) = post(&bench, VEN_A, "carrier", id, json!({ "reason": "other" })).await;
        let is_ups = |bid: &&Value| bid["carrier"] == "ups" && bid["service"] == "standard";
        let bid = seen["bids"].as_array().unwrap().iter().find(is_ups).unwrap();
        assert_eq!((status, &bid["hours"]), (200, &json!(hours)), "{now}");
    }
}

#[tokio::test]
async fn the_vendor_may_choose_another_and_the_history_says_who_and_why() {
    let bench = bench();
    let id = order_at(&bench, State::VendorAccepted);
    let wish = json!({ "carrier": "ups", "service": "express", "reason": "own_contract" });
    let (status, seen) = post(&bench, VEN_A, "carrier", id, wish).await;
    assert_eq!((status, &seen["carrier"], &seen["service"], &seen["overridden"]), (200, &json!("ups"), &json!("express"), &json!(true)));
    let entry = history(&bench, id).await.pop().unwrap();
    assert_eq!(entry.fact, Some(Fact::CarrierChosen { no: 1, carrier: "ups".to_owned(), service: Speed::Express }));
    assert_eq!((entry.actor, entry.reason.as_deref()), (Actor::new(ActorKind::Vendor, "ven-a"), Some("own_contract")));
    let dossier = bench.orders.dossier(id).await.unwrap();
    assert_eq!((dossier.carriers[0].carrier.as_str(), dossier.carriers[0].bids.len()), ("ups", 3));
    assert_eq!((dossier.sub_orders[0].shipments[0].carrier.as_str(), dossier.sub_orders[1].shipments[0].carrier.as_str()), ("ups", "dhl"));
}

#[tokio::test]
async fn the_carrier_stays_once_its_label_is_bought() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    let wish = || json!({ "carrier": "ups", "reason": "other" });
    for (body, status) in [
        (json!({ "carrier": "fedex", "reason": "other" }), 409),
        (json!({ "carrier": "ups", "reason": "Because!" }), 422),
        (json!({ "service": "slow", "reason": "other" }), 422),
    ] {
        assert_eq!(post(&bench, VEN_A, "carrier", id, body.clone()).await.0, status, "{body}");
    }
    assert_eq!(post(&bench, VEN_A, "label", id, Value::Null).await.0, 200);
    assert_eq!(post(&bench, VEN_A, "carrier", id, wish()).await.0, 409);
    let shipped = order_at(&bench, State::Delivered);
    assert_eq!(post(&bench, VEN_A, "carrier", shipped, wish()).await.0, 409);
    assert_eq!(post(&bench, VEN_A, "label", shipped, Value::Null).await.0, 409);
}

#[tokio::test]
async fn a_choice_under_a_key_is_made_once() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    let keyed = async |carrier: &str| {
        let body = json!({ "carrier": carrier, "reason": "other" });
        let mut request = request(VEN_A, "POST /api/v2/orders/{order_id}/carrier", id, &body);
        request.headers.insert("idempotency-key".to_owned(), "k".to_owned());
        handle(&bench.deps, request).await.status
    };
    assert_eq!(keyed("ups").await, 200);
    let seq = bench.orders.order(id).seq;
    assert_eq!((keyed("ups").await, keyed("dhl").await, bench.orders.order(id).seq), (200, 422, seq));
}

#[tokio::test]
async fn a_pickup_waits_for_the_packing() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    assert_eq!(post(&bench, VEN_A, "label", id, json!({ "pickup": true })).await.0, 409);
    assert_eq!(bench.dhl.sold(), 0);
}

#[tokio::test]
async fn a_pickup_whose_answer_was_lost_is_not_booked_again() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    bench.dhl.faults.after("pickup", 1);
    assert_eq!(post(&bench, VEN_A, "label", id, json!({ "pickup": true })).await.0, 503);
    bench.clock.advance(jiff::SignedDuration::from_mins(1));
    let (status, seen) = post(&bench, VEN_A, "label", id, json!({ "pickup": true })).await;
    assert_eq!((status, &seen["pickup"]["outcome"], bench.dhl.fetched().len()), (200, &json!("unknown"), 1), "{seen}");
}

#[tokio::test]
async fn a_label_is_for_the_vendor_of_the_part_and_for_operators() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    assert_eq!(post(&bench, VEN_A, "label", id, Value::Null).await.0, 200);
    for (who, query, status) in [
        (VEN_A, vec![], 200),
        (VEN_A, vec![("format", "a4")], 200),
        (OPS, vec![("part", "1")], 200),
        (OPS, vec![("part", "2")], 404),
        (OPS, vec![("part", "9")], 404),
        (VEN_A, vec![("package", "2")], 404),
        (VEN_A, vec![("package", "0")], 400),
        (VEN_A, vec![("format", "A5")], 400),
        ((ActorKind::Vendor, "ven-b"), vec![], 404),
        (VEN_C, vec![], 404),
        (ANA, vec![], 403),
    ] {
        let answer = printed(&bench, who, id, &query).await;
        assert_eq!(answer.status, status, "{who:?} {query:?} {}", answer.body);
        assert_eq!(answer.content_type == "application/pdf", status == 200);
        // Base64 of "%PDF-".
        assert!(status != 200 || answer.base64 && answer.body.starts_with("JVBERi"));
    }
    for command in ["label", "carrier"] {
        let body = if command == "label" { Value::Null } else { json!({ "reason": "other" }) };
        assert_eq!(post(&bench, VEN_C, command, id, body).await.0, 404, "{command}");
    }
}

#[tokio::test]
async fn an_erased_customers_label_is_gone() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    assert_eq!(post(&bench, VEN_A, "label", id, Value::Null).await.0, 200);
    bench.sealer.destroy(&bench.orders.order(id).customer_id);
    assert_eq!(printed(&bench, VEN_A, id, &[]).await.status, 409);
}

/// A part that is sourced again is another vendor's: it buys labels of its own, and never sees those of the vendor before.
#[tokio::test]
async fn no_vendor_gets_the_label_of_the_vendor_before() {
    let bench = bench();
    let builder = an_order().of("cus-ana").vendors(&["ven-a"]).at(State::Picking);
    bench.orders.seed(&builder.build());
    let id = builder.id();
    assert_eq!(post(&bench, VEN_A, "carrier", id, json!({ "carrier": "dhl", "reason": "other" })).await.0, 200);
    assert_eq!(post(&bench, VEN_A, "label", id, Value::Null).await.0, 200);
    let (vendor, system) = (By::new(Actor::new(ActorKind::Vendor, "ven-a"), NOON), By::new(Actor::system("route"), NOON));
    bench.orders.overwrite(id, |order| {
        let order = order.go_part(1, Trigger::ShortPickOrDamage, &vendor).unwrap().go_part(1, Trigger::ResourcingStarted, &system).unwrap();
        let again = Fact::Assigned { report: 9, parts: vec![(1, "ven-b".parse().unwrap())] };
        order.go_part_knowing(1, Trigger::VendorsAssigned, again, &system).unwrap()
    });
    let mut sub_order = bench.orders.dossier(id).await.unwrap().sub_orders[0].clone();
    sub_order.vendor_id = "ven-b".parse().unwrap();
    let record = oms_contract::record::Record::SubOrder { sub_order, open: true };
    bench.deps.orders.keep(id, &[record]).await.unwrap();
    bench.orders.overwrite(id, |order| {
        let system = By::new(Actor::system("notify"), NOON);
        let vendor = By::new(Actor::new(ActorKind::Vendor, "ven-b"), NOON);
        let order = order.go_part(1, Trigger::VendorsNotified, &system).unwrap();
        order.go_part(1, Trigger::VendorAccepted, &vendor).unwrap()
    });
    let ven_b = (ActorKind::Vendor, "ven-b");
    assert_eq!(printed(&bench, ven_b, id, &[]).await.status, 404);
    let (status, seen) = post(&bench, ven_b, "label", id, Value::Null).await;
    assert_eq!((status, &seen["packages"][0]["tracking_number"]), (200, &json!("FAKE0002")), "{seen}");
    let decided = history(&bench, id).await.iter().filter(|entry| matches!(entry.fact, Some(Fact::CarrierChosen { .. }))).count();
    assert_eq!(decided, 2, "what the vendor before decided is none of its business");
    assert_eq!(labels_noted(&history(&bench, id).await).iter().map(|(package, _)| *package).collect::<Vec<_>>(), [1, 21]);
    assert_eq!(printed(&bench, ven_b, id, &[]).await.status, 200);
}
