//! What the payment gateway sends: events, and answers to everything that is asked of it.

use std::time::Duration;

use jiff::SignedDuration;
use oms_domain::Money;
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_fakes::{NOON, an_order, currency};
use oms_gateways::stripe::{Stripe, event_of};
use oms_ports::gateway::{Authorization, Books as _, Gateway as _};

use crate::input::Input;
use crate::server::Server;
use crate::{block_on, samples};

/// What is asked, or `event` for what comes unasked.
const ASKED: [&str; 9] = ["event", "authorize", "capture", "void", "refund", "retrieve", "find", "find_refund", "booked"];
/// With which status it answers.
const STATUSES: [u16; 6] = [200, 400, 402, 404, 409, 500];

/// `authorize 200`, and the answer.
pub fn run(bytes: &[u8]) {
    let input = Input::of(bytes);
    let asked = *input.pick(0, &ASKED, |asked| (*asked).to_owned());
    if asked == "event" {
        drop(event_of(&String::from_utf8_lossy(input.rest)));
        return;
    }
    let status = *input.pick(1, &STATUSES, ToString::to_string);
    ASKING.with(|(server, stripe)| {
        server.tell(status, input.rest);
        block_on(ask(stripe, asked));
    });
}

async fn ask(stripe: &Stripe, asked: &str) {
    let order = an_order().id();
    let amount = Money::new(12_000, currency("EUR"));
    let (intent, key) = ("pi_1", "a/key");
    let method = PaymentMethod { kind: MethodKind::Card, token: "pm_card_visa".to_owned() };
    // What comes of it is the adapter's tests' to say; here it has to come.
    match asked {
        "authorize" => {
            drop(stripe.authorize(&Authorization { order_id: order, attempt: 1, amount, method, key: key.to_owned() }).await);
        }
        "capture" => drop(stripe.capture(intent, amount, key).await),
        "void" => drop(stripe.void(intent, key).await),
        "refund" => drop(stripe.refund(intent, amount, key).await),
        "retrieve" => drop(stripe.retrieve(intent).await),
        "find" => drop(stripe.find(order, 1).await),
        "find_refund" => drop(stripe.find_refund(intent, key).await),
        _ => drop(stripe.booked(NOON - SignedDuration::from_hours(1), NOON, None).await),
    }
}

thread_local! {
    static ASKING: (Server, Stripe) = {
        let server = Server::start();
        let stripe = Stripe::new(&server.url, "sk_test_1".to_owned().into(), Duration::from_secs(5)).expect("a client");
        (server, stripe)
    };
}

/// Recorded events, and the payments in them as answers.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for event in samples("events/stripe", "json") {
        seeds.push([b"event 0\n", event.as_slice()].concat());
        let value: serde_json::Value = serde_json::from_slice(&event).expect("a recorded event");
        let object = &value["data"]["object"];
        let list = serde_json::json!({ "object": "list", "data": [object], "has_more": false });
        for asked in &ASKED[1..] {
            let body = if matches!(*asked, "find" | "find_refund" | "booked") { &list } else { object };
            seeds.push(format!("{asked} 200\n{body}").into_bytes());
        }
    }
    let error = r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"stolen_card","payment_intent":{"id":"pi_1"}}}"#;
    seeds.extend(ASKED[1..].iter().map(|asked| format!("{asked} 402\n{error}").into_bytes()));
    seeds
}
