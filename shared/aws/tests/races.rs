//! What many writers at once, and writers that stop half-way, leave behind.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use jiff::SignedDuration;
use oms_aws::schema;
use oms_contract::record::{MethodChange, Record};
use oms_domain::change::{By, Changed};
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::history::{self, Fact};
use oms_domain::{Actor, OrderId};
use oms_fakes::build::document::a_document_of;
use oms_fakes::{NOON, an_order};
use oms_ports::PortError;
use oms_ports::orders::{
    Captures as _, Creation, IdempotencyKey, Listing, Listings as _, NewOrder, Orders as _, Origin, Records as _, Stored,
};

use support::{Store, store};

fn new_order(nth: u64, key: &str) -> NewOrder {
    let changed = an_order().nth(nth).build();
    let idempotency = IdempotencyKey {
        scope: "customer/cus-1".to_owned(),
        key: key.to_owned(),
        digest: "digest".to_owned(),
        expires: NOON - SignedDuration::from_hours(1),
    };
    NewOrder { document: a_document_of(&changed.order), changed, idempotency }
}

async fn captured(store: &Store) -> Stored {
    let new = new_order(0, "key");
    assert_eq!(store.create(&new).await.unwrap(), Creation::Created);
    store.load(new.changed.order.id).await.unwrap().unwrap()
}

fn noted(was: &Stored, who: &str) -> Changed {
    let by = By::new(Actor::system(who), NOON);
    was.change().learn(Fact::PaymentActionRequired, &by).unwrap()
}

fn method(attempt: u8) -> Record {
    Record::Method(MethodChange { attempt, method: PaymentMethod { kind: MethodKind::Card, token: "pm_2".to_owned() } })
}

/// Fifty requests with one key make one order, and every one of them is told which.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_equal_requests_make_one_order() {
    let store = store().await;
    let outcomes = join_all((0..50).map(|nth| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { (nth, create_patiently(&store, nth).await) })
    }))
    .await;
    let outcomes: Vec<(u64, Creation)> = outcomes.into_iter().map(Result::unwrap).collect();
    let made: Vec<u64> = outcomes.iter().filter(|(_, creation)| *creation == Creation::Created).map(|(nth, _)| *nth).collect();
    assert_eq!(made.len(), 1, "{outcomes:?}");
    let id = an_order().nth(made[0]).id();
    assert_eq!(outcomes.iter().filter(|(_, creation)| *creation == Creation::Repeated(id)).count(), 49);
    let customer = Listing::OfCustomer(an_order().build().order.customer_id);
    assert_eq!(store.list(&customer, (None, None), None, 100).await.unwrap().orders.len(), 1);
}

async fn create_patiently(store: &Store, nth: u64) -> Creation {
    loop {
        match store.create(&new_order(nth, "one key")).await {
            Err(PortError::Conflict) => {}
            outcome => return outcome.unwrap(),
        }
    }
}

/// A capture whose answer was lost is told of its own order when it is sent again with the same id.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_capture_again_is_created() {
    let store = store().await;
    for _ in 0..2 {
        assert_eq!(store.create(&new_order(0, "key")).await.unwrap(), Creation::Created);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_commits_with_records_one_wins() {
    let store = store().await;
    let was = captured(&store).await;
    let outcomes = join_all((2..18).map(|n| {
        let (store, was) = (Arc::clone(&store), was.clone());
        tokio::spawn(async move { store.commit(&was, noted(&was, &format!("run-{n}")), Origin::Machine, &[method(n)]).await })
    }))
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().map(Result::unwrap).partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|outcome| matches!(outcome, Err(PortError::Conflict))), "{lost:?}");
    let mut methods = 0;
    for n in 2..18 {
        methods += usize::from(store.method(was.order.id, n).await.unwrap().is_some());
    }
    assert_eq!(methods, 1, "losers leave no records");
}

/// The writer stops after the segment and before the head: nothing is lost or doubled, and the next writer goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_segment_and_head_is_invisible() {
    let store = store().await;
    let was = captured(&store).await;
    let id = was.order.id;
    put_segment(&store, id, &serde_json::to_string(&was.tail).unwrap(), &was.order.hash).await;
    let before = store.history(id).await.unwrap();
    assert_eq!(history::unlinked(&before), was.tail);
    let now = store.commit(&was, noted(&was, "next"), Origin::Machine, &[]).await.unwrap();
    let entries = store.history(id).await.unwrap();
    assert_eq!(history::replay(id, &entries), Ok(now.order));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_tampered_with_is_refused() {
    let store = store().await;
    let was = captured(&store).await;
    let id = was.order.id;
    let long = "x".repeat(300);
    store.commit(&was, noted(&was, &long), Origin::Machine, &[]).await.unwrap();
    let forged = serde_json::to_string(&was.tail).unwrap().replace("12000", "1");
    put_segment(&store, id, &forged, &was.order.hash).await;
    let read = store.history(id).await;
    assert!(matches!(read, Err(PortError::Corrupt { .. })), "{read:?}");
}

async fn put_segment(store: &Store, id: OrderId, body: &str, hash: &str) {
    let put = store.clients.dynamodb().put_item().table_name(schema::ORDERS.name);
    let put = put.item("pk", AttributeValue::S(format!("O#{id}"))).item("sk", AttributeValue::S("H#000001".to_owned()));
    let put = put.item("body", AttributeValue::S(body.to_owned())).item("hash", AttributeValue::S(hash.to_owned()));
    put.send().await.unwrap();
}

/// The head that leaves by the stream carries the entries of its write, the latest last, and who made it.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_item_carries_what_the_stream_needs() {
    let store = store().await;
    let was = captured(&store).await;
    for (origin, via) in [(Origin::Machine, "machine"), (Origin::Outside, "outside")] {
        let was = store.load(was.order.id).await.unwrap().unwrap();
        let now = store.commit(&was, noted(&was, "step"), origin, &[]).await.unwrap();
        let head = store.clients.dynamodb().get_item().table_name(schema::ORDERS.name);
        let head = head.key("pk", AttributeValue::S(format!("O#{}", was.order.id))).key("sk", AttributeValue::S("A".to_owned()));
        let item = head.send().await.unwrap().item.unwrap();
        assert_eq!(item["via"], AttributeValue::S(via.to_owned()));
        assert_eq!(item["v"], AttributeValue::N(now.order.seq.to_string()));
        assert_eq!(item["tail"], AttributeValue::S(serde_json::to_string(&now.tail).unwrap()));
        assert_eq!(now.tail.last().map(|entry| entry.seq), Some(now.order.seq));
        assert_eq!(item["body"], AttributeValue::S(serde_json::to_string(&now.order).unwrap()));
        let bytes: usize = item.iter().map(|(name, value)| name.len() + value.as_s().or(value.as_n()).unwrap().len()).sum();
        assert!(bytes < 1024, "a transition must stay at one write unit: {bytes} bytes");
    }
}
