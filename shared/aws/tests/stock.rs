//! The ledger under fire: no counter below zero, none left taken, books balanced.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use jiff::SignedDuration;
use oms_aws::{Clients, DynamoInventory, schema};
use oms_contract::record::Allocation;
use oms_domain::{Actor, ActorKind, OrderId, Sku};
use oms_fakes::build::reference::some_stock;
use oms_fakes::{NOON, a_booking, an_order, sku, vendor, warehouse};
use oms_ports::PortError;
use oms_ports::stock::{Allocated, Booked, Booking, Held, Inventory as _, StockEntry, Stocked, Stockroom as _};

use support::tables;

struct Ledger {
    clients: Clients,
    inventory: Arc<DynamoInventory>,
}

impl Ledger {
    async fn with(rows: &[(&str, u32)]) -> Self {
        let clients = tables().await;
        let inventory = clients.inventory(schema::INVENTORY.name);
        let rows: Vec<_> = rows.iter().map(|(vendor, available)| some_stock("A", vendor, *available)).collect();
        inventory.stock(&sku("A"), &rows).await.unwrap();
        Self { clients, inventory }
    }

    async fn numbers(&self, pk: &str) -> Vec<HashMap<String, i64>> {
        let query = self.clients.dynamodb().query().table_name(schema::INVENTORY.name).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let items = query.send().await.unwrap().items.unwrap_or_default();
        let number = |value: &AttributeValue| value.as_n().ok().and_then(|digits| digits.parse().ok());
        items.iter().map(|item| item.iter().filter_map(|(name, value)| Some((name.clone(), number(value)?))).collect()).collect()
    }

    /// (free, taken, available, allocated) of the SKU, checked for balance.
    async fn books(&self) -> (i64, i64, i64, i64) {
        let pool = self.numbers("P#A#0").await.remove(0);
        let rows = self.numbers("S#A").await;
        assert!(rows.iter().chain([&pool]).flat_map(HashMap::values).all(|count| *count >= 0), "{pool:?} {rows:?}");
        let sum = |name: &str| rows.iter().map(|row| row[name]).sum::<i64>();
        let books = (pool["free"], pool["taken"], sum("available"), sum("allocated"));
        assert_eq!(books.0 + books.1, books.2 + books.3, "{books:?}");
        books
    }
}

fn id(nth: u64) -> OrderId {
    an_order().nth(nth).id()
}

fn take(vendor_id: &str, quantity: u32) -> Allocation {
    Allocation { sku: sku("A"), quantity, vendor_id: vendor(vendor_id), warehouse_id: warehouse("w1") }
}

async fn patiently<T>(mut call: impl AsyncFnMut() -> Result<T, PortError>) -> T {
    loop {
        match call().await {
            Err(PortError::Conflict | PortError::Throttled(_)) => {}
            outcome => return outcome.unwrap(),
        }
    }
}

async fn hold(inventory: &DynamoInventory, nth: u64, quantity: u32) -> Held {
    let (demand, until) = ([(sku("A"), quantity)], NOON + SignedDuration::from_mins(30));
    patiently(async || inventory.hold(id(nth), &demand, until).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buyers_of_ten() {
    let ledger = Ledger::with(&[("ven-1", 10)]).await;
    let holds: Vec<(u64, Held)> = join_all((0..200).map(|nth| {
        let inventory = Arc::clone(&ledger.inventory);
        async move { (nth, hold(&inventory, nth, 1).await) }
    }))
    .await;
    let winners: Vec<u64> = holds.iter().filter(|(_, held)| *held == Held::Yes).map(|(nth, _)| *nth).collect();
    assert_eq!(winners.len(), 10);
    assert_eq!(holds.iter().filter(|(_, held)| *held == Held::Short(vec![sku("A")])).count(), 190);
    assert_eq!(ledger.books().await, (0, 10, 10, 0));
    // Half of the winners go on, half give back, each several times at once.
    join_all(winners.iter().enumerate().flat_map(|(n, nth)| std::iter::repeat_n((n, *nth), 4)).map(|(n, nth)| {
        let inventory = Arc::clone(&ledger.inventory);
        async move {
            if n % 2 == 0 {
                let allocated = patiently(async || inventory.allocate(id(nth), &[take("ven-1", 1)]).await).await;
                assert_eq!(allocated, Allocated::Yes);
            } else {
                patiently(async || inventory.release(id(nth)).await).await;
            }
        }
    }))
    .await;
    assert_eq!(ledger.books().await, (5, 5, 5, 5));
    for nth in winners {
        ledger.inventory.release(id(nth)).await.unwrap();
    }
    assert_eq!(ledger.books().await, (10, 0, 10, 0));
}

/// A run that stopped after its allocation leaves it to the next run, whose plan may be another.
#[tokio::test(flavor = "multi_thread")]
async fn another_plan_replaces_the_allocation() {
    let ledger = Ledger::with(&[("ven-1", 3), ("ven-2", 3)]).await;
    assert_eq!(hold(&ledger.inventory, 0, 3).await, Held::Yes);
    for plan in [vec![take("ven-1", 3)], vec![take("ven-1", 1), take("ven-2", 2)], vec![take("ven-2", 3)]] {
        assert_eq!(ledger.inventory.allocate(id(0), &plan).await.unwrap(), Allocated::Yes, "{plan:?}");
        assert_eq!(ledger.books().await, (3, 3, 3, 3));
    }
    let sources = ledger.inventory.sources(&[sku("A")]).await.unwrap().rows;
    assert_eq!(sources.iter().map(|source| (source.vendor_id.as_str(), source.available)).collect::<Vec<_>>(), [("ven-1", 3)]);
}

/// A vendor's loss is borne by what is free, never by what another order was promised.
#[tokio::test(flavor = "multi_thread")]
async fn a_loss_breaks_no_other_orders_promise() {
    let ledger = Ledger::with(&[("ven-1", 2), ("ven-2", 2)]).await;
    hold(&ledger.inventory, 0, 2).await;
    hold(&ledger.inventory, 1, 2).await;
    ledger.inventory.allocate(id(0), &[take("ven-1", 2)]).await.unwrap();
    let moved = ledger.inventory.reallocate(id(0), 1, &[take("ven-1", 2)], &[take("ven-2", 2)]).await.unwrap();
    assert_eq!(moved, Allocated::Short(vec![(sku("A"), vendor("ven-2"), warehouse("w1"))]));
    assert_eq!(ledger.inventory.allocate(id(1), &[take("ven-2", 2)]).await.unwrap(), Allocated::Yes);
    assert_eq!(ledger.books().await, (0, 4, 0, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_transaction_takes_is_refused_whole() {
    let ledger = Ledger::with(&[("ven-1", 10)]).await;
    let demand: Vec<(Sku, u32)> = (0..100).map(|n| (sku(&format!("SKU-{n}")), 1)).chain([(sku("A"), 1)]).collect();
    assert_eq!(ledger.inventory.hold(id(0), &demand, NOON).await.unwrap(), Held::TooMany);
    assert_eq!(ledger.books().await, (10, 0, 10, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_brought_in_once() {
    let ledger = Ledger::with(&[("ven-1", 3)]).await;
    let rows = [some_stock("A", "ven-1", 9), some_stock("A", "ven-2", 4)];
    assert_eq!(ledger.inventory.stock(&sku("A"), &rows).await.unwrap(), 1);
    assert_eq!(ledger.inventory.stock(&sku("A"), &rows).await.unwrap(), 0);
    assert_eq!(ledger.books().await, (7, 0, 7, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn restocking_raises_what_is_left_and_leaves_what_is_taken() {
    let ledger = Ledger::with(&[("ven-1", 10), ("ven-2", 5)]).await;
    let order = id(0);
    assert_eq!(hold(&ledger.inventory, 0, 4).await, Held::Yes);
    let rows = [some_stock("A", "ven-1", 10), some_stock("A", "ven-2", 2), some_stock("A", "ven-3", 7)];
    assert_eq!(ledger.inventory.restock(&sku("A"), &rows).await.unwrap(), 0, "a hold takes nothing from the rows");

    assert_eq!(ledger.inventory.allocate(order, &[take("ven-1", 4)]).await.unwrap(), Allocated::Yes);
    assert_eq!(ledger.books().await, (11, 4, 11, 4));
    assert_eq!(ledger.inventory.restock(&sku("A"), &rows).await.unwrap(), 1, "the row with more and the one that is not there stay");
    assert_eq!(ledger.books().await, (15, 4, 15, 4));
    assert_eq!(ledger.inventory.restock(&sku("A"), &rows).await.unwrap(), 0);
    ledger.inventory.release(order).await.unwrap();
    assert_eq!(ledger.books().await, (19, 0, 19, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn shelved_stock_is_seen_and_promised_to_nobody() {
    let ledger = Ledger::with(&[("ven-1", 3)]).await;
    let shelved = some_stock("A", "ven-2", 4);
    assert!(ledger.inventory.shelve(&shelved).await.unwrap());
    assert!(!ledger.inventory.shelve(&shelved).await.unwrap());
    let sources = ledger.inventory.sources(&[sku("A")]).await.unwrap().rows;
    assert_eq!(sources.iter().map(|source| source.available).sum::<u32>(), 7);
    assert_eq!(ledger.inventory.available(&[sku("A")]).await.unwrap()[0].free, 3);
}

fn entry(id: &str, what: Stocked) -> StockEntry {
    StockEntry { id: id.to_owned(), sku: sku("A"), vendor_id: vendor("ven-1"), warehouse_id: warehouse("w1"), for_sale: true, what }
}

/// Fifty calls with one receipt are one receipt, also while orders come and go and the stock is counted in shards.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_booked_once_however_many_book_it() {
    let ledger = Ledger::with(&[("ven-1", 20)]).await;
    ledger.inventory.reshard(&sku("A"), 4).await.unwrap();
    let booked = join_all((0..50).map(|nth| {
        let inventory = Arc::clone(&ledger.inventory);
        async move {
            hold(&inventory, nth % 10, 1).await;
            patiently(async || inventory.book(&entry("note", Stocked::Counted(15)), &a_booking()).await).await
        }
    }))
    .await;
    assert_eq!(booked.iter().filter(|booked| matches!(booked, Booked::Yes { .. })).count(), 1, "{booked:?}");
    assert!(booked.iter().all(|booked| matches!(booked, Booked::Yes { .. } | Booked::Repeated)), "{booked:?}");
    let books = ledger.inventory.books(&sku("A")).await.unwrap();
    assert_eq!((books.fault(), books.free, books.taken, books.available()), (None, 5, 10, 15));
}

/// DynamoDB takes 100 items in one transaction; this order is sent from 150 shelves. One of them, in the second piece of it, has too little at first.
#[tokio::test]
async fn an_allocation_from_more_shelves_than_one_transaction_holds_is_all_or_nothing_and_once() {
    let vendors: Vec<String> = (0..150).map(|nth| format!("ven-{nth:03}")).collect();
    let ledger = Ledger::with(&vendors.iter().map(|vendor| (vendor.as_str(), 1)).collect::<Vec<_>>()).await;
    let stock = &ledger.inventory;
    let from =
        |vendor_id: &String, quantity| Allocation { sku: sku("A"), quantity, vendor_id: vendor(vendor_id), warehouse_id: warehouse("w1") };
    assert_eq!(stock.hold(id(0), &[(sku("A"), 150)], NOON).await.unwrap(), Held::Yes);

    let mut short: Vec<Allocation> = vendors[..148].iter().map(|vendor| from(vendor, 1)).collect();
    short.push(from(&vendors[149], 2));
    let answer = stock.allocate(id(0), &short).await.unwrap();
    assert_eq!(answer, Allocated::Short(vec![(sku("A"), vendor("ven-149"), warehouse("w1"))]));
    assert_eq!(ledger.books().await, (0, 150, 150, 0), "nothing is set aside");

    let all: Vec<Allocation> = vendors.iter().map(|vendor| from(vendor, 1)).collect();
    for _ in 0..2 {
        assert_eq!(stock.allocate(id(0), &all).await.unwrap(), Allocated::Yes);
        assert_eq!(ledger.books().await, (0, 150, 0, 150));
    }
    let (run, gone) = (u64::MAX - 1, &all[..120]);
    for _ in 0..2 {
        stock.take_off(id(0), run, gone).await.unwrap();
        assert_eq!(ledger.books().await, (0, 30, 0, 30), "what left, left once");
    }
    for _ in 0..2 {
        stock.release(id(0)).await.unwrap();
        assert_eq!(ledger.books().await, (30, 0, 30, 0));
    }
    assert_eq!(stock.allocate(id(0), &all).await.unwrap(), Allocated::NoHold, "a dead order takes nothing");
}

/// Whoever books it again later, or elsewhere, the books name who did it first.
#[tokio::test(flavor = "multi_thread")]
async fn the_books_keep_who_booked_an_entry_and_when() {
    let ledger = Ledger::with(&[("ven-1", 20)]).await;
    let later = Booking { by: Actor::new(ActorKind::Operator, "ops-7"), at: NOON + SignedDuration::from_hours(1), ..a_booking() };
    for booking in [Booking { dry: true, ..later.clone() }, a_booking(), later] {
        ledger.inventory.book(&entry("note", Stocked::Lost(2)), &booking).await.unwrap();
    }
    let query = ledger.clients.dynamodb().query().table_name(schema::INVENTORY.name).key_condition_expression("pk = :pk AND sk = :sk");
    let query = query.expression_attribute_values(":pk", AttributeValue::S("L#A".to_owned()));
    let query = query.expression_attribute_values(":sk", AttributeValue::S("entry#note".to_owned()));
    let items = query.send().await.unwrap().items.unwrap_or_default();
    let told: Vec<_> = items.iter().map(|item| (item["by"].as_s().unwrap().as_str(), item["at"].as_s().unwrap().as_str())).collect();
    assert_eq!(told, [("vendor:ven-1", NOON.to_string().as_str())]);
}
