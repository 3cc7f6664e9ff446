//! The fakes behave as every adapter must.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::sync::Arc;

use oms_contract::reference::StockRow;
use oms_fakes::conformance;
use oms_fakes::conformance::gateway::Subject;
use oms_fakes::gateway::CARD_GOOD;
use oms_fakes::{FakeGateway, MemoryInventory, MemoryInvoices, MemoryOrders, MemoryReference, MemorySealer, MemorySeen};
use oms_ports::reference::Found;

async fn store() -> Arc<MemoryOrders> {
    Arc::default()
}

#[tokio::test]
async fn orders() {
    conformance::orders::all(store).await;
}

#[tokio::test]
async fn effects() {
    conformance::effects::all(store).await;
}

#[tokio::test]
async fn listings() {
    conformance::listings::all(store).await;
}

#[tokio::test]
async fn packages() {
    conformance::packages::all(store).await;
}

#[tokio::test]
async fn seen() {
    conformance::seen::all(async || Arc::new(MemorySeen::default())).await;
}

#[tokio::test]
async fn invoices() {
    conformance::invoices::all(async || Arc::new(MemoryInvoices::default())).await;
}

#[tokio::test]
async fn gateway() {
    let empty = async || Subject::card(Arc::new(FakeGateway::default()), CARD_GOOD);
    conformance::gateway::all(empty).await;
}

#[tokio::test]
async fn inventory() {
    let stocked = async |rows: &[StockRow]| Arc::new(MemoryInventory::stocked(rows));
    conformance::inventory::all(stocked).await;
    conformance::stockroom::all(stocked).await;
}

#[tokio::test]
async fn reference() {
    let filled = async |found: &Found| {
        let reference = MemoryReference::default();
        for product in found.products.clone() {
            reference.product(product);
        }
        for vendor in found.vendors.clone() {
            reference.vendor(vendor);
        }
        if let Some(customer) = found.customer.clone() {
            reference.customer(customer);
        }
        if let Some(market) = found.market.clone() {
            reference.market(market);
        }
        for coupon in found.coupons.clone() {
            reference.coupon(coupon);
        }
        for card in found.gift_cards.clone() {
            reference.gift_card(card);
        }
        if let Some(promotions) = found.promotions.clone() {
            reference.promotions(promotions);
        }
        if let Some(rules) = found.regulations.clone() {
            reference.regulations(rules);
        }
        if let Some(lists) = found.watchlists.clone() {
            reference.watchlists(lists);
        }
        Arc::new(reference)
    };
    conformance::reference::all(filled).await;
    conformance::reference::loading(&MemoryReference::default()).await;
}

#[tokio::test]
async fn tally() {
    conformance::tally::all(async || {
        let store = Arc::new(MemoryReference::default());
        (store.clone() as _, store as _)
    })
    .await;
}

#[tokio::test]
async fn sealer() {
    conformance::sealer::all(async || Arc::new(MemorySealer::default())).await;
}
