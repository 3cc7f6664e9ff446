//! What was seen before, for a while.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::error::PortError;

/// Remembers ids for a while, so that a repeated job does not raise the same thing again.
#[async_trait]
pub trait Seen: Send + Sync {
    /// Whether `id` was noted in this scope and is not forgotten yet.
    async fn seen(&self, scope: &str, id: &str) -> Result<bool, PortError>;

    /// Notes `id`, to be forgotten some time after `until`.
    async fn note(&self, scope: &str, id: &str, until: Timestamp) -> Result<(), PortError>;
}
