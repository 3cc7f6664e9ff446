//! Applying what a carrier says to an order: the one place for webhooks and polls.

use jiff::Timestamp;

use oms_contract::record::{Dossier, Record, Tracked};
use oms_domain::change::{By, Changed};
use oms_domain::tracking::Event;
use oms_domain::{Actor, ActorKind, State};
use oms_ports::orders::{Orders, Origin, Packages, Records, TrackedPackage};
use oms_ports::{PortError, StepError};

use crate::story::{Story, is_settled};

/// Where orders and packages are.
#[derive(Clone, Copy)]
pub struct Stores<'a> {
    /// Orders.
    pub orders: &'a dyn Orders,
    /// What is stored beside them.
    pub records: &'a dyn Records,
    /// Packages and their events.
    pub packages: &'a dyn Packages,
}

/// Where a package is after its events were applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// Announced; the carrier has not taken it yet.
    Announced,
    /// With the carrier.
    Travelling,
    /// Delivered, returned, or of a part that has ended otherwise: nothing will follow.
    Settled,
}

/// Attempts with a fresh read; one lost race is normal, two in a row are for a later try.
const ATTEMPTS: u8 = 2;

/// Applies a carrier's events of one package, oldest first: moves its part as far as they say, then keeps those that are new.
///
/// The order of the writes makes every crash harmless. What was kept has been acted on; what was acted on and not kept is told again
/// (by the queue, or the next poll) and then changes nothing, because the part is already there. Only failed attempts lead back, so that
/// an event told again could undo a later one: those events are kept in the same transaction, at twice the price, and the others after it.
///
/// # Errors
/// [`StepError::Conflict`] where the order changed under every attempt; the ports' own otherwise.
pub async fn apply(stores: Stores<'_>, package: &TrackedPackage, told: &[Tracked], now: Timestamp) -> Result<Whereabouts, StepError> {
    let mut attempt = 1;
    loop {
        match try_apply(stores, package, told, now).await {
            Err(StepError::Conflict) if attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

async fn try_apply(stores: Stores<'_>, tracked: &TrackedPackage, told: &[Tracked], now: Timestamp) -> Result<Whereabouts, StepError> {
    let TrackedPackage { order_id, package } = tracked;
    // The order first: a change between the two reads then fails the commit.
    let was = stores
        .orders
        .load(*order_id)
        .await?
        .ok_or_else(|| StepError::Bug(format!("a package belongs to order {order_id}, which is not there")))?;
    let dossier = stores.records.dossier(*order_id).await?;
    let story = Story::new(package, told, &dossier);
    let by = By::new(Actor::new(ActorKind::Carrier, package.carrier.clone()), now);
    let changed = story.tell(was.change(), &by)?;
    let settled = story.has_ended() || is_settled(&changed.order, package);
    let moves = !changed.is_empty();
    let (at_once, after): (Vec<&Tracked>, Vec<&Tracked>) = story.news().partition(|event| moves && story.leads_back(&was.order, event));
    if moves {
        let kept = at_once.iter().map(|event| Record::Tracked((*event).clone()));
        let with: Vec<Record> = leaves_vendor(&changed, package.sub_order_id.part, &dossier).into_iter().chain(kept).collect();
        let order = stores.orders.commit(&was, changed, Origin::Outside, &with).await?.order;
        tracing::info!(
            order.id = %order_id,
            order.part = package.sub_order_id.part,
            order.state = %order.state,
            "Order {order_id}: carrier {} moved part {}",
            package.carrier,
            package.sub_order_id.part
        );
    }
    for event in after {
        if stores.packages.keep_event(*order_id, event).await? {
            note_unclassified(&package.carrier, event);
        }
    }
    Ok(match (settled, story.has_begun()) {
        (true, _) => Whereabouts::Settled,
        (false, true) => Whereabouts::Travelling,
        (false, false) => Whereabouts::Announced,
    })
}

/// A part that the carrier has taken is off its vendor's list of open work, in the same write.
fn leaves_vendor(changed: &Changed, part: u8, dossier: &Dossier) -> Option<Record> {
    let taken = changed.entries.iter().any(|entry| entry.part == Some(part) && entry.to == State::Shipped);
    if !taken {
        return None;
    }
    let sub_order = dossier.sub_orders.iter().find(|row| row.sub_order_id.part == part).cloned();
    if sub_order.is_none() {
        // The parcel is on its way all the same, and the customer is to know.
        tracing::error!(order.id = %changed.order.id, order.part = part, "Order {}: part {part} has no sub-order", changed.order.id);
    }
    sub_order.map(|sub_order| Record::SubOrder { sub_order, open: false })
}

/// Counted by a metric filter; the text stays out, it may name people.
fn note_unclassified(carrier: &str, event: &Tracked) {
    if event.event == Event::Unclassified.to_string() {
        tracing::warn!(carrier, carrier.code = event.code, "Carrier {carrier} sent a code that no rule knows");
    }
}

/// Of the packages that ever had a number, those that it means now: of the order that was shipped last. Carriers use numbers again.
pub async fn owners(packages: &dyn Packages, carrier: &str, number: &str) -> Result<Vec<TrackedPackage>, PortError> {
    let mut found = packages.find(carrier, number).await?;
    let newest = found.iter().max_by_key(|tracked| tracked.package.shipped_at).map(|tracked| tracked.order_id);
    found.retain(|tracked| Some(tracked.order_id) == newest);
    Ok(found)
}
