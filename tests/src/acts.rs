//! What people do to an order of a test, in the order in which they do it.

use oms_contract::api::command::{ReviewDecision, ReviewOrder, ShipOrder};
use oms_contract::api::view::OrderView;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{Client, carrier};

use crate::shop::{GOOD_CARD, PATIENCE, Shop};

/// Pieces of an order that a person has to review first: more than 500 euro, of a customer who has never bought here. Long enough for the world to
/// change between the checks and the routing.
pub const REVIEWED: u32 = 30;

/// What the carrier says of a parcel that arrives.
const SCANS: [(&str, State); 4] = [
    ("picked_up", State::Shipped),
    ("in_transit", State::InTransit),
    ("out_for_delivery", State::OutForDelivery),
    ("delivered", State::Delivered),
];

/// An operator clears an order.
pub async fn approve(shop: &Shop, id: OrderId) {
    let approval = ReviewOrder { decision: ReviewDecision::Approve, reason: None };
    shop.operator.review(id, &approval).await.unwrap();
}

/// An order of [`REVIEWED`] pieces that has been checked, whose stock is held, and whose only vendor is suspended before it is routed: its customer is offered a choice.
pub async fn strand(shop: &Shop, customer: &str, sku: &str, vendor: &str) -> (Client, OrderView) {
    let client = shop.acting(ActorKind::Customer, customer);
    let mut basket = shop.basket(REVIEWED, GOOD_CARD);
    sku.clone_into(&mut basket.lines[0].sku);
    let id = shop.place(&client, &shop.name("stranded"), &basket).await;
    shop.wait_for(id, State::FraudReview).await;
    shop.suspend(vendor).await;
    approve(shop, id).await;
    let order = shop.operator.wait_until(id, "offered a choice", PATIENCE, |order| !order.offers.is_empty()).await.unwrap();
    (client, order)
}

/// A vendor does its part, and the carrier brings it.
pub async fn deliver(shop: &Shop, id: OrderId, vendor: &str) {
    let client = shop.acting(ActorKind::Vendor, vendor);
    client.accept(id).await.unwrap();
    client.pick(id).await.unwrap();
    client.pack(id).await.unwrap();
    // A number of DHL's form that no other parcel has.
    let name = format!("{id}{vendor}");
    let digits = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let tracking_number = format!("JJD{:018}", digits % 1_000_000_000_000_000_000);
    client.ship(id, &ShipOrder { carrier: "dhl".to_owned(), tracking_number: tracking_number.clone() }).await.unwrap();
    for (event, state) in SCANS {
        carrier::happens(&shop.stack, &tracking_number, carrier::Scan { event }).await.unwrap();
        // One after the other: two at once may be in each other's way, and the queue brings the slower one again only after minutes.
        client.wait_for(id, state, PATIENCE).await.unwrap();
    }
}
