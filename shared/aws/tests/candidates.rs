//! What it costs to find the sources of an order: the same on a hundred offers as on a hundred thousand.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::StreamExt as _;
use oms_aws::{Clients, Meter, schema};
use oms_domain::Sku;
use oms_fakes::{a_booking, sku, vendor, warehouse};
use oms_ports::stock::{Booked, Booking, Inventory as _, MOST_SOURCES, OnHand, Spot, StockEntry, Stocked, Stockroom as _};

use support::tables;

/// A shelf as [`oms_aws::DynamoInventory::stock`] and `place` write it: vendor `n`, somewhere along a line from west to east.
fn shelf(id: &str, n: u32, available: u32) -> WriteRequest {
    let mut item: HashMap<String, AttributeValue> = HashMap::new();
    let mut text = |name: &str, value: String| item.insert(name.to_owned(), AttributeValue::S(value));
    text("pk", format!("S#{id}"));
    text("sk", format!("ven-{n:06}#w1"));
    text("place", oms_aws::place_of(50.0, lon(n)));
    for (name, value) in [("available", available), ("allocated", 0)] {
        item.insert(name.to_owned(), AttributeValue::N(value.to_string()));
    }
    WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap()).build()
}

/// Vendors are strewn over the parallel, not in the order of their ids.
fn lon(n: u32) -> f64 {
    f64::from(n.wrapping_mul(7_919) % 36_000) / 100.0 - 180.0
}

/// So many offers of each SKU.
async fn market(offers: &[(String, u32)]) -> Clients {
    let clients = tables().await;
    let rows: Vec<WriteRequest> = offers.iter().flat_map(|(id, count)| (0..*count).map(|n| shelf(id, n, 5))).collect();
    let put = |rows: &[WriteRequest]| {
        let call = clients.dynamodb().batch_write_item().request_items(schema::INVENTORY.name, rows.to_vec());
        async move { assert!(call.send().await.unwrap().unprocessed_items.unwrap_or_default().is_empty()) }
    };
    futures::stream::iter(rows.chunks(25).map(put)).buffer_unordered(8).collect::<Vec<()>>().await;
    clients
}

const HERE: Spot = Spot { lat: 50.0, lon: 8.0 };

/// Calls and read units of finding the sources of two ordinary SKUs and one that everybody has; and the sources.
async fn reads(clients: &Clients) -> (Vec<(String, u64)>, f64, usize) {
    let meter = Meter::default();
    let inventory = clients.clone().metered(&meter).inventory(schema::INVENTORY.name);
    let wanted: Vec<Sku> = ["SKU-000", "SKU-001", "HOT"].map(sku).into();
    let found = inventory.sources(&wanted).await.unwrap();
    let mut sources = found.rows.iter().filter(|source| !found.crowded.contains(&source.sku)).count();
    assert_eq!(found.crowded, [sku("HOT")]);
    for sku in &found.crowded {
        sources += inventory.sources_near(sku, HERE).await.unwrap().len();
    }
    let counts = meter.take();
    let units = counts.values().map(|kind| kind.read_units).sum();
    let mut calls: Vec<(String, u64)> = counts.into_iter().map(|(name, kind)| (name, kind.calls)).collect();
    calls.sort();
    (calls, units, sources)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_offers_are_read_like_a_hundred() {
    let ordinary = |skus: u32, each: u32| (0..skus).map(move |n| (format!("SKU-{n:03}"), each));
    let few: Vec<_> = ordinary(2, 30).chain([("HOT".to_owned(), 120)]).collect();
    let many: Vec<_> = ordinary(1_000, 30).chain([("HOT".to_owned(), 70_000)]).collect();
    assert_eq!(many.iter().map(|(_, count)| count).sum::<u32>(), 100_000);
    let (small, large) = (reads(&market(&few).await).await, reads(&market(&many).await).await);
    assert_eq!(small.0, large.0, "calls");
    assert_eq!(large.0, [("BatchGetItem".to_owned(), 1), ("Query".to_owned(), 5)]);
    assert_eq!(large.2, 60 + MOST_SOURCES);
    assert!(large.1 <= small.1 + 5.0, "read units: {} and {}", small.1, large.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sources_around_the_destination_are_read() {
    let clients = market(&[("HOT".to_owned(), 3_000)]).await;
    let found = clients.inventory(schema::INVENTORY.name).sources_near(&sku("HOT"), HERE).await.unwrap();
    assert_eq!(found.len(), MOST_SOURCES);
    let away = |vendor: &str| (lon(vendor.strip_prefix("ven-").unwrap().parse().unwrap()) - HERE.lon).abs();
    // 3,000 vendors over 360 degrees: the nearest hundred would lie within 6 degrees; the curve may jump once.
    let near = found.iter().filter(|source| away(source.vendor_id.as_str()) < 12.0).count();
    assert!(near >= MOST_SOURCES / 2, "{near} of {} are near", found.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_shelves_around_the_destination_are_passed_over() {
    let clients = tables().await;
    for n in 0..300 {
        // Near at first, then farther and farther east; only far away is something left.
        let mut row = shelf("HOT", n, u32::from(n >= 150)).put_request.unwrap();
        row.item.insert("place".to_owned(), AttributeValue::S(oms_aws::place_of(50.0, 8.0 + f64::from(n) / 10.0)));
        clients.dynamodb().put_item().table_name(schema::INVENTORY.name).set_item(Some(row.item)).send().await.unwrap();
    }
    let found = clients.inventory(schema::INVENTORY.name).sources_near(&sku("HOT"), HERE).await.unwrap();
    assert!(!found.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_that_an_entry_opens_is_found_by_its_place() {
    let inventory = tables().await.inventory(schema::INVENTORY.name);
    let entry = |id: &str, what: Stocked| StockEntry {
        id: id.to_owned(),
        sku: sku("HOT"),
        vendor_id: vendor(&format!("ven-{id}")),
        warehouse_id: warehouse("w1"),
        for_sale: true,
        what,
    };
    // Another warehouse of a vendor, whose name begins like the first one's.
    let tenth = StockEntry { id: "tenth".to_owned(), warehouse_id: warehouse("w10"), ..entry("counted", Stocked::Received(4)) };
    inventory.book(&tenth, &a_booking()).await.unwrap();
    for (id, what) in [("came", Stocked::Received(3)), ("counted", Stocked::Counted(2)), ("corrected", Stocked::Corrected(1))] {
        let booked = inventory.book(&entry(id, what), &Booking { spot: Some(HERE), ..a_booking() }).await.unwrap();
        assert!(matches!(booked, Booked::Yes { was: OnHand { available: 0, allocated: 0 }, .. }), "{id}: {booked:?}");
        assert_eq!(inventory.book(&entry(id, what), &Booking { spot: Some(HERE), ..a_booking() }).await.unwrap(), Booked::Repeated, "{id}");
    }
    inventory.book(&entry("nowhere", Stocked::Received(5)), &a_booking()).await.unwrap();
    // Whether a place is known changes nothing of what is there.
    inventory
        .book(&StockEntry { id: "again".to_owned(), ..entry("came", Stocked::Lost(1)) }, &Booking { spot: Some(HERE), ..a_booking() })
        .await
        .unwrap();
    let near = inventory.sources_near(&sku("HOT"), HERE).await.unwrap();
    let found: Vec<(&str, u32)> = near.iter().map(|source| (source.vendor_id.as_str(), source.available)).collect();
    assert_eq!(found, [("ven-came", 2), ("ven-corrected", 1), ("ven-counted", 2)]);
    assert_eq!(inventory.available(&[sku("HOT")]).await.unwrap()[0].free, 14);
}

/// Calls and units of booking a receipt of vendor 1, and then a count.
async fn booked(clients: &Clients) -> Vec<(String, u64, f64)> {
    let meter = Meter::default();
    let inventory = clients.clone().metered(&meter).inventory(schema::INVENTORY.name);
    for (id, what) in [("came", Stocked::Received(3)), ("counted", Stocked::Counted(7))] {
        let entry = StockEntry {
            id: id.to_owned(),
            sku: sku("HOT"),
            vendor_id: vendor("ven-000001"),
            warehouse_id: warehouse("w1"),
            for_sale: true,
            what,
        };
        let booked = inventory.book(&entry, &Booking { spot: Some(HERE), ..a_booking() }).await.unwrap();
        let available = if id == "came" { 8 } else { 7 };
        assert!(matches!(booked, Booked::Yes { now, .. } if now.available == available), "{id}: {booked:?}");
    }
    let mut calls: Vec<_> = meter.take().into_iter().map(|(name, kind)| (name, kind.calls, kind.read_units + kind.write_units)).collect();
    calls.sort_by(|a, b| a.0.cmp(&b.0));
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn booking_costs_the_same_however_many_vendors_have_the_product() {
    let few = booked(&market(&[("HOT".to_owned(), 20)]).await).await;
    let many = booked(&market(&[("HOT".to_owned(), 3_000)]).await).await;
    assert_eq!(few, many);
    let calls: Vec<(&str, u64)> = many.iter().map(|(name, calls, _)| (name.as_str(), *calls)).collect();
    assert_eq!(calls, [("BatchGetItem", 2), ("GetItem", 2), ("Query", 2), ("TransactWriteItems", 2)]);
}
