//! The stream of the orders table.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use serde::de::DeserializeOwned;

use oms_domain::Order;
use oms_domain::history::Entry;
use oms_ports::StepError;
use oms_ports::orders::Origin;

use crate::lambda::{Fatal, run_event};

/// An order's head after a write that changed it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadImage {
    /// The head.
    pub order: Order,
    /// The entries of that write, without their hashes.
    pub entries: Vec<Entry>,
    /// Who wrote.
    pub via: Origin,
}

/// Runs a function fed by the stream. It takes the whole batch or fails it: a stream goes on only after success.
pub async fn run_stream<H>(handler: H) -> Result<(), Fatal>
where
    H: AsyncFn(Vec<HeadImage>) -> Result<(), StepError>,
{
    let handler = &handler;
    run_event(async move |event: Event| {
        let heads = event.records.into_iter().filter_map(head_of).collect::<Result<Vec<_>, _>>()?;
        handler(heads).await
    })
    .await
}

/// The head in a record; `None` for other items, deletions, and writes that left the version as it was (a timer set anew).
pub fn head_of(record: EventRecord) -> Option<Result<HeadImage, StepError>> {
    let text = |item: &serde_dynamo::Item, name: &str| match item.inner().get(name) {
        Some(serde_dynamo::AttributeValue::S(text) | serde_dynamo::AttributeValue::N(text)) => Some(text.clone()),
        _ => None,
    };
    let (new, old) = (record.change.new_image, record.change.old_image);
    let is_head = text(&new, "sk").as_deref() == Some("A") && text(&new, "pk").is_some_and(|pk| pk.starts_with("O#"));
    if !is_head || text(&new, "v") == text(&old, "v") {
        return None;
    }
    Some((|| {
        let via = match text(&new, "via").as_deref() {
            Some("machine") => Origin::Machine,
            Some("outside") => Origin::Outside,
            other => return Err(StepError::Bug(format!("a head with via {other:?}"))),
        };
        // The tail may hold entries of earlier writes as well.
        let before: u64 = text(&old, "v").and_then(|version| version.parse().ok()).unwrap_or(0);
        let mut entries: Vec<Entry> = parse(text(&new, "tail"), "tail")?;
        entries.retain(|entry| entry.seq > before);
        Ok(HeadImage { order: parse(text(&new, "body"), "body")?, entries, via })
    })())
}

fn parse<T: DeserializeOwned>(text: Option<String>, what: &str) -> Result<T, StepError> {
    let text = text.ok_or_else(|| StepError::Bug(format!("a head without {what}")))?;
    serde_json::from_str(&text).map_err(|error| StepError::Bug(format!("a head whose {what} does not parse: {error}")))
}
