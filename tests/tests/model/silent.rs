//! Parties that take everything and keep nothing: what they are told changes no order.

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::step::StepOutcome;
use oms_ports::PortError;
use oms_ports::messaging::{Machine, Mail, Mailer, Topic, Topics};

/// Mail service, topics and state machine. That the machine may be started at any time is what [`crate::event`] takes for granted.
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
