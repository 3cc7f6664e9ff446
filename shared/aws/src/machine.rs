//! Executions on Step Functions.

use async_trait::async_trait;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use jiff::Timestamp;
use oms_contract::step::StepOutcome;
use oms_ports::messaging::Machine;
use oms_ports::{Party, PortError};

use crate::error::port_error;

/// A state machine by ARN.
#[derive(Debug)]
pub struct StepMachine {
    client: Client,
    arn: String,
}

impl StepMachine {
    pub(crate) fn new(client: Client, arn: &str) -> Self {
        Self { client, arn: arn.to_owned() }
    }
}

#[async_trait]
impl Machine for StepMachine {
    async fn start(&self, from: &StepOutcome) -> Result<(), PortError> {
        self.execute(from, format!("{}-{}", from.order_id, from.version)).await
    }

    async fn restart(&self, from: &StepOutcome, at: Timestamp) -> Result<(), PortError> {
        self.execute(from, format!("{}-{}-{}", from.order_id, from.version, at.as_second())).await
    }
}

impl StepMachine {
    async fn execute(&self, from: &StepOutcome, name: String) -> Result<(), PortError> {
        let input = serde_json::to_string(from).map_err(|_| PortError::corrupt(Party::Machine, "an outcome does not serialise"))?;
        let started = self
            .client
            .start_execution()
            .state_machine_arn(&self.arn)
            // Express executions may share a name on AWS; a second run finds nothing to do. The name is for people.
            .name(name)
            .input(input)
            .send()
            .await;
        match started {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.as_service_error(), Some(StartExecutionError::ExecutionAlreadyExists(_))) => Ok(()),
            Err(error) => Err(port_error(Party::Machine, &error)),
        }
    }
}
