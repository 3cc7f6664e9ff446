//! What happens when nothing happens: each minute, the orders and holds whose time has come. And what happens when a step fails for good.
//!
//! A timer does what its order's state asks for at the moment it fires, on condition that the order is still as it was read. One that lost
//! the race against a real event does nothing; one that fires late does what it would have done in time. Before anything ends, those who should
//! have acted are warned.

mod holds;
mod orders;
mod stalled;
mod stock;
mod unfinished;
mod warnings;

use std::sync::Arc;

use serde::Deserialize;

use oms_contract::step::{StalledStep, Unfinished};
use oms_ports::effects::Effects;
use oms_ports::messaging::{Machine, Tasks, Topics};
use oms_ports::orders::{Orders, Wakes};
use oms_ports::reference::Reference;
use oms_ports::stock::Inventory;
use oms_ports::{Clock, StepError};

/// What the sweeper needs.
pub struct Deps {
    /// Reads and changes orders.
    pub orders: Arc<dyn Orders>,
    /// Finds orders whose time has come.
    pub wakes: Arc<dyn Wakes>,
    /// The stock ledger.
    pub inventory: Arc<dyn Inventory>,
    /// The marketplace's business hours.
    pub reference: Arc<dyn Reference>,
    /// Which warnings were given.
    pub effects: Arc<dyn Effects>,
    /// Moves orders on.
    pub machine: Arc<dyn Machine>,
    /// Undoes what cancelled ones have taken.
    pub cancellation: Arc<dyn Machine>,
    /// What people have to do by hand.
    pub tasks: Arc<dyn Tasks>,
    /// Tells the staff.
    pub topics: Arc<dyn Topics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Orders, and holds, looked at in one run: what a minute allows with room to spare. The rest is due at the next.
const PER_RUN: u16 = 100;

/// What the sweeper is called with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// By the schedule.
    Tick {},
    /// By the order machine, when a step failed for good.
    Stalled(StalledStep),
    /// By the cancellation machine, when something could not be undone.
    Unfinished(Unfinished),
}

/// Does one run.
///
/// # Errors
/// Of a tick, where the due orders could not be found out; an order that cannot be handled is logged, stays due, and delays nobody.
/// Of a stall, where it could not be written down: the machine tries again.
pub async fn handle(deps: &Deps, input: Input) -> Result<(), StepError> {
    match input {
        Input::Stalled(step) => stalled::note(deps, &step).await,
        Input::Unfinished(unfinished) => unfinished::note(deps, &unfinished).await,
        Input::Tick {} => {
            orders::sweep(deps).await?;
            holds::sweep(deps).await?;
            stock::tend(deps).await
        }
    }
}

#[cfg(test)]
mod tests;
