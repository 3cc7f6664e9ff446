//! Webhooks carry a signature in a token's place. What is not signed well is neither taken nor queued.
//!
//! The bodies tell nothing that could be handled, so that whatever gets in stays in its queue where it can be seen; the last one does get in, to show
//! that it can.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use oms_domain::ActorKind;
use oms_local::{Answer, queues};
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use super::document::Operation;
use super::told;
use oms_tests::shop::{PATIENCE, Shop};

type Headers = Vec<(&'static str, String)>;

/// A door for webhooks.
struct Door {
    path: String,
    /// The same for a sender whom nobody knows.
    elsewhere: String,
    queue: String,
    /// The proof over a body at a time (seconds since 1970) with a secret.
    proof: fn(&str, i64, &str) -> Headers,
    secret: String,
    /// Proofs that are good at another door, or nowhere.
    bad_proofs: Vec<(&'static str, Headers)>,
}

fn door(shop: &Shop, operation: &Operation) -> Door {
    let secrets = shop.stack.secrets().unwrap();
    let (gateway, carrier) = (secrets.gateway.webhook_secret.expose_secret(), secrets.carrier.webhook_secret.expose_secret());
    let queue = |name: &str| shop.stack.queues[name].clone();
    let path = |parameter: &str, name: &str| operation.path.replace(parameter, name);
    match operation.id.as_str() {
        "paymentWebhook" => Door {
            path: path("{gateway}", "stripe"),
            elsewhere: path("{gateway}", "dhl"),
            queue: queue("payment-webhook"),
            proof: stripe,
            secret: gateway.to_owned(),
            bad_proofs: vec![("the secret itself", vec![("x-webhook-token", gateway.to_owned())])],
        },
        "carrierWebhook" => Door {
            path: path("{carrier}", "dhl"),
            elsewhere: path("{carrier}", "stripe"),
            queue: queue("carrier-webhook"),
            proof: standard,
            secret: carrier.to_owned(),
            bad_proofs: vec![
                ("an empty secret", vec![("x-webhook-token", String::new())]),
                ("another door's secret", vec![("x-webhook-token", gateway.to_owned())]),
            ],
        },
        _ => panic!("{operation} is new in openapi.yaml: give it a door here, so that forgers try it"),
    }
}

/// What of this endpoint is not as it must be.
pub(crate) async fn refuses_forgers(shop: &Shop, operation: &Operation) -> Vec<String> {
    let door = door(shop, operation);
    let now = SystemClock.now().as_second();
    let body = |nth: usize| json!({ "unreadable": shop.name(&format!("{}-{nth}", operation.id)) });
    let proof = |over: &Value, at: i64, secret: &str| (door.proof)(&over.to_string(), at, secret);
    let operator = shop.token(ActorKind::Operator, "e2e", |_| {});

    let mut forgeries: Vec<(&str, Headers)> = vec![
        ("nothing", Vec::new()),
        ("an operator's token", vec![("authorization", format!("Bearer {operator}"))]),
        ("a signature by another secret", proof(&body(2), now, "whsec_another")),
        ("a signature by no secret", proof(&body(3), now, "")),
        ("a stale signature", proof(&body(4), now - 3600, &door.secret)),
        ("a signature of the future", proof(&body(5), now + 3600, &door.secret)),
        ("another body's signature", proof(&body(0), now, &door.secret)),
    ];
    forgeries.extend(door.bad_proofs.clone());
    let mut wrong = Vec::new();
    for (nth, (name, headers)) in forgeries.iter().enumerate() {
        let answer = send(shop, &door.path, headers, &body(nth)).await;
        if answer.status != 401 {
            wrong.push(format!("{operation} with {name}: {}", told(&answer)));
        }
    }
    let last = body(forgeries.len());
    let good = proof(&last, now, &door.secret);
    let nowhere = send(shop, &door.elsewhere, &good, &body(1)).await;
    if nowhere.status != 404 {
        wrong.push(format!("{operation} for an unknown sender: {}", told(&nowhere)));
    }

    let taken = send(shop, &door.path, &good, &last).await;
    if taken.status != operation.good {
        wrong.push(format!("{operation} with a good signature: {}", told(&taken)));
        return wrong;
    }
    let queued = queued_with(shop, &door.queue, &last).await;
    let forged = (0..forgeries.len()).filter(|nth| queued.iter().any(|message| message.contains(&marker(&body(*nth)))));
    wrong.extend(forged.map(|nth| format!("{operation} with {} was queued", forgeries[nth].0)));
    wrong
}

async fn send(shop: &Shop, path: &str, headers: &Headers, body: &Value) -> Answer {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    shop.anybody.patiently(reqwest::Method::POST, path, &headers, Some(body)).await.unwrap()
}

/// What lies in the queue, once this body does.
async fn queued_with(shop: &Shop, queue: &str, body: &Value) -> Vec<String> {
    let wanted = marker(body);
    let look = async {
        loop {
            let messages = queues::messages(&shop.stack, queue).await.unwrap();
            let bodies: Vec<String> = messages.into_iter().map(|message| message.body).collect();
            if bodies.iter().any(|body| body.contains(&wanted)) {
                return bodies;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("what was taken never lay in its queue")
}

/// By what a body is known.
fn marker(body: &Value) -> String {
    // The end of the text is not escaped away when the body becomes a text in the message.
    format!("{}\\\"", body["unreadable"].as_str().unwrap())
}

fn stripe(body: &str, at: i64, secret: &str) -> Headers {
    let tag = sign(&Key::new(HMAC_SHA256, secret.as_bytes()), format!("{at}.{body}").as_bytes());
    let hex = tag.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    vec![("stripe-signature", format!("t={at},v1={hex}"))]
}

fn standard(body: &str, at: i64, secret: &str) -> Headers {
    let key = secret.strip_prefix("whsec_").and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = Key::new(HMAC_SHA256, key.as_deref().unwrap_or(secret.as_bytes()));
    let tag = sign(&key, format!("msg_e2e.{at}.{body}").as_bytes());
    vec![
        ("webhook-id", "msg_e2e".to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(tag.as_ref()))),
    ]
}
