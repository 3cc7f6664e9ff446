//! What happens to an order, told by those who deal with it from outside. Whoever gets no answer tries again, as anybody would.

use std::time::Duration;

use oms_contract::api::command::{CancelOrder, PayOrder, ShipOrder};
use oms_contract::api::place::PlacedOrder;
use oms_contract::api::view::OrderView;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{ApiError, Client, carrier, mailbox};

use crate::proxy::{DEATHS, FAULTS, Fault};
use oms_tests::shop::{EXPIRED_CARD, GOOD_CARD, Shop, card_of};

/// Longest wait for one state: a stalled order is started again after some minutes.
const PATIENCE: Duration = Duration::from_mins(10);
/// Pause before somebody who got no answer tries again.
const AGAIN: Duration = Duration::from_millis(500);

/// How an order's way goes, and how it ends.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    act: Act,
    /// What happens to each of its calls. Much of a later story was in the first.
    pub(crate) faults: &'static [Fault],
    /// Where it ends.
    ends: State,
    /// Milestones that the customer is mailed of, each once.
    mails: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Act {
    Deliver,
    Cancel,
    PayWithAnotherCard,
    GiveUp,
}

/// All of them.
pub(crate) const STORIES: [Story; 4] = [
    Story {
        name: "delivered",
        act: Act::Deliver,
        faults: FAULTS,
        ends: State::Delivered,
        mails: &["confirmed", "shipped", "in_transit", "out_for_delivery", "delivered"],
    },
    Story { name: "cancelled", act: Act::Cancel, faults: DEATHS, ends: State::Cancelled, mails: &["confirmed", "cancelled"] },
    Story {
        name: "paid-later",
        act: Act::PayWithAnotherCard,
        faults: DEATHS,
        ends: State::PendingFulfillment,
        mails: &["payment_failed-1", "confirmed"],
    },
    Story { name: "given-up", act: Act::GiveUp, faults: DEATHS, ends: State::Cancelled, mails: &["cancelled"] },
];

impl Story {
    /// Plays the story for a customer who has no other order, and looks at what came of it. A milestone may have been mailed `most` times.
    pub(crate) async fn play(&self, shop: &Shop, customer: &str, most: usize) {
        let buyer = shop.acting(ActorKind::Customer, customer);
        let id = self.place(shop, &buyer).await;
        match self.act {
            Act::Deliver => deliver(shop, id).await,
            Act::Cancel => {
                wait(shop, id, State::PendingFulfillment).await;
                cancel(&buyer, id).await;
            }
            Act::PayWithAnotherCard => {
                wait(shop, id, State::PaymentFailed).await;
                let method = PayOrder { payment_method: Some(card_of(GOOD_CARD)) };
                insist(async || buyer.pay(id, &method).await).await;
            }
            Act::GiveUp => {
                wait(shop, id, State::ValidationFailed).await;
                cancel(&buyer, id).await;
            }
        }
        let ended = |order: &OrderView| order.state == self.ends.to_string() && self.is_told(order) && is_settled(order);
        let order = wait_until(shop, id, &format!("{} and settled", self.ends), ended).await;
        self.look_at(shop, &order, most).await;
    }

    async fn place(&self, shop: &Shop, buyer: &Client) -> OrderId {
        let mut basket = match self.act {
            Act::PayWithAnotherCard => shop.basket(1, EXPIRED_CARD),
            _ => shop.basket(1, GOOD_CARD),
        };
        if matches!(self.act, Act::GiveUp) {
            // A German postcode has five digits.
            basket.shipping_address.postcode = Some("1011".to_owned());
        }
        loop {
            let answer = buyer.place_raw("one", &basket).await;
            if let Ok(placed) = answer.and_then(|answer| answer.parsed::<PlacedOrder>()) {
                shop.remember(placed.order_id);
                return placed.order_id;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Whether the customer was told of every milestone, by the order's own account.
    fn is_told(&self, order: &OrderView) -> bool {
        self.mails.iter().all(|milestone| order.notices.iter().any(|notice| notice.channel == "email" && notice.milestone == *milestone))
    }

    /// The order, the gateway, the stock ledger and the mailbox agree.
    async fn look_at(&self, shop: &Shop, order: &OrderView, most: usize) {
        let id: OrderId = order.order_id.parse().unwrap();
        let at = format!("{}: order {id}", self.name);
        let intents = shop.intents(id).await;
        let taken: Vec<_> = intents.iter().filter(|intent| intent.amount_received > 0).collect();
        let open: Vec<_> = intents.iter().filter(|intent| intent.status == "requires_capture").collect();
        assert!(open.is_empty(), "{at}: still reserved: {open:?}");
        let payment = order.payment.as_ref().unwrap();
        let mut refunded = 0;
        for intent in &taken {
            refunded += shop.gateway.refunds(&intent.id).await.unwrap().iter().map(|refund| refund.amount).sum::<i64>();
        }
        let at_gateway = (taken.len(), taken.iter().map(|intent| intent.amount_received).sum::<i64>(), refunded);
        let expected = match self.act {
            Act::Deliver | Act::PayWithAnotherCard => (1, order.total, 0),
            Act::Cancel => (1, order.total, order.total),
            Act::GiveUp => (0, 0, 0),
        };
        assert_eq!(at_gateway, expected, "{at}: charges, taken, given back at the gateway");
        assert_eq!((payment.captured, payment.refunded), (expected.1, expected.2), "{at}: as the order says");

        self.look_at_stock(shop, id, &at).await;

        let mails = mailbox::mails(&shop.stack).await.unwrap();
        let mut subjects: Vec<String> = mails.into_iter().filter(|mail| mail.mentions(&order.number)).map(|mail| mail.subject).collect();
        subjects.sort();
        for subject in &subjects {
            let times = subjects.iter().filter(|other| *other == subject).count();
            assert!(times <= most, "{at}: {times} mails say {subject:?}");
        }
    }

    /// The stock ledger has set goods aside for an order that lives, and for no other. Money and goods go back independently of each other.
    async fn look_at_stock(&self, shop: &Shop, id: OrderId, at: &str) {
        let started = tokio::time::Instant::now();
        loop {
            let claim = shop.claim(id).await;
            let holds = claim.as_ref().is_some_and(|claim| claim.status != "released");
            if holds == (self.ends != State::Cancelled) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{at}: {claim:?}");
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Whether no money is left to be moved.
fn is_settled(order: &OrderView) -> bool {
    order.payment.as_ref().is_some_and(|payment| match order.state.parse() {
        Ok(State::Cancelled) => payment.authorized == 0 && payment.captured == payment.refunded,
        _ => payment.captured == order.total,
    })
}

async fn deliver(shop: &Shop, id: OrderId) {
    wait(shop, id, State::PendingFulfillment).await;
    let vendor = shop.acting(ActorKind::Vendor, &shop.vendor());
    insist(async || vendor.accept(id).await).await;
    insist(async || vendor.pick(id).await).await;
    insist(async || vendor.pack(id).await).await;
    let number = format!("JJD{:018}", u64::from_str_radix(&id.to_string()[24..], 16).unwrap());
    let parcel = ShipOrder { carrier: "dhl".to_owned(), tracking_number: number.clone() };
    insist(async || vendor.ship(id, &parcel).await).await;
    for (event, state) in [("in_transit", State::InTransit), ("out_for_delivery", State::OutForDelivery), ("delivered", State::Delivered)] {
        // A carrier pushes until it is heard; a scan that comes twice changes nothing.
        loop {
            carrier::happens(&shop.stack, &number, carrier::Scan { event }).await.unwrap();
            let come = shop.operator.wait_for(id, state, Duration::from_secs(20)).await;
            if come.is_ok() {
                break;
            }
        }
    }
}

async fn cancel(buyer: &Client, id: OrderId) {
    let reason = CancelOrder { reason: Some("changed_mind".to_owned()) };
    insist(async || buyer.cancel(id, &reason).await).await;
}

async fn wait(shop: &Shop, id: OrderId, state: State) -> OrderView {
    wait_until(shop, id, &state.to_string(), |order| order.state == state.to_string()).await
}

/// Waits, whatever becomes of a single look.
async fn wait_until(shop: &Shop, id: OrderId, wanted: &str, holds: impl Fn(&OrderView) -> bool) -> OrderView {
    let started = tokio::time::Instant::now();
    loop {
        match shop.operator.wait_until(id, wanted, PATIENCE, &holds).await {
            Ok(order) => return order,
            Err(error @ ApiError::Waited { .. }) => panic!("{error}"),
            Err(_) if started.elapsed() < PATIENCE => tokio::time::sleep(AGAIN).await,
            Err(error) => panic!("order {id} cannot be read: {error}"),
        }
    }
}

/// Calls until there is an answer that says yes. A no is final: nothing of what is told here may be refused.
async fn insist(mut call: impl AsyncFnMut() -> Result<OrderView, ApiError>) -> OrderView {
    let started = tokio::time::Instant::now();
    loop {
        match call().await {
            Ok(order) => return order,
            Err(ApiError::Refused(problem)) if problem.status < 500 && problem.status != 409 => panic!("refused: {problem:?}"),
            Err(error) if started.elapsed() > PATIENCE => panic!("no answer: {error}"),
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}
