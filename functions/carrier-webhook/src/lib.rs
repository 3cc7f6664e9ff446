//! Applies what carriers push: each event moves its package's part once, however often and in whatever order it comes.

use std::sync::Arc;

use serde_json::json;

use oms_carriers::apply::{Stores, Whereabouts, apply, owners};
use oms_carriers::{Carrier, Numbered, carrier};
use oms_contract::queue::WebhookMessage;
use oms_contract::record::Tracked;
use oms_ports::messaging::{Topic, Topics};
use oms_ports::orders::{Orders, Packages, Records};
use oms_ports::{Clock, StepError};

/// What the function needs.
pub struct Deps {
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// What is stored beside them.
    pub records: Arc<dyn Records>,
    /// Packages and their events.
    pub packages: Arc<dyn Packages>,
    /// Where people are told of parcels that nobody knows.
    pub topics: Arc<dyn Topics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Applies one webhook. Every number in it is tried though another fails; the queue then brings all of it again, and what was done stays done.
///
/// # Errors
/// [`StepError::Bug`] where the message or the payload cannot be read, which ends in the dead-letter queue; else the first number's that failed.
pub async fn handle(deps: &Deps, message: &str) -> Result<(), StepError> {
    let message: WebhookMessage =
        serde_json::from_str(message).map_err(|error| StepError::Bug(format!("not a webhook message: {error}")))?;
    let from = carrier(&message.source).ok_or_else(|| StepError::Bug(format!("no carrier {:?}", message.source)))?;
    let events = (from.events_of)(message.body.as_bytes()).map_err(|error| StepError::Bug(format!("{} sent {error}", from.code)))?;
    if events.is_empty() {
        tracing::info!(carrier = from.code, "{} sent a webhook without parcels", from.code);
    }
    let mut first_failure = Ok(());
    for (number, told) in by_number(events) {
        let done = apply_number(deps, &from, &number, &told).await;
        first_failure = first_failure.and(done);
    }
    first_failure
}

/// The events of each number, in the carrier's order.
fn by_number(events: Vec<Numbered>) -> Vec<(String, Vec<Tracked>)> {
    let mut numbers: Vec<(String, Vec<Tracked>)> = Vec::new();
    for (number, event) in events {
        match numbers.iter_mut().find(|(known, _)| *known == number) {
            Some((_, told)) => told.push(event),
            None => numbers.push((number, vec![event])),
        }
    }
    numbers
}

async fn apply_number(deps: &Deps, from: &Carrier, number: &str, told: &[Tracked]) -> Result<(), StepError> {
    let packages = owners(deps.packages.as_ref(), from.code, number).await?;
    if packages.is_empty() {
        return report_unknown(deps, from, number, told).await;
    }
    let stores = Stores { orders: deps.orders.as_ref(), records: deps.records.as_ref(), packages: deps.packages.as_ref() };
    for package in packages {
        let whereabouts = apply(stores, &package, told, deps.clock.now()).await?;
        if whereabouts == Whereabouts::Settled && package.package.poll_at.is_some() {
            // A conflict is a poll that has just set its next turn; then the message comes again and finds the new time.
            deps.packages.poll_at(&package, None).await?;
        }
    }
    Ok(())
}

/// A parcel that we do not know is somebody's mistake: a number mistyped by a vendor, or handed over before it was entered. Its events are not
/// lost, since the carrier gives all of them at the first poll of a number; but a person has to see it.
async fn report_unknown(deps: &Deps, from: &Carrier, number: &str, told: &[Tracked]) -> Result<(), StepError> {
    tracing::warn!(carrier = from.code, "{} tells of a parcel that no order has", from.code);
    let body = json!({
        "kind": "unknown_tracking_number",
        "carrier": from.code,
        "tracking_number": number,
        "last_event": told.last().map(|event| &event.event),
    });
    let attributes = [("kind", "unknown_tracking_number"), ("carrier", from.code)];
    deps.topics.publish(Topic::Operators, "A carrier tells of a parcel that no order has", &body, &attributes).await?;
    Ok(())
}
