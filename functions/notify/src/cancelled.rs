//! Cancelled parts told to their vendors, and cancellations counted: the last step of the cancellation machine.
//!
//! Customers hear of it from the bus, as of every milestone.

use oms_contract::queue::OperatorTask;
use oms_contract::record::Package;
use oms_domain::change::By;
use oms_domain::history::{Entry, Fact};
use oms_domain::{Actor, Order, State, reason};
use oms_ports::StepError;
use oms_ports::orders::{Origin, Stored};
use oms_ports::reference::Wanted;

use crate::Deps;
use crate::vendors::{CANCELLED, may_have_heard, tell};

/// The metric that counts cancellations, by `reason` and `by` whom.
const CANCELLATIONS: &str = "Cancellations";

/// Tells the vendors of the parts that were cancelled, hands over what only a person can stop, and counts why.
pub(crate) async fn withdraw(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let order = &stored.order;
    let id = order.id;
    let numbers: Vec<u8> = order.parts_to_tell_of().map(|part| part.no).collect();
    let history = deps.records.history(id).await?;
    let ends: Vec<&Entry> = history.iter().filter(|entry| is_of(entry, &numbers)).collect();
    // Who has refused its part need not be told that it is cancelled.
    let concerned = ends.iter().filter(|entry| !matches!(entry.from, State::VendorRejected | State::Routing));
    let to_tell: Vec<u8> = concerned.filter_map(|entry| entry.part).collect();
    if !to_tell.is_empty() {
        tell_all(deps, order, &to_tell).await?;
    }
    if ends.iter().any(|entry| reason_of(entry) == reason::RISK) {
        deps.tasks.hand(&investigate(deps, order)).await?;
    }
    let now = deps.clock.now();
    let told = stored.change().learn(Fact::CancellationTold { parts: numbers.clone() }, &By::new(Actor::system("notify"), now))?;
    let saved = deps.orders.commit(stored, told, Origin::Machine, &[]).await?;
    // After the commit, which happens once: a cancellation is rather not counted than twice.
    for entry in ends {
        let (reason, by) = (reason_of(entry), entry.actor.kind.to_string());
        deps.metrics.count(CANCELLATIONS, &[("reason", reason), ("by", &by)]);
    }
    tracing::info!(order.id = %id, parts = numbers.len(), "The cancellation of order {id} is told to {} vendors", numbers.len());
    Ok(saved)
}

/// Whether an entry cancelled one of these parts, or, where there are none, the whole order.
fn is_of(entry: &Entry, numbers: &[u8]) -> bool {
    let piece = entry.part.map_or(numbers.is_empty(), |no| numbers.contains(&no));
    piece && entry.trigger.is_some() && entry.to == State::Cancelled
}

fn reason_of(entry: &Entry) -> &str {
    reason::counted(entry.reason.as_deref().unwrap_or(reason::OTHER))
}

async fn tell_all(deps: &Deps, order: &Order, numbers: &[u8]) -> Result<(), StepError> {
    let id = order.id;
    let dossier = deps.records.dossier(id).await?;
    let vendors = order.parts_to_tell_of().map(|part| part.vendor_id.clone()).collect();
    let found = deps.reference.fetch(&Wanted { vendors, ..Wanted::default() }).await?;
    for sub_order in dossier.sub_orders.iter().filter(|sub_order| numbers.contains(&sub_order.sub_order_id.part)) {
        for package in dossier.packages.iter().filter(|package| package.sub_order_id == sub_order.sub_order_id) {
            deps.tasks.hand(&stop(deps, order, package)).await?;
        }
        if may_have_heard(deps, order, sub_order).await? {
            tell(deps, &CANCELLED, order, sub_order, &found).await?;
        }
    }
    Ok(())
}

/// The account of an order that the fraud rules rejected is flagged: somebody has to look whether it is to be blocked.
fn investigate(deps: &Deps, order: &Order) -> OperatorTask {
    OperatorTask {
        id: format!("{}/account", order.id),
        order_id: order.id,
        number: order.id.number(),
        version: order.seq,
        at: deps.clock.now(),
        failed: "account".to_owned(),
        error: "VeryHighRisk".to_owned(),
        action:
            "The fraud rules rejected this order. Look into the account behind it, and block it or put it on the watch list if need be."
                .to_owned(),
    }
}

/// What there is to do about a parcel that is booked for a cancelled part. Labels that were bought here are given back by `track-poll`; what the vendor
/// booked by itself is nobody's to cancel but its own.
fn stop(deps: &Deps, order: &Order, package: &Package) -> OperatorTask {
    let (part, parcel) = (package.sub_order_id.part, package.package);
    OperatorTask {
        id: format!("{}/shipment/{part}/{parcel}", order.id),
        order_id: order.id,
        number: order.id.number(),
        version: order.seq,
        at: deps.clock.now(),
        failed: "shipment".to_owned(),
        error: "Booked".to_owned(),
        action: format!(
            "Part {part} is cancelled, but parcel {} is booked with {}: cancel it there, or have it stopped at the pick-up. \
             A label bought here is given back by itself within two hours, where the carrier takes labels back.",
            package.tracking_number,
            package.carrier.to_uppercase()
        ),
    }
}
