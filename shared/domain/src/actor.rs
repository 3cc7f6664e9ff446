//! Who does something to an order.

use serde::{Deserialize, Serialize};

/// The six kinds of actor of the state table.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display, strum::EnumString, strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    /// The buyer.
    Customer,
    /// A seller.
    Vendor,
    /// The marketplace's staff.
    Operator,
    /// This system: a step, a timer.
    System,
    /// The payment gateway.
    Gateway,
    /// A carrier.
    Carrier,
}

/// An actor of a kind, by an identifier that is no personal data (an account id, a function's name).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What sort of actor.
    pub kind: ActorKind,
    /// Which one.
    pub id: String,
}

impl Actor {
    /// An actor of `kind` known as `id`.
    pub fn new(kind: ActorKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// This system, by the name of the step or timer.
    pub fn system(step: &str) -> Self {
        Self::new(ActorKind::System, step)
    }
}
