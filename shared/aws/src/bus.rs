//! Events on EventBridge.

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use oms_contract::event::CloudEvent;
use oms_ports::messaging::Bus;
use oms_ports::{Party, PortError};

use crate::error::port_error;

/// Most events that a call takes.
const MOST_ENTRIES: usize = 10;
/// Most bytes that a call takes; EventBridge counts source, type and detail, and 14 for a time.
const MOST_BYTES: usize = 256 * 1024;

/// A bus by name.
#[derive(Debug)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    pub(crate) fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    fn entry(&self, event: &CloudEvent) -> Result<PutEventsRequestEntry, PortError> {
        let detail = serde_json::to_string(event).map_err(|_| PortError::corrupt(Party::Messaging, "an event does not serialise"))?;
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(&event.source)
            .detail_type(&event.r#type)
            .time(DateTime::from_secs(event.time.as_second()))
            .detail(detail)
            .build())
    }

    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Result<(), PortError> {
        let answer =
            self.client.put_events().set_entries(Some(entries)).send().await.map_err(|error| port_error(Party::Messaging, &error))?;
        if answer.failed_entry_count == 0 {
            return Ok(());
        }
        let code = answer.entries().iter().find_map(|entry| entry.error_code()).unwrap_or("no code");
        Err(PortError::unavailable(Party::Messaging, format!("{} events failed, one with {code}", answer.failed_entry_count)))
    }
}

#[async_trait]
impl Bus for EventBus {
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), PortError> {
        let entries = events.iter().map(|event| self.entry(event)).collect::<Result<Vec<_>, _>>()?;
        // One call after the other: events of one order leave in their order.
        for chunk in chunks(entries) {
            self.put(chunk).await?;
        }
        Ok(())
    }
}

/// Splits into calls of at most 10 entries and 256 KB, in order.
fn chunks(entries: Vec<PutEventsRequestEntry>) -> Vec<Vec<PutEventsRequestEntry>> {
    let mut calls: Vec<(usize, Vec<PutEventsRequestEntry>)> = Vec::new();
    for entry in entries {
        let bytes = size(&entry);
        match calls.last_mut() {
            Some((sum, call)) if call.len() < MOST_ENTRIES && *sum + bytes <= MOST_BYTES => {
                *sum += bytes;
                call.push(entry);
            }
            _ => calls.push((bytes, vec![entry])),
        }
    }
    calls.into_iter().map(|(_, call)| call).collect()
}

fn size(entry: &PutEventsRequestEntry) -> usize {
    let texts = [entry.source(), entry.detail_type(), entry.detail()];
    14 + texts.into_iter().flatten().map(str::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder().detail("x".repeat(bytes)).build()
    }

    #[test]
    fn calls_hold_ten_entries_and_256_kb() {
        for (sizes, calls) in [
            (vec![], vec![]),
            (vec![100; 10], vec![10]),
            (vec![100; 23], vec![10, 10, 3]),
            (vec![100_000; 5], vec![2, 2, 1]),
            (vec![131_058, 131_058, 1], vec![2, 1]),
        ] {
            let entries = sizes.iter().map(|bytes| entry(*bytes)).collect();
            let split: Vec<usize> = chunks(entries).iter().map(Vec::len).collect();
            assert_eq!(split, calls, "{sizes:?}");
        }
    }
}
