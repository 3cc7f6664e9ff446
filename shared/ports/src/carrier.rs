//! Carriers.

use async_trait::async_trait;

use oms_contract::record::Tracked;

use crate::error::PortError;

/// A carrier's tracking.
#[async_trait]
pub trait Tracking: Send + Sync {
    /// All events the carrier knows of a number, oldest first, mapped to canonical events; empty where it knows none yet.
    /// `part` and `package` of the events are 0: whose they are, the caller knows.
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError>;
}
