//! What stands behind an order: how it was paid, and what its customer ordered before.

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use oms_domain::document::{Document, MethodKind};
use oms_domain::{CustomerId, Money, Order, State};
use oms_ports::effects::EffectKey;
use oms_ports::gateway::{CardEvidence, GatewayPayment};
use oms_ports::orders::{Listing, Outcomes, Page};
use oms_ports::{Party, PortError};

use crate::Deps;

/// The payment of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// How it is paid, by the method given last.
    pub kind: MethodKind,
    /// Number of the attempt.
    pub attempt: u8,
    /// Minor units that the order knows to be reserved, or taken.
    pub held: i64,
    /// The payment at the gateway, as it was when the money was reserved; `None` where nothing of it is on record.
    pub answer: Option<GatewayPayment>,
}

impl Payment {
    /// What the gateway told of the card.
    pub fn evidence(&self) -> Option<&CardEvidence> {
        self.answer.as_ref()?.evidence.as_ref()
    }
}

/// An order of long enough ago that its customer, and nobody who took the account over, placed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// When.
    pub at: Timestamp,
    /// What it cost.
    pub total: Money,
    /// Whether it came to something.
    pub sold: bool,
}

/// What the customer ordered before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Orders of more than [`RECENT`] ago, the latest [`EARLIER`] of them.
    pub earlier: Vec<Earlier>,
    /// Orders since then, this one included; counted to [`LATEST`].
    pub recent: u16,
}

/// How old an order must be to count as history: whoever takes an account over cannot give it a new history within days.
pub const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Orders that the history is judged by, at most.
pub const EARLIER: u8 = 50;

/// Recent orders that are counted, at most.
pub const LATEST: u16 = 50;

/// Fetches both, side by side with whatever else is fetched: each takes two round trips at most, as reference data does.
pub(crate) async fn gather(deps: &Deps, order: &Order, document: &Document, outcomes: &Outcomes) -> Result<(Payment, Past), PortError> {
    futures::try_join!(payment(deps, order, document, outcomes), past(deps, order, &document.customer_id))
}

async fn payment(deps: &Deps, order: &Order, document: &Document, outcomes: &Outcomes) -> Result<Payment, PortError> {
    let (id, attempt) = (order.id, order.payment.attempt);
    // A retry of our own brings no method: the one given last counts.
    let mut given = Vec::new();
    for attempt in 2..=attempt {
        given.push(deps.records.method(id, attempt));
    }
    let given = try_join_all(given).await?;
    let outcome = |key: EffectKey| outcomes.get(&key.to_string()).cloned();
    let kind = given.into_iter().flatten().last().map_or(document.payment_method.kind, |change| change.method.kind);
    let mut answer = outcome(EffectKey::Authorize(attempt)).map(payment_of).transpose()?.flatten();
    let silent = answer.as_ref().is_none_or(|payment| payment.evidence.is_none());
    if kind == MethodKind::Card && silent {
        // The customer had to act first, or the gateway told before it was asked.
        answer = outcome(EffectKey::Reserved(attempt)).map(payment_of).transpose()?.flatten().or(answer);
    }
    Ok(Payment { kind, attempt, held: order.payment.authorized.max(order.payment.captured), answer })
}

/// The payment in the stored outcome of an attempt; `None` where the gateway made none.
fn payment_of(outcome: Value) -> Result<Option<GatewayPayment>, PortError> {
    if outcome.get("refused").is_some() {
        return Ok(None);
    }
    let read = serde_json::from_value(outcome).map(Some);
    read.map_err(|error| PortError::corrupt(Party::Store, format!("the stored outcome of an authorisation: {error}")))
}

async fn past(deps: &Deps, order: &Order, customer: &CustomerId) -> Result<Past, PortError> {
    let placed = order.id.created_at();
    let since = placed.saturating_sub(RECENT).unwrap_or(Timestamp::UNIX_EPOCH);
    let own = Listing::OfCustomer(customer.clone());
    let latest = deps.listings.latest_of(customer, LATEST).await?;
    // A customer whose latest orders are all recent, and fewer than are looked at, has no earlier ones: nearly everybody.
    let all_are_known = latest.len() < usize::from(LATEST) && latest.iter().all(|at| *at >= since);
    let page = if all_are_known { Page::default() } else { deps.listings.list(&own, (None, Some(since)), None, EARLIER).await? };
    let earlier = page.orders.iter().filter(|head| head.state != State::Draft).map(|head| Earlier {
        at: head.created_at,
        total: Money::new(head.total, head.currency),
        sold: !matches!(head.state, State::Cancelled | State::PaymentFailed | State::ValidationFailed | State::FraudReview),
    });
    // The index may not show this one yet.
    let others = latest.iter().filter(|at| **at >= since && **at < placed).count();
    Ok(Past { earlier: earlier.collect(), recent: u16::try_from(others).unwrap_or(u16::MAX).saturating_add(1) })
}
