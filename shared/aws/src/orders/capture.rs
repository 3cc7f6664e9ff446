//! Capturing: order, document and idempotency record in one transaction.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use oms_domain::{OrderId, history, timers};
use oms_ports::PortError;
use oms_ports::orders::{Captures, Creation, IdempotencyKey, NewOrder, Origin, Stored};
use uuid::Uuid;

use super::{DynamoCaptures, document, head};
use crate::error::{corrupt, store};
use crate::item::{self, Item, key, n, s};
use crate::keys;
use crate::transact::{self, Outcome};

/// Idempotency record: SHA-256 of the body that was sent.
const DIGEST: &str = "digest";
const NEW: &str = "attribute_not_exists(pk)";

#[async_trait]
impl Captures for DynamoCaptures {
    async fn create(&self, new: &NewOrder) -> Result<Creation, PortError> {
        let order = &new.changed.order;
        let stored = Stored { order: order.clone(), tail: history::unlinked(&new.changed.entries), wake_at: timers::indexed(None, order) };
        let parts = [
            put_new(&self.ephemeral, record(&new.idempotency, order.id))?,
            put_new(&self.orders, head::to_item(&stored, Origin::Outside)?)?,
            put_new(&self.orders, document::to_item(&new.document)?)?,
        ];
        let token = token(&new.idempotency, order.id);
        match transact::write(&self.client, Some(token), &parts).await {
            Ok(Outcome::Written) => Ok(Creation::Created),
            Ok(Outcome::Cancelled(_)) => self.earlier(&new.idempotency, order.id).await,
            // Equal requests at once collide; whoever lost the race finds the winner's record.
            Err(PortError::Conflict) => match self.earlier(&new.idempotency, order.id).await {
                Err(PortError::Corrupt { .. }) => Err(PortError::Conflict),
                found => found,
            },
            Err(error) => Err(error),
        }
    }
}

impl DynamoCaptures {
    /// What an earlier request with this key made.
    async fn earlier(&self, wanted: &IdempotencyKey, id: OrderId) -> Result<Creation, PortError> {
        let record = self
            .client
            .get_item()
            .table_name(&*self.ephemeral)
            .set_key(Some(idempotency_key(wanted)))
            .consistent_read(true)
            .send()
            .await
            .map_err(store)?
            .item
            // Nobody deletes a record but its expiry, and an order id is never drawn twice.
            .ok_or_else(|| corrupt("a capture failed though its key was free"))?;
        if item::text(&record, DIGEST)? != wanted.digest {
            return Ok(Creation::KeyReused);
        }
        let made: OrderId = item::parsed(&record, keys::ORDER_ID)?;
        Ok(if made == id { Creation::Created } else { Creation::Repeated(made) })
    }
}

/// The record of a key. It counts for as long as it is there: DynamoDB deletes expired items late, and a repeat is then still a repeat.
fn record(wanted: &IdempotencyKey, id: OrderId) -> Item {
    let mut item = idempotency_key(wanted);
    item.insert(DIGEST.to_owned(), s(&wanted.digest));
    item.insert(keys::ORDER_ID.to_owned(), s(id.to_string()));
    item.insert(keys::EXPIRES.to_owned(), n(wanted.expires.as_second()));
    item
}

fn idempotency_key(wanted: &IdempotencyKey) -> Item {
    key(keys::idempotency(&wanted.scope, &wanted.key), keys::ONLY)
}

fn put_new(table: &str, item: Item) -> Result<TransactWriteItem, PortError> {
    transact::put(Put::builder().table_name(table).set_item(Some(item)).condition_expression(NEW).build())
}

fn token(wanted: &IdempotencyKey, id: OrderId) -> String {
    let name = format!("{}/{}/{}/{id}", wanted.scope, wanted.key, wanted.digest);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}
