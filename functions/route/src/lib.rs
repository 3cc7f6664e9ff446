//! Splits an order over vendors and warehouses, allocates their stock, and makes the sub-orders.
//!
//! Three round trips read everything, whatever the order holds: head and document; then sources, the validation report and the address; then reference data. A fourth asks how many orders vendors have taken today, where one of them takes only so many.
//! The plan is kept before the stock is allocated, so that a run after a crash goes on with the plan whose stock it finds allocated.

mod borders;
mod branch;
pub mod candidates;
pub mod choices;
mod columns;
mod days;
pub mod distance;
mod drafts;
mod dual;
mod factor;
pub mod facts;
mod floor;
mod gather;
mod greedy;
pub mod hazard;
mod large;
mod least;
mod linear;
mod loads;
pub mod lots;
pub mod objective;
pub mod packer;
pub mod packing;
mod pick;
pub mod plan;
mod pricing;
mod quantities;
mod resource;
pub mod search;
mod shortage;
mod spans;
pub mod tariff;
mod weigh;
mod whole;

use std::sync::Arc;

use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::flow::{self, Next};
use oms_ports::orders::{Orders, Records};
use oms_ports::reference::Reference;
use oms_ports::sealer::Sealer;
use oms_ports::stock::Inventory;
use oms_ports::{Clock, StepError};

/// What the step needs.
pub struct Deps {
    /// Reads and changes orders.
    pub orders: Arc<dyn Orders>,
    /// Reads reports, plans and sub-orders.
    pub records: Arc<dyn Records>,
    /// The stock ledger.
    pub inventory: Arc<dyn Inventory>,
    /// Reference data.
    pub reference: Arc<dyn Reference>,
    /// Opens addresses.
    pub sealer: Arc<dyn Sealer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Does what the order asks of this step, if anything.
///
/// # Errors
/// As [`StepError`] says: retried or stalled by the machine.
pub async fn handle(deps: &Deps, input: StepInput) -> Result<StepOutcome, StepError> {
    let id = input.order_id;
    let (Some(stored), Some(document)) = deps.orders.whole(id).await? else {
        return Err(StepError::Bug(format!("order {id} is not stored whole")));
    };
    if flow::next(&stored.order) != Next::Route {
        return Ok(StepOutcome::of(&stored.order));
    }
    let part = stored.order.part_to_source().map(|part| part.no);
    let now = match part {
        Some(no) => Box::pin(resource::part(deps, &stored, &document, no)).await?,
        None => whole::order(deps, &stored, &document).await?,
    };
    tracing::info!(order.id = %id, order.state = %now.order.state, parts = now.order.parts.len(), "Order {id} is {}", now.order.state);
    Ok(StepOutcome::of(&now.order))
}

#[cfg(test)]
mod tests;
