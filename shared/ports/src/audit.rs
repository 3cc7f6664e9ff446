//! Every stored order with its history, unjudged: what a proof of the one by the other reads.

use async_trait::async_trait;

use oms_domain::OrderId;
use oms_domain::history::Entry;

use crate::error::PortError;
use crate::orders::Cursor;

/// An order as it is stored, and its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The head's JSON, byte for byte.
    pub head: String,
    /// All entries that are stored, oldest first; nobody has checked them.
    pub entries: Vec<Entry>,
}

/// Reads a whole table of orders.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Some of the orders that anything is stored of, in no order, and where to go on; no cursor at the end. An order may come twice.
    async fn ids(&self, after: Option<Cursor>) -> Result<(Vec<OrderId>, Option<Cursor>), PortError>;

    /// The order and its history, of one moment; `None` where it has no head. [`PortError::Corrupt`] where what is stored cannot be read.
    async fn chain(&self, id: OrderId) -> Result<Option<Chain>, PortError>;
}
