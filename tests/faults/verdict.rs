//! What there must be once every order has come to its end: money, goods and mails as its story says, each once.

use std::collections::BTreeMap;

use oms_contract::reference::punctuality::Performer;
use oms_domain::{OrderId, State};
use oms_local::gateway::Intent;
use oms_local::{mailbox, queues};
use oms_tests::shop::{PATIENCE, Shop};

use crate::story::Played;

/// An order at its end, and how many of its mails may have left twice.
pub(crate) struct Outcome {
    pub(crate) played: Played,
    pub(crate) doubled: usize,
}

impl Outcome {
    fn at(&self) -> String {
        format!("{}: order {}", self.played.story.name, self.played.order.order_id)
    }
}

/// The gateway, the stock ledger and the mailbox agree with the orders, and nothing was left to a person.
pub(crate) async fn all_is_right(shop: &Shop, outcomes: &[Outcome], stock: u32) {
    money(shop, outcomes).await;
    goods(shop, outcomes, stock).await;
    mails(shop, outcomes).await;
    deliveries(shop, outcomes).await;
    nothing_given_up(shop).await;
}

/// One charge or none, and what was given back, to the cent.
async fn money(shop: &Shop, outcomes: &[Outcome]) {
    let mut intents: BTreeMap<String, Vec<Intent>> = BTreeMap::new();
    for intent in shop.gateway.intents().await.unwrap() {
        intents.entry(intent.metadata.get("order_id").cloned().unwrap_or_default()).or_default().push(intent);
    }
    for outcome in outcomes {
        let (at, order) = (outcome.at(), &outcome.played.order);
        let own = intents.get(&order.order_id).map(Vec::as_slice).unwrap_or_default();
        let open: Vec<_> = own.iter().filter(|intent| intent.status == "requires_capture").collect();
        assert!(open.is_empty(), "{at}: still reserved: {open:?}");
        let taken: Vec<_> = own.iter().filter(|intent| intent.amount_received > 0).collect();
        let mut refunded = 0;
        for intent in &taken {
            refunded += shop.gateway.refunds(&intent.id).await.unwrap().iter().map(|refund| refund.amount).sum::<i64>();
        }
        let at_gateway = (taken.len(), taken.iter().map(|intent| intent.amount_received).sum::<i64>(), refunded);
        let expected = outcome.played.story.money(order.total);
        assert_eq!(at_gateway, expected, "{at}: charges, taken, given back at the gateway");
        let payment = order.payment.as_ref().unwrap();
        assert_eq!((payment.captured, payment.refunded), (expected.1, expected.2), "{at}: as the order says");
    }
}

/// Goods are set aside for an order that waits for its vendor, off the books where they were delivered, and back where it came to nothing. Goods
/// go back and off independently of what the order's state says, so that the books may be a moment behind.
async fn goods(shop: &Shop, outcomes: &[Outcome], stock: u32) {
    let stories = || outcomes.iter().map(|outcome| outcome.played.story);
    let ended = |state: State| stories().filter(|story| story.ends == state).map(|story| i64::from(story.pieces())).sum::<i64>();
    let (waiting, gone) = (ended(State::PendingFulfillment), ended(State::Delivered));
    let expected = (i64::from(stock) - waiting - gone, waiting);
    let started = tokio::time::Instant::now();
    loop {
        let books = shop.books().await;
        let found = [(books.free, books.taken), (books.available(), books.allocated())];
        if found == [expected; 2] {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "free and taken, in the pool and on the shelves: {found:?}, not {expected:?}");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    for outcome in outcomes {
        let id: OrderId = outcome.played.order.order_id.parse().unwrap();
        let claim = shop.claim(id).await;
        let holds = claim.as_ref().is_some_and(|claim| claim.status != "released");
        assert_eq!(holds, outcome.played.story.ends != State::Cancelled, "{}: {claim:?}", outcome.at());
    }
}

/// Customer and vendor were told of everything, and of nothing twice.
async fn mails(shop: &Shop, outcomes: &[Outcome]) {
    let mails = mailbox::mails(&shop.stack).await.unwrap();
    for outcome in outcomes {
        let at = outcome.at();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for mail in mails.iter().filter(|mail| mail.subject.contains(&outcome.played.order.number)) {
            *times.entry(&mail.subject).or_default() += 1;
        }
        assert_eq!(times.len(), outcome.played.story.mails(), "{at}: {times:?}");
        let doubled: usize = times.values().map(|times| times - 1).sum();
        assert!(doubled <= outcome.doubled, "{at}: {times:?}");
    }
}

/// What was delivered counts for its vendor, each order once. It is counted from the bus, a moment after the order's end, and minutes after it where a run died.
async fn deliveries(shop: &Shop, outcomes: &[Outcome]) {
    let expected = outcomes.iter().filter(|outcome| outcome.played.story.ends == State::Delivered).count();
    let (vendor, started) = (Performer::Vendor(shop.vendor().parse().unwrap()), tokio::time::Instant::now());
    loop {
        let counted = usize::try_from(shop.deliveries(&vendor).await.deliveries).unwrap();
        let waiting = queues::messages(&shop.stack, &shop.stack.queues["tally"]).await.unwrap().len();
        if (counted, waiting) == (expected, 0) {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{counted} deliveries counted of {expected}, {waiting} events waiting");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

/// No message was given up, and no task handed to an operator.
async fn nothing_given_up(shop: &Shop) {
    let for_people: Vec<_> = shop.stack.queues.iter().filter(|(name, _)| name.ends_with("dead") || *name == "operator-tasks").collect();
    assert!(for_people.len() > 3, "the queues have other names: {:?}", shop.stack.queues);
    for (name, url) in for_people {
        let left = queues::messages(&shop.stack, url).await.unwrap();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}
