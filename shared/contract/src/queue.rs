//! Messages on our own queues.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
