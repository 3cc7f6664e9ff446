//! What happens to an order, told by those who deal with it from outside. Whoever gets no answer tries again, as anybody would.

use std::time::Duration;

use oms_contract::api::command::{CancelOrder, PayOrder, ReviewDecision, ReviewOrder, ShipOrder};
use oms_contract::api::place::PlacedOrder;
use oms_contract::api::view::OrderView;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{ApiError, Client, carrier};

use crate::proxy::{DEATHS, FAULTS, Fault, Proxy};
use oms_tests::acts::REVIEWED;
use oms_tests::shop::{EXPIRED_CARD, GOOD_CARD, Shop, card_of};

/// Longest wait for one state: a stalled order is started again after some minutes.
const PATIENCE: Duration = Duration::from_mins(10);
/// Before a carrier pushes again what did not show: longer than a message is hidden after a try that failed.
const BETWEEN_PUSHES: Duration = Duration::from_secs(45);
/// Longest time without a look at an order, though nothing was done about it.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// Pause before somebody who got no answer tries again.
const AGAIN: Duration = Duration::from_millis(500);

/// How an order's way goes, and how it ends.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    act: Act,
    /// What happens to each of its calls at length.
    pub(crate) faults: &'static [Fault],
    /// Where it ends.
    pub(crate) ends: State,
    /// Milestones that the customer is mailed of, each once.
    mails: &'static [&'static str],
    /// What the vendor is told, by mail and by topic, each once.
    vendor: &'static [&'static str],
}

/// An order at its end.
pub(crate) struct Played {
    pub(crate) story: &'static Story,
    pub(crate) order: OrderView,
}

#[derive(Clone, Copy)]
enum Act {
    Deliver,
    Cancel,
    ComeThroughReview,
    PayWithAnotherCard,
    GiveUp,
}

/// All of them.
pub(crate) const STORIES: [Story; 5] = [
    Story {
        name: "delivered",
        act: Act::Deliver,
        faults: FAULTS,
        ends: State::Delivered,
        mails: &["confirmed", "shipped", "in_transit", "out_for_delivery", "delivered"],
        vendor: &["new_order"],
    },
    Story {
        name: "cancelled",
        act: Act::Cancel,
        faults: DEATHS,
        ends: State::Cancelled,
        mails: &["confirmed", "cancelled"],
        vendor: &["new_order", "cancelled"],
    },
    Story {
        name: "paid-later",
        act: Act::PayWithAnotherCard,
        faults: DEATHS,
        ends: State::PendingFulfillment,
        mails: &["payment_failed-1", "confirmed"],
        vendor: &["new_order"],
    },
    Story {
        name: "reviewed",
        act: Act::ComeThroughReview,
        faults: DEATHS,
        ends: State::PendingFulfillment,
        mails: &["confirmed"],
        vendor: &["new_order"],
    },
    Story { name: "given-up", act: Act::GiveUp, faults: DEATHS, ends: State::Cancelled, mails: &["cancelled"], vendor: &[] },
];

impl Story {
    /// Plays the story for a customer who has no other order, to its end.
    pub(crate) async fn play(&'static self, shop: &Shop, proxy: &Proxy, customer: &str) -> Played {
        let buyer = shop.acting(ActorKind::Customer, customer);
        let id = self.place(shop, &buyer).await;
        let seen = Seen { shop, proxy, customer, id };
        match self.act {
            Act::Deliver => deliver(&seen).await,
            Act::Cancel => {
                seen.come_to(State::PendingFulfillment).await;
                cancel(&buyer, id).await;
            }
            Act::PayWithAnotherCard => {
                seen.come_to(State::PaymentFailed).await;
                let method = PayOrder { payment_method: Some(card_of(GOOD_CARD)) };
                insist(async || buyer.pay(id, &method).await).await;
            }
            Act::ComeThroughReview => {
                seen.come_to(State::FraudReview).await;
                let approval = ReviewOrder { decision: ReviewDecision::Approve, reason: None };
                insist(async || shop.operator.review(id, &approval).await).await;
            }
            Act::GiveUp => {
                seen.come_to(State::ValidationFailed).await;
                cancel(&buyer, id).await;
            }
        }
        let ended = |order: &OrderView| order.state == self.ends.to_string() && self.is_told(order) && is_settled(order);
        let order = seen.until(PATIENCE, ended).await;
        let order = order.unwrap_or_else(|last| panic!("{}: order {id} is not {}, settled and told: {last:?}", self.name, self.ends));
        Played { story: self, order }
    }

    /// Charges, minor units taken, minor units given back.
    pub(crate) fn money(&self, total: i64) -> (usize, i64, i64) {
        match self.act {
            Act::Deliver | Act::PayWithAnotherCard | Act::ComeThroughReview => (1, total, 0),
            Act::Cancel => (1, total, total),
            Act::GiveUp => (0, 0, 0),
        }
    }

    /// Pieces of the shop's product that it is about.
    pub(crate) fn pieces(&self) -> u32 {
        if matches!(self.act, Act::ComeThroughReview) { REVIEWED } else { 1 }
    }

    /// How many mails there are of an order that was told of everything once.
    pub(crate) fn mails(&self) -> usize {
        self.mails.len() + self.vendor.len()
    }

    async fn place(&self, shop: &Shop, buyer: &Client) -> OrderId {
        let mut basket = match self.act {
            Act::PayWithAnotherCard => shop.basket(self.pieces(), EXPIRED_CARD),
            _ => shop.basket(self.pieces(), GOOD_CARD),
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

    /// Whether everybody was told of everything, by the order's own account.
    fn is_told(&self, order: &OrderView) -> bool {
        let noted = |milestone: &str, channel: &str, exactly: bool| {
            order.notices.iter().any(|notice| {
                let rest = notice.milestone.strip_prefix(milestone);
                notice.channel == channel && rest.is_some_and(|rest| rest.is_empty() || !exactly && rest.starts_with("-1-"))
            })
        };
        let vendor = self.vendor.iter().all(|word| noted(word, "email", false) && noted(word, "topic", false));
        vendor && self.mails.iter().all(|milestone| noted(milestone, "email", true))
    }
}

/// Whether no money is left to be moved.
fn is_settled(order: &OrderView) -> bool {
    order.payment.as_ref().is_some_and(|payment| match order.state.parse() {
        Ok(State::Cancelled) => payment.authorized == 0 && payment.captured == payment.refunded,
        _ => payment.captured == order.total,
    })
}

/// An order as its story's reader sees it.
struct Seen<'a> {
    shop: &'a Shop,
    proxy: &'a Proxy,
    customer: &'a str,
    id: OrderId,
}

impl Seen<'_> {
    async fn come_to(&self, state: State) {
        let come = self.until(PATIENCE, |order| order.state == state.to_string()).await;
        assert!(come.is_ok(), "order {} does not come to {state}: {come:?}", self.id);
    }

    /// Looks whenever something was done about the order, whatever becomes of a single look, until `holds`; the last look where it never does.
    async fn until(&self, patience: Duration, holds: impl Fn(&OrderView) -> bool) -> Result<OrderView, Option<OrderView>> {
        let started = tokio::time::Instant::now();
        let mut last = None;
        loop {
            let done = self.proxy.activity(self.customer);
            let look = self.shop.operator.get(self.id).await;
            match look {
                Ok(order) if holds(&order) => return Ok(order),
                Ok(order) => last = Some(order),
                Err(ApiError::Refused(problem)) if problem.status < 500 => panic!("order {} cannot be read: {problem:?}", self.id),
                Err(_) => {}
            }
            if started.elapsed() > patience {
                return Err(last);
            }
            let looked = tokio::time::Instant::now();
            while self.proxy.activity(self.customer) == done && looked.elapsed() < LOOK_AGAIN {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn deliver(seen: &Seen<'_>) {
    let (shop, id) = (seen.shop, seen.id);
    seen.come_to(State::PendingFulfillment).await;
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
            if seen.until(BETWEEN_PUSHES, |order| order.state == state.to_string()).await.is_ok() {
                break;
            }
        }
    }
}

async fn cancel(buyer: &Client, id: OrderId) {
    let reason = CancelOrder { reason: Some("changed_mind".to_owned()) };
    insist(async || buyer.cancel(id, &reason).await).await;
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
