//! Messages on our own queues.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use oms_domain::OrderId;

/// A webhook whose signature was good, exactly as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookMessage {
    /// Which gateway or carrier.
    pub source: String,
    /// When it came.
    pub received_at: Timestamp,
    /// The raw body; webhook bodies are JSON and so UTF-8.
    pub body: String,
}

/// Something that only a person can do. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorTask {
    /// The same however often it is handed over: `{order_id}/money/1`.
    pub id: String,
    /// Which order.
    pub order_id: OrderId,
    /// The number that people read.
    pub number: String,
    /// Its version when this was written.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// What could not be done: `stock`, `money`, `people`, `shipment`.
    pub failed: String,
    /// The error's name in the machine; the cause is in the log of the step's function.
    pub error: String,
    /// What to do, in words.
    pub action: String,
}
