//! Two hundred buyers, ten pieces.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::stream::{StreamExt as _, TryStreamExt as _};

use oms_contract::api::command::CancelOrder;
use oms_contract::api::view::OrderView;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::gateway::Intent;

use oms_tests::shop::{AT_ONCE, GOOD_CARD, PATIENCE, Shop, scene};

const BUYERS: usize = 200;
const STOCK: u32 = 10;

#[test]
fn two_hundred_buyers_of_ten_pieces_get_ten_and_the_others_a_clear_answer() {
    scene(STOCK, async |shop| {
        let owners = buy(shop).await;
        let orders = shop.wait_for_all(&shop.placed(), "at rest", at_rest).await;
        let (winners, losers): (Vec<_>, Vec<_>) = orders.into_iter().partition(|order| order.state == "pending_fulfillment");
        assert_eq!((winners.len(), losers.len()), (STOCK as usize, BUYERS - STOCK as usize));
        allocated(shop, &winners).await;
        refused(shop, &losers).await;

        // The money of those who got nothing is only reserved, until they mend the order or give it up.
        cancel(shop, &owners, &losers).await;
        let money = money_of(shop, &losers).await;
        assert!(money.values().all(|intents| intents.iter().all(|intent| intent.status == "canceled")), "{money:?}");
        allocated(shop, &winners).await;

        // And those who got something may give it back.
        cancel(shop, &owners, &winners).await;
        let books = shop.books().await;
        assert_eq!((books.free, books.taken, books.available(), books.allocated()), (i64::from(STOCK), 0, i64::from(STOCK), 0));
    });
}

/// Everybody orders one at the same moment. Who placed which order.
async fn buy(shop: &Shop) -> BTreeMap<OrderId, String> {
    let buyers: Vec<String> = (0..BUYERS).map(|nth| shop.name(&format!("buyer-{nth}"))).collect();
    shop.welcome(&buyers).await;
    let basket = shop.basket(1, GOOD_CARD);
    let orders = buyers.iter().map(|buyer| {
        let (client, basket) = (shop.acting(ActorKind::Customer, buyer), &basket);
        async move { (shop.place(&client, "one", basket).await, buyer.clone()) }
    });
    join_all(orders).await.into_iter().collect()
}

/// A step that failed under the crowd leaves its order stalled; the sweeper starts it again, so that is no rest.
fn at_rest(order: &OrderView) -> bool {
    matches!(order.state.parse(), Ok(State::PendingFulfillment | State::ValidationFailed | State::Cancelled))
}

/// The ledger has set aside one piece for each of these orders, and nothing for any other; the orders are paid.
async fn allocated(shop: &Shop, orders: &[OrderView]) {
    let books = shop.books().await;
    assert_eq!((books.free, books.taken, books.available(), books.allocated()), (0, i64::from(STOCK), 0, i64::from(STOCK)));
    let winners: BTreeSet<OrderId> = orders.iter().map(id_of).collect();
    for id in shop.placed() {
        let claim = shop.claim(id).await.filter(|claim| claim.status != "released");
        let pieces = claim.map(|claim| (claim.status, claim.allocations.iter().map(|allocation| allocation.quantity).sum()));
        assert_eq!(pieces, winners.contains(&id).then_some(("allocated", 1_u32)), "order {id}");
    }
    for order in orders {
        let payment = order.payment.as_ref().unwrap();
        assert_eq!((payment.status.as_str(), payment.captured), ("captured", order.total), "order {}", order.order_id);
    }
}

/// Each of these orders says what it lacked, and nothing was taken for it.
async fn refused(shop: &Shop, orders: &[OrderView]) {
    for order in orders {
        let at = &order.order_id;
        assert_eq!(order.state, State::ValidationFailed.to_string(), "order {at}");
        let codes: Vec<&str> = order.failed_checks.iter().map(|check| check.code.as_str()).collect();
        // Who came early enough to see the shelves full lost the race for the pool; the others saw the shelves empty.
        assert!(codes == ["stock_reserved"] || codes == ["in_stock"], "order {at} failed {codes:?}");
        assert_eq!(order.reason.as_deref(), Some(format!("checks_failed:{}", codes[0]).as_str()), "order {at}");
        let check = &order.failed_checks[0];
        assert!(check.at.starts_with("lines") && !check.mend.is_empty() && !check.reason.is_empty(), "order {at}: {check:?}");
    }
    for (id, intents) in money_of(shop, orders).await {
        let reserved = matches!(intents.as_slice(), [intent] if intent.status == "requires_capture" && intent.amount_received == 0);
        assert!(reserved, "order {id}: {intents:?}");
    }
}

/// Their owners cancel these orders; waits until money and stock have gone back.
async fn cancel(shop: &Shop, owners: &BTreeMap<OrderId, String>, orders: &[OrderView]) {
    let reason = CancelOrder { reason: Some("changed_mind".to_owned()) };
    let cancelled = orders.iter().map(async |order| {
        let id = id_of(order);
        shop.acting(ActorKind::Customer, &owners[&id]).cancel(id, &reason).await?;
        shop.operator.wait_until(id, "cancelled, with nothing left of it", PATIENCE, gone).await
    });
    let cancelled: Vec<OrderView> = futures::stream::iter(cancelled).buffer_unordered(AT_ONCE).try_collect().await.unwrap();
    for order in &cancelled {
        let claim = shop.claim(id_of(order)).await;
        assert!(claim.is_none_or(|claim| claim.status == "released"), "order {} still has stock", order.order_id);
    }
}

/// Whether neither money nor goods are left with a cancelled order.
fn gone(order: &OrderView) -> bool {
    let money_is_back = order.payment.as_ref().is_some_and(|payment| match payment.status.as_str() {
        "voided" => payment.authorized == 0,
        "refunded" => payment.captured == payment.refunded,
        _ => false,
    });
    order.state == State::Cancelled.to_string() && money_is_back
}

/// What the gateway has of each of these orders.
async fn money_of(shop: &Shop, orders: &[OrderView]) -> BTreeMap<OrderId, Vec<Intent>> {
    let mut money: BTreeMap<OrderId, Vec<Intent>> = orders.iter().map(|order| (id_of(order), Vec::new())).collect();
    for intent in shop.gateway.intents().await.unwrap() {
        if let Some(known) = intent.order().and_then(|id| money.get_mut(&id)) {
            known.push(intent);
        }
    }
    money
}

fn id_of(order: &OrderView) -> OrderId {
    order.order_id.parse().unwrap()
}
