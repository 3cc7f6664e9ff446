//! Effects on the world outside: each happens once, under a key derived from the order.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::record::Notice;
use oms_domain::OrderId;

use crate::error::PortError;

/// Which effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectKey {
    /// Reserve money, by number of the attempt.
    Authorize(u8),
    /// Take the reserved money.
    Capture(u8),
    /// Give the reservation back.
    Void(u8),
    /// Give money back; the number is what had been refunded before, in minor units, so that a refund repeated is the same refund.
    Refund(i64),
    /// Tell somebody.
    Notice {
        /// Which milestone; with the part, or the payment attempt, where it is of one: `shipped-2`.
        milestone: String,
        /// `email`, `topic`.
        channel: String,
    },
}

impl fmt::Display for EffectKey {
    /// The sort key: `E#authorize#1`, `N#confirmed#email`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorize(attempt) => write!(f, "E#authorize#{attempt}"),
            Self::Capture(attempt) => write!(f, "E#capture#{attempt}"),
            Self::Void(attempt) => write!(f, "E#void#{attempt}"),
            Self::Refund(before) => write!(f, "E#refund#{before}"),
            Self::Notice { milestone, channel } => write!(f, "N#{milestone}#{channel}"),
        }
    }
}

impl EffectKey {
    /// The key as the gateway sees it: `{order}/authorize/1`.
    pub fn for_gateway(&self, order: OrderId) -> String {
        format!("{order}/{}", self.to_string().trim_start_matches("E#").replace('#', "/"))
    }
}

/// Whether this run may make the effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It may: the lease is this run's.
    Mine,
    /// An earlier run began and never finished, and its lease is over: the outcome outside is unknown and must be asked for first.
    Unsure,
    /// It is made; this is its outcome.
    Done(serde_json::Value),
    /// Another run holds the lease.
    Held,
}

/// The log of effects.
#[async_trait]
pub trait Effects: Send + Sync {
    /// Writes the intention down before the call, with a lease until `until` (the function's own deadline, or later).
    async fn begin(&self, order: OrderId, key: &EffectKey, now: Timestamp, until: Timestamp) -> Result<Begun, PortError>;

    /// Writes the outcome down after the call. The first outcome stays.
    async fn finish(&self, order: OrderId, key: &EffectKey, outcome: &serde_json::Value) -> Result<(), PortError>;

    /// The outcome of a finished effect, strongly consistent; `None` where it is not finished, or was never begun.
    async fn outcome(&self, order: OrderId, key: &EffectKey) -> Result<Option<serde_json::Value>, PortError>;

    /// Whether it is made, or may be, strongly consistent: it was begun, and not given back. Nobody need know how far the run came that began it.
    async fn is_begun(&self, order: OrderId, key: &EffectKey) -> Result<bool, PortError>;

    /// Ends the lease of a call that failed with unknown outcome, so that the next run is [`Begun::Unsure`] at once rather than when the
    /// lease is over. Does nothing to an effect that is finished or was never begun.
    async fn doubt(&self, order: OrderId, key: &EffectKey) -> Result<(), PortError>;

    /// Gives the lease back after a call that certainly took no effect, so that the next run need not wait for it.
    async fn abandon(&self, order: OrderId, key: &EffectKey) -> Result<(), PortError>;
}

/// Outcome of a notice, as stored.
pub type NoticeOutcome = Notice;
