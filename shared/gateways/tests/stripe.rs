//! The adapter on the wire: the exact requests it sends, and what it makes of each answer.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use std::time::Duration;

use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::{Money, OrderId};
use oms_fakes::wire::{Reply, Server};
use oms_gateways::stripe::{API_VERSION, Stripe};
use oms_ports::PortError;
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};
use serde_json::{Value, json};

const ORDER: &str = "019aafa9-2400-7000-8000-000000000001";
const INTENT: &str = "/v1/payment_intents/pi_1";

fn order() -> OrderId {
    ORDER.parse().unwrap()
}

fn euros(amount: i64) -> Money {
    Money::new(amount, "EUR".parse().unwrap())
}

fn request() -> Authorization {
    Authorization {
        order_id: order(),
        attempt: 1,
        amount: euros(12_000),
        method: PaymentMethod { kind: MethodKind::Card, token: "pm_card_visa".into() },
        key: format!("{ORDER}/authorize/1"),
    }
}

fn intent(status: &str, more: &Value) -> Value {
    let mut intent = json!({
        "id": "pi_1", "object": "payment_intent", "status": status, "currency": "eur", "client_secret": "pi_1_secret_2",
        "metadata": { "order_id": ORDER, "attempt": "1" },
    });
    intent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    intent
}

fn authorized() -> Value {
    intent("requires_capture", &json!({ "amount_capturable": 12_000 }))
}

fn captured() -> Value {
    intent("succeeded", &json!({ "amount_received": 12_000, "latest_charge": { "id": "ch_1", "amount_refunded": 0 } }))
}

fn payment(standing: Standing) -> GatewayPayment {
    GatewayPayment { intent: "pi_1".into(), order_id: order(), attempt: 1, currency: "EUR".into(), standing, evidence: None }
}

fn declined(code: &str, hard: bool) -> Standing {
    Standing::Declined { code: code.into(), hard }
}

fn error(kind: &str, more: &Value) -> Value {
    let mut error = json!({ "type": kind, "message": "No." });
    error.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "error": error })
}

fn stripe(server: &Server) -> Stripe {
    Stripe::new(&format!("{}/", server.uri()), "sk_test_1".into(), Duration::from_secs(5)).unwrap()
}

fn answering(status: u16, body: &Value) -> Server {
    let reply = Reply::json(status, body);
    Server::answering(move |_| reply.clone())
}

#[tokio::test]
async fn an_authorization_is_one_confirmed_intent_with_manual_capture() {
    let server = answering(200, &authorized());
    let form = format!(
        "amount=12000&currency=eur&capture_method=manual&confirm=true&payment_method=pm_card_visa&payment_method_types%5B%5D=card\
         &metadata%5Border_id%5D={ORDER}&metadata%5Battempt%5D=1&expand%5B%5D=latest_charge"
    );
    let answer = stripe(&server).authorize(&request()).await.unwrap();
    assert_eq!(answer, payment(Standing::Authorized { amount: 12_000 }));
    let asked = server.asked_once();
    assert!(asked.is("POST", "/v1/payment_intents"), "{asked:?}");
    for (name, value) in [
        ("authorization", "Bearer sk_test_1"),
        ("stripe-version", API_VERSION),
        ("idempotency-key", &format!("{ORDER}/authorize/1")),
        ("content-type", "application/x-www-form-urlencoded"),
    ] {
        assert_eq!(asked.header(name), Some(value), "{name}");
    }
    assert_eq!(asked.text(), form);
}

#[tokio::test]
async fn yen_are_sent_whole_and_fils_by_tens_or_not_at_all() {
    for (code, amount, sent) in
        [("JPY", 1_500, Some("amount=1500&currency=jpy&")), ("KWD", 1_250, Some("amount=1250&currency=kwd&")), ("KWD", 1_255, None)]
    {
        let server = answering(200, &authorized());
        let amount = Money::new(amount, code.parse().unwrap());
        let answer = stripe(&server).authorize(&Authorization { amount, ..request() }).await;
        if let Some(start) = sent {
            assert!(server.asked_once().text().starts_with(start), "{code}");
        } else {
            assert!(server.asked().is_empty(), "{code}: nothing may be sent");
            assert!(matches!(answer, Err(PortError::Refused { .. })), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn refused_cards_are_answers() {
    let failed = intent("requires_payment_method", &json!({ "last_payment_error": { "code": "card_declined" } }));
    for (code, decline_code, standing) in [
        ("card_declined", Some("insufficient_funds"), declined("insufficient_funds", false)),
        ("card_declined", Some("stolen_card"), declined("stolen_card", true)),
        ("expired_card", None, declined("expired_card", true)),
    ] {
        let body = error("card_error", &json!({ "code": code, "decline_code": decline_code, "payment_intent": failed }));
        let server = answering(402, &body);
        assert_eq!(stripe(&server).authorize(&request()).await.unwrap(), payment(standing), "{code}");
    }
    let server = answering(200, &intent("requires_action", &json!({})));
    let standing = Standing::ActionRequired { client_secret: "pi_1_secret_2".into() };
    assert_eq!(stripe(&server).authorize(&request()).await.unwrap(), payment(standing));
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused_and_what_we_did_wrong_is_not_blamed_on_the_customer() {
    let invalid = |more: Value| error("invalid_request_error", &more);
    for (body, refused) in [
        (invalid(json!({ "code": "resource_missing", "param": "payment_method" })), Some("resource_missing")),
        (invalid(json!({ "code": "amount_too_small", "param": "amount" })), Some("amount_too_small")),
        (invalid(json!({ "message": "The provided PaymentMethod … It may not be used again." })), Some("payment_method_used_up")),
        (invalid(json!({ "code": "parameter_unknown", "param": "colour" })), None),
        (error("idempotency_error", &json!({})), None),
    ] {
        let server = answering(400, &body);
        match (stripe(&server).authorize(&request()).await, refused) {
            (Err(PortError::Refused { code, .. }), Some(expected)) => assert_eq!(code, expected),
            (Err(PortError::Corrupt { .. }), None) => {}
            (answer, _) => panic!("{body}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn failures_are_sorted_by_what_to_do_about_them() {
    for (status, sort) in
        [(429, "throttled"), (409, "unavailable"), (500, "unavailable"), (503, "unavailable"), (401, "corrupt"), (302, "corrupt")]
    {
        let server = answering(status, &error("api_error", &json!({})));
        for answer in [
            stripe(&server).authorize(&request()).await.unwrap_err(),
            stripe(&server).capture("pi_1", euros(1), "k").await.unwrap_err(),
            stripe(&server).void("pi_1", "k").await.unwrap_err(),
            stripe(&server).retrieve("pi_1").await.unwrap_err(),
            stripe(&server).refund("pi_1", euros(1), "k").await.unwrap_err(),
            stripe(&server).find(order(), 1).await.unwrap_err(),
            stripe(&server).find_refund("pi_1", "k").await.unwrap_err(),
        ] {
            let found = match &answer {
                PortError::Throttled(_) => "throttled",
                PortError::Unavailable { .. } => "unavailable",
                PortError::Corrupt { .. } => "corrupt",
                PortError::Conflict | PortError::Refused { .. } => "other",
            };
            assert_eq!(found, sort, "{status}");
            assert!(!answer.to_string().contains("sk_test_1") && !answer.to_string().contains("http"), "{answer}");
        }
    }
    let nobody = Stripe::new("http://127.0.0.1:9", "sk_test_1".into(), Duration::from_secs(5)).unwrap();
    assert!(matches!(nobody.retrieve("pi_1").await, Err(PortError::Unavailable { .. })));
    let server = answering(200, &json!({ "id": 7 }));
    assert!(matches!(stripe(&server).retrieve("pi_1").await, Err(PortError::Corrupt { .. })));
}

#[tokio::test]
async fn a_capture_takes_the_amount_named() {
    let server = answering(200, &captured());
    let answer = stripe(&server).capture("pi_1", euros(12_000), "order/capture/1").await.unwrap();
    assert_eq!(answer, payment(Standing::Captured { amount: 12_000, refunded: 0 }));
    let asked = server.asked_once();
    assert!(asked.is("POST", &format!("{INTENT}/capture")), "{asked:?}");
    assert_eq!(asked.header("idempotency-key"), Some("order/capture/1"));
    assert_eq!(asked.text(), "amount_to_capture=12000&expand%5B%5D=latest_charge");
}

#[tokio::test]
async fn calls_that_the_payment_does_not_stand_for_are_refused_and_our_mistakes_are_not() {
    let invalid = |code: &str| error("invalid_request_error", &json!({ "code": code }));
    for (status, body, refused) in [
        (400, invalid("payment_intent_unexpected_state"), Some("payment_intent_unexpected_state")),
        (400, invalid("charge_expired_for_capture"), Some("charge_expired_for_capture")),
        (402, error("card_error", &json!({ "code": "card_declined", "decline_code": "do_not_honor" })), Some("do_not_honor")),
        (400, invalid("parameter_unknown"), None),
    ] {
        let server = answering(status, &body);
        for answer in [
            stripe(&server).capture("pi_1", euros(12_000), "k").await.unwrap_err(),
            stripe(&server).void("pi_1", "k").await.unwrap_err(),
            stripe(&server).refund("pi_1", euros(12_000), "k").await.unwrap_err(),
        ] {
            match (answer, refused) {
                (PortError::Refused { code, .. }, Some(expected)) => assert_eq!(code, expected),
                (PortError::Corrupt { .. }, None) => {}
                (answer, _) => panic!("{body}: {answer:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_void_ends_the_payment() {
    let server = answering(200, &intent("canceled", &json!({})));
    assert_eq!(stripe(&server).void("pi_1", "order/void/1").await.unwrap(), payment(Standing::Voided));
    let asked = server.asked_once();
    assert!(asked.is("POST", &format!("{INTENT}/cancel")), "{asked:?}");
    assert_eq!(asked.header("idempotency-key"), Some("order/void/1"));
}

#[tokio::test]
async fn a_refund_carries_our_key() {
    let server = answering(200, &json!({ "id": "re_1", "status": "pending" }));
    assert_eq!(stripe(&server).refund("pi_1", euros(4_000), "order/refund/0").await.unwrap(), "re_1");
    let asked = server.asked_once();
    assert!(asked.is("POST", "/v1/refunds"), "{asked:?}");
    assert_eq!(asked.header("idempotency-key"), Some("order/refund/0"));
    assert_eq!(asked.text(), "payment_intent=pi_1&amount=4000&metadata%5Bkey%5D=order%2Frefund%2F0");

    for (status, body) in [
        (200, json!({ "id": "re_1", "status": "failed" })),
        (400, error("invalid_request_error", &json!({ "code": "charge_already_refunded" }))),
    ] {
        let server = answering(status, &body);
        assert!(matches!(stripe(&server).refund("pi_1", euros(1), "k").await, Err(PortError::Refused { .. })), "{body}");
    }
}

#[tokio::test]
async fn payments_are_found_by_order_and_attempt() {
    let abandoned = json!({ "id": "pi_0", "status": "canceled", "currency": "eur", "metadata": { "order_id": ORDER, "attempt": "1" } });
    let other = json!({ "id": "pi_9", "status": "canceled", "currency": "eur", "metadata": { "order_id": ORDER, "attempt": "2" } });
    let result = json!({ "object": "search_result", "data": [abandoned, authorized(), other], "has_more": false });
    let server = answering(200, &result);
    let found = stripe(&server).find(order(), 1).await.unwrap();
    assert_eq!(found, Some(payment(Standing::Authorized { amount: 12_000 })), "the one that holds money");
    let asked = server.asked_once();
    assert!(asked.is("GET", "/v1/payment_intents/search"), "{asked:?}");
    assert_eq!(asked.query("query"), Some(format!("metadata['order_id']:'{ORDER}' AND metadata['attempt']:'1'").as_str()));
    assert_eq!(asked.query("expand[]"), Some("data.latest_charge"));

    let server = answering(200, &json!({ "data": [] }));
    assert_eq!(stripe(&server).find(order(), 1).await.unwrap(), None);
}

#[tokio::test]
async fn a_payment_that_is_not_there_or_not_ours_is_none() {
    let server = answering(404, &error("invalid_request_error", &json!({ "code": "resource_missing" })));
    assert_eq!(stripe(&server).retrieve("pi_1").await.unwrap(), None);
    let server = answering(200, &intent("canceled", &json!({ "metadata": {} })));
    assert_eq!(stripe(&server).retrieve("pi_1").await.unwrap(), None);
}

#[tokio::test]
async fn refunds_are_found_by_key_over_all_pages() {
    let refund = |id: &str, key: &str, status: &str| json!({ "id": id, "status": status, "metadata": { "key": key } });
    let first = json!({ "data": [refund("re_1", "mine", "failed"), refund("re_2", "other", "succeeded")], "has_more": true });
    let last = json!({ "data": [refund("re_3", "mine", "succeeded")], "has_more": false });
    let server = Server::answering(move |asked| match (asked.query("starting_after"), asked.query("payment_intent")) {
        _ if asked.path != "/v1/refunds" => Reply::unknown(),
        (Some("re_2"), _) => Reply::json(200, &last),
        (_, Some("pi_1")) => Reply::json(200, &first),
        _ => Reply::unknown(),
    });
    assert_eq!(stripe(&server).find_refund("pi_1", "mine").await.unwrap(), Some("re_3".into()), "a failed refund is none");
    assert_eq!(stripe(&server).find_refund("pi_1", "absent").await.unwrap(), None);
}
