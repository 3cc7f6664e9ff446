//! Orders in DynamoDB. The layout is in `docs/architecture.md`.

mod audit;
mod capture;
mod document;
mod effects;
mod head;
mod invoices;
mod listings;
mod packages;
mod records;
mod store;
mod wakes;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use oms_domain::OrderId;
use oms_ports::PortError;

use crate::error::store;
use crate::item::{Item, key};
use crate::keys;

/// The orders table: orders, records, listings, timers, packages and effects.
#[derive(Debug, Clone)]
pub struct DynamoOrders {
    client: Client,
    table: Arc<str>,
}

/// Captures: the orders table and the idempotency records of the ephemeral table.
#[derive(Debug, Clone)]
pub struct DynamoCaptures {
    client: Client,
    orders: Arc<str>,
    ephemeral: Arc<str>,
}

impl DynamoOrders {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into() }
    }

    /// One item of an order.
    async fn item(&self, id: OrderId, sk: &str, consistent: bool) -> Result<Option<Item>, PortError> {
        self.client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::order(id), sk)))
            .consistent_read(consistent)
            .send()
            .await
            .map(|answer| answer.item)
            .map_err(store)
    }
}

impl DynamoCaptures {
    pub(crate) fn new(client: Client, orders: &str, ephemeral: &str) -> Self {
        Self { client, orders: orders.into(), ephemeral: ephemeral.into() }
    }
}
