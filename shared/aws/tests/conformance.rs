//! The suites that fakes and adapters share, on an embedded DynamoDB.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::sync::Arc;

use oms_aws::{DynamoInventory, DynamoReference, ReferenceItem, schema};
use oms_contract::reference::StockRow;
use oms_domain::Sku;
use oms_fakes::conformance;
use oms_ports::reference::Found;

use support::{store, tables};

#[tokio::test(flavor = "multi_thread")]
async fn orders() {
    conformance::orders::all(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effects() {
    conformance::effects::all(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listings() {
    conformance::listings::all(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packages() {
    conformance::packages::all(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seen() {
    conformance::seen::all(async || tables().await.seen(schema::EPHEMERAL.name)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tally() {
    conformance::tally::all(async || {
        let clients = tables().await;
        (clients.reference(schema::REFERENCE.name) as _, clients.tally(schema::REFERENCE.name, schema::EPHEMERAL.name) as _)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices() {
    conformance::invoices::all(async || tables().await.orders(schema::ORDERS.name)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inventory() {
    conformance::inventory::all(async |rows: &[StockRow]| stocked(rows).await).await;
    conformance::stockroom::all(async |rows: &[StockRow]| stocked(rows).await).await;
}

async fn stocked(rows: &[StockRow]) -> Arc<DynamoInventory> {
    let inventory = tables().await.inventory(schema::INVENTORY.name);
    let mut skus: Vec<&Sku> = rows.iter().map(|row| &row.sku).collect();
    skus.dedup();
    for sku in skus {
        let own: Vec<StockRow> = rows.iter().filter(|row| row.sku == *sku).cloned().collect();
        assert_eq!(inventory.stock(sku, &own).await.unwrap(), own.len());
    }
    inventory
}

#[tokio::test(flavor = "multi_thread")]
async fn reference() {
    conformance::reference::all(async |found: &Found| filled(found).await).await;
    conformance::reference::loading(&*tables().await.reference(schema::REFERENCE.name)).await;
}

async fn filled(found: &Found) -> Arc<DynamoReference> {
    let reference = tables().await.reference(schema::REFERENCE.name);
    let items = found.products.iter().map(ReferenceItem::Product);
    let items = items.chain(found.vendors.iter().map(ReferenceItem::Vendor));
    let items = items.chain(found.customer.iter().map(ReferenceItem::Customer));
    let items = items.chain(found.coupons.iter().map(ReferenceItem::Coupon));
    let items = items.chain(found.gift_cards.iter().map(ReferenceItem::GiftCard));
    let items = items.chain(found.promotions.iter().map(ReferenceItem::Promotions));
    let items = items.chain(found.regulations.iter().map(ReferenceItem::Regulations));
    let items = items.chain(found.watchlists.iter().map(ReferenceItem::Watchlists));
    for item in items.chain(found.market.iter().map(ReferenceItem::Market)) {
        reference.put(item).await.unwrap();
    }
    reference
}

#[tokio::test(flavor = "multi_thread")]
async fn sealer() {
    conformance::sealer::all(async || {
        let master_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned();
        tables().await.sealer_under(master_key.into(), schema::REFERENCE.name)
    })
    .await;
}
