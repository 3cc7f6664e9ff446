//! Packages and what carriers said about them.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;
use oms_contract::record::Tracked;
use oms_domain::OrderId;
use oms_ports::PortError;
use oms_ports::orders::{Packages, TrackedPackage};

use super::effects::unless_failed;
use super::{DynamoOrders, head, records};
use crate::batch::{self, Timers};
use crate::error::store;
use crate::item::{Item, json, key, s, text};
use crate::keys;

const POLLS: Timers = Timers { name: keys::BY_POLL, shard: keys::POLL_SHARD, at: keys::POLL_AT, due: batch::FROM_THEN_ON };

#[async_trait]
impl Packages for DynamoOrders {
    async fn find(&self, carrier: &str, number: &str) -> Result<Vec<TrackedPackage>, PortError> {
        let found = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(keys::BY_TRACKING)
            .key_condition_expression("#tracking = :tracking")
            .expression_attribute_names("#tracking", keys::TRACKING)
            .expression_attribute_values(":tracking", s(keys::tracking(carrier, number)))
            .send()
            .await
            .map_err(store)?;
        self.packages(found.items.unwrap_or_default()).await
    }

    async fn keep_event(&self, id: OrderId, event: &Tracked) -> Result<bool, PortError> {
        let mut item = key(keys::order(id), keys::tracked(&event.event_id));
        item.insert(keys::BODY.to_owned(), json(event)?);
        let put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))) => Ok(false),
            Err(error) => Err(store(error)),
        }
    }

    async fn due_polls(&self, now: Timestamp, limit: u16) -> Result<Vec<TrackedPackage>, PortError> {
        let until = keys::stamp(now);
        let due = batch::due(&self.client, &self.table, &POLLS, &until, limit).await?;
        let mut packages = self.packages(due).await?;
        packages.sort_by_key(|found| found.package.poll_at);
        Ok(packages)
    }

    async fn poll_at(&self, package: &TrackedPackage, at: Option<Timestamp>) -> Result<(), PortError> {
        let TrackedPackage { order_id, package } = package;
        let sk = keys::package(package.sub_order_id.part, package.package);
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::order(*order_id), sk)))
            .expression_attribute_names("#shard", keys::POLL_SHARD)
            .expression_attribute_names("#at", keys::POLL_AT);
        // On condition that nobody set another time, or ended the polling, since the package was read.
        let update = match package.poll_at {
            Some(was) => update.condition_expression("#at = :was").expression_attribute_values(":was", s(keys::stamp(was))),
            None => update.condition_expression("attribute_exists(pk) AND attribute_not_exists(#at)"),
        };
        let update = match at {
            Some(at) => update
                .update_expression("SET #shard = :shard, #at = :at")
                .expression_attribute_values(":shard", s(head::wake_shard(*order_id)))
                .expression_attribute_values(":at", s(keys::stamp(at))),
            None => update.update_expression("REMOVE #shard, #at"),
        };
        if unless_failed(update).await? { Ok(()) } else { Err(PortError::Conflict) }
    }
}

impl DynamoOrders {
    /// The packages of index entries.
    async fn packages(&self, entries: Vec<Item>) -> Result<Vec<TrackedPackage>, PortError> {
        let reads = entries.into_iter().map(|entry| async move {
            let id = keys::order_of(text(&entry, keys::PK)?)?;
            let item = self.item(id, text(&entry, keys::SK)?, true).await?;
            let package = item.as_ref().map(records::package_of).transpose()?;
            Ok::<_, PortError>(package.map(|package| TrackedPackage { order_id: id, package }))
        });
        let found = futures::future::try_join_all(reads).await?;
        Ok(found.into_iter().flatten().collect())
    }
}
