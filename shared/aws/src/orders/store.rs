//! Reading and changing orders: one conditional write of the head decides.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures::future::try_join_all;
use oms_contract::record::{Plan, Record};
use oms_domain::OrderId;
use oms_domain::change::Changed;
use oms_domain::document::Document;
use oms_ports::PortError;
use oms_ports::orders::{Orders, Origin, Paid, Stored};

use super::{DynamoOrders, document, effects, head, records};
use crate::chance;
use crate::error::{corrupt, store};
use crate::item::{self, Item, json, key, n, s};
use crate::keys;
use crate::transact::{self, Outcome};

/// The head is still as it was read.
const UNCHANGED: &str = "#v = :was";
/// Payment effects begin so, and sort before everything that begins with another letter behind `E`.
const EFFECT: &str = "E#";
const LAST_EFFECT: &str = "E#~";
/// The record was never kept.
const NEW: &str = "attribute_not_exists(pk)";

#[async_trait]
impl Orders for DynamoOrders {
    async fn load(&self, id: OrderId) -> Result<Option<Stored>, PortError> {
        let item = self.item(id, keys::HEAD, true).await?;
        item.as_ref().map(head::from_item).transpose()
    }

    async fn whole(&self, id: OrderId) -> Result<(Option<Stored>, Option<Document>), PortError> {
        whole(&self.up_to(id, keys::DOCUMENT).await?)
    }

    async fn paid(&self, id: OrderId) -> Result<Paid, PortError> {
        // Effects sort behind the document: all together are a few kilobytes, billed as one.
        let items = self.up_to(id, LAST_EFFECT).await?;
        let (order, document) = whole(&items)?;
        let mut outcomes = BTreeMap::new();
        for item in &items {
            let sk = item::text(item, keys::SK)?;
            if let Some(outcome) = sk.starts_with(EFFECT).then(|| effects::outcome_of(item)).transpose()?.flatten() {
                outcomes.insert(sk.to_owned(), outcome);
            }
        }
        Ok(Paid { order, document, outcomes })
    }

    async fn commit(&self, was: &Stored, now: Changed, origin: Origin, with: &[Record]) -> Result<Stored, PortError> {
        if now.is_empty() {
            return Ok(was.clone());
        }
        let head::Next { stored: next, item, moves_tail } = head::next(was, now, origin)?;
        if moves_tail {
            // First, so that an entry is always in the head or in a segment, wherever we are stopped.
            self.keep_segment(was).await?;
        }
        if with.is_empty() {
            self.put_head(was, item).await?;
        } else {
            self.put_head_and(was, item, with).await?;
        }
        Ok(next)
    }

    async fn document(&self, id: OrderId) -> Result<Option<Document>, PortError> {
        // Written before anybody knows the id, and with each edit of a draft; consistent all the same, because a replica may lag behind the capture.
        let item = self.item(id, keys::DOCUMENT, true).await?;
        item.as_ref().map(document::from_item).transpose()
    }

    async fn keep(&self, id: OrderId, records: &[Record]) -> Result<(), PortError> {
        let puts = records.iter().map(|record| async move {
            self.client
                .put_item()
                .table_name(&*self.table)
                .set_item(Some(records::to_item(id, record)?))
                .set_condition_expression(happens_once(record).then(|| NEW.to_owned()))
                .send()
                .await
                .map(drop)
                .map_err(store)
        });
        try_join_all(puts).await.map(drop)
    }

    async fn settle(&self, id: OrderId, plan: &Plan, instead: Option<&Plan>) -> Result<Plan, PortError> {
        let Some(found) = self.put_plan(id, plan, None).await? else {
            return Ok(plan.clone());
        };
        let stored: Plan = item::body(&found)?;
        // Stored by this very call, whose answer was lost, or by another.
        if Some(&stored) != instead {
            return Ok(stored);
        }
        match self.put_plan(id, plan, Some(&found)).await? {
            None => Ok(plan.clone()),
            Some(found) => item::body(&found),
        }
    }
}

/// What an order and its document are among these items.
fn whole(items: &[Item]) -> Result<(Option<Stored>, Option<Document>), PortError> {
    let at = |sk: &str| items.iter().find(|item| item::maybe_text(item, keys::SK) == Some(sk));
    let head = at(keys::HEAD).map(head::from_item).transpose()?;
    Ok((head, at(keys::DOCUMENT).map(document::from_item).transpose()?))
}

impl DynamoOrders {
    /// The order's items from its head to this sort key. All that sorts there are few and small, so that they are billed as one.
    async fn up_to(&self, id: OrderId, last: &str) -> Result<Vec<Item>, PortError> {
        let answer = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :head AND :last")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":pk", s(keys::order(id)))
            .expression_attribute_values(":head", s(keys::HEAD))
            .expression_attribute_values(":last", s(last))
            .send()
            .await
            .map_err(store)?;
        Ok(answer.items.unwrap_or_default())
    }

    /// Puts a plan where there is none, or in the place of just this one; what stands there instead.
    async fn put_plan(&self, id: OrderId, plan: &Plan, instead: Option<&Item>) -> Result<Option<Item>, PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(records::to_item(id, &Record::Plan(plan.clone()))?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match instead {
            None => put.condition_expression(NEW),
            Some(item) => put
                .condition_expression("#body = :was")
                .expression_attribute_names("#body", keys::BODY)
                .expression_attribute_values(":was", s(item::text(item, keys::BODY)?)),
        };
        let Err(error) = put.send().await else { return Ok(None) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                failed.item().cloned().map(Some).ok_or_else(|| corrupt("a plan was refused for one that is not there"))
            }
            _ => Err(store(error)),
        }
    }

    /// Moves the tail to a segment, whose key is the head's version: any number of writers may do it, the content is the same.
    async fn keep_segment(&self, was: &Stored) -> Result<(), PortError> {
        let mut item = key(keys::order(was.order.id), keys::segment(was.order.seq));
        item.insert(keys::BODY.to_owned(), json(&was.tail)?);
        item.insert(keys::HASH.to_owned(), s(&was.order.hash));
        self.client.put_item().table_name(&*self.table).set_item(Some(item)).send().await.map(drop).map_err(store)
    }

    async fn put_head(&self, was: &Stored, mut item: Item) -> Result<(), PortError> {
        let mark = chance::mark()?;
        item.insert(keys::WRITE.to_owned(), s(&mark));
        let put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(UNCHANGED)
            .expression_attribute_names("#v", keys::V)
            .expression_attribute_values(":was", n(was.order.seq))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(()) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) if is_ours(failed.item(), &mark) => Ok(()),
            _ => Err(store(error)),
        }
    }

    async fn put_head_and(&self, was: &Stored, item: Item, with: &[Record]) -> Result<(), PortError> {
        let head = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(UNCHANGED)
            .expression_attribute_names("#v", keys::V)
            .expression_attribute_values(":was", n(was.order.seq))
            .build();
        let parts = std::iter::once(transact::put(head))
            .chain(with.iter().map(|record| self.part(was.order.id, record)))
            .collect::<Result<Vec<_>, _>>()?;
        match transact::write(&self.client, None, &parts).await? {
            Outcome::Written => Ok(()),
            Outcome::Cancelled(_) => Err(PortError::Conflict),
        }
    }

    fn part(&self, id: OrderId, record: &Record) -> Result<TransactWriteItem, PortError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(records::to_item(id, record)?));
        transact::put(put.set_condition_expression(happens_once(record).then(|| NEW.to_owned())).build())
    }
}

/// An event acts once, and so does a command under one key: where it was kept before, it was acted on before.
fn happens_once(record: &Record) -> bool {
    matches!(record, Record::Tracked(_) | Record::Command(_))
}

/// Whether the head that stands in the way is the very item we sent: the answer to an earlier attempt of this call was lost.
pub(super) fn is_ours(found: Option<&Item>, mark: &str) -> bool {
    found.and_then(|item| item::maybe_text(item, keys::WRITE)) == Some(mark)
}
