//! Orders whose time has come.

use async_trait::async_trait;
use jiff::Timestamp;
use oms_domain::OrderId;
use oms_ports::PortError;
use oms_ports::orders::{Stored, Wakes};

use super::effects::unless_failed;
use super::{DynamoOrders, head};
use crate::batch::{self, Timers};
use crate::item::{key, n, s, text};
use crate::keys;

const INDEX: Timers = Timers { name: keys::BY_WAKE, shard: keys::WAKE_SHARD, at: keys::WAKE_AT, due: batch::FROM_THEN_ON };

#[async_trait]
impl Wakes for DynamoOrders {
    async fn due(&self, now: Timestamp, limit: u16) -> Result<Vec<OrderId>, PortError> {
        let until = keys::stamp(now);
        let items = batch::due(&self.client, &self.table, &INDEX, &until, limit).await?;
        items.iter().map(|item| keys::order_of(text(item, keys::PK)?)).collect()
    }

    async fn wake(&self, was: &Stored, at: Option<Timestamp>) -> Result<(), PortError> {
        let id = was.order.id;
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::order(id), keys::HEAD)))
            .condition_expression("#v = :was")
            .expression_attribute_names("#v", keys::V)
            .expression_attribute_names("#shard", keys::WAKE_SHARD)
            .expression_attribute_names("#at", keys::WAKE_AT)
            .expression_attribute_values(":was", n(was.order.seq));
        let update = match at {
            Some(at) => update
                .update_expression("SET #shard = :shard, #at = :at")
                .expression_attribute_values(":shard", s(head::wake_shard(id)))
                .expression_attribute_values(":at", s(keys::stamp(at))),
            None => update.update_expression("REMOVE #shard, #at"),
        };
        if unless_failed(update).await? { Ok(()) } else { Err(PortError::Conflict) }
    }
}
