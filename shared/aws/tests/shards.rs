//! Stock that is counted in several shards: nobody who asks can tell, and nothing is made or lost by it.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use jiff::SignedDuration;
use oms_aws::{DynamoInventory, schema};
use oms_contract::record::Allocation;
use oms_contract::reference::StockRow;
use oms_domain::{OrderId, Sku};
use oms_fakes::build::reference::some_stock;
use oms_fakes::{NOON, an_order, conformance, sku, vendor, warehouse};
use oms_ports::PortError;
use oms_ports::stock::{Allocated, Held, Inventory as _, Tended};

use support::scripted::scripted;
use support::tables;

/// A ledger with this stock, each SKU in so many shards.
async fn sharded(rows: &[StockRow], shards: u16) -> Arc<DynamoInventory> {
    let inventory = tables().await.inventory(schema::INVENTORY.name);
    let mut by_sku: BTreeMap<&Sku, Vec<StockRow>> = BTreeMap::new();
    for row in rows {
        by_sku.entry(&row.sku).or_default().push(row.clone());
    }
    for (sku, rows) in by_sku {
        inventory.stock(sku, &rows).await.unwrap();
        assert_eq!(inventory.reshard(sku, shards).await.unwrap().shards, shards);
    }
    inventory
}

/// One warehouse with so many of `A`.
async fn of_a(quantity: u32, shards: u16) -> Arc<DynamoInventory> {
    sharded(&[some_stock("A", "ven-1", quantity)], shards).await
}

fn id(nth: u64) -> OrderId {
    an_order().nth(nth).id()
}

fn take(quantity: u32) -> Allocation {
    Allocation { sku: sku("A"), quantity, vendor_id: vendor("ven-1"), warehouse_id: warehouse("w1") }
}

async fn hold(inventory: &DynamoInventory, nth: u64, quantity: u32) -> Held {
    let until = NOON + SignedDuration::from_mins(30);
    loop {
        match inventory.hold(id(nth), &[(sku("A"), quantity)], until).await {
            Err(PortError::Conflict | PortError::Throttled(_)) => {}
            outcome => return outcome.unwrap(),
        }
    }
}

/// What each shard of the pool has free.
async fn free(inventory: &DynamoInventory) -> Vec<i64> {
    let moment = inventory.moment(&sku("A"), &[]).await.unwrap();
    assert_eq!(moment.books.fault(), None);
    moment.pool.iter().map(|(free, _)| *free).collect()
}

/// The whole suite of the port, over shards: also where an order's home has nothing, and where it needs several.
#[tokio::test(flavor = "multi_thread")]
async fn a_sharded_ledger_keeps_every_promise_of_the_port() {
    conformance::inventory::all(async |rows: &[StockRow]| sharded(rows, 3).await).await;
    conformance::stockroom::all(async |rows: &[StockRow]| sharded(rows, 3).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_shard_has_its_share() {
    let inventory = of_a(11, 4).await;
    assert_eq!(free(&inventory).await, [3, 3, 3, 2]);
    let again = inventory.reshard(&sku("A"), 4).await.unwrap();
    assert_eq!(again, Tended { sku: sku("A"), was: 4, shards: 4, moved: 0 });
    for wrong in [0, 33] {
        assert!(matches!(inventory.reshard(&sku("A"), wrong).await, Err(PortError::Corrupt { .. })));
    }
    assert!(matches!(inventory.reshard(&sku("UNKNOWN"), 2).await, Err(PortError::Corrupt { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_more_than_a_shard_has_gets_it_while_all_have_it() {
    let inventory = of_a(11, 4).await;
    assert_eq!(hold(&inventory, 0, 9).await, Held::Yes);
    assert_eq!(hold(&inventory, 1, 3).await, Held::Short(vec![sku("A")]));
    assert_eq!(hold(&inventory, 2, 2).await, Held::Yes);
    assert_eq!(free(&inventory).await, [0, 0, 0, 0]);
    assert_eq!(inventory.allocate(id(0), &[take(9)]).await.unwrap(), Allocated::Yes);
    inventory.release(id(0)).await.unwrap();
    inventory.release(id(2)).await.unwrap();
    assert_eq!(free(&inventory).await.iter().sum::<i64>(), 11);
    let moment = inventory.moment(&sku("A"), &[id(0), id(2)]).await.unwrap();
    assert!(moment.pool.iter().all(|(_, taken)| *taken == 0), "each shard got back what it gave: {moment:?}");
}

/// A process that has never heard that a SKU is sharded finds out, and refuses nobody before it has.
#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_finds_what_is_in_the_other_shards() {
    let clients = tables().await;
    let first = clients.inventory(schema::INVENTORY.name);
    first.stock(&sku("A"), &[some_stock("A", "ven-1", 8)]).await.unwrap();
    let before = clients.inventory(schema::INVENTORY.name);
    before.sources(&[sku("A")]).await.unwrap();
    first.reshard(&sku("A"), 4).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(hold(&before, 0, 5).await, Held::Yes);
    let newcomer = clients.inventory(schema::INVENTORY.name);
    assert_eq!(newcomer.available(&[sku("A")]).await.unwrap()[0].free, 3);
    assert_eq!(hold(&newcomer, 1, 3).await, Held::Yes);
    assert_eq!(hold(&newcomer, 2, 1).await, Held::Short(vec![sku("A")]));
    assert_eq!(newcomer.allocate(id(0), &[take(5)]).await.unwrap(), Allocated::Yes);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fewer_shards_what_was_taken_comes_back_and_is_shared_out() {
    let inventory = of_a(12, 4).await;
    for nth in 0..4 {
        assert_eq!(hold(&inventory, nth, 3).await, Held::Yes);
    }
    assert_eq!(free(&inventory).await, [0, 0, 0, 0]);
    inventory.reshard(&sku("A"), 1).await.unwrap();
    for nth in 0..4 {
        inventory.release(id(nth)).await.unwrap();
    }
    assert_eq!(free(&inventory).await, [3, 3, 3, 3]);
    assert_eq!(inventory.available(&[sku("A")]).await.unwrap()[0].free, 12, "what lies in a shard that was given up is still for sale");
    let tended = inventory.tend().await.unwrap();
    assert_eq!(tended, [Tended { sku: sku("A"), was: 1, shards: 1, moved: 9 }]);
    assert_eq!(free(&inventory).await, [12, 0, 0, 0]);
    assert_eq!(inventory.tend().await.unwrap(), []);
}

/// More buyers than pieces, over shards that have one or two each: all pieces go, one to each.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_buyers_of_ten_pieces_in_eight_shards() {
    let inventory = of_a(10, 8).await;
    let outcomes = join_all((0..100).map(|nth| {
        let inventory = Arc::clone(&inventory);
        async move { hold(&inventory, nth, 1).await }
    }))
    .await;
    assert_eq!(outcomes.iter().filter(|held| **held == Held::Yes).count(), 10);
    assert!(free(&inventory).await.iter().all(|free| *free == 0));
}

const HELD: (u16, &str) = (200, "{}");
const COLLISION: (u16, &str) = (
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#,
);

/// Others were in the way of so many tries; the notes that this left.
async fn notes_of(collisions: usize) -> Vec<String> {
    let (clients, asked) = scripted(move |turn, _| {
        let (status, body) = if turn < collisions { COLLISION } else { HELD };
        (status, body.to_owned())
    })
    .await;
    let held = clients.inventory("inventory").hold(id(0), &[(sku("A"), 1)], NOON).await.unwrap();
    assert_eq!(held, Held::Yes);
    let asked = asked.lock().unwrap();
    asked.iter().filter(|(head, _)| head.contains("dynamodb_20120810.putitem")).map(|(_, body)| body.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_others_were_in_the_way_of_leaves_a_note() {
    assert_eq!(notes_of(0).await.len(), 0);
    assert_eq!(notes_of(1).await.len(), 0, "once may happen to anybody");
    let notes = notes_of(3).await;
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains(&format!("CROWD#A#{}", id(0))) && notes[0].contains(r#""times":{"N":"3"}"#), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_orders_crowd_at_gets_more_shards_and_its_notes_go() {
    let clients = tables().await;
    let inventory = clients.inventory(schema::INVENTORY.name);
    for name in ["A", "B"] {
        inventory.stock(&sku(name), &[some_stock(name, "ven-1", 32)]).await.unwrap();
    }
    let note = async |name: &str, nth: u64, times: u32| {
        use aws_sdk_dynamodb::types::AttributeValue;
        let put = clients.dynamodb().put_item().table_name(schema::INVENTORY.name);
        let put = put.item("pk", AttributeValue::S("HOT".to_owned())).item("sk", AttributeValue::S(format!("CROWD#{name}#{}", id(nth))));
        put.item("times", AttributeValue::N(times.to_string())).send().await.unwrap();
    };
    for nth in 0..5 {
        note("A", nth, 4).await;
    }
    note("B", 0, 19).await;
    let tended = inventory.tend().await.unwrap();
    // Of the pool 24 units moved, and of the row.
    assert_eq!(tended, [Tended { sku: sku("A"), was: 1, shards: 4, moved: 48 }]);
    assert_eq!(free(&inventory).await, [8, 8, 8, 8]);
    assert_eq!(inventory.tend().await.unwrap(), [], "the notes are gone");
    note("A", 0, 500).await;
    assert_eq!(inventory.tend().await.unwrap()[0].shards, 16);
    note("A", 0, 500).await;
    assert_eq!(inventory.tend().await.unwrap(), [], "sixteen is as far as it goes by itself");
    assert_eq!(inventory.shards(&sku("B")).await.unwrap(), 1);
}
