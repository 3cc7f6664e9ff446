//! Tells people: vendors of new orders and of cancelled ones, as a step of both machines; customers of milestones, from the bus.
//!
//! Each notice leaves once per (order, milestone, channel). The claim is written down before the message is sent. SES and SNS take no idempotency
//! key, so a run that dies between sending and noting it leaves a doubt; the next run then sends again: a mail twice is a smaller harm than none.

mod cancelled;
mod customers;
mod milestone;
mod notes;
mod once;
mod vendors;

use std::sync::Arc;

use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::flow::{self, Next, Undo};
use oms_ports::effects::Effects;
use oms_ports::messaging::{Mailer, Metrics, Tasks, Topics};
use oms_ports::orders::{Orders, Records};
use oms_ports::reference::Reference;
use oms_ports::sealer::Sealer;
use oms_ports::{Clock, StepError};

pub use customers::tell;

/// What the function needs.
pub struct Deps {
    /// Reads and changes orders.
    pub orders: Arc<dyn Orders>,
    /// Reads sub-orders and packages.
    pub records: Arc<dyn Records>,
    /// Which notices have left.
    pub effects: Arc<dyn Effects>,
    /// Vendors.
    pub reference: Arc<dyn Reference>,
    /// Opens contacts.
    pub sealer: Arc<dyn Sealer>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
    /// Topics.
    pub topics: Arc<dyn Topics>,
    /// What people have to do by hand.
    pub tasks: Arc<dyn Tasks>,
    /// Counters.
    pub metrics: Arc<dyn Metrics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Does what the order asks of this step, if anything: announces it to its vendors, or tells them that it is cancelled.
///
/// # Errors
/// Where a vendor could not be told: the step is tried again, and those that were told are not told twice.
pub async fn step(deps: &Deps, input: StepInput) -> Result<StepOutcome, StepError> {
    let id = input.order_id;
    let stored = deps.orders.load(id).await?.ok_or_else(|| StepError::Refused(format!("there is no order {id}")))?;
    let saved = if flow::next(&stored.order) == Next::Notify {
        vendors::announce(deps, &stored).await?
    } else if flow::undo(&stored.order).contains(&Undo::People) {
        cancelled::withdraw(deps, &stored).await?
    } else {
        stored
    };
    Ok(StepOutcome::of(&saved.order))
}

#[cfg(test)]
mod tests;
