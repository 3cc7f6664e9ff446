//! What leaves: events, executions, mails, messages.

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::event::CloudEvent;
use oms_contract::queue::{OperatorTask, WebhookMessage};
use oms_contract::step::StepOutcome;

use crate::error::PortError;

/// The event bus.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes all, or fails and may have published some: receivers dedupe by event id.
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), PortError>;
}

/// A state machine: the one that moves orders on, or the one that undoes what cancelled ones have taken.
#[async_trait]
pub trait Machine: Send + Sync {
    /// Starts an execution for the order as it stands, named after order and version; one that exists already is a success.
    async fn start(&self, from: &StepOutcome) -> Result<(), PortError>;

    /// Starts one more execution for an order that stands still although one was started for this version before; named after the instant as well.
    async fn restart(&self, from: &StepOutcome, at: Timestamp) -> Result<(), PortError>;
}

/// A mail, rendered.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// One address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends; returns the service's message id.
    async fn send(&self, mail: &Mail) -> Result<String, PortError>;
}

/// Which topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Vendors' systems.
    Vendors,
    /// The marketplace's staff.
    Operators,
}

/// Publishes to topics.
#[async_trait]
pub trait Topics: Send + Sync {
    /// Publishes a JSON message without personal data, with attributes to filter by; returns the service's message id.
    async fn publish(
        &self,
        topic: Topic,
        subject: &str,
        body: &serde_json::Value,
        attributes: &[(&str, &str)],
    ) -> Result<String, PortError>;
}

/// Which queue a webhook goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookQueue {
    /// Of payment gateways.
    Payments,
    /// Of carriers.
    Carriers,
}

/// Queues webhooks.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Queues; durable once it returns.
    async fn send(&self, queue: WebhookQueue, message: &WebhookMessage) -> Result<(), PortError>;
}

/// What people have to do by hand.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Hands a task over; durable once it returns. May be handed over twice, under the same id.
    async fn hand(&self, task: &OperatorTask) -> Result<(), PortError>;
}

/// Counters.
pub trait Metrics: Send + Sync {
    /// Counts one more of `metric`, once for all these dimensions together. Names and values come from small closed sets: each combination
    /// is a time series.
    fn count(&self, metric: &'static str, dimensions: &[(&'static str, &str)]);
}
