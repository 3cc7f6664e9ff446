//! Bus, machine, mail, topics and queues that remember what they were given.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::event::CloudEvent;
use oms_contract::queue::{OperatorTask, WebhookMessage};
use oms_contract::step::StepOutcome;
use oms_ports::error::{Party, PortError};
use oms_ports::messaging::{Bus, Machine, Mail, Mailer, Metrics, Queue, Tasks, Topic, Topics, WebhookQueue};

use crate::faults::Faults;
use crate::lock;

/// An event bus. Operation: `publish`.
#[derive(Default)]
pub struct MemoryBus {
    /// Planned faults.
    pub faults: Faults,
    published: Mutex<Vec<CloudEvent>>,
}

impl MemoryBus {
    /// Everything published, in order, repeats included.
    pub fn published(&self) -> Vec<CloudEvent> {
        lock(&self.published).clone()
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), PortError> {
        self.faults.around("publish", Party::Messaging, || {
            lock(&self.published).extend_from_slice(events);
            Ok(())
        })
    }
}

/// A state machine that runs nothing. Operation: `start`.
#[derive(Default)]
pub struct MemoryMachine {
    /// Planned faults.
    pub faults: Faults,
    names: Mutex<HashSet<String>>,
    started: Mutex<Vec<StepOutcome>>,
}

impl MemoryMachine {
    /// Every execution started, one per order and version.
    pub fn started(&self) -> Vec<StepOutcome> {
        lock(&self.started).clone()
    }
}

#[async_trait]
impl Machine for MemoryMachine {
    async fn start(&self, from: &StepOutcome) -> Result<(), PortError> {
        self.execute(from, format!("{}-{}", from.order_id, from.version))
    }

    async fn restart(&self, from: &StepOutcome, at: Timestamp) -> Result<(), PortError> {
        self.execute(from, format!("{}-{}-{}", from.order_id, from.version, at.as_second()))
    }
}

impl MemoryMachine {
    fn execute(&self, from: &StepOutcome, name: String) -> Result<(), PortError> {
        self.faults.around("start", Party::Machine, || {
            if lock(&self.names).insert(name) {
                lock(&self.started).push(from.clone());
            }
            Ok(())
        })
    }
}

/// A mail service that delivers nothing. Operation: `send`.
#[derive(Default)]
pub struct MemoryMailer {
    /// Planned faults.
    pub faults: Faults,
    sent: Mutex<Vec<Mail>>,
}

impl MemoryMailer {
    /// Every mail taken, repeats included.
    pub fn sent(&self) -> Vec<Mail> {
        lock(&self.sent).clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<String, PortError> {
        self.faults.around("send", Party::Messaging, || {
            let mut sent = lock(&self.sent);
            sent.push(mail.clone());
            Ok(format!("mail-{}", sent.len()))
        })
    }
}

/// A message as a topic got it.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Where.
    pub topic: Topic,
    /// Subject.
    pub subject: String,
    /// Body.
    pub body: serde_json::Value,
    /// Attributes to filter by.
    pub attributes: Vec<(String, String)>,
}

/// Topics without subscribers. Operation: `publish`.
#[derive(Default)]
pub struct MemoryTopics {
    /// Planned faults.
    pub faults: Faults,
    published: Mutex<Vec<Published>>,
}

impl MemoryTopics {
    /// Every message taken, in order, repeats included.
    pub fn published(&self) -> Vec<Published> {
        lock(&self.published).clone()
    }

    /// The messages of one topic.
    pub fn on(&self, topic: Topic) -> Vec<Published> {
        let mut messages = self.published();
        messages.retain(|message| message.topic == topic);
        messages
    }
}

#[async_trait]
impl Topics for MemoryTopics {
    async fn publish(
        &self,
        topic: Topic,
        subject: &str,
        body: &serde_json::Value,
        attributes: &[(&str, &str)],
    ) -> Result<String, PortError> {
        self.faults.around("publish", Party::Messaging, || {
            let mut published = lock(&self.published);
            published.push(Published {
                topic,
                subject: subject.to_owned(),
                body: body.clone(),
                attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            });
            Ok(format!("message-{}", published.len()))
        })
    }
}

/// Webhook queues without consumer. Operation: `send`.
#[derive(Default)]
pub struct MemoryQueue {
    /// Planned faults.
    pub faults: Faults,
    queued: Mutex<Vec<(WebhookQueue, WebhookMessage)>>,
}

impl MemoryQueue {
    /// Every message queued, in order.
    pub fn queued(&self) -> Vec<(WebhookQueue, WebhookMessage)> {
        lock(&self.queued).clone()
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, queue: WebhookQueue, message: &WebhookMessage) -> Result<(), PortError> {
        self.faults.around("send", Party::Messaging, || {
            lock(&self.queued).push((queue, message.clone()));
            Ok(())
        })
    }
}

/// A queue of operators' tasks that nobody does. Operation: `hand`.
#[derive(Default)]
pub struct MemoryTasks {
    /// Planned faults.
    pub faults: Faults,
    handed: Mutex<Vec<OperatorTask>>,
}

impl MemoryTasks {
    /// Every task handed over, in order, repeats included.
    pub fn handed(&self) -> Vec<OperatorTask> {
        lock(&self.handed).clone()
    }
}

#[async_trait]
impl Tasks for MemoryTasks {
    async fn hand(&self, task: &OperatorTask) -> Result<(), PortError> {
        self.faults.around("hand", Party::Messaging, || {
            lock(&self.handed).push(task.clone());
            Ok(())
        })
    }
}

/// Counters that remember each count, as `metric dimension=value ...`.
#[derive(Default)]
pub struct MemoryMetrics {
    counted: Mutex<Vec<String>>,
}

impl MemoryMetrics {
    /// Everything counted, in order.
    pub fn counted(&self) -> Vec<String> {
        lock(&self.counted).clone()
    }
}

impl Metrics for MemoryMetrics {
    fn count(&self, metric: &'static str, dimensions: &[(&'static str, &str)]) {
        let dimensions = dimensions.iter().map(|(name, value)| format!(" {name}={value}"));
        lock(&self.counted).push(std::iter::once(metric.to_owned()).chain(dimensions).collect());
    }
}
