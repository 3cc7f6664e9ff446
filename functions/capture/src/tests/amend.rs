//! Correcting an order whose checks failed.

use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_domain::document::PriceSource;
use oms_domain::flow::{self, Next};
use oms_domain::history::{Fact, replay};
use oms_domain::{ActorKind, OrderId, State};
use oms_ports::orders::{Orders as _, Records as _};
use serde_json::{Value, json};

use super::{Bench, MemorySealer, a_document_of, an_order, bench, parsed};
use crate::handle;

/// An order of `cus-ana` for 120.00, paid by card, in this state.
fn order_at(bench: &Bench, state: State) -> OrderId {
    let builder = an_order().of("cus-ana").at(state);
    let built = builder.build();
    bench.orders.seed_with(&built, a_document_of(&built.order));
    builder.id()
}

fn amend(id: OrderId, who: (ActorKind, &str), body: &Value) -> ApiRequest {
    let scopes = oms_contract::api::endpoints::scopes_of(who.0).into_iter().map(str::to_owned).collect();
    ApiRequest {
        route: "PATCH /api/v2/orders/{order_id}".to_owned(),
        path: [("order_id".to_owned(), id.to_string())].into(),
        query: std::collections::BTreeMap::default(),
        headers: std::collections::BTreeMap::default(),
        body: body.to_string().into_bytes(),
        caller: Some(Caller { role: who.0, subject: who.1.to_owned(), scopes }),
    }
}

fn with(mut request: ApiRequest, name: &str, value: &str) -> ApiRequest {
    request.headers.insert(name.to_owned(), value.to_owned());
    request
}

const ANA: (ActorKind, &str) = (ActorKind::Customer, "cus-ana");
const OPS: (ActorKind, &str) = (ActorKind::Operator, "ops");

fn cheaper() -> Value {
    json!({ "lines": [{ "sku": "SKU-1", "quantity": 1, "unit_price": 9000 }], "total": 9000 })
}

async fn answer(bench: &Bench, request: ApiRequest) -> (u16, Value) {
    let response: ApiResponse = handle(&bench.deps, request).await;
    (response.status, parsed(&response))
}

#[tokio::test]
async fn what_is_given_is_corrected_and_the_rest_stays_as_it_was() {
    for who in [ANA, OPS] {
        let bench = bench();
        let id = order_at(&bench, State::ValidationFailed);
        let was = bench.orders.document(id).await.unwrap().unwrap();
        let address = json!({ "name": "Ana Lima", "line1": "Rua Augusta 1", "city": "Lisboa", "postcode": "1100-048", "country": "pt" });
        let (status, body) = answer(&bench, amend(id, who, &json!({ "shipping_address": address }))).await;
        assert_eq!((status, &body["state"]), (200, &json!("validating")), "{body}");
        let now = bench.orders.document(id).await.unwrap().unwrap();
        assert_eq!((now.destination.as_str(), now.prices), ("PT", PriceSource::Catalogue), "whoever corrects it");
        assert_eq!((&now.lines, now.total, &now.claims), (&was.lines, was.total, &was.claims));
        let personal = bench.deps.sealer.open(&now.customer_id, &now.sealed).await.unwrap().unwrap();
        let before = bench.deps.sealer.open(&was.customer_id, &was.sealed).await.unwrap().unwrap();
        assert_eq!(personal.shipping_address.city, "Lisboa");
        assert_eq!((&personal.contact, &personal.device), (&before.contact, &before.device));
        let order = bench.orders.order(id);
        assert_eq!(flow::next(&order), Next::Validate, "the machine goes on");
        assert_eq!(replay(id, &bench.orders.history(id).await.unwrap()).unwrap(), order);
    }
}

#[tokio::test]
async fn a_lower_total_is_what_will_be_charged_and_a_higher_one_than_is_reserved_is_refused() {
    let bench = bench();
    let id = order_at(&bench, State::ValidationFailed);
    let reserved = bench.orders.order(id).payment.authorized;
    let dearer = json!({ "lines": [{ "sku": "SKU-1", "quantity": 1, "unit_price": reserved + 1 }], "total": reserved + 1 });
    let (status, body) = answer(&bench, amend(id, ANA, &dearer)).await;
    assert_eq!(status, 409);
    let told = body["detail"].as_str().unwrap();
    assert!(told.contains(&reserved.to_string()) && told.contains("cancel this order and place a new one"), "{told}");
    assert_eq!(bench.orders.order(id).state, State::ValidationFailed);
    assert_eq!(bench.orders.document(id).await.unwrap().unwrap().total, reserved);

    assert_eq!(answer(&bench, amend(id, ANA, &cheaper())).await.0, 200);
    let (order, document) = (bench.orders.order(id), bench.orders.document(id).await.unwrap().unwrap());
    assert_eq!((order.total, document.total, order.payment.authorized), (9000, 9000, reserved));
    let last = bench.orders.history(id).await.unwrap().pop().unwrap();
    assert_eq!(last.fact, Some(Fact::Corrected { total: 9000 }));
}

#[tokio::test]
async fn only_a_failed_order_of_one_s_own_is_corrected() {
    let bench = bench();
    let id = order_at(&bench, State::ValidationFailed);
    for (who, status) in [((ActorKind::Customer, "cus-bob"), 404), ((ActorKind::Vendor, "ven-1"), 403)] {
        assert_eq!(answer(&bench, amend(id, who, &cheaper())).await.0, status, "{who:?}");
    }
    for state in [State::PendingPayment, State::Validating, State::FraudReview, State::PendingFulfillment, State::Cancelled] {
        let other = super::bench();
        let id = order_at(&other, state);
        let before = other.orders.order(id);
        let (status, body) = answer(&other, amend(id, ANA, &cheaper())).await;
        assert_eq!(status, 409, "{state}");
        assert!(body["allowed"].is_array(), "{state}");
        assert_eq!(other.orders.order(id), before);
    }
}

#[tokio::test]
async fn a_correction_that_is_wrong_itself_changes_nothing_and_says_where() {
    let bench = bench();
    let id = order_at(&bench, State::ValidationFailed);
    let before = bench.orders.order(id);
    for (body, status, at) in [
        (json!({ "lines": [] }), 422, "lines"),
        (json!({ "lines": [{ "sku": "A", "quantity": 0, "unit_price": 1 }] }), 422, "lines[0].quantity"),
        (json!({ "contact": { "name": "Ana", "email": "nobody" } }), 422, "contact.email"),
        (json!({ "claims": { "gift_cards": [{ "card": "6006", "amount": 0 }] } }), 422, "claims.gift_cards[0].amount"),
        (json!({ "total": -1 }), 409, ""),
        // Another way to pay is not given here.
        (json!({ "payment_method": { "kind": "invoice" } }), 400, ""),
        (json!({ "currency": "USD" }), 400, ""),
    ] {
        let (told, answer) = answer(&bench, amend(id, ANA, &body)).await;
        assert_eq!(told, status, "{body}");
        let faults: Vec<&str> =
            answer["errors"].as_array().map(|all| all.iter().filter_map(|f| f["at"].as_str()).collect()).unwrap_or_default();
        assert!(at.is_empty() || faults == [at], "{body}: {faults:?}");
    }
    assert_eq!(bench.orders.order(id), before);
}

#[tokio::test]
async fn a_correction_under_one_key_is_made_once_and_one_of_an_old_version_not_at_all() {
    let bench = bench();
    let id = order_at(&bench, State::ValidationFailed);
    let old = with(amend(id, ANA, &cheaper()), "if-match", "\"1\"");
    assert_eq!(answer(&bench, old).await.0, 412);
    let keyed = || with(amend(id, ANA, &cheaper()), "idempotency-key", "k");
    bench.orders.faults.after("commit", 1);
    assert_eq!(answer(&bench, keyed()).await.0, 503, "written, and the answer was lost");
    let seq = bench.orders.order(id).seq;
    assert_eq!(answer(&bench, keyed()).await.0, 200);
    assert_eq!(bench.orders.order(id).seq, seq);
    let other = with(amend(id, ANA, &json!({ "total": 1 })), "idempotency-key", "k");
    assert_eq!(answer(&bench, other).await.0, 422);
}

#[tokio::test]
async fn corrections_that_collide_are_made_once() {
    let bench = bench();
    let id = order_at(&bench, State::ValidationFailed);
    bench.orders.faults.before("commit", 1);
    assert_eq!(answer(&bench, amend(id, ANA, &cheaper())).await.0, 503);
    assert_eq!(bench.orders.order(id).state, State::ValidationFailed);
    assert_eq!(answer(&bench, amend(id, ANA, &cheaper())).await.0, 200);
    assert_eq!(answer(&bench, amend(id, ANA, &cheaper())).await.0, 409, "it is being checked");
}

#[tokio::test]
async fn an_order_whose_personal_data_was_erased_is_not_corrected() {
    let (mut bench, sealer) = (bench(), std::sync::Arc::new(MemorySealer::default()));
    bench.deps.sealer = sealer.clone();
    let id = order_at(&bench, State::ValidationFailed);
    sealer.destroy(&"cus-ana".parse().unwrap());
    let (status, body) = answer(&bench, amend(id, ANA, &cheaper())).await;
    assert_eq!(status, 409);
    assert!(body["detail"].as_str().unwrap().contains("erased"));
}
