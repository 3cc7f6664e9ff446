//! Where what leaves an order goes: nowhere, but counted. Stands for bus, machine, mail and topics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use oms_contract::event::CloudEvent;
use oms_contract::step::StepOutcome;
use oms_ports::PortError;
use oms_ports::messaging::{Bus, Machine, Mail, Mailer, Topic, Topics};

/// What one order published and asked to be started.
#[derive(Debug, Default)]
pub struct Outbox {
    events: Mutex<Vec<CloudEvent>>,
    starts: Mutex<Vec<StepOutcome>>,
}

impl Outbox {
    /// The events since the last time they were taken.
    pub fn take_events(&self) -> Vec<CloudEvent> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The executions asked for since the last time they were taken.
    pub fn take_starts(&self) -> Vec<StepOutcome> {
        std::mem::take(&mut self.starts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Bus for Outbox {
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), PortError> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(events);
        Ok(())
    }
}

#[async_trait]
impl Machine for Outbox {
    async fn start(&self, from: &StepOutcome) -> Result<(), PortError> {
        self.starts.lock().unwrap_or_else(PoisonError::into_inner).push(from.clone());
        Ok(())
    }

    async fn restart(&self, from: &StepOutcome, _: Timestamp) -> Result<(), PortError> {
        self.start(from).await
    }
}

/// Takes mails and messages, and keeps only their number.
#[derive(Debug, Default)]
pub struct Post {
    mails: AtomicU64,
    messages: AtomicU64,
}

impl Post {
    /// Mails taken.
    pub fn mails(&self) -> u64 {
        self.mails.load(Ordering::Relaxed)
    }

    /// Messages taken.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, _: &Mail) -> Result<String, PortError> {
        Ok(format!("mail-{}", self.mails.fetch_add(1, Ordering::Relaxed)))
    }
}

#[async_trait]
impl Topics for Post {
    async fn publish(&self, _: Topic, _: &str, _: &serde_json::Value, _: &[(&str, &str)]) -> Result<String, PortError> {
        Ok(format!("message-{}", self.messages.fetch_add(1, Ordering::Relaxed)))
    }
}
