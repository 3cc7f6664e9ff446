//! A payment that fails after its order was routed: tried again by itself, paid otherwise, given up, or left until its time is over.

use jiff::SignedDuration;
use oms_contract::api::command::{CancelOrder, PayOrder};
use oms_contract::api::view::OrderView;
use oms_domain::timers::PAYMENT_RETRIES;
use oms_domain::transition::Trigger;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{Client, mailbox};

use oms_tests::acts::{REVIEWED, approve};
use oms_tests::history::entries;
use oms_tests::shop::{GOOD_CARD, PATIENCE, Shop, card_of, scene};

use crate::later::at_its_time;

/// A card that has no money today.
const EMPTY_CARD: &str = "pm_card_visa_chargeDeclinedInsufficientFunds";

/// Nobody does anything: after five minutes the same card is asked once more.
#[test]
fn a_payment_that_fails_after_routing_is_tried_again_by_itself() {
    scene(REVIEWED, async |shop| {
        let (_, id) = unpayable(shop).await;
        assert_eq!(at_its_time(shop, id, SignedDuration::from_mins(4)).await.state, "payment_failed", "it is too early");
        at_its_time(shop, id, SignedDuration::from_mins(5)).await;
        let order = settled(shop, id).await;
        assert_eq!((order.payment.as_ref().unwrap().captured, order.payment.as_ref().unwrap().attempt), (order.total, 2));
        assert_eq!(shop.claim(id).await.unwrap().status, "allocated");
    });
}

/// Each try is later than the one before, each is told to the customer, and after the last there is nothing but the end of the day.
#[test]
fn an_order_that_nobody_pays_is_tried_three_times_and_cancelled_after_a_day() {
    scene(REVIEWED, async |shop| {
        let (client, id) = unpayable(shop).await;
        client.pay(id, &PayOrder { payment_method: Some(card_of(EMPTY_CARD)) }).await.unwrap();
        declined(shop, id, 2).await;
        for attempt in 2..=PAYMENT_RETRIES {
            let wait = SignedDuration::from_mins(5 << (attempt - 1));
            let before = at_its_time(shop, id, wait - SignedDuration::from_secs(30)).await;
            assert_eq!((before.state.as_str(), before.payment.unwrap().attempt), ("payment_failed", attempt), "it is too early");
            at_its_time(shop, id, wait).await;
            declined(shop, id, attempt + 1).await;
        }
        assert_eq!(at_its_time(shop, id, SignedDuration::from_hours(23)).await.state, "payment_failed", "the customer has a day");
        at_its_time(shop, id, SignedDuration::from_hours(24)).await;
        let order = shop.wait_for(id, State::Cancelled).await;

        given_back(shop, id).await;
        assert_eq!((order.payment.as_ref().unwrap().captured, order.payment.as_ref().unwrap().attempt), (0, PAYMENT_RETRIES + 1));
        let retries = entries(shop, id).await.into_iter().filter(|entry| entry.trigger == Some(Trigger::PaymentRetried)).count();
        assert_eq!(retries, usize::from(PAYMENT_RETRIES), "by the customer once, by themselves the others");
        // That it failed, with each attempt; that it is cancelled, once.
        for (subject, times) in [("Your payment did not go through", usize::from(PAYMENT_RETRIES) + 1), ("cancelled", 1)] {
            mailed(shop, &order, subject, times).await;
        }
    });
}

/// The reservation runs out while a person looks at the order, so that the capture fails after it was routed; it has the last pieces there are.
#[test]
fn an_order_whose_payment_fails_after_routing_keeps_its_goods_and_is_paid_otherwise() {
    scene(REVIEWED, async |shop| {
        let (client, id) = unpayable(shop).await;
        let failed = client.get(id).await.unwrap();
        assert_eq!(shop.claim(id).await.unwrap().status, "allocated", "its goods are kept while it is paid anew");
        assert_eq!(failed.payment.unwrap().captured, 0);
        let other = PayOrder { payment_method: Some(card_of(GOOD_CARD)) };
        for _ in 0..2 {
            client.pay(id, &other).await.unwrap();
        }
        let order = settled(shop, id).await;
        assert_eq!((order.payment.as_ref().unwrap().captured, order.payment.as_ref().unwrap().attempt), (order.total, 2));
        let paid: Vec<_> = shop.intents(id).await.into_iter().map(|intent| (intent.status, intent.amount_received)).collect();
        assert_eq!(paid, [("canceled".to_owned(), 0), ("succeeded".to_owned(), order.total)]);
        let books = shop.books().await;
        assert_eq!((books.free, books.taken, books.available(), books.allocated()), (0, i64::from(REVIEWED), 0, i64::from(REVIEWED)));
    });
}

#[test]
fn an_order_whose_payment_fails_after_routing_and_is_given_up_leaves_nothing() {
    scene(REVIEWED, async |shop| {
        let (client, id) = unpayable(shop).await;
        client.cancel(id, &CancelOrder::default()).await.unwrap();
        given_back(shop, id).await;
    });
}

/// Waits until the goods are back, and sees that no money was taken.
async fn given_back(shop: &Shop, id: OrderId) {
    while shop.claim(id).await.unwrap().status != "released" {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let books = shop.books().await;
    assert_eq!((books.free, books.taken, books.allocated()), (i64::from(REVIEWED), 0, 0));
    for intent in shop.intents(id).await {
        assert!(["canceled", "requires_payment_method"].contains(&intent.status.as_str()) && intent.amount_received == 0, "{intent:?}");
    }
}

/// Waits until this attempt has failed.
async fn declined(shop: &Shop, id: OrderId, attempt: u8) {
    let failed =
        |order: &OrderView| order.state == "payment_failed" && order.payment.as_ref().is_some_and(|payment| payment.attempt == attempt);
    shop.operator.wait_until(id, "declined", PATIENCE, failed).await.unwrap();
}

/// Waits until so many mails of this subject have left.
async fn mailed(shop: &Shop, order: &OrderView, subject: &str, times: usize) {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mails = mailbox::mails(&shop.stack).await.unwrap();
        let of_it = mails.iter().filter(|mail| mail.mentions(&order.number) && mail.subject.contains(subject)).count();
        assert!(of_it <= times && tokio::time::Instant::now() < until, "{subject}: {of_it} of {times}");
        if of_it == times {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

/// An order of all there is, in `payment_failed` because its capture found nothing reserved any more.
async fn unpayable(shop: &Shop) -> (Client, OrderId) {
    let client = shop.acting(ActorKind::Customer, &shop.customer("pays").await);
    let id = shop.place(&client, &shop.name("key"), &shop.basket(REVIEWED, GOOD_CARD)).await;
    shop.wait_for(id, State::FraudReview).await;
    shop.gateway.expire(&shop.intents(id).await[0].id).await.unwrap();
    approve(shop, id).await;
    shop.wait_for(id, State::PaymentFailed).await;
    (client, id)
}

/// Lets a person clear the order again where the rules ask for it, and waits until its vendor has it.
async fn settled(shop: &Shop, id: OrderId) -> OrderView {
    let looked = |order: &OrderView| ["fraud_review", "pending_fulfillment", "validation_failed"].contains(&order.state.as_str());
    let order = shop.operator.wait_until(id, "checked again", PATIENCE, looked).await.unwrap();
    assert_eq!(order.failed_checks.iter().map(|check| check.code.as_str()).find(|code| *code == "in_stock"), None);
    if order.state == "fraud_review" {
        approve(shop, id).await;
    }
    shop.wait_for(id, State::PendingFulfillment).await
}
