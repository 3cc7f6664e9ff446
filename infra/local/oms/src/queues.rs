//! The emulator's queues: what lies in them, seen without taking it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::client::http;
use crate::stack::Stack;

/// A message that lies in a queue, to be received or being handled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queued {
    /// The service's id of it.
    pub message_id: String,
    /// What was sent.
    pub body: String,
}

type ByQueue = BTreeMap<String, Vec<Queued>>;

/// By account, region and queue.
#[derive(Deserialize)]
struct Messages {
    messages: BTreeMap<String, BTreeMap<String, ByQueue>>,
}

/// Every message in a queue of the stack, received or not, that is not done yet.
///
/// # Errors
/// Where the emulator does not answer.
pub async fn messages(stack: &Stack, queue_url: &str) -> Result<Vec<Queued>, reqwest::Error> {
    let request = http()?.get(format!("{}/_ministack/sqs/messages", stack.emulator_url));
    let request = request.query(&[("account", stack.account.as_str()), ("QueueUrl", queue_url)]);
    let found: Messages = request.send().await?.error_for_status()?.json().await?;
    Ok(found.messages.into_values().flat_map(BTreeMap::into_values).flat_map(ByQueue::into_values).flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_the_emulator_tells_them() {
        let told = r#"{"messages":{"123456789012":{"eu-central-1":{"http://q":[{"MessageId":"m-1","Body":"{}","MD5OfBody":"x","IsVisible":false}]}}}}"#;
        let messages: Messages = serde_json::from_str(told).unwrap();
        let expected = Queued { message_id: "m-1".to_owned(), body: "{}".to_owned() };
        assert_eq!(messages.messages["123456789012"]["eu-central-1"]["http://q"], [expected]);
    }
}
