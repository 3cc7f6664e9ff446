//! Webhooks on SQS.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use oms_contract::queue::WebhookMessage;
use oms_ports::messaging::{Queue, WebhookQueue};
use oms_ports::{Party, PortError};

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
        let body = serde_json::to_string(message).map_err(|_| PortError::corrupt(Party::Messaging, "a webhook does not serialise"))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .send()
            .await
            .map(drop)
            .map_err(|error| port_error(Party::Messaging, &error))
    }
}
