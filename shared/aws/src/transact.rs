//! Transactions: all parts are written, or none and every reason is known.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, Put, TransactWriteItem, Update};
use oms_ports::{Party, PortError};

use crate::error::{corrupt, sorted, store};
use crate::item::Item;
use crate::retry::Backoff;

/// Most parts that DynamoDB takes in one transaction.
pub(crate) const MOST_PARTS: usize = 100;

/// DynamoDB's code for a part whose item another transaction is at.
const COLLISION: &str = "TransactionConflict";

/// What became of a transaction.
pub(crate) enum Outcome {
    /// All is written, now or by an earlier call with the same token.
    Written,
    /// Nothing is written: per part, whether its condition failed.
    Cancelled(Vec<Part>),
}

/// How a part of a cancelled transaction stood.
pub(crate) enum Part {
    /// Nothing was wrong with it.
    Fine,
    /// Its condition failed; with the item as it is, where there is one and it was asked for.
    Failed(Option<Item>),
}

impl Part {
    /// Whether its condition failed.
    pub(crate) fn failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// Writes all parts or none. Collisions with other transactions are waited out for a moment; [`PortError::Conflict`] where they last.
///
/// `token` makes a repeat with the same parts a success; without it only the SDK's own retries are covered.
pub(crate) async fn write(client: &Client, token: Option<String>, parts: &[TransactWriteItem]) -> Result<Outcome, PortError> {
    write_noting(client, token, parts, &mut Vec::new()).await
}

/// The same, and notes which parts (from 0) others were in the way of, each as often as they were, whatever comes of it in the end.
pub(crate) async fn write_noting(
    client: &Client,
    token: Option<String>,
    parts: &[TransactWriteItem],
    in_the_way: &mut Vec<usize>,
) -> Result<Outcome, PortError> {
    if parts.len() > MOST_PARTS {
        return Err(corrupt(format!("{} items in one transaction, DynamoDB takes {MOST_PARTS}", parts.len())));
    }
    let mut backoff = Backoff::default();
    loop {
        let sent =
            client.transact_write_items().set_client_request_token(token.clone()).set_transact_items(Some(parts.to_vec())).send().await;
        let Err(error) = sent else {
            return Ok(Outcome::Written);
        };
        let reasons = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons().to_vec(),
            _ => match store(error) {
                PortError::Conflict => Vec::new(),
                other => return Err(other),
            },
        };
        let collided = |(nth, reason): (usize, &CancellationReason)| (reason.code() == Some(COLLISION)).then_some(nth);
        in_the_way.extend(reasons.iter().enumerate().filter_map(collided));
        if let Some(parts) = settled(reasons)? {
            return Ok(Outcome::Cancelled(parts));
        }
        if !backoff.wait().await {
            return Err(PortError::Conflict);
        }
    }
}

/// The reasons part by part; `None` where another transaction was in the way and the same may go through in a moment.
fn settled(reasons: Vec<CancellationReason>) -> Result<Option<Vec<Part>>, PortError> {
    if reasons.is_empty() || reasons.iter().any(|r| r.code() == Some(COLLISION)) {
        return Ok(None);
    }
    reasons
        .into_iter()
        .map(|reason| match reason.code() {
            None | Some("None") => Ok(Part::Fine),
            Some("ConditionalCheckFailed") => Ok(Part::Failed(reason.item)),
            Some(code) => Err(sorted(Party::Store, code, 400)),
        })
        .collect::<Result<Vec<Part>, PortError>>()
        .map(Some)
}

/// A put as a part; a builder that lacks a field is a bug of ours.
pub(crate) fn put(built: Result<Put, impl ToString>) -> Result<TransactWriteItem, PortError> {
    built.map(|put| TransactWriteItem::builder().put(put).build()).map_err(corrupt)
}

/// An update as a part.
pub(crate) fn update(built: Result<Update, impl ToString>) -> Result<TransactWriteItem, PortError> {
    built.map(|update| TransactWriteItem::builder().update(update).build()).map_err(corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    #[test]
    fn a_collision_is_tried_again_whatever_else_failed() {
        for (codes, again) in [
            (&["None", "TransactionConflict"][..], true),
            (&["ConditionalCheckFailed", "TransactionConflict"], true),
            (&["ConditionalCheckFailed", "None"], false),
        ] {
            assert_eq!(settled(reasons(codes)).unwrap().is_none(), again, "{codes:?}");
        }
    }

    #[test]
    fn throttling_and_nonsense_are_errors() {
        assert!(matches!(settled(reasons(&["ThrottlingError"])), Err(PortError::Throttled(Party::Store))));
        assert!(matches!(settled(reasons(&["None", "ValidationError"])), Err(PortError::Corrupt { .. })));
    }
}
