//! Reference data comes back as it was stored, and only what was asked for.

use std::sync::Arc;

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::Promotions;
use oms_contract::reference::regulation::Regulations;
use oms_domain::document::MethodKind;
use oms_ports::reference::{Found, Reference, Wanted};

use crate::build::discount::{a_coupon, a_gift_card, a_promotion};
use crate::build::reference::{a_customer, a_market, a_product, a_vendor};
use crate::build::{customer, sku, vendor};

/// Runs the whole suite. The factory gives a store with exactly what was found.
pub async fn all<R: Reference>(factory: impl AsyncFn(&Found) -> Arc<R>) {
    let names = 0..150;
    let stored = Found {
        products: names.map(|n| a_product(&format!("SKU-{n:03}"))).collect(),
        vendors: vec![a_vendor("ven-1"), a_vendor("ven-2")],
        customer: Some(a_customer("cus-1")),
        taxes: vec![],
        market: Some(a_market()),
        coupons: vec![a_coupon("TEN"), a_coupon("TWENTY")],
        gift_cards: vec![a_gift_card("GIFT-1", 5_000)],
        promotions: Some(Promotions { promotions: vec![a_promotion("spring")], ..Promotions::default() }),
        regulations: Some(Regulations { methods_refused: [("BR".to_owned(), vec![MethodKind::Invoice])].into(), ..Regulations::default() }),
        watchlists: Some(Watchlists { customers: vec!["cus-7".to_owned()], ..Watchlists::default() }),
        ..Found::default()
    };
    let reference = factory(&stored).await;
    everything_wanted_is_found(&*reference, &stored).await;
    nothing_else_is_found(&*reference).await;
    what_is_missing_is_missing(&*reference).await;
}

async fn everything_wanted_is_found(reference: &impl Reference, stored: &Found) {
    let wanted = Wanted {
        products: stored.products.iter().map(|p| p.sku.clone()).collect(),
        vendors: stored.vendors.iter().map(|v| v.vendor_id.clone()).collect(),
        customer: Some(customer("cus-1")),
        market: true,
        coupons: vec!["TWENTY".to_owned(), "TEN".to_owned(), "NONE".to_owned()],
        gift_cards: vec!["GIFT-1".to_owned(), "GIFT-9".to_owned()],
        promotions: true,
        regulations: true,
        watchlists: true,
        ..Wanted::default()
    };
    let mut found = reference.fetch(&wanted).await.unwrap();
    found.products.sort_by(|a, b| a.sku.cmp(&b.sku));
    found.vendors.sort_by(|a, b| a.vendor_id.cmp(&b.vendor_id));
    found.coupons.sort_by(|a, b| a.grants.id.cmp(&b.grants.id));
    assert_eq!(found, *stored, "more than one batch of 100");
}

async fn nothing_else_is_found(reference: &impl Reference) {
    let nothing = reference.fetch(&Wanted::default()).await.unwrap();
    assert_eq!(nothing, Found::default());
    let wanted = Wanted { products: vec![sku("SKU-007"), sku("SKU-007")], ..Wanted::default() };
    let found = reference.fetch(&wanted).await.unwrap();
    assert_eq!(found.products, [a_product("SKU-007")], "asked twice, found once");
}

async fn what_is_missing_is_missing(reference: &impl Reference) {
    let wanted = Wanted {
        products: vec![sku("SKU-001"), sku("UNKNOWN")],
        vendors: vec![vendor("ven-9")],
        customer: Some(customer("cus-9")),
        taxes: Some("DE".to_owned()),
        coupons: vec!["NONE".to_owned()],
        gift_cards: vec!["GIFT-9".to_owned()],
        ..Wanted::default()
    };
    let found = reference.fetch(&wanted).await.unwrap();
    let expected = Found { products: vec![a_product("SKU-001")], ..Found::default() };
    assert_eq!(found, expected);
}
