//! What each write costs, as DynamoDB counts it: the prices of the benchmarks rest on these.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use jiff::SignedDuration;
use oms_aws::{Meter, schema};
use oms_contract::record::{Command, Record};
use oms_domain::change::By;
use oms_domain::history::{self, Fact};
use oms_domain::{Actor, OrderId};
use oms_fakes::build::document::a_document_of;
use oms_fakes::{NOON, an_order};
use oms_ports::orders::{Captures as _, IdempotencyKey, NewOrder, Orders as _, Origin, Records as _};

use support::tables;

fn new_order() -> (OrderId, NewOrder) {
    let changed = an_order().build();
    let (scope, key, digest) = ("customer/cus-1".to_owned(), "key".to_owned(), "digest".to_owned());
    let idempotency = IdempotencyKey { scope, key, digest, expires: NOON + SignedDuration::from_hours(24) };
    (changed.order.id, NewOrder { document: a_document_of(&changed.order), changed, idempotency })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transition_is_one_put_of_a_kilobyte_and_touches_no_index() {
    let meter = Meter::default();
    let clients = tables().await.metered(&meter);
    let orders = clients.orders(schema::ORDERS.name);
    let (id, new) = new_order();
    clients.captures(schema::ORDERS.name, schema::EPHEMERAL.name).create(&new).await.unwrap();
    let created = meter.take();
    assert_eq!(created["TransactWriteItems"].calls, 1);
    assert_eq!(created.len(), 1, "{created:?}");

    let was = orders.load(id).await.unwrap().unwrap();
    let next = was.change().learn(Fact::PaymentActionRequired, &By::new(Actor::system("pay"), NOON)).unwrap();
    orders.commit(&was, next, Origin::Machine, &[]).await.unwrap();
    let moved = meter.take();
    assert_eq!((moved["GetItem"].calls, moved["GetItem"].write_units), (1, 0.0));
    assert!(moved["GetItem"].read_units <= 1.0, "{moved:?}");
    // An index entry that changed would show as one or two more.
    assert_eq!((moved["PutItem"].calls, moved["PutItem"].write_units), (1, 1.0), "{moved:?}");
    assert_eq!(meter.take().len(), 0, "counts are taken once");
}

/// The head keeps entries until it would cost more with them than without; then they go to a segment, all at once.
#[tokio::test(flavor = "multi_thread")]
async fn several_transitions_share_a_segment() {
    let meter = Meter::default();
    let clients = tables().await.metered(&meter);
    let orders = clients.orders(schema::ORDERS.name);
    let (id, new) = new_order();
    clients.captures(schema::ORDERS.name, schema::EPHEMERAL.name).create(&new).await.unwrap();
    meter.take();
    let mut was = orders.load(id).await.unwrap().unwrap();
    for _ in 0..12 {
        let next = was.change().learn(Fact::PaymentActionRequired, &By::new(Actor::system("pay"), NOON)).unwrap();
        was = orders.commit(&was, next, Origin::Machine, &[]).await.unwrap();
        assert_eq!(orders.load(id).await.unwrap().as_ref(), Some(&was));
    }
    let cost = meter.take();
    let segments = cost["PutItem"].calls - 12;
    assert!((2..=4).contains(&segments), "{segments} segments");
    assert!(
        (cost["PutItem"].write_units - 12.0 - f64::from(u32::try_from(segments).unwrap())).abs() < f64::EPSILON,
        "a unit each: {cost:?}"
    );
    let entries = orders.history(id).await.unwrap();
    assert_eq!(history::replay(id, &entries), Ok(was.order));
}

/// Under a key, the command's record goes with the head in one transaction, whose parts cost twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_under_a_key_costs_one_transaction_of_two_items() {
    let meter = Meter::default();
    let clients = tables().await.metered(&meter);
    let orders = clients.orders(schema::ORDERS.name);
    let (id, new) = new_order();
    clients.captures(schema::ORDERS.name, schema::EPHEMERAL.name).create(&new).await.unwrap();
    let was = orders.load(id).await.unwrap().unwrap();
    let next = was.change().learn(Fact::PaymentActionRequired, &By::new(Actor::system("pay"), NOON)).unwrap();
    meter.take();
    let command = Command { key: "k".repeat(43), what: "w".repeat(43), version: 2, at: NOON };
    orders.commit(&was, next, Origin::Outside, &[Record::Command(command)]).await.unwrap();
    let cost = meter.take();
    assert_eq!((cost.get("PutItem"), cost["TransactWriteItems"].calls), (None, 1));
    // Two units for the record of the command, two for the head.
    assert!(cost["TransactWriteItems"].write_units <= 4.0, "{cost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_calls_are_counted() {
    let meter = Meter::default();
    let clients = tables().await.metered(&meter);
    let (_, new) = new_order();
    let was = oms_ports::orders::Stored { order: new.changed.order, tail: Vec::new(), wake_at: None };
    let next = was.change().learn(Fact::PaymentActionRequired, &By::new(Actor::system("pay"), NOON)).unwrap();
    assert!(clients.orders(schema::ORDERS.name).commit(&was, next, Origin::Machine, &[]).await.is_err());
    assert_eq!(meter.take()["PutItem"].calls, 1);
}
