//! Deliveries counted, each once.

use async_trait::async_trait;
use jiff::civil::Date;

use oms_contract::reference::punctuality::Performer;

use crate::error::PortError;

/// A delivery, and for whom it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The same however often it is told, and no other's.
    pub id: String,
    /// The UTC day that it counts for; recent, see [`oms_contract::reference::punctuality::is_recent`].
    pub day: Date,
    /// For whom, each at most once, and whether it was late.
    pub by: Vec<(Performer, bool)>,
}

/// Counts deliveries day by day; what is counted is read with other reference data ([`crate::reference::Wanted::counts`]).
#[async_trait]
pub trait Tally: Send + Sync {
    /// Counts a delivery for all performers or for none, unless one of its id is counted; whether it was counted now. Ids are remembered until no day
    /// of theirs counts any more. What is outdated `today` of the performers' counts is forgotten.
    async fn count(&self, delivery: &Delivery, today: Date) -> Result<bool, PortError>;
}
