//! What was seen before: one item each in the ephemeral table.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use jiff::Timestamp;
use oms_ports::PortError;
use oms_ports::seen::Seen;

use crate::error::store;
use crate::item::{key, n};
use crate::keys;

/// Records in the ephemeral table.
#[derive(Debug, Clone)]
pub struct DynamoSeen {
    client: Client,
    table: Arc<str>,
}

impl DynamoSeen {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into() }
    }
}

#[async_trait]
impl Seen for DynamoSeen {
    async fn seen(&self, scope: &str, id: &str) -> Result<bool, PortError> {
        let item = key(keys::seen(scope, id), keys::ONLY);
        let answer = self.client.get_item().table_name(&*self.table).set_key(Some(item)).consistent_read(true).send().await;
        answer.map(|answer| answer.item.is_some()).map_err(store)
    }

    async fn note(&self, scope: &str, id: &str, until: Timestamp) -> Result<(), PortError> {
        let mut item = key(keys::seen(scope, id), keys::ONLY);
        item.insert(keys::EXPIRES.to_owned(), n(until.as_second()));
        self.client.put_item().table_name(&*self.table).set_item(Some(item)).send().await.map(drop).map_err(store)
    }
}
