//! Parties that take everything and keep nothing: what they are told changes no order.

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::queue::OperatorTask;
use oms_contract::step::StepOutcome;
use oms_ports::PortError;
use oms_ports::messaging::{Machine, Mail, Mailer, Metrics, Tasks, Topic, Topics};

/// Mail service, topics, operators' tasks, counters and both state machines. That a machine may be started at any time is what [`crate::event`] takes for granted.
pub(crate) struct Silent;

#[async_trait]
impl Mailer for Silent {
    async fn send(&self, _: &Mail) -> Result<String, PortError> {
        Ok("mail".to_owned())
    }
}

#[async_trait]
impl Topics for Silent {
    async fn publish(&self, _: Topic, _: &str, _: &serde_json::Value, _: &[(&str, &str)]) -> Result<String, PortError> {
        Ok("message".to_owned())
    }
}

#[async_trait]
impl Machine for Silent {
    async fn start(&self, _: &StepOutcome) -> Result<(), PortError> {
        Ok(())
    }

    async fn restart(&self, _: &StepOutcome, _: Timestamp) -> Result<(), PortError> {
        Ok(())
    }
}

#[async_trait]
impl Tasks for Silent {
    async fn hand(&self, _: &OperatorTask) -> Result<(), PortError> {
        Ok(())
    }
}

impl Metrics for Silent {
    fn count(&self, _: &'static str, _: &[(&'static str, &str)]) {}
}
