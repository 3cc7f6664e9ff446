//! Batches of SQS messages: each fails for itself.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use serde::{Deserialize, Serialize};

use oms_contract::step::{StepInput, StepOutcome};
use oms_ports::StepError;

use crate::lambda::{Fatal, run_event};
use crate::telemetry::chain;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// SQS's id.
    pub id: String,
    /// The body.
    pub body: String,
    /// How often it has been received, this time included.
    pub receive_count: u32,
}

/// Runs a function fed by a queue. Messages that fail go back to the queue, and after the queue's limit to its dead-letter queue; the others are done.
pub async fn run_batch<H>(handler: H) -> Result<(), Fatal>
where
    H: AsyncFn(Message) -> Result<(), StepError>,
{
    let handler = &handler;
    run_event(async move |event: SqsEvent| handle_batch(event, handler).await).await
}

/// Runs a function that is both a step of the machine and fed by a queue.
pub async fn run_step_and_batch<S, H>(step: S, handler: H) -> Result<(), Fatal>
where
    S: AsyncFn(StepInput) -> Result<StepOutcome, StepError>,
    H: AsyncFn(Message) -> Result<(), StepError>,
{
    let (step, handler) = (&step, &handler);
    run_event(async move |event: StepOrBatch| {
        Ok(match event {
            StepOrBatch::Step(input) => Answer::Step(step(input).await?),
            StepOrBatch::Batch(event) => Answer::Batch(handle_batch(event, handler).await?),
        })
    })
    .await
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StepOrBatch {
    Step(StepInput),
    Batch(SqsEvent),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Step(StepOutcome),
    Batch(SqsBatchResponse),
}

async fn handle_batch<H>(event: SqsEvent, handler: &H) -> Result<SqsBatchResponse, StepError>
where
    H: AsyncFn(Message) -> Result<(), StepError>,
{
    let messages = event.records.into_iter().map(message_of).collect::<Result<Vec<_>, _>>()?;
    let mut answer = SqsBatchResponse::default();
    for message in messages {
        let (id, receive_count) = (message.id.clone(), message.receive_count);
        if let Err(error) = handler(message).await {
            tracing::warn!(
                message.id = id,
                message.receive_count = receive_count,
                error.name = error.name(),
                error.chain = chain(&error),
                "Message {id} failed and goes back to the queue"
            );
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            answer.batch_item_failures.push(failure);
        }
    }
    Ok(answer)
}

/// A message without id could not be reported as failed, and would be lost if it were skipped: the whole batch fails loudly.
///
/// # Errors
/// Where it has none.
pub fn message_of(record: aws_lambda_events::sqs::SqsMessage) -> Result<Message, StepError> {
    let id = record.message_id.filter(|id| !id.is_empty()).ok_or_else(|| StepError::Bug("a message without id".to_owned()))?;
    let receive_count = record.attributes.get("ApproximateReceiveCount").and_then(|n| n.parse().ok()).unwrap_or(1);
    Ok(Message { id, body: record.body.unwrap_or_default(), receive_count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn only_the_message_that_fails_goes_back() {
        let event: SqsEvent = serde_json::from_value(json!({ "Records": [
            { "messageId": "a", "body": "good", "attributes": {}, "messageAttributes": {} },
            { "messageId": "b", "body": "bad", "attributes": { "ApproximateReceiveCount": "3" }, "messageAttributes": {} },
            { "messageId": "c", "body": "good", "attributes": {}, "messageAttributes": {} },
        ] }))
        .unwrap();
        let handler = async |message: Message| {
            if message.body == "bad" { Err(StepError::Conflict) } else { Ok(()) }
        };
        let answer = handle_batch(event, &handler).await.unwrap();
        let failed: Vec<_> = answer.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
        assert_eq!(failed, ["b"]);
    }

    #[tokio::test]
    async fn a_message_without_id_fails_the_batch() {
        let event: SqsEvent =
            serde_json::from_value(json!({ "Records": [{ "body": "x", "attributes": {}, "messageAttributes": {} }] })).unwrap();
        assert!(handle_batch(event, &async |_| Ok(())).await.is_err());
    }
}
