//! Proving the counters by the log, on an embedded DynamoDB: what is sound holds, whatever was tampered with is found and can be repaired.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use oms_aws::{Clients, DynamoInventory, StockProof, schema};
use oms_contract::record::Allocation;
use oms_domain::OrderId;
use oms_fakes::build::reference::some_stock;
use oms_fakes::{NOON, a_booking, an_order, sku, vendor, warehouse};
use oms_ports::budget::Portion;
use oms_ports::stock::{Booked, Inventory as _, StockEntry, Stocked, Stockroom as _};

use support::tables;

struct Table {
    clients: Clients,
    inventory: Arc<DynamoInventory>,
}

fn id(nth: u64) -> OrderId {
    an_order().nth(nth).id()
}

fn take(vendor_id: &str, quantity: u32) -> Allocation {
    Allocation { sku: sku("A"), quantity, vendor_id: vendor(vendor_id), warehouse_id: warehouse("w1") }
}

/// Everything that can happen to stock has happened.
async fn lived_in(shards: u16) -> Table {
    let clients = tables().await;
    let inventory = clients.inventory(schema::INVENTORY.name);
    inventory.stock(&sku("A"), &[some_stock("A", "ven-1", 20), some_stock("A", "ven-2", 20)]).await.unwrap();
    inventory.stock(&sku("B"), &[some_stock("B", "ven-1", 5)]).await.unwrap();
    inventory.shelve(&some_stock("A", "ven-3", 4)).await.unwrap();
    inventory.reshard(&sku("A"), shards).await.unwrap();
    let until = NOON + SignedDuration::from_mins(30);
    for nth in 0..6 {
        inventory.hold(id(nth), &[(sku("A"), 3), (sku("B"), u32::from(nth == 5))], until).await.unwrap();
    }
    inventory.extend(id(0), until).await.unwrap();
    inventory.release(id(1)).await.unwrap();
    for nth in 2..5 {
        inventory.allocate(id(nth), &[take("ven-1", 2), take("ven-2", 1)]).await.unwrap();
    }
    inventory.reallocate(id(2), 1, &[take("ven-1", 2)], &[take("ven-2", 2)]).await.unwrap();
    inventory.release_part(id(3), 1, &[take("ven-1", 2)]).await.unwrap();
    inventory.release_sourced(id(4), 1, 2, (&[take("ven-1", 2)], &[take("ven-2", 2)]), Portion::NONE).await.unwrap();
    inventory.take_off(id(3), 2, &[take("ven-2", 1)]).await.unwrap();
    inventory.restock(&sku("A"), &[some_stock("A", "ven-1", 30)]).await.unwrap();
    inventory.rebalance(&sku("A")).await.unwrap();
    let (vendor_id, warehouse_id) = (vendor("ven-2"), warehouse("w1"));
    let count = StockEntry { id: "c".to_owned(), sku: sku("A"), vendor_id, warehouse_id, for_sale: true, what: Stocked::Counted(11) };
    assert!(matches!(inventory.book(&count, &a_booking()).await.unwrap(), Booked::Yes { .. }));
    Table { clients, inventory }
}

impl Table {
    async fn proof(&self) -> StockProof {
        self.inventory.prove().await.unwrap()
    }

    /// Sets one number of one counter where it stands, as somebody with the console would.
    async fn tamper(&self, pk: &str, sk: &str, name: &str, value: i64) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.clients.dynamodb().update_item().table_name(schema::INVENTORY.name).key("pk", text(pk)).key("sk", text(sk));
        let update = update.update_expression("SET #n = :v").expression_attribute_names("#n", name);
        update.expression_attribute_values(":v", AttributeValue::N(value.to_string())).send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_all_that_can_happen_the_counters_are_what_the_log_says() {
    for shards in [1, 3] {
        let proof = lived_in(shards).await.proof().await;
        let (drifts, broken) = (&proof.drifts, &proof.broken);
        assert!(drifts.is_empty() && broken.is_empty() && proof.restless.is_empty(), "{proof:?}");
        assert_eq!((proof.sound, proof.orders), (6, 6), "two pools and four rows");
        assert!(proof.entries > 6 + 4, "{proof:?}");
    }
}

/// What somebody changed, what is told of it, and that a repair brings back what the log says.
#[tokio::test(flavor = "multi_thread")]
async fn every_drift_is_told_precisely_and_repaired() {
    for (shards, pk, sk, name, value, told) in [
        (1, "P#A#0", "POOL", "free", 1000, "the pool of A: 1000 free"),
        (1, "P#A#0", "POOL", "taken", 0, "shard 0 has"),
        (1, "S#A", "ven-2#w1", "available", 0, "A at ven-2/w1: 0 available"),
        (1, "S#A", "ven-2#w1", "allocated", 9, "and 9 allocated"),
        (1, "S#B", "ven-1#w1", "available", -3, "B at ven-1/w1: -3 available"),
        (3, "P#A#2", "POOL", "free", 0, "the pool of A"),
        (3, "P#A#1", "POOL", "taken", 77, "shard 1 has"),
        (3, "S#A", "ven-1#w1#2", "available", 500, "A at ven-1/w1"),
    ] {
        let table = lived_in(shards).await;
        let sound = table.proof().await;
        table.tamper(pk, sk, name, value).await;
        let found = table.proof().await;
        let lines: Vec<String> = found.drifts.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 1, "{pk} {sk} {name}: {lines:?}");
        assert!(lines[0].contains(told), "{told}: {lines:?}");
        assert!(table.inventory.repair(&found.drifts[0]).await.unwrap());
        assert_eq!(table.proof().await, sound, "{pk} {sk} {name}");
        assert!(!table.inventory.repair(&found.drifts[0]).await.unwrap(), "the counter is not what was read any more");
    }
}

/// A counter that is gone, and one that is lost with its whole item, are built again from the log.
#[tokio::test(flavor = "multi_thread")]
async fn counters_that_are_gone_are_built_again() {
    let table = lived_in(3).await;
    let sound = table.proof().await;
    for (pk, sk) in [("P#A#0", "POOL"), ("P#A#1", "POOL"), ("S#A", "ven-1#w1"), ("P#B#0", "POOL")] {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let delete = table.clients.dynamodb().delete_item().table_name(schema::INVENTORY.name).key("pk", text(pk)).key("sk", text(sk));
        delete.send().await.unwrap();
    }
    let found = table.proof().await;
    assert_eq!(found.drifts.len(), 3, "{found:?}");
    for drift in &found.drifts {
        assert!(table.inventory.repair(drift).await.unwrap(), "{drift}");
    }
    assert_eq!(table.proof().await, sound);
    let newcomer = table.clients.inventory(schema::INVENTORY.name);
    assert_eq!(newcomer.shards(&sku("A")).await.unwrap(), 3, "also how many shards there are");
}

/// The log is the truth; where it contradicts itself nothing is repaired.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_log_was_changed_is_named() {
    for (from, to, told) in [
        ("\"P#A#0\":[-3,3]", "\"P#A#0\":[-3,2]", "from one book only"),
        ("\"what\":\"allocated\"", "\"what\":\"released\"", "comes to released"),
    ] {
        let table = lived_in(1).await;
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let client = table.clients.dynamodb();
        let (pk, sk) = (text(&format!("H#{}", id(4))), text("HOLD"));
        let found = client.get_item().table_name(schema::INVENTORY.name).key("pk", pk).key("sk", sk).send().await.unwrap();
        let mut item = found.item.unwrap();
        let log = item["log"].as_s().unwrap().clone();
        assert!(log.contains(from), "{log}");
        item.insert("log".to_owned(), AttributeValue::S(log.replacen(from, to, 1)));
        client.put_item().table_name(schema::INVENTORY.name).set_item(Some(item)).send().await.unwrap();
        let proof = table.proof().await;
        assert_eq!(proof.broken.len(), 1, "{proof:?}");
        assert!(proof.broken[0].0 == id(4) && proof.broken[0].1.contains(told), "{proof:?}");
    }
}

/// Orders come and go while the table is read: nothing is told of what did not happen.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_moves_is_not_accused() {
    let table = lived_in(3).await;
    let inventory = Arc::clone(&table.inventory);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let orders = tokio::spawn(async move {
        for nth in 100.. {
            if stopped.load(std::sync::atomic::Ordering::Relaxed) {
                return nth;
            }
            inventory.hold(id(nth), &[(sku("A"), 1)], NOON).await.unwrap();
            inventory.release(id(nth)).await.unwrap();
        }
        0
    });
    for _ in 0..5 {
        let proof = table.proof().await;
        assert!(proof.drifts.is_empty() && proof.broken.is_empty(), "{proof:?}");
        assert!(proof.restless.iter().all(|of| of == "P#A#0"), "{proof:?}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(orders.await.unwrap() > 101, "orders did come and go");
    assert_eq!(table.proof().await.restless, Vec::<String>::new());
}
