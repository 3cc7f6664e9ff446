//! Batched reads.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures::future::try_join_all;
use oms_ports::{Party, PortError};

use crate::error::{corrupt, store};
use crate::item::Item;
use crate::keys;
use crate::retry::Backoff;

/// Most items that DynamoDB reads in one batch.
const MOST_KEYS: usize = 100;

/// The items with these keys, each key once, in no particular order; what is not there is missing. Eventually consistent.
pub(crate) async fn get(client: &Client, table: &str, wanted: Vec<Item>) -> Result<Vec<Item>, PortError> {
    read(client, table, wanted, false).await
}

/// The same, strongly consistent where asked: each item as it was at some moment of the call, not all of one moment.
pub(crate) async fn read(client: &Client, table: &str, wanted: Vec<Item>, consistent: bool) -> Result<Vec<Item>, PortError> {
    let chunks = wanted.chunks(MOST_KEYS).map(<[Item]>::to_vec);
    let found = try_join_all(chunks.map(|chunk| get_chunk(client, table, chunk, consistent))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn get_chunk(client: &Client, table: &str, mut wanted: Vec<Item>, consistent: bool) -> Result<Vec<Item>, PortError> {
    let mut found = Vec::with_capacity(wanted.len());
    let mut backoff = Backoff::default();
    loop {
        let keys =
            KeysAndAttributes::builder().set_keys(Some(wanted)).set_consistent_read(consistent.then_some(true)).build().map_err(corrupt)?;
        let answer = client.batch_get_item().request_items(table, keys).send().await.map_err(store)?;
        found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
        wanted = left(answer.unprocessed_keys, table);
        if wanted.is_empty() {
            return Ok(found);
        }
        if !backoff.wait().await {
            return Err(PortError::Throttled(Party::Store));
        }
    }
}

fn left(unprocessed: Option<HashMap<String, KeysAndAttributes>>, table: &str) -> Vec<Item> {
    unprocessed.and_then(|mut tables| tables.remove(table)).map(|keys| keys.keys).unwrap_or_default()
}

/// All items of a partition whose sort key starts with `prefix` (all where empty), by sort key.
pub(crate) async fn partition(client: &Client, table: &str, pk: String, prefix: &str, consistent: bool) -> Result<Vec<Item>, PortError> {
    let mut items = Vec::new();
    let mut from = None;
    loop {
        let query = client
            .query()
            .table_name(table)
            .consistent_read(consistent)
            .set_exclusive_start_key(from)
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_values(":pk", AttributeValue::S(pk.clone()));
        let query = if prefix.is_empty() {
            query.key_condition_expression("#pk = :pk")
        } else {
            query
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#sk", keys::SK)
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
        };
        let page = query.send().await.map_err(store)?;
        items.extend(page.items.unwrap_or_default());
        from = page.last_evaluated_key;
        if from.is_none() {
            return Ok(items);
        }
    }
}

/// Items of an index that are due, earliest first, at most `limit`, over all shards.
pub(crate) async fn due(client: &Client, table: &str, index: &Timers, until: &str, limit: u16) -> Result<Vec<Item>, PortError> {
    let shards = (0..keys::TIMER_SHARDS).map(|shard| async move {
        let page = client
            .query()
            .table_name(table)
            .index_name(index.name)
            .key_condition_expression(index.due)
            .expression_attribute_names("#shard", index.shard)
            .expression_attribute_names("#at", index.at)
            .expression_attribute_values(":shard", AttributeValue::S(shard.to_string()))
            .expression_attribute_values(":until", AttributeValue::S(until.to_owned()))
            .limit(i32::from(limit.max(1)))
            .send()
            .await
            .map_err(store)?;
        Ok::<_, PortError>(page.items.unwrap_or_default())
    });
    let mut items: Vec<Item> = try_join_all(shards).await?.into_iter().flatten().collect();
    items.sort_by(|a, b| crate::item::maybe_text(a, index.at).cmp(&crate::item::maybe_text(b, index.at)));
    items.truncate(usize::from(limit));
    Ok(items)
}

/// What is due at an instant is due from that instant on.
pub(crate) const FROM_THEN_ON: &str = "#shard = :shard AND #at <= :until";
/// What is good until an instant is over only after it.
pub(crate) const AFTERWARDS: &str = "#shard = :shard AND #at < :until";

/// A sharded index by time.
pub(crate) struct Timers {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its partition key.
    pub(crate) shard: &'static str,
    /// Its sort key.
    pub(crate) at: &'static str,
    /// Which items are due: [`FROM_THEN_ON`] or [`AFTERWARDS`].
    pub(crate) due: &'static str,
}
