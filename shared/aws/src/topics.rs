//! Messages on SNS topics.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use oms_ports::messaging::{Topic, Topics};
use oms_ports::{Party, PortError};

use crate::error::port_error;

/// The topics by ARN.
#[derive(Debug)]
pub struct SnsTopics {
    client: Client,
    vendors: String,
    operators: String,
}

impl SnsTopics {
    pub(crate) fn new(client: Client, vendors: &str, operators: &str) -> Self {
        Self { client, vendors: vendors.to_owned(), operators: operators.to_owned() }
    }

    fn arn(&self, topic: Topic) -> &str {
        match topic {
            Topic::Vendors => &self.vendors,
            Topic::Operators => &self.operators,
        }
    }
}

#[async_trait]
impl Topics for SnsTopics {
    async fn publish(
        &self,
        topic: Topic,
        subject: &str,
        body: &serde_json::Value,
        attributes: &[(&str, &str)],
    ) -> Result<String, PortError> {
        let mut call = self.client.publish().topic_arn(self.arn(topic)).subject(subject).message(body.to_string());
        for (name, value) in attributes {
            call = call.message_attributes(*name, text(value)?);
        }
        let answer = call.send().await.map_err(|error| port_error(Party::Messaging, &error))?;
        answer.message_id.ok_or_else(|| PortError::corrupt(Party::Messaging, "published without message id"))
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, PortError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .map_err(|error| PortError::corrupt(Party::Messaging, error))
}
