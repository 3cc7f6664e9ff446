//! Proving a table by its histories, on an embedded DynamoDB: what is sound holds, and what was tampered with in the table itself is found.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use oms_aws::schema;
use oms_domain::change::By;
use oms_domain::history::{self, Fact, HistoryError};
use oms_domain::{Actor, OrderId};
use oms_fakes::build::document::a_document_of;
use oms_fakes::{NOON, an_order};
use oms_ports::audit::Audit as _;
use oms_ports::orders::{Captures as _, IdempotencyKey, NewOrder, Orders as _, Origin};

use support::{Store, store};

/// An order of several writes, so that its history stands in segments and in the head.
async fn written(store: &Store, nth: u64) -> OrderId {
    let changed = an_order().nth(nth).build();
    let id = changed.order.id;
    let (scope, key, digest) = ("customer/cus-1".to_owned(), format!("key-{nth}"), "digest".to_owned());
    let idempotency = IdempotencyKey { scope, key, digest, expires: NOON };
    store.captures.create(&NewOrder { document: a_document_of(&changed.order), changed, idempotency }).await.unwrap();
    for _ in 0..3 {
        let was = store.orders.load(id).await.unwrap().unwrap();
        // So long a reason that the entry before must go.
        let by = By::new(Actor::system("pay"), NOON).because("x".repeat(300));
        let next = was.change().learn(Fact::PaymentActionRequired, &by).unwrap();
        store.orders.commit(&was, next, Origin::Machine, &[]).await.unwrap();
    }
    id
}

async fn verdict(store: &Store, id: OrderId) -> Result<(), HistoryError> {
    let chain = store.orders.chain(id).await.unwrap().unwrap();
    history::prove(id, &chain.head, &chain.entries)
}

/// Changes one text of one item where it stands, as somebody with the console would.
async fn tamper(store: &Store, id: OrderId, sk: &str, attribute: &str, (from, to): (&str, &str)) {
    let client = store.clients.dynamodb();
    let (pk, sk) = (AttributeValue::S(format!("O#{id}")), AttributeValue::S(sk.to_owned()));
    let found = client.get_item().table_name(schema::ORDERS.name).key("pk", pk).key("sk", sk).send().await.unwrap();
    let mut item = found.item.unwrap();
    let text = item[attribute].as_s().unwrap();
    assert!(text.contains(from), "{text}");
    let changed = text.replacen(from, to, 1);
    item.insert(attribute.to_owned(), AttributeValue::S(changed));
    client.put_item().table_name(schema::ORDERS.name).set_item(Some(item)).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_of_the_table_is_seen_and_holds() {
    let store = store().await;
    let mut ids = BTreeSet::new();
    for nth in 0..7 {
        ids.insert(written(&store, nth).await);
    }
    let (found, next) = store.orders.ids(None).await.unwrap();
    assert_eq!((found.iter().copied().collect::<BTreeSet<_>>(), next), (ids.clone(), None));
    for id in ids {
        assert_eq!(verdict(&store, id).await, Ok(()));
        assert_eq!(store.orders.chain(id).await.unwrap().unwrap().entries.len(), 4);
    }
    assert_eq!(store.orders.chain(an_order().nth(99).id()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_or_a_segment_that_somebody_changed_is_found() {
    let store = store().await;
    for (nth, sk, attribute, change, found) in [
        (1, "A", "body", ("\"total\":12000", "\"total\":1"), HistoryError::Differs(4)),
        (2, "A", "tail", ("system/pay", "system/pax"), HistoryError::Broken(4)),
        (3, "H#000002", "body", ("system/pay", "system/pax"), HistoryError::Broken(2)),
        (4, "H#000001", "body", ("12000", "1"), HistoryError::Broken(1)),
    ] {
        let id = written(&store, nth).await;
        tamper(&store, id, sk, attribute, change).await;
        assert_eq!(verdict(&store, id).await, Err(found), "{sk} {attribute}");
    }
}
