//! What stands between an order and its way: a step that failed, a wish to be cancelled, a cancellation that is not over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::flow::Undo;

/// A stopped order: which step failed with what, and how often in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// The step's name in the machine.
    pub step: String,
    /// The error's name in the machine.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

/// A wish to have the order cancelled, which comes true at the first way out that the table of transitions has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Whose.
    pub actor: Actor,
    /// Why, as a short code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// What could not be undone, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What.
    pub undo: Undo,
    /// The error's name in the machine.
    pub error: String,
}

/// A cancellation that stopped before all was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What could not be undone.
    pub failures: Vec<Failure>,
    /// When it stopped.
    pub at: Timestamp,
}
