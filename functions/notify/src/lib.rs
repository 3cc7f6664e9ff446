//! Tells people: vendors of new orders, as a step of the machine; customers of milestones, from the bus.
//!
//! Each notice leaves once per (order, milestone, channel). The claim is written down before the message is sent. SES and SNS take no idempotency
//! key, so a run that dies between sending and noting it leaves a doubt; the next run then sends again: a mail twice is a smaller harm than none.

mod customers;
mod milestone;
mod once;
mod vendors;

use std::sync::Arc;

use oms_ports::Clock;
use oms_ports::effects::Effects;
use oms_ports::messaging::{Mailer, Topics};
use oms_ports::orders::{Orders, Records};
use oms_ports::reference::Reference;
use oms_ports::sealer::Sealer;

pub use customers::tell;
pub use vendors::announce;

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
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[cfg(test)]
mod tests;
