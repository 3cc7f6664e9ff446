//! What the state machine and its Lambdas say to each other.

use serde::{Deserialize, Serialize};
use strum::VariantNames as _;

use oms_domain::flow::{self, Next, Undo};
use oms_domain::order::Failure;
use oms_domain::{Order, OrderId, State};

/// What a step is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInput {
    /// Which order. Everything else the step reads itself: what it was told may be old.
    pub order_id: OrderId,
}

/// What a step answers, and what the relay starts a machine with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// Which order.
    pub order_id: OrderId,
    /// Its version now.
    pub version: u64,
    /// Its state now.
    pub state: State,
    /// What the order machine does next.
    pub next: Next,
    /// What the cancellation machine still has to do, in its order.
    #[serde(default)]
    pub undo: Vec<Undo>,
}

impl StepOutcome {
    /// The outcome that an order stands for.
    pub fn of(order: &Order) -> Self {
        Self { order_id: order.id, version: order.seq, state: order.state, next: flow::next(order), undo: flow::undo(order) }
    }
}

/// What the machine tells `sweep` when a step failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StalledInput {
    /// The failure.
    pub stalled: StalledStep,
}

/// Which step failed for which order. The cause stays in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StalledStep {
    /// Which order.
    pub order_id: OrderId,
    /// Name of the ASL state.
    pub step: String,
    /// Name of the error.
    pub error: String,
}

/// What the cancellation machine tells `sweep` when something could not be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Which order.
    pub order_id: OrderId,
    /// What failed for good, each with the error's name. The causes stay in the log.
    pub failures: Vec<Failure>,
}

/// Names of errors that the machine retries.
pub const RETRYABLE: [&str; 4] = ["Throttled", "Conflict", "Unavailable", "InProgress"];

/// Names of errors that the machine does not retry.
pub const FINAL: [&str; 2] = ["Refused", "Bug"];

/// The step table as JSON: what the ASL is tested against.
pub fn step_table() -> serde_json::Value {
    serde_json::json!({ "next": Next::VARIANTS, "undo": Undo::VARIANTS, "errors": { "retryable": RETRYABLE, "final": FINAL } })
}
