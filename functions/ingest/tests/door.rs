//! Who gets in, and what happens to what they bring.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::collections::BTreeMap;
use std::sync::Arc;

use ingest::secrets::Secrets;
use ingest::{Deps, MAX_WEBHOOK, handle};
use oms_contract::http::ApiRequest;
use oms_contract::queue::WebhookMessage;
use oms_fakes::{FixedClock, MemoryQueue, at};
use oms_ports::messaging::WebhookQueue;

// Signatures made with Python's hmac, not by the code under test:
//   hmac.new(b"whsec_gateway", b'1795435200.{"id":"evt_1"}', "sha256").hexdigest()
const BODY: &str = r#"{"id":"evt_1"}"#;
const TIME: &str = "1795435200";
const STRIPE: &str = "fa707890e192508f2af29ce3836e56c2f7aa009442210f346bc67a5ebd097674";
//   base64(hmac.new(b"carrier-secret", b'msg_1.1795435200.{"id":"evt_1"}', "sha256").digest())
const STANDARD: &str = "x6q7YyW2rtv7PFZMI+cFeRbP9uPD6T5UdIogZh++fLs=";
//   the same with the key behind whsec_Y2Fycmllci1zZWNyZXQ= ("carrier-secret" in base64) is the same signature

fn request(route: &str, parameter: &str, name: &str, headers: &[(&str, &str)], body: &[u8]) -> ApiRequest {
    ApiRequest {
        route: route.to_owned(),
        path: BTreeMap::from([(parameter.to_owned(), name.to_owned())]),
        query: BTreeMap::new(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.to_vec(),
        caller: None,
    }
}

fn payment(signature: &str, body: &str) -> ApiRequest {
    request("POST /webhooks/payments/{gateway}", "gateway", "stripe", &[("stripe-signature", signature)], body.as_bytes())
}

fn parcel(headers: &[(&str, &str)], body: &str) -> ApiRequest {
    request("POST /webhooks/carriers/{carrier}", "carrier", "dhl", headers, body.as_bytes())
}

fn signed<'a>(id: &'a str, time: &'a str, signature: &'a str) -> [(&'a str, &'a str); 3] {
    [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)]
}

struct Door {
    deps: Deps,
    queue: Arc<MemoryQueue>,
    clock: Arc<FixedClock>,
}

fn door() -> Door {
    door_with("carrier-secret")
}

fn door_with(carriers: &str) -> Door {
    let queue = Arc::new(MemoryQueue::default());
    let clock = Arc::new(FixedClock::at(at("2026-11-23T12:00:00Z")));
    let secrets = Secrets { payments: "whsec_gateway".to_owned().into(), carriers: carriers.to_owned().into() };
    Door { deps: Deps { queue: queue.clone(), secrets, clock: clock.clone() }, queue, clock }
}

impl Door {
    async fn status(&self, request: &ApiRequest) -> u16 {
        let answer = handle(&self.deps, request).await;
        if answer.status >= 400 {
            assert_eq!(answer.content_type, "application/problem+json");
            assert!(!answer.body.contains("secret"), "{}", answer.body);
        }
        answer.status
    }
}

#[tokio::test]
async fn a_good_webhook_is_queued_as_it_came() {
    let door = door();
    assert_eq!(door.status(&payment(&format!("t={TIME},v1={STRIPE},v0=x"), BODY)).await, 200);
    assert_eq!(door.status(&parcel(&signed("msg_1", TIME, &format!("v1,{STANDARD}")), BODY)).await, 200);
    assert_eq!(door.status(&parcel(&[("x-webhook-token", "carrier-secret")], BODY)).await, 200);
    let message =
        |source: &str| WebhookMessage { source: source.to_owned(), received_at: at("2026-11-23T12:00:00Z"), body: BODY.to_owned() };
    let carriers = (WebhookQueue::Carriers, message("dhl"));
    assert_eq!(door.queue.queued(), [(WebhookQueue::Payments, message("stripe")), carriers.clone(), carriers]);
}

#[tokio::test]
async fn several_signatures_are_taken_while_a_secret_changes() {
    let door = door();
    assert_eq!(door.status(&payment(&format!("t={TIME}, v1={}, v1={STRIPE}", "0".repeat(64)), BODY)).await, 200);
    assert_eq!(door.status(&parcel(&signed("msg_1", TIME, &format!("v1,AAAA v1a,x v1,{STANDARD}")), BODY)).await, 200);
    let encoded = door_with("whsec_Y2Fycmllci1zZWNyZXQ=");
    assert_eq!(encoded.status(&parcel(&signed("msg_1", TIME, &format!("v1,{STANDARD}")), BODY)).await, 200);
}

#[tokio::test]
async fn a_bad_proof_is_refused_and_nothing_is_queued() {
    let good = format!("v1,{STANDARD}");
    let forged = [
        payment("", BODY),
        payment("t=1795435200", BODY),
        payment("v1=00", BODY),
        payment(&format!("t={TIME},v1="), BODY),
        payment(&format!("t=now,v1={STRIPE}"), BODY),
        payment(&format!("t=1795435201,v1={STRIPE}"), BODY),
        payment(&format!("t={TIME},v0={STRIPE}"), BODY),
        payment(&format!("t={TIME},v1={}", &STRIPE[..63]), BODY),
        payment(&format!("t={TIME},v1={}", "0".repeat(64)), BODY),
        payment(&format!("t={TIME},v1={STRIPE}"), r#"{"id":"evt_2"}"#),
        payment(&format!("t={TIME},v1={STRIPE}"), ""),
        request("POST /webhooks/payments/{gateway}", "gateway", "stripe", &[], BODY.as_bytes()),
        request("POST /webhooks/payments/{gateway}", "gateway", "stripe", &[("x-webhook-token", "whsec_gateway")], BODY.as_bytes()),
        parcel(&[], BODY),
        parcel(&[("x-webhook-token", "")], BODY),
        parcel(&[("x-webhook-token", "carrier-secre")], BODY),
        parcel(&[("webhook-signature", &good)], BODY),
        parcel(&signed("msg_2", TIME, &good), BODY),
        parcel(&signed("msg_1", "1795435201", &good), BODY),
        parcel(&signed("msg_1", TIME, STANDARD), BODY),
        parcel(&signed("msg_1", TIME, &good), "{}"),
        // A good token does not make a bad signature good.
        parcel(&[&signed("msg_1", TIME, "v1,AAAA")[..], &[("x-webhook-token", "carrier-secret")]].concat(), BODY),
    ];
    let door = door();
    for request in &forged {
        assert_eq!(door.status(request).await, 401, "{:?}", request.headers);
    }
    assert_eq!(door.queue.queued(), []);
}

#[tokio::test]
async fn a_signature_is_good_for_five_minutes_either_way() {
    let door = door();
    for (now, status) in [
        ("2026-11-23T11:54:59Z", 401),
        ("2026-11-23T11:55:00Z", 200),
        ("2026-11-23T12:05:00Z", 200),
        ("2026-11-23T12:05:01Z", 401),
        ("9999-01-01T00:00:00Z", 401),
    ] {
        door.clock.set(at(now));
        assert_eq!(door.status(&payment(&format!("t={TIME},v1={STRIPE}"), BODY)).await, status, "{now}");
        assert_eq!(door.status(&parcel(&signed("msg_1", TIME, &format!("v1,{STANDARD}")), BODY)).await, status, "{now}");
    }
    let extremes = [i64::MIN.to_string(), i64::MAX.to_string()];
    for time in extremes {
        assert_eq!(door.status(&payment(&format!("t={time},v1={STRIPE}"), BODY)).await, 401, "{time}");
    }
}

#[tokio::test]
async fn an_unknown_sender_is_not_found() {
    let door = door();
    let token = [("x-webhook-token", "carrier-secret")];
    for (route, parameter, name) in [
        ("POST /webhooks/carriers/{carrier}", "carrier", "nobody"),
        ("POST /webhooks/carriers/{carrier}", "carrier", "stripe"),
        ("POST /webhooks/payments/{gateway}", "gateway", "dhl"),
        ("POST /webhooks/payments/{gateway}", "carrier", "dhl"),
        ("POST /elsewhere", "carrier", "dhl"),
    ] {
        assert_eq!(door.status(&request(route, parameter, name, &token, b"{}")).await, 404, "{route} {name}");
    }
}

#[tokio::test]
async fn what_no_queue_could_hold_is_refused() {
    let door = door();
    let token = [("x-webhook-token", "carrier-secret")];
    assert_eq!(door.status(&parcel(&token, &"\"".repeat(MAX_WEBHOOK))).await, 200);
    let queued = serde_json::to_string(&door.queue.queued()[0].1).unwrap();
    assert!(queued.len() <= 256 * 1024, "{}", queued.len());
    assert_eq!(door.status(&parcel(&token, &"x".repeat(MAX_WEBHOOK + 1))).await, 413);
    let bytes = request("POST /webhooks/carriers/{carrier}", "carrier", "dhl", &token, &[0xff]);
    assert_eq!(door.status(&bytes).await, 400);
}

#[tokio::test]
async fn a_webhook_that_could_not_be_queued_is_sent_again() {
    let door = door();
    let request = parcel(&[("x-webhook-token", "carrier-secret")], BODY);
    door.queue.faults.before("send", 1);
    assert_eq!(door.status(&request).await, 503);
    assert_eq!(door.status(&request).await, 200);
}
