//! Money is taken once, however often somebody pays: proved at the gateway, and in the order's history.

use futures::future::join_all;

use oms_contract::api::command::PayOrder;
use oms_contract::api::view::OrderView;
use oms_domain::history::Fact;
use oms_domain::transition::Trigger;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{ApiError, Client};

use oms_tests::history::entries;
use oms_tests::shop::{EXPIRED_CARD, GOOD_CARD, Shop, card_of, scene};

#[test]
fn a_double_click_on_pay_charges_once() {
    scene(10, async |shop| pays_once(shop, 2).await);
}

#[test]
fn fifty_payments_of_one_order_charge_once() {
    scene(10, async |shop| pays_once(shop, 50).await);
}

#[test]
fn an_order_that_was_never_declined_is_charged_once_and_cannot_be_paid_again() {
    scene(10, async |shop| {
        let customer = shop.customer("pays").await;
        let client = shop.acting(ActorKind::Customer, &customer);
        let id = shop.place(&client, &shop.name("key"), &shop.basket(1, GOOD_CARD)).await;
        let clicks = click(&client, id, 10).await;
        let paid = shop.wait_for(id, State::PendingFulfillment).await;
        assert!(clicks.iter().all(|click| matches!(click, Err(ApiError::Refused(problem)) if problem.status == 409)), "{clicks:?}");
        charged_once(shop, &paid, 1).await;
    });
}

/// A declined order is paid by this many clicks at once, with a good card.
async fn pays_once(shop: &Shop, clicks: usize) {
    let customer = shop.customer("pays").await;
    let client = shop.acting(ActorKind::Customer, &customer);
    let id = shop.place(&client, &shop.name("key"), &shop.basket(1, EXPIRED_CARD)).await;
    shop.wait_for(id, State::PaymentFailed).await;

    for click in click(&client, id, clicks).await {
        let order = click.unwrap();
        assert_ne!(order.state, State::PaymentFailed.to_string());
    }
    let paid = shop.wait_for(id, State::PendingFulfillment).await;
    charged_once(shop, &paid, 2).await;

    // Whoever clicks once more, long after, is told the same and pays nothing.
    assert_eq!(client.pay(id, &with_a_good_card()).await.unwrap().version, paid.version);
    charged_once(shop, &paid, 2).await;
}

async fn click(client: &Client, id: OrderId, times: usize) -> Vec<Result<OrderView, ApiError>> {
    let body = with_a_good_card();
    join_all((0..times).map(|_| client.pay(id, &body))).await
}

fn with_a_good_card() -> PayOrder {
    PayOrder { payment_method: Some(card_of(GOOD_CARD)) }
}

/// The order's money was taken once, at this attempt, and nothing else of it was ever reserved.
async fn charged_once(shop: &Shop, order: &OrderView, attempt: usize) {
    let id: OrderId = order.order_id.parse().unwrap();
    let intents = shop.intents(id).await;
    assert_eq!(intents.len(), attempt, "one payment for each attempt: {intents:?}");
    for (nth, intent) in (1..).zip(&intents) {
        let (status, received) = if nth == attempt { ("succeeded", order.total) } else { ("requires_payment_method", 0) };
        assert_eq!((intent.status.as_str(), intent.amount_received, intent.amount), (status, received, order.total), "{intents:?}");
        let charges = shop.gateway.charges(&intent.id).await.unwrap();
        let good: Vec<_> = charges.iter().filter(|charge| charge.status == "succeeded").collect();
        assert_eq!(good.len(), usize::from(nth == attempt), "{charges:?}");
        assert!(good.iter().all(|charge| charge.captured && charge.amount == order.total && charge.amount_refunded == 0), "{charges:?}");
    }

    let history = entries(shop, id).await;
    let count = |holds: fn(&Fact) -> bool| history.iter().filter_map(|entry| entry.fact.as_ref()).filter(|fact| holds(fact)).count();
    assert_eq!(count(|fact| matches!(fact, Fact::PaymentAuthorized { .. })), 1);
    assert_eq!(count(|fact| matches!(fact, Fact::PaymentCaptured { .. })), 1);
    assert_eq!(count(|fact| matches!(fact, Fact::PaymentDeclined { .. })), attempt - 1);
    let retries = history.iter().filter(|entry| entry.trigger == Some(Trigger::PaymentRetried)).count();
    assert_eq!(retries, attempt - 1);
    let payment = order.payment.as_ref().unwrap();
    assert_eq!((usize::from(payment.attempt), payment.captured, payment.refunded), (attempt, order.total, 0));
}
