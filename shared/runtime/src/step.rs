//! Steps of the state machine.

use oms_contract::step::{StepInput, StepOutcome};
use oms_ports::StepError;

use crate::lambda::{Fatal, run_event};

/// Runs a step.
pub async fn run_step<H>(handler: H) -> Result<(), Fatal>
where
    H: AsyncFn(StepInput) -> Result<StepOutcome, StepError>,
{
    run_event(handler).await
}
