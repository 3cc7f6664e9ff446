//! Webhooks and operators' tasks on SQS.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use oms_contract::queue::{OperatorTask, WebhookMessage};
use oms_ports::messaging::{Queue, Tasks, WebhookQueue};
use oms_ports::{Party, PortError};
use serde::Serialize;

use crate::error::port_error;

/// The queues by URL.
#[derive(Debug)]
pub struct SqsQueue {
    client: Client,
    payments: String,
    carriers: String,
}

impl SqsQueue {
    pub(crate) fn new(client: Client, payments: &str, carriers: &str) -> Self {
        Self { client, payments: payments.to_owned(), carriers: carriers.to_owned() }
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, queue: WebhookQueue, message: &WebhookMessage) -> Result<(), PortError> {
        let url = match queue {
            WebhookQueue::Payments => &self.payments,
            WebhookQueue::Carriers => &self.carriers,
        };
        send(&self.client, url, message).await
    }
}

/// The queue of operators' tasks by URL.
#[derive(Debug)]
pub struct SqsTasks {
    client: Client,
    url: String,
}

impl SqsTasks {
    pub(crate) fn new(client: Client, url: &str) -> Self {
        Self { client, url: url.to_owned() }
    }
}

#[async_trait]
impl Tasks for SqsTasks {
    async fn hand(&self, task: &OperatorTask) -> Result<(), PortError> {
        send(&self.client, &self.url, task).await
    }
}

async fn send(client: &Client, url: &str, message: &(impl Serialize + Sync)) -> Result<(), PortError> {
    let body = serde_json::to_string(message).map_err(|_| PortError::corrupt(Party::Messaging, "a message does not serialise"))?;
    let sent = client.send_message().queue_url(url).message_body(body).send().await;
    sent.map(drop).map_err(|error| port_error(Party::Messaging, &error))
}
