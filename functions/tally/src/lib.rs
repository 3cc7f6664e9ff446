//! Counts deliveries as on time or late, for the vendor that handed over and for the carrier that brought them.
//!
//! Each end of a part's journey is an event of the bus, which comes at least once. It is judged by what is on record of the order ([`judge`]) and counted under an id
//! of its own, so that it counts once however often it comes: see [`oms_ports::tally`]. What counts as what:
//!
//! | what became of the part | for its vendor | for its carrier's service |
//! |---|---|---|
//! | delivered | handed over by the day that was due | delivered by the day that was due |
//! | lost or damaged on the way | handed over by the day that was due | late: it never came as it should |
//! | brought back to the vendor undelivered | handed over by the day that was due | nothing: address and recipient may be at fault |
//! | given back by the vendor after it had accepted | late: it is handed over not at all | nothing |
//! | refused by the vendor, or not accepted in time | nothing: nothing was promised | nothing |
//! | cancelled, by whomever | nothing: nobody knows whether it had come in time | nothing |
//! | returned by the customer | as it was delivered | as it was delivered |

mod judge;

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Deserialize;

use oms_contract::event::{CloudEvent, OrderEvent};
use oms_contract::reference::punctuality::{Performer, is_recent};
use oms_domain::tracking::Event;
use oms_domain::{State, VendorId};
use oms_ports::orders::{Orders, Records};
use oms_ports::reference::{Reference, Wanted};
use oms_ports::tally::{Delivery, Tally};
use oms_ports::{Clock, StepError};

use crate::judge::Records as Known;

/// What the function needs.
pub struct Deps {
    /// Reads orders.
    pub orders: Arc<dyn Orders>,
    /// Reads what is stored beside them.
    pub records: Arc<dyn Records>,
    /// Vendors, rate cards.
    pub reference: Arc<dyn Reference>,
    /// Counts.
    pub tally: Arc<dyn Tally>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What EventBridge puts into the queue.
#[derive(Deserialize)]
struct Envelope {
    detail: CloudEvent,
}

/// How the journey of a part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With the customer.
    Delivered,
    /// Lost, or damaged.
    Lost,
    /// Back at the vendor.
    Back,
}

/// What an event means here.
enum Told {
    /// The part's journey is over.
    Over(End),
    /// The vendor gave back what it had accepted.
    GivenBack,
}

/// Counts what one event tells, given as the queue's message.
///
/// # Errors
/// Where it could not be counted now; the queue brings it again.
pub async fn count(deps: &Deps, message: &str) -> Result<(), StepError> {
    let envelope: Envelope =
        serde_json::from_str(message).map_err(|error| StepError::Bug(format!("a message that is no event of ours: {error}")))?;
    let event = envelope.detail;
    let (Some(told), Some(part), Some(vendor)) = (told(&event.r#type, &event.data), event.data.part, event.data.vendor_id.as_ref()) else {
        return Ok(());
    };
    let (id, today) = (event.data.order_id, day_of(deps.clock.now()));
    let day = day_of(event.time);
    // The bus can tell again what is a month old. What does not count any more is not marked any more either.
    if !is_recent(day, today) {
        tracing::info!(order.id = %id, order.part = part, "Order {id}: part {part} ended too long ago to count");
        return Ok(());
    }
    let delivery = match told {
        Told::GivenBack => {
            Delivery { id: format!("{id}#{part}#given_back#{vendor}"), day, by: vec![(Performer::Vendor(vendor.clone()), true)] }
        }
        Told::Over(end) => {
            let by = judged(deps, &event, (part, vendor), end).await?;
            // One id for all ends: a part that was lost and found counts as lost.
            Delivery { id: format!("{id}#{part}"), day, by }
        }
    };
    if delivery.by.is_empty() {
        tracing::info!(order.id = %id, order.part = part, "Order {id}: part {part} is not counted, for nobody knows when it was due");
        return Ok(());
    }
    let counted = deps.tally.count(&delivery, today).await?;
    let late = delivery.by.iter().filter(|(_, late)| *late).count();
    tracing::info!(order.id = %id, order.part = part, counted, late, "Order {id}: part {part} counts for {}, late for {late}", delivery.by.len());
    Ok(())
}

fn day_of(at: jiff::Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn told(kind: &str, event: &OrderEvent) -> Option<Told> {
    let is = |what: Event| event.reason.as_deref() == Some(what.to_string().as_str());
    match kind {
        "order.delivered" => Some(Told::Over(End::Delivered)),
        "order.delivery_failed" if is(Event::Lost) || is(Event::Damaged) => Some(Told::Over(End::Lost)),
        // What the customer sends back was delivered before, and counted.
        "order.returned" if event.from == State::DeliveryFailed => Some(Told::Over(End::Back)),
        "order.vendor_rejected" if event.from != State::PendingFulfillment => Some(Told::GivenBack),
        _ => None,
    }
}

/// For whom the end of a part counts, and whether it was late.
async fn judged(deps: &Deps, event: &CloudEvent, (part, vendor): (u8, &VendorId), end: End) -> Result<Vec<(Performer, bool)>, StepError> {
    let id = event.data.order_id;
    let wanted = Wanted { vendors: vec![vendor.clone()], rates: true, ..Wanted::default() };
    let (document, dossier, history) = futures::try_join!(deps.orders.document(id), deps.records.dossier(id), deps.records.history(id))?;
    let found = deps.reference.fetch(&wanted).await?;
    let document = document.ok_or_else(|| StepError::Refused(format!("an event of order {id}, which has no document")))?;
    let known = Known {
        part,
        ended_at: event.time,
        history: &history,
        dossier: &dossier,
        to: &document.destination,
        vendor: found.vendors.first(),
        cards: &found.rates,
    };
    let by_vendor = known.is_handed_over_late(vendor).map(|late| (Performer::Vendor(vendor.clone()), late));
    let by_carrier = known.is_brought_late(end).map(|((carrier, service), late)| (Performer::Carrier { carrier, service }, late));
    Ok(by_vendor.into_iter().chain(by_carrier).collect())
}

#[cfg(test)]
mod tests;
