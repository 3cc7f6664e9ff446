//! Stock that comes in by the API is seen, sold and not booked twice.

use serde_json::{Value, json};

use oms_contract::api::stock::{AvailabilityView, SkuAvailability, StockReport};
use oms_domain::{ActorKind, State};
use oms_local::Client;

use oms_tests::shop::{GOOD_CARD, Shop, refusal, scene};

/// An entry of the shop's product.
fn entry(shop: &Shop, id: &str, vendor: &str, kind: &str, quantity: i64) -> Value {
    json!({ "id": id, "sku": shop.sku(), "vendor_id": vendor, "warehouse_id": "w1", "kind": kind, "quantity": quantity })
}

/// `(booked, repeated, refused)`.
async fn book(client: &Client, lines: &str, dry_run: bool) -> (usize, usize, usize) {
    let StockReport { booked, repeated, refused, .. } = client.book_stock(lines, dry_run).await.unwrap();
    (booked, repeated, refused)
}

/// What a customer is told of the shop's product, and of one that there is not.
async fn left(shop: &Shop, customer: &Client) -> u32 {
    let (sku, unknown) = (shop.sku(), shop.name("unknown"));
    let AvailabilityView { skus, unknown: not_there } = customer.availability(&[&unknown, &sku]).await.unwrap();
    assert_eq!(not_there, [unknown]);
    let [SkuAvailability { sku: told, available }] = &skus[..] else { panic!("{skus:?}") };
    assert_eq!(*told, sku);
    *available
}

#[test]
fn stock_by_api_is_booked_once_and_falls_when_it_is_ordered() {
    scene(2, async |shop| {
        let customer = shop.acting(ActorKind::Customer, &shop.customer("buyer").await);
        let vendor = shop.acting(ActorKind::Vendor, &shop.vendor());
        let lines = [
            entry(shop, "note-1", &shop.vendor(), "receipt", 6),
            entry(shop, "note-2", &shop.vendor(), "loss", 1),
            entry(shop, "note-3", &shop.vendor(), "loss", 100),
        ];
        let lines = lines.map(|line| line.to_string()).join("\n");
        assert_eq!(left(shop, &customer).await, 2);
        // The books are as they stand for each line of a dry run.
        assert_eq!(book(&vendor, &lines, true).await, (2, 0, 1));
        assert_eq!(left(shop, &customer).await, 2);
        assert_eq!(book(&vendor, &lines, false).await, (2, 0, 1));
        assert_eq!(left(shop, &customer).await, 7);

        let neighbour = shop.another_vendor("neighbour", "0.9", 0).await;
        let theirs = entry(shop, "note-1", &neighbour, "receipt", 50).to_string();
        assert_eq!(refusal(vendor.book_stock(&theirs, false).await).status, 403);
        assert_eq!(left(shop, &customer).await, 7);

        // More than there was before: none but what was booked can be sold.
        let order = shop.place(&customer, "stock", &shop.basket(5, GOOD_CARD)).await;
        shop.wait_for(order, State::PendingFulfillment).await;
        assert_eq!(left(shop, &customer).await, 2);

        assert_eq!(book(&vendor, &lines, false).await, (0, 2, 1));
        assert_eq!(book(&shop.operator, &lines, false).await, (0, 2, 1));
        assert_eq!(left(shop, &customer).await, 2);
        let books = shop.books().await;
        assert_eq!((books.free, books.taken, books.available(), books.allocated()), (2, 5, 2, 5));

        // What is set aside for the order is counted, and is not for sale.
        let counted = entry(shop, "count-1", &shop.vendor(), "count", 6).to_string();
        assert_eq!(book(&shop.operator, &counted, false).await, (1, 0, 0));
        assert_eq!(left(shop, &customer).await, 1);
    });
}
