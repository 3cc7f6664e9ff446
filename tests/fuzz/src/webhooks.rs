//! What is pushed to us, from the door to the order: signatures, the gateway's events, carriers' events, and the bus's to the mailer.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_contract::event::events_of;
use oms_contract::http::ApiRequest;
use oms_contract::queue::WebhookMessage;
use oms_contract::record::{Package, Record};
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::{Money, OrderId, State, SubOrderId};
use oms_fakes::{
    FakeGateway, FixedClock, MemoryMailer, MemoryMetrics, MemoryOrders, MemoryQueue, MemoryReference, MemorySealer, MemoryTasks,
    MemoryTopics, NOON, a_document_of, a_market, a_vendor, an_order, at,
};
use oms_ports::gateway::{Authorization, Gateway as _};
use oms_ports::orders::Orders as _;
use serde_json::json;

use crate::input::Input;
use crate::{block_on, named, samples};

/// `stripe`, lines of headers, an empty line, the body.
pub fn signature(bytes: &[u8]) {
    let mut input = Input::of(bytes);
    let (route, parameter, name) = *input.pick(
        0,
        &[("POST /webhooks/payments/{gateway}", "gateway", "stripe"), ("POST /webhooks/carriers/{carrier}", "carrier", "dhl")],
        |(_, _, name)| (*name).to_owned(),
    );
    let mut headers = BTreeMap::new();
    loop {
        let (line, after) = input.line();
        input = after;
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_owned(), value.to_owned());
    }
    let path = BTreeMap::from([(parameter.to_owned(), name.to_owned())]);
    let request = ApiRequest { route: route.to_owned(), path, query: BTreeMap::new(), headers, body: input.rest.to_vec(), caller: None };
    let queue = Arc::new(MemoryQueue::default());
    let deps = ingest::Deps {
        queue: queue.clone(),
        secrets: ingest::secrets::Secrets { payments: "whsec_gateway".to_owned().into(), carriers: "carrier-secret".to_owned().into() },
        clock: Arc::new(FixedClock::at(at("2026-11-23T12:00:00Z"))),
    };
    let response = block_on(ingest::handle(&deps, &request));
    // Whoever is let in has signed what is queued.
    assert_eq!(response.status == 200, queue.queued().len() == 1, "answered {}", response.status);
}

/// Signed requests. The signatures are those of the door's own tests, made with another tool.
pub fn signature_seeds() -> Vec<Vec<u8>> {
    let stripe = "fa707890e192508f2af29ce3836e56c2f7aa009442210f346bc67a5ebd097674";
    let standard = "x6q7YyW2rtv7PFZMI+cFeRbP9uPD6T5UdIogZh++fLs=";
    let body = r#"{"id":"evt_1"}"#;
    [
        format!("stripe\nstripe-signature: t=1795435200,v1={stripe},v0=00\n\n{body}"),
        format!("dhl\nwebhook-id: msg_1\nwebhook-timestamp: 1795435200\nwebhook-signature: v1,{standard} v1a,x\n\n{body}"),
        format!("dhl\nx-webhook-token: carrier-secret\n\n{body}"),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// A message of the payment queue, as its state's order has it: `routed`, then the webhook's body.
pub fn payment(bytes: &[u8]) {
    let input = Input::of(bytes);
    let states = [State::PendingPayment, State::PaymentAuthorized, State::Routed, State::PendingFulfillment, State::Cancelled];
    let (orders, id) = order_at(*input.pick(0, &states, ToString::to_string));
    let message = WebhookMessage { source: "stripe".to_owned(), received_at: NOON, body: String::from_utf8_lossy(input.rest).into_owned() };
    block_on(async {
        let gateway = Arc::new(FakeGateway::default());
        let amount = Money::new(12_000, orders.order(id).currency);
        let method = PaymentMethod { kind: MethodKind::Card, token: "pm_card_visa".to_owned() };
        let made = gateway.authorize(&Authorization { order_id: id, attempt: 1, amount, method, key: "a".to_owned() }).await;
        drop(made.expect("the fake takes it"));
        let deps = payment_webhook::Deps {
            orders: orders.clone(),
            effects: orders.clone(),
            gateway,
            topics: Arc::new(MemoryTopics::default()),
            clock: Arc::new(FixedClock::at(NOON)),
        };
        drop(payment_webhook::handle(&deps, &message).await);
    });
}

/// Recorded events, about the payment that is there.
pub fn payment_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for event in samples("events/stripe", "json") {
        let mut event: serde_json::Value = serde_json::from_slice(&event).expect("a recorded event");
        let object = &mut event["data"]["object"];
        let name = if object["object"] == "payment_intent" { "id" } else { "payment_intent" };
        object[name] = json!("pi_1");
        seeds.extend(["pending_payment", "routed", "cancelled"].map(|state| format!("{state}\n{event}").into_bytes()));
    }
    seeds
}

/// A message of the carriers' queue: `dhl`, and the webhook's body.
pub fn parcel(bytes: &[u8]) {
    let input = Input::of(bytes);
    let (orders, id) = order_at(State::Shipped);
    let message =
        json!({ "source": String::from_utf8_lossy(input.word(0)), "received_at": NOON, "body": String::from_utf8_lossy(input.rest) });
    block_on(async {
        for (n, number) in (1..).zip(["00340434161094042557", "1ZA1B2C36800000016"]) {
            let package = Package {
                sub_order_id: SubOrderId { order: id, part: 1 },
                package: n,
                carrier: String::from_utf8_lossy(input.word(0)).into_owned(),
                tracking_number: number.to_owned(),
                shipped_at: NOON,
                poll_at: Some(NOON),
            };
            orders.keep(id, &[Record::Package(package)]).await.expect("the fake keeps it");
        }
        let deps = carrier_webhook::Deps {
            orders: orders.clone(),
            records: orders.clone(),
            packages: orders.clone(),
            topics: Arc::new(MemoryTopics::default()),
            clock: Arc::new(FixedClock::at(at("2026-11-24T10:00:00Z"))),
        };
        drop(carrier_webhook::handle(&deps, &message.to_string()).await);
    });
    // However odd the parcel's story, the order's replays.
    let history = orders.snapshot().history(id).expect("the order is there");
    oms_domain::history::replay(id, &history).expect("a history that replays");
}

/// Recorded payloads.
pub fn parcel_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for carrier in ["dhl", "ups", "fedex", "gls", "usps", "postnl"] {
        for (file, body) in named(&format!("events/carrier/{carrier}"), "json") {
            if ["tracking", "parcel-delivered", "push-status-only", "odd", "express-out-for-delivery"].contains(&file.as_str()) {
                seeds.push([format!("{carrier}\n").as_bytes(), &body].concat());
            }
        }
    }
    seeds
}

/// A message that the bus's rules put into the queues of mailer and counter.
pub fn told(bytes: &[u8]) {
    let (orders, _) = order_at(State::Delivered);
    let reference = Arc::new(MemoryReference::default());
    reference.market(a_market()).vendor(a_vendor("ven-1"));
    let counter = tally::Deps {
        orders: orders.clone(),
        records: orders.clone(),
        reference: reference.clone(),
        tally: reference.clone(),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    drop(block_on(tally::count(&counter, &String::from_utf8_lossy(bytes))));
    let deps = notify::Deps {
        orders: orders.clone(),
        records: orders.clone(),
        effects: orders,
        reference,
        sealer: Arc::new(MemorySealer::default()),
        mailer: Arc::new(MemoryMailer::default()),
        topics: Arc::new(MemoryTopics::default()),
        tasks: Arc::new(MemoryTasks::default()),
        metrics: Arc::new(MemoryMetrics::default()),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    drop(block_on(notify::tell(&deps, &String::from_utf8_lossy(bytes))));
}

/// The events of an order that was delivered.
pub fn told_seeds() -> Vec<Vec<u8>> {
    let (orders, id) = order_at(State::Delivered);
    let order = orders.order(id);
    let history = orders.snapshot().history(id).expect("the order is there");
    events_of(&order, &history)
        .iter()
        .map(|event| json!({ "version": "0", "detail-type": event.r#type, "source": "oms", "detail": event }).to_string().into_bytes())
        .collect()
}

fn order_at(state: State) -> (Arc<MemoryOrders>, OrderId) {
    let orders = Arc::new(MemoryOrders::default());
    let builder = an_order().at(state);
    let built = builder.build();
    orders.seed_with(&built, a_document_of(&built.order));
    (orders, builder.id())
}
