//! Invoices: an item beside the order per attempt, and a counter per series of numbers.
//!
//! A number is taken in the transaction that writes the paper bearing it, on condition that the counter is still as it was read: so no
//! number is skipped, and none is given twice, whatever crashes. Writers of one series wait for each other; a series stands some tens of
//! papers a second.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use oms_domain::OrderId;
use oms_ports::PortError;
use oms_ports::invoices::{Invoice, Invoices, Numbered, Series};

use super::DynamoOrders;
use crate::error::store;
use crate::item::{self, Item, json, key, n};
use crate::keys;
use crate::retry::Backoff;
use crate::transact::{self, Outcome, Part};

/// Counter: the last number taken.
const LAST: &str = "last";

const NEW: &str = "attribute_not_exists(pk)";
const UNCHANGED: &str = "#v = :was";

#[async_trait]
impl Invoices for DynamoOrders {
    async fn invoice(&self, order: OrderId, attempt: u8) -> Result<Option<Invoice>, PortError> {
        let item = self.item(order, &keys::invoice(attempt), true).await?;
        item.as_ref().map(item::body).transpose()
    }

    async fn promise(&self, new: &Invoice) -> Result<bool, PortError> {
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(to_item(new)?)).condition_expression(NEW).send().await;
        match put {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))) => Ok(false),
            Err(error) => Err(store(error)),
        }
    }

    async fn replace(&self, was: &Invoice, now: &Invoice) -> Result<(), PortError> {
        self.client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(to_item(now)?))
            .condition_expression(UNCHANGED)
            .expression_attribute_names("#v", keys::V)
            .expression_attribute_values(":was", n(was.version))
            .send()
            .await
            .map(drop)
            .map_err(store)
    }

    async fn issue(&self, was: &Invoice, series: Series, now: Numbered<'_>) -> Result<Invoice, PortError> {
        let mut backoff = Backoff::default();
        loop {
            let last = self.last(series).await?;
            let next = last.unwrap_or(0) + 1;
            let now = now(&series.number(next));
            let parts = [self.count(series, last, next)?, self.replacement(was, &now)?];
            match transact::write(&self.client, None, &parts).await {
                Ok(Outcome::Written) => return Ok(now),
                Ok(Outcome::Cancelled(parts)) if parts.get(1).is_some_and(Part::failed) => return Err(PortError::Conflict),
                // Another paper of the series took the number.
                Ok(Outcome::Cancelled(_)) | Err(PortError::Conflict) => {}
                Err(error) => return Err(error),
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }
}

impl DynamoOrders {
    /// The last number of the series; `None` before the first.
    async fn last(&self, series: Series) -> Result<Option<u64>, PortError> {
        let counter = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::counter(series), keys::ONLY)))
            .consistent_read(true)
            .send()
            .await
            .map_err(store)?
            .item;
        counter.map(|counter| item::number(&counter, LAST)).transpose()
    }

    fn count(&self, series: Series, last: Option<u64>, next: u64) -> Result<TransactWriteItem, PortError> {
        let mut counter = key(keys::counter(series), keys::ONLY);
        counter.insert(LAST.to_owned(), n(next));
        let put = Put::builder().table_name(&*self.table).set_item(Some(counter));
        let put = match last {
            None => put.condition_expression(NEW),
            Some(last) => put
                .condition_expression("#last = :last")
                .expression_attribute_names("#last", LAST)
                .expression_attribute_values(":last", n(last)),
        };
        transact::put(put.build())
    }

    fn replacement(&self, was: &Invoice, now: &Invoice) -> Result<TransactWriteItem, PortError> {
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(to_item(now)?))
            .condition_expression(UNCHANGED)
            .expression_attribute_names("#v", keys::V)
            .expression_attribute_values(":was", n(was.version));
        transact::put(put.build())
    }
}

fn to_item(invoice: &Invoice) -> Result<Item, PortError> {
    let mut item = key(keys::order(invoice.order_id), keys::invoice(invoice.attempt));
    item.insert(keys::V.to_owned(), n(invoice.version));
    item.insert(keys::BODY.to_owned(), json(invoice)?);
    Ok(item)
}
