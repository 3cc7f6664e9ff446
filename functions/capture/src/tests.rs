use super::*;

mod amend;

use oms_domain::history::replay;
use oms_fakes::{CountingEntropy, Fault, FixedClock, MemoryOrders, MemorySealer, NOON, a_document_of, an_order};
use serde_json::json;

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
}

fn bench() -> Bench {
    let orders = Arc::new(MemoryOrders::default());
    let deps = Deps {
        orders: orders.clone(),
        drafts: orders.clone(),
        records: orders.clone(),
        sealer: Arc::new(MemorySealer::default()),
        clock: Arc::new(FixedClock::at(NOON)),
        entropy: Arc::new(CountingEntropy::default()),
    };
    Bench { deps, orders }
}

fn body() -> Value {
    json!({
        "currency": "EUR",
        "lines": [{ "sku": "A-1", "quantity": 2, "unit_price": 1000, "tax": 380 }],
        "shipping": 500, "shipping_tax": 95, "total": 2975,
        "contact": { "name": "Ana Lima", "email": "ana@example.com" },
        "shipping_address": { "name": "Ana Lima", "line1": "Invalidenstr. 1", "city": "Berlin", "postcode": "10115", "country": "de" },
        "payment_method": { "kind": "card", "token": "pm_card_visa" },
    })
}

fn request(role: ActorKind, subject: &str, key: Option<&str>, body: &Value) -> ApiRequest {
    ApiRequest {
        route: "POST /api/v2/orders".to_owned(),
        path: std::collections::BTreeMap::default(),
        query: std::collections::BTreeMap::default(),
        headers: key.into_iter().map(|key| ("idempotency-key".to_owned(), key.to_owned())).collect(),
        body: body.to_string().into_bytes(),
        caller: Some(Caller { role, subject: subject.to_owned(), scopes: vec!["orders:write".to_owned()] }),
    }
}

fn mine(key: &str, body: &Value) -> ApiRequest {
    request(ActorKind::Customer, "cus-ana", Some(key), body)
}

fn parsed(response: &ApiResponse) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

#[tokio::test]
async fn an_order_is_captured_and_named() {
    let bench = bench();
    let response = handle(&bench.deps, mine("k", &body())).await;
    assert_eq!(response.status, 201, "{}", response.body);
    let placed: PlacedOrder = serde_json::from_str(&response.body).unwrap();
    assert_eq!(placed.created_at, NOON);
    assert_eq!(response.headers, [("location", format!("/api/v2/orders/{}", placed.order_id)), ("etag", "\"1\"".to_owned())]);
    let order = bench.orders.order(placed.order_id);
    assert_eq!((order.state, order.total, order.customer_id.as_str()), (State::PendingPayment, 2975, "cus-ana"));
}

#[tokio::test]
async fn the_document_keeps_no_personal_data_in_the_clear() {
    let bench = bench();
    let placed = parsed(&handle(&bench.deps, mine("k", &body())).await);
    let id = placed["order_id"].as_str().unwrap().parse().unwrap();
    let document = bench.orders.document(id).await.unwrap().unwrap();
    let stored = serde_json::to_string(&document).unwrap();
    for personal in ["Ana", "example.com", "Invalidenstr", "10115", "Berlin"] {
        assert!(!stored.contains(personal), "{personal} stands in {stored}");
    }
    assert_eq!(document.destination, "DE");
    assert_eq!(document.prices, PriceSource::Catalogue);
}

#[tokio::test]
async fn a_repeated_request_gives_the_same_answer_and_no_second_order() {
    let bench = bench();
    let first = handle(&bench.deps, mine("k", &body())).await;
    let spaced = serde_json::to_vec_pretty(&body()).unwrap();
    let again = handle(&bench.deps, ApiRequest { body: spaced, ..mine("k", &body()) }).await;
    assert_eq!(again, first);
    let quoted = handle(&bench.deps, mine("\"k\"", &body())).await;
    assert_eq!(quoted, first);
}

#[tokio::test]
async fn a_key_is_good_for_one_body_and_one_caller() {
    let bench = bench();
    let first = parsed(&handle(&bench.deps, mine("k", &body())).await);
    let mut other = body();
    other["reference"] = json!("another");
    assert_eq!(handle(&bench.deps, mine("k", &other)).await.status, 422);
    let theirs = parsed(&handle(&bench.deps, request(ActorKind::Customer, "cus-bob", Some("k"), &body())).await);
    assert_ne!(theirs["order_id"], first["order_id"]);
}

#[tokio::test]
async fn an_answer_lost_after_the_write_is_given_again() {
    let bench = bench();
    bench.orders.faults.after("create", 1);
    assert_eq!(handle(&bench.deps, mine("k", &body())).await.status, 503);
    let again = handle(&bench.deps, mine("k", &body())).await;
    assert_eq!(again.status, 201);
    let id = parsed(&again)["order_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(bench.orders.order(id).seq, 1);
}

#[tokio::test]
async fn operators_order_for_a_named_customer_at_stated_prices() {
    let bench = bench();
    let nobody = handle(&bench.deps, request(ActorKind::Operator, "ops", Some("k"), &body())).await;
    assert_eq!((nobody.status, parsed(&nobody)["errors"][0]["at"].as_str()), (422, Some("customer_id")));
    let mut named = body();
    named["customer_id"] = json!("cus-bob");
    let placed = parsed(&handle(&bench.deps, request(ActorKind::Operator, "ops", Some("k"), &named)).await);
    let id: OrderId = placed["order_id"].as_str().unwrap().parse().unwrap();
    let document = bench.orders.document(id).await.unwrap().unwrap();
    assert_eq!((document.customer_id.as_str(), document.prices), ("cus-bob", PriceSource::Stated));
}

#[tokio::test]
async fn customers_order_for_themselves_only() {
    let bench = bench();
    let mut named = body();
    named["customer_id"] = json!("cus-bob");
    assert_eq!(handle(&bench.deps, mine("k", &named)).await.status, 403);
    named["customer_id"] = json!("cus-ana");
    assert_eq!(handle(&bench.deps, mine("k", &named)).await.status, 201, "the refusal did not use the key up");
}

#[tokio::test]
async fn everything_wrong_is_told_at_once_with_its_path() {
    let mut wrong = body();
    wrong["currency"] = json!("euro");
    wrong["lines"] = json!([{ "sku": "A#1", "quantity": 0, "unit_price": -1 }]);
    wrong["contact"]["email"] = json!("ana");
    wrong["shipping_address"]["country"] = json!("Germany");
    wrong["shipping_address"]["city"] = json!(" ");
    let response = handle(&bench().deps, mine("k", &wrong)).await;
    assert_eq!(response.status, 422);
    let problem: Problem = serde_json::from_str(&response.body).unwrap();
    let paths: Vec<&str> = problem.errors.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        paths,
        ["lines[0].quantity", "lines[0].sku", "currency", "contact.email", "shipping_address.country", "shipping_address.city"]
    );
}

#[tokio::test]
async fn cards_need_a_token_and_invoices_have_none() {
    use oms_ports::orders::Orders as _;
    for (method, fault) in [
        (json!({ "kind": "card", "token": " pm_card_visa " }), None),
        (json!({ "kind": "invoice" }), None),
        (json!({ "kind": "card" }), Some("payment_method.token")),
        (json!({ "kind": "card", "token": "  " }), Some("payment_method.token")),
        (json!({ "kind": "invoice", "token": "pm_card_visa" }), Some("payment_method.token")),
        (json!({ "kind": "cheque", "token": "x" }), Some("payment_method.kind")),
    ] {
        let bench = bench();
        let mut order = body();
        order["payment_method"] = method.clone();
        let answer = parsed(&handle(&bench.deps, mine("k", &order)).await);
        assert_eq!(answer["errors"][0]["at"].as_str(), fault, "{method}: {answer}");
        if fault.is_none() {
            let id = answer["order_id"].as_str().unwrap().parse().unwrap();
            let kept = bench.orders.document(id).await.unwrap().unwrap().payment_method;
            assert_eq!(
                (kept.kind.to_string().as_str(), kept.token.is_empty()),
                (method["kind"].as_str().unwrap(), method["kind"] == "invoice")
            );
        }
    }
}

#[tokio::test]
async fn a_card_number_is_refused_wherever_it_is_written_and_not_repeated() {
    let number = "4242 4242 4242 4242";
    for at in [
        "payment_method.token",
        "contact.name",
        "shipping_address.name",
        "shipping_address.line1",
        "shipping_address.line2",
        "shipping_address.city",
    ] {
        let bench = bench();
        let mut order = body();
        let (part, field) = at.split_once('.').unwrap();
        order[part][field] = json!(format!("to {number}"));
        let response = handle(&bench.deps, mine("k", &order)).await;
        assert_eq!((response.status, parsed(&response)["errors"][0]["at"].as_str()), (422, Some(at)));
        assert!(!response.body.contains("4242"), "{}", response.body);
        assert!(response.body.contains("Visa") && response.body.contains("token"), "{}", response.body);
    }
}

#[tokio::test]
async fn malformed_requests_are_refused_precisely() {
    let long = "k".repeat(256);
    let unknown = {
        let mut body = body();
        body["totl"] = json!(1);
        body
    };
    let fraction = {
        let mut body = body();
        body["total"] = json!(29.75);
        body
    };
    for (name, request, status, mention) in [
        ("no key", request(ActorKind::Customer, "cus-ana", None, &body()), 400, "Idempotency-Key"),
        ("an empty key", mine("  ", &body()), 400, "Idempotency-Key"),
        ("a long key", mine(&long, &body()), 400, "255"),
        ("not JSON", ApiRequest { body: b"{".to_vec(), ..mine("k", &body()) }, 400, "line 1 column 1"),
        ("an unknown member", mine("k", &unknown), 400, "totl"),
        ("a fraction of a cent", mine("k", &fraction), 400, "29.75"),
        (
            "no lines",
            mine("k", &{
                let mut b = body();
                b["lines"] = json!([]);
                b
            }),
            422,
            "lines",
        ),
        ("too large", ApiRequest { body: vec![b' '; 300_000], ..mine("k", &body()) }, 413, "262144"),
        ("a vendor", request(ActorKind::Vendor, "v", Some("k"), &body()), 403, "vendor"),
    ] {
        let response = handle(&bench().deps, request).await;
        assert_eq!(response.status, status, "{name}: {}", response.body);
        assert!(response.body.contains(mention), "{name}: {}", response.body);
    }
}

#[tokio::test]
async fn a_store_in_trouble_is_told_as_such_and_nothing_is_half_done() {
    let bench = bench();
    bench.orders.faults.before("create", 1);
    let response = handle(&bench.deps, mine("k", &body())).await;
    assert_eq!(response.status, 503);
    assert!(response.headers.iter().any(|(name, _)| *name == "retry-after"));
    assert_eq!(handle(&bench.deps, mine("k", &body())).await.status, 201);
}

fn draft(key: &str, body: &Value) -> ApiRequest {
    ApiRequest { route: "POST /api/v2/drafts".to_owned(), ..mine(key, body) }
}

fn edit(id: OrderId, key: Option<&str>, body: &Value) -> ApiRequest {
    let path = [("order_id".to_owned(), id.to_string())].into();
    ApiRequest { route: "PUT /api/v2/drafts/{order_id}".to_owned(), path, ..request(ActorKind::Customer, "cus-ana", key, body) }
}

fn dearer() -> Value {
    let mut body = body();
    body["lines"][0]["quantity"] = json!(3);
    body["total"] = json!(3975);
    body
}

/// A draft of `cus-ana`.
async fn drafted(bench: &Bench) -> OrderId {
    let placed = handle(&bench.deps, draft("d", &body())).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    parsed(&placed)["order_id"].as_str().unwrap().parse().unwrap()
}

fn etag(response: &ApiResponse) -> Option<&str> {
    response.headers.iter().find(|(name, _)| *name == "etag").map(|(_, tag)| tag.as_str())
}

#[tokio::test]
async fn a_draft_is_kept_once_and_nothing_happens_to_it() {
    let bench = bench();
    let id = drafted(&bench).await;
    assert_eq!(drafted(&bench).await, id, "the same request again");
    let order = bench.orders.order(id);
    assert_eq!((order.state, order.total, order.seq), (State::Draft, 2975, 1));
    assert_eq!(oms_domain::flow::next(&order), oms_domain::flow::Next::Wait);
    assert_eq!(handle(&bench.deps, mine("d", &body())).await.status, 422, "a draft's key is not an order's");
}

#[tokio::test]
async fn an_edit_replaces_document_and_total_together() {
    let bench = bench();
    let id = drafted(&bench).await;
    let response = handle(&bench.deps, edit(id, None, &dearer())).await;
    assert_eq!((response.status, etag(&response)), (200, Some("\"2\"")), "{}", response.body);
    let (order, document) = (bench.orders.order(id), bench.orders.document(id).await.unwrap().unwrap());
    assert_eq!((order.state, order.total, document.total, document.lines[0].quantity), (State::Draft, 3975, 3975, 3));
    assert_eq!(replay(id, &bench.orders.history(id).await.unwrap()), Ok(order));
}

#[tokio::test]
async fn an_edit_back_leaves_everything_as_it_was() {
    let bench = bench();
    let id = drafted(&bench).await;
    let before = bench.orders.document(id).await.unwrap().unwrap();
    for body in [dearer(), body()] {
        assert_eq!(handle(&bench.deps, edit(id, None, &body)).await.status, 200);
    }
    let after = bench.orders.document(id).await.unwrap().unwrap();
    assert_eq!(Document { sealed: before.sealed.clone(), ..after }, before);
    assert_eq!(bench.orders.order(id).total, 2975);
}

#[tokio::test]
async fn an_edit_under_one_key_is_made_once_and_for_one_body() {
    let bench = bench();
    let id = drafted(&bench).await;
    bench.orders.faults.after("commit", 1);
    assert_eq!(handle(&bench.deps, edit(id, Some("e"), &dearer())).await.status, 503, "the answer is lost");
    for _ in 0..2 {
        let again = handle(&bench.deps, edit(id, Some("e"), &dearer())).await;
        assert_eq!((again.status, etag(&again)), (200, Some("\"2\"")));
    }
    assert_eq!(handle(&bench.deps, edit(id, Some("e"), &body())).await.status, 422);
    assert_eq!(bench.orders.order(id).seq, 2);
}

#[tokio::test]
async fn an_edit_of_an_old_version_or_of_another_s_draft_changes_nothing() {
    let bench = bench();
    let id = drafted(&bench).await;
    assert_eq!(handle(&bench.deps, edit(id, None, &dearer())).await.status, 200);
    let mut late = edit(id, None, &body());
    late.headers.insert("if-match".to_owned(), "\"1\"".to_owned());
    assert_eq!(handle(&bench.deps, late).await.status, 412);
    let mut theirs = edit(id, None, &body());
    theirs.caller = theirs.caller.map(|caller| Caller { subject: "cus-bob".to_owned(), ..caller });
    assert_eq!(handle(&bench.deps, theirs).await.status, 404);
    assert_eq!(handle(&bench.deps, edit(OrderId::new(NOON, [9; 10]), None, &body())).await.status, 404);
    let mut invalid = dearer();
    invalid["lines"] = json!([]);
    assert_eq!(handle(&bench.deps, edit(id, None, &invalid)).await.status, 422);
    assert_eq!((bench.orders.order(id).seq, bench.orders.order(id).total), (2, 3975));
}

#[tokio::test]
async fn what_was_submitted_is_settled() {
    let bench = bench();
    let id = drafted(&bench).await;
    let customer = By::new(oms_domain::Actor::new(ActorKind::Customer, "cus-ana"), NOON);
    bench.orders.overwrite(id, |order| order.go(oms_domain::transition::Trigger::OrderSubmitted, &customer).unwrap());
    let response = handle(&bench.deps, edit(id, None, &dearer())).await;
    assert_eq!((response.status, parsed(&response)["allowed"].clone()), (409, json!(["cancelled_or_timed_out"])));
    assert_eq!(bench.orders.document(id).await.unwrap().unwrap().total, 2975);
}

#[tokio::test]
async fn edits_that_collide_are_tried_once_more_and_then_told() {
    let bench = bench();
    let id = drafted(&bench).await;
    bench.orders.faults.before_with("commit", 1, Fault::Conflict);
    assert_eq!(handle(&bench.deps, edit(id, None, &dearer())).await.status, 200);
    bench.orders.faults.always("commit", Fault::Conflict);
    assert_eq!(handle(&bench.deps, edit(id, None, &body())).await.status, 409);
    assert_eq!(bench.orders.document(id).await.unwrap().unwrap().total, 3975, "nothing is half done");
}

#[tokio::test]
async fn only_customers_keep_drafts() {
    let bench = bench();
    let operator = request(ActorKind::Operator, "ops", Some("k"), &body());
    let operator = ApiRequest { route: "POST /api/v2/drafts".to_owned(), ..operator };
    assert_eq!(handle(&bench.deps, operator).await.status, 403);
}
