use super::*;

mod keys;
mod offers;
mod pairs;
mod routing;

use oms_contract::http::Caller;
use oms_contract::record::{CheckOutcome, CheckResult, Record, ValidationReport};
use oms_domain::change::{By, Changed};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::{Fact, replay};
use oms_domain::order::{Failure, PaymentStatus};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, OrderId, State};
use oms_fakes::{Fault, FixedClock, MemoryOrders, MemorySealer, NOON, an_order};
use oms_ports::orders::Origin;
use serde_json::{Value, json};

pub(super) struct Bench {
    pub(super) deps: Deps,
    pub(super) orders: Arc<MemoryOrders>,
    sealer: Arc<MemorySealer>,
}

pub(super) fn bench() -> Bench {
    let orders = Arc::new(MemoryOrders::default());
    let sealer = Arc::new(MemorySealer::default());
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        effects: orders.clone(),
        listings: orders.clone(),
        sealer: sealer.clone(),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    Bench { deps, orders, sealer }
}

/// An order of two vendors, `ven-a` and `ven-b`, of customer `cus-ana`.
pub(super) fn order_at(bench: &Bench, state: State) -> OrderId {
    let builder = an_order().of("cus-ana").vendors(&["ven-a", "ven-b"]).at(state);
    bench.orders.seed(&builder.build());
    builder.id()
}

pub(super) fn call(role: ActorKind, subject: &str, route: &str, id: OrderId, body: &Value) -> ApiRequest {
    let scopes = oms_contract::api::endpoints::scopes_of(role).into_iter().map(str::to_owned).collect();
    ApiRequest {
        route: route.to_owned(),
        path: [("order_id".to_owned(), id.to_string())].into(),
        query: std::collections::BTreeMap::default(),
        headers: std::collections::BTreeMap::default(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        caller: Some(Caller { role, subject: subject.to_owned(), scopes }),
    }
}

pub(super) async fn post(bench: &Bench, who: (ActorKind, &str), command: &str, id: OrderId, body: Value) -> (u16, Value) {
    let response = handle(&bench.deps, call(who.0, who.1, &route(command), id, &body)).await;
    (response.status, serde_json::from_str(&response.body).unwrap_or_default())
}

fn route(command: &str) -> String {
    format!("POST /api/v2/orders/{{order_id}}/{command}")
}

pub(super) async fn get(bench: &Bench, who: (ActorKind, &str), id: OrderId) -> (u16, Value) {
    let response = handle(&bench.deps, call(who.0, who.1, "GET /api/v2/orders/{order_id}", id, &Value::Null)).await;
    (response.status, serde_json::from_str(&response.body).unwrap_or_default())
}

pub(super) const ANA: (ActorKind, &str) = (ActorKind::Customer, "cus-ana");
pub(super) const BOB: (ActorKind, &str) = (ActorKind::Customer, "cus-bob");
const VEN_A: (ActorKind, &str) = (ActorKind::Vendor, "ven-a");
const VEN_B: (ActorKind, &str) = (ActorKind::Vendor, "ven-b");
const VEN_C: (ActorKind, &str) = (ActorKind::Vendor, "ven-c");
pub(super) const OPS: (ActorKind, &str) = (ActorKind::Operator, "ops");

#[tokio::test]
async fn an_order_that_is_not_yours_does_not_exist() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    for (who, status) in [(ANA, 200), (BOB, 404), (VEN_A, 200), (VEN_C, 404), (OPS, 200)] {
        assert_eq!(get(&bench, who, id).await.0, status, "{who:?}");
    }
    for (who, command) in [(BOB, "cancel"), (VEN_C, "accept"), (VEN_C, "ship")] {
        let body = json!({ "carrier": "dhl", "tracking_number": "1" });
        assert_eq!(post(&bench, who, command, id, if command == "ship" { body } else { Value::Null }).await.0, 404, "{who:?} {command}");
    }
    assert_eq!(bench.orders.order(id).state, State::PendingFulfillment);
}

#[tokio::test]
async fn a_vendor_sees_its_own_part_and_nothing_of_the_others() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let (_, seen) = get(&bench, VEN_A, id).await;
    let parts: Vec<_> = seen["sub_orders"].as_array().unwrap().iter().map(|part| part["vendor_id"].clone()).collect();
    assert_eq!(parts, ["ven-a"]);
    for hidden in ["payment", "customer_id", "risk", "routing", "notices"] {
        assert!(seen.get(hidden).is_none(), "{hidden}");
    }
    assert!(!seen.to_string().contains("ven-b"));
    let whole = bench.orders.order(id).total;
    assert!(seen["total"].as_i64().unwrap() < whole);
}

#[tokio::test]
async fn customers_do_not_see_what_is_for_the_staff() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let (_, seen) = get(&bench, ANA, id).await;
    for hidden in ["risk", "routing", "notices", "stalled"] {
        assert!(seen.get(hidden).is_none(), "{hidden}");
    }
    assert!(seen["sub_orders"][0]["shipments"][0].get("cost").is_none());
}

#[tokio::test]
async fn an_erased_customer_leaves_the_order_readable() {
    let bench = bench();
    let id = order_at(&bench, State::Delivered);
    assert!(get(&bench, OPS, id).await.1.get("shipping_address").is_some());
    bench.sealer.destroy(&bench.orders.order(id).customer_id);
    let (status, seen) = get(&bench, OPS, id).await;
    assert_eq!((status, seen.get("shipping_address")), (200, None));
}

#[tokio::test]
async fn a_vendors_part_goes_from_accepted_to_shipped() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let ship = json!({ "carrier": "dhl", "tracking_number": "00340434161094042557" });
    for (command, body, state) in [
        ("accept", Value::Null, "vendor_accepted"),
        ("pick", Value::Null, "picking"),
        ("pack", Value::Null, "ready_to_ship"),
        ("ship", ship, "shipped"),
    ] {
        let (status, seen) = post(&bench, VEN_A, command, id, body.clone()).await;
        assert_eq!((status, seen["state"].as_str()), (200, Some(state)), "{command}: {seen}");
        let seq = bench.orders.order(id).seq;
        let (status, again) = post(&bench, VEN_A, command, id, body).await;
        assert_eq!((status, bench.orders.order(id).seq), (200, seq), "{command} again: {again}");
    }
    let order = bench.orders.order(id);
    assert_eq!(order.state, State::PendingFulfillment, "the other vendor has not begun");
    assert_eq!(replay(id, &bench.orders.history(id).await.unwrap()), Ok(order));
    assert_eq!(get(&bench, ANA, id).await.1["facts"]["partially_shipped"], true);
}

#[test]
fn what_is_true_of_some_parts_and_not_of_all_is_said() {
    use oms_contract::api::view::Facts;
    let facts = |first, second| {
        let mut order = an_order().vendors(&["ven-a", "ven-b"]).at(State::PendingFulfillment).build().order;
        (order.parts[0].state, order.parts[1].state) = (first, second);
        let Facts { partially_shipped, partially_delivered, partially_cancelled, partially_returned } = Facts::of(&order);
        [partially_shipped, partially_delivered, partially_cancelled, partially_returned]
    };
    for (first, second, expected) in [
        (State::Picking, State::Packing, [false, false, false, false]),
        (State::Shipped, State::Packing, [true, false, false, false]),
        (State::Shipped, State::InTransit, [false, false, false, false]),
        (State::Delivered, State::Packing, [true, true, false, false]),
        (State::Delivered, State::DeliveryFailed, [false, true, false, false]),
        (State::Cancelled, State::Picking, [false, false, true, false]),
        (State::Cancelled, State::Cancelled, [false, false, false, false]),
        (State::Returned, State::Delivered, [false, true, false, true]),
        (State::Returned, State::Returned, [false, false, false, false]),
    ] {
        assert_eq!(facts(first, second), expected, "{first}, {second}");
    }
}

#[tokio::test]
async fn a_second_tracking_number_is_refused() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    assert_eq!(post(&bench, VEN_A, "ship", id, json!({ "carrier": "dhl", "tracking_number": "1" })).await.0, 200);
    assert_eq!(post(&bench, VEN_A, "ship", id, json!({ "carrier": "dhl", "tracking_number": "2" })).await.0, 409);
}

#[tokio::test]
async fn what_the_state_forbids_is_a_conflict_that_names_what_is_allowed() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let (status, problem) = post(&bench, VEN_A, "ship", id, json!({ "carrier": "dhl", "tracking_number": "1" })).await;
    assert_eq!(status, 409);
    assert_eq!(problem["allowed"], json!(["vendor_accepted", "vendor_rejected_or_sla_missed"]));
}

#[tokio::test]
async fn cancelling_twice_is_cancelling_once() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let (status, seen) = post(&bench, ANA, "cancel", id, json!({ "reason": "changed_mind" })).await;
    assert_eq!((status, seen["state"].as_str(), seen["reason"].as_str()), (200, Some("cancelled"), Some("changed_mind")));
    let seq = bench.orders.order(id).seq;
    assert_eq!(post(&bench, ANA, "cancel", id, Value::Null).await.0, 200);
    assert_eq!(bench.orders.order(id).seq, seq);
}

/// Between the payment and the vendors there are moments without a way out; the machine reaches one within seconds.
#[tokio::test]
async fn a_cancellation_that_cannot_be_yet_is_noted_and_never_refused() {
    for state in [State::PaymentAuthorized, State::Validating, State::Routed] {
        let bench = bench();
        let id = order_at(&bench, state);
        for _ in 0..2 {
            let (status, seen) = post(&bench, ANA, "cancel", id, json!({ "reason": "changed_mind" })).await;
            assert_eq!((status, &seen["cancel_requested"], &seen["state"]), (202, &json!(true), &json!(state)), "{seen}");
        }
        let tail = bench.orders.stored(id).tail;
        assert_eq!(
            tail.iter().filter(|entry| entry.fact == Some(Fact::CancelRequested)).count(),
            1,
            "{state}: wished twice is wished once"
        );
        let system = By::new(oms_domain::Actor::system("machine"), NOON);
        let trigger = match state {
            State::Routed => Trigger::VendorsNotified,
            _ => Trigger::ChecksPassedAndLowRisk,
        };
        let started =
            |order: Changed| if state == State::PaymentAuthorized { order.go(Trigger::ValidationStarted, &system).unwrap() } else { order };
        bench.orders.overwrite(id, |order| started(order).go(trigger, &system).unwrap());
        let (status, seen) = post(&bench, ANA, "cancel", id, Value::Null).await;
        assert_eq!((status, &seen["state"], &seen["reason"]), (200, &json!("cancelled"), &json!("changed_mind")));
        assert!(seen.get("cancel_requested").is_none());
    }
}

#[tokio::test]
async fn an_operator_resumes_a_cancellation_that_could_not_be_finished() {
    let bench = bench();
    let id = order_at(&bench, State::Cancelled);
    let failures = vec![Failure { undo: Undo::Money, error: "Bug".to_owned() }];
    let system = By::new(oms_domain::Actor::system("machine"), NOON);
    bench.orders.overwrite(id, |order| order.learn(Fact::UndoFailed { failures }, &system).unwrap());
    assert_eq!(get(&bench, OPS, id).await.1["undo_failures"], json!([{ "undo": "money", "error": "Bug" }]));
    assert!(get(&bench, ANA, id).await.1.get("undo_failures").is_none());
    assert_eq!(post(&bench, OPS, "resume", id, Value::Null).await.0, 200);
    assert_eq!(bench.orders.order(id).unfinished, None);
    assert!(!oms_domain::flow::undo(&bench.orders.order(id)).is_empty());
    let seq = bench.orders.order(id).seq;
    assert_eq!(post(&bench, OPS, "resume", id, Value::Null).await.0, 200);
    assert_eq!(bench.orders.order(id).seq, seq, "resumed twice is resumed once");
}

#[tokio::test]
async fn what_is_with_the_carrier_cannot_be_cancelled_not_even_in_part() {
    let bench = bench();
    let id = order_at(&bench, State::ReadyToShip);
    post(&bench, VEN_B, "ship", id, json!({ "carrier": "dhl", "tracking_number": "1" })).await;
    assert_eq!(post(&bench, ANA, "cancel", id, Value::Null).await.0, 409);
    assert_eq!(bench.orders.order(id).state, State::ReadyToShip);
}

#[tokio::test]
async fn a_declined_payment_is_tried_again_once_however_often_it_is_clicked() {
    let bench = bench();
    let id = order_at(&bench, State::PaymentFailed);
    let body = json!({ "payment_method": { "kind": "card", "token": "pm_other" } });
    for _ in 0..3 {
        assert_eq!(post(&bench, ANA, "pay", id, body.clone()).await.0, 200);
    }
    assert_eq!(bench.orders.order(id).payment.attempt, 2);
    let method = bench.orders.method(id, 2).await.unwrap().unwrap();
    assert_eq!(method.method.token, "pm_other");

    // A click that comes when the payment has gone through, and the order on its way, finds its work done too.
    let stored = bench.orders.load(id).await.unwrap().unwrap();
    let gateway = By::new(Actor::new(ActorKind::Gateway, "stripe"), NOON);
    let fact = Fact::PaymentAuthorized { amount: stored.order.total };
    let paid = stored.change().go_knowing(Trigger::PaymentAuthorized, fact, &gateway).unwrap();
    let moved = paid.go(Trigger::ValidationStarted, &By::new(Actor::system("validate"), NOON)).unwrap();
    bench.orders.commit(&stored, moved, Origin::Machine, &[]).await.unwrap();
    let (status, order) = post(&bench, ANA, "pay", id, body).await;
    assert_eq!((status, order["state"].as_str()), (200, Some("validating")));
    assert_eq!(bench.orders.order(id).payment.attempt, 2);
}

#[tokio::test]
async fn a_payment_that_was_never_declined_is_not_tried_again() {
    for state in [State::PendingPayment, State::Validating, State::PendingFulfillment, State::Cancelled] {
        let bench = bench();
        let id = order_at(&bench, state);
        assert_eq!(post(&bench, ANA, "pay", id, Value::Null).await.0, 409, "{state}");
        assert_eq!(bench.orders.order(id).payment.attempt, 1, "{state}");
    }
}

#[tokio::test]
async fn reviews_decide_and_only_operators_review() {
    for (decision, state) in [("approve", State::Confirmed), ("reject", State::Cancelled), ("other_payment", State::PendingPayment)] {
        let bench = bench();
        let id = order_at(&bench, State::FraudReview);
        assert_eq!(post(&bench, ANA, "review", id, json!({ "decision": decision })).await.0, 403);
        assert_eq!(post(&bench, OPS, "review", id, json!({ "decision": decision })).await.0, 200);
        assert_eq!(bench.orders.order(id).state, state, "{decision}");
    }
}

/// The order waits; what the customer gives is this attempt's method, and a second click changes nothing more.
#[tokio::test]
async fn another_payment_that_a_review_asks_for_begins_with_the_customers_new_method() {
    let bench = bench();
    let id = order_at(&bench, State::FraudReview);
    post(&bench, OPS, "review", id, json!({ "decision": "other_payment" })).await;
    let asked = bench.orders.order(id);
    assert_eq!((asked.state, asked.payment.status, asked.payment.attempt), (State::PendingPayment, PaymentStatus::MethodWanted, 2));

    assert_eq!(post(&bench, ANA, "pay", id, Value::Null).await.0, 422, "the first one is what is not wanted");
    assert_eq!(bench.orders.order(id), asked);
    let other = |token: &str| json!({ "payment_method": { "kind": "card", "token": token } });
    for token in ["pm_other", "pm_third"] {
        let (status, order) = post(&bench, ANA, "pay", id, other(token)).await;
        assert_eq!((status, order["payment"]["status"].as_str()), (200, Some("open")));
        let now = bench.orders.order(id);
        assert_eq!((now.seq, now.payment.attempt, flow::next(&now)), (asked.seq + 1, 2, Next::Pay));
    }
    assert_eq!(bench.orders.method(id, 2).await.unwrap().unwrap().method.token, "pm_other");
}

#[tokio::test]
async fn a_command_on_an_old_version_is_refused_and_changes_nothing() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let seq = bench.orders.order(id).seq;
    for (tag, status) in [(format!("\"{}\"", seq - 1), 412), ("\"x\"".to_owned(), 412), (format!("\"{seq}\""), 200)] {
        let mut request = call(VEN_A.0, VEN_A.1, "POST /api/v2/orders/{order_id}/accept", id, &Value::Null);
        request.headers.insert("if-match".to_owned(), tag.clone());
        assert_eq!(handle(&bench.deps, request).await.status, status, "{tag}");
    }
}

#[tokio::test]
async fn a_conflict_is_tried_again_once_and_then_told() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    bench.orders.faults.before_with("commit", 1, Fault::Conflict);
    assert_eq!(post(&bench, VEN_A, "accept", id, Value::Null).await.0, 200);
    bench.orders.faults.always("commit", Fault::Conflict);
    assert_eq!(post(&bench, VEN_A, "pick", id, Value::Null).await.0, 409);
}

#[tokio::test]
async fn reasons_are_codes_so_that_no_personal_data_reaches_the_history() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    assert_eq!(post(&bench, ANA, "cancel", id, json!({ "reason": "Ana Lima moved" })).await.0, 422);
    assert_eq!(post(&bench, VEN_A, "reject", id, json!({ "reason": "" })).await.0, 422);
}

#[tokio::test]
async fn a_known_version_is_not_sent_again() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let mut request = call(ANA.0, ANA.1, "GET /api/v2/orders/{order_id}", id, &Value::Null);
    request.headers.insert("if-none-match".to_owned(), format!("\"{}\"", bench.orders.order(id).seq));
    assert_eq!(handle(&bench.deps, request).await.status, 304);
}

#[tokio::test]
async fn the_history_is_served_without_the_staffs_secrets() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let history = async |who: (ActorKind, &'static str)| {
        let response = handle(&bench.deps, call(who.0, who.1, "GET /api/v2/orders/{order_id}/history", id, &Value::Null)).await;
        serde_json::from_str::<Value>(&response.body).unwrap()
    };
    let (mine, theirs) = (history(ANA).await, history(OPS).await);
    let seqs: Vec<_> = mine["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=bench.orders.order(id).seq).collect::<Vec<_>>());
    assert!(!mine.to_string().contains("\"scored\"") && theirs.to_string().contains("\"scored\""));
    assert!(!mine.to_string().contains("actor_id") && theirs.to_string().contains("actor_id"));
}

#[tokio::test]
async fn the_last_report_of_the_checks_is_served_to_the_customer_and_the_staff() {
    let bench = bench();
    let id = order_at(&bench, State::ValidationFailed);
    let read = async |who: (ActorKind, &str)| {
        let response = handle(&bench.deps, call(who.0, who.1, "GET /api/v2/orders/{order_id}/validation", id, &Value::Null)).await;
        (response.status, serde_json::from_str::<Value>(&response.body).unwrap())
    };
    assert_eq!(read(ANA).await.0, 404, "no run of the checks is on record");
    let row = |check: u8, code: &str, outcome| CheckResult { check, code: code.to_owned(), outcome };
    let failed = CheckOutcome::Fail { at: "lines[0]".into(), seen: "7".into(), reason: "too many".into(), mend: "order 6".into() };
    let report = |version, results| {
        Record::Validation(ValidationReport { version, at: NOON, results, doubts: vec![], geocode: None, region: None, is_po_box: false })
    };
    let old = report(2, vec![row(7, "amount_and_currency_valid", CheckOutcome::Pass)]);
    let outcomes = [CheckOutcome::Pass, failed, CheckOutcome::NotApplicable { why: "no card".into() }];
    let doubted = CheckOutcome::Fail { at: "contact".into(), seen: "(not shown)".into(), reason: "listed".into(), mend: "verify".into() };
    let rows = outcomes.into_iter().map(|outcome| row(7, "amount_and_currency_valid", outcome));
    let last = report(3, rows.chain([row(27, "not_on_watchlist", doubted.clone())]).collect());
    bench.orders.keep(id, &[old, last]).await.unwrap();
    for who in [ANA, OPS] {
        let (status, seen) = read(who).await;
        assert_eq!((status, &seen["version"], &seen["passed"]), (200, &json!(3), &json!(false)), "{who:?}");
        let outcomes: Vec<&str> = seen["checks"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
        let shown = if who == OPS { vec!["pass", "fail", "not_applicable", "fail"] } else { vec!["pass", "fail", "not_applicable"] };
        assert_eq!(outcomes, shown, "doubts are for the staff alone");
        assert_eq!(seen["checks"][1]["mend"], "order 6");
        assert_eq!(seen["checks"][2]["reason"], "no card");
    }
    bench.orders.keep(id, &[report(4, vec![row(27, "not_on_watchlist", doubted)])]).await.unwrap();
    assert_eq!(read(ANA).await.1["passed"], json!(true), "a doubt refuses nothing");
    assert_eq!((read(BOB).await.0, read(VEN_A).await.0), (404, 403));
}

#[tokio::test]
async fn lists_are_filtered_by_who_asks_and_refuse_what_they_do_not_know() {
    let bench = bench();
    let id = order_at(&bench, State::FraudReview);
    for (who, query, status, n) in [
        (ANA, vec![], 200, 1),
        (BOB, vec![], 200, 0),
        (OPS, vec![("attention", "fraud_review")], 200, 1),
        (OPS, vec![("state", "fraud_review")], 200, 1),
        (OPS, vec![("attention", "stalled")], 200, 0),
        (OPS, vec![("customer_id", "cus-ana"), ("state", "delivered")], 200, 0),
        (OPS, vec![("attention", "nonsense")], 400, 0),
        (ANA, vec![("customer_id", "cus-bob")], 403, 0),
        (ANA, vec![("sate", "delivered")], 400, 0),
        (ANA, vec![("state", "lost")], 400, 0),
        (ANA, vec![("limit", "0")], 400, 0),
        (ANA, vec![("limit", "101")], 400, 0),
        (ANA, vec![("from", "yesterday")], 400, 0),
        (ANA, vec![("cursor", "nonsense")], 400, 0),
    ] {
        let mut request = call(who.0, who.1, "GET /api/v2/orders", id, &Value::Null);
        request.query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = handle(&bench.deps, request).await;
        let listed: Value = serde_json::from_str(&response.body).unwrap();
        let found = listed["orders"].as_array().map_or(0, Vec::len);
        assert_eq!((response.status, found), (status, n), "{who:?} {query:?}: {listed}");
    }
}

#[tokio::test]
async fn a_draft_is_its_customers_and_the_staffs_to_see() {
    let bench = bench();
    let id = order_at(&bench, State::Draft);
    for (who, status, listed) in [(ANA, 200, 1), (BOB, 404, 0), (VEN_A, 404, 0), (OPS, 200, 1)] {
        let (found, seen) = get(&bench, who, id).await;
        assert_eq!((found, seen["state"].as_str()), (status, (status == 200).then_some("draft")), "{who:?}");
        let response = handle(&bench.deps, call(who.0, who.1, "GET /api/v2/orders", id, &Value::Null)).await;
        let list: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(list["orders"].as_array().map(Vec::len), Some(listed), "{who:?}");
    }
}

#[tokio::test]
async fn a_draft_is_submitted_once_however_often_it_is_clicked() {
    let bench = bench();
    let id = order_at(&bench, State::Draft);
    assert_eq!(post(&bench, BOB, "submit", id, Value::Null).await.0, 404);
    assert_eq!(post(&bench, OPS, "submit", id, Value::Null).await.0, 403);
    let (status, first) = post(&bench, ANA, "submit", id, Value::Null).await;
    assert_eq!((status, first["state"].as_str()), (200, Some("pending_payment")));
    assert_eq!(post(&bench, ANA, "submit", id, Value::Null).await, (200, first));
    let order = bench.orders.order(id);
    assert_eq!((order.seq, order.submitted_at), (2, Some(NOON)));
    assert_eq!(oms_domain::flow::next(&order), oms_domain::flow::Next::Pay);
    assert_eq!(replay(id, &bench.orders.history(id).await.unwrap()), Ok(order));
}

#[tokio::test]
async fn two_submissions_at_once_make_one_order() {
    let bench = bench();
    let id = order_at(&bench, State::Draft);
    let (orders, customer) = (bench.orders.clone(), oms_domain::Actor::new(ActorKind::Customer, "cus-ana"));
    bench.orders.faults.meanwhile("commit", 1, move || {
        let by = oms_domain::change::By::new(customer, NOON);
        orders.overwrite(id, |draft| draft.go(oms_domain::transition::Trigger::OrderSubmitted, &by).unwrap());
    });
    assert_eq!(post(&bench, ANA, "submit", id, Value::Null).await.0, 200);
    assert_eq!((bench.orders.order(id).seq, bench.orders.order(id).state), (2, State::PendingPayment));
}

#[tokio::test]
async fn a_draft_is_discarded_by_its_customer_alone() {
    let bench = bench();
    let id = order_at(&bench, State::Draft);
    let (status, problem) = post(&bench, OPS, "cancel", id, Value::Null).await;
    assert_eq!((status, problem["allowed"].clone()), (409, json!([])));
    assert_eq!(post(&bench, ANA, "cancel", id, Value::Null).await.0, 200);
    let order = bench.orders.order(id);
    assert_eq!((order.state, oms_domain::flow::next(&order)), (State::Cancelled, oms_domain::flow::Next::Wait));
    assert_eq!(post(&bench, ANA, "submit", id, Value::Null).await.0, 409);
}
