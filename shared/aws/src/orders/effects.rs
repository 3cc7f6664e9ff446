//! The log of effects: an intention with a lease before the call, the outcome after it.
//!
//! | status | meaning |
//! |---|---|
//! | `started` | a run is at it, or was when its lease ran out |
//! | `free` | a run gave up before it had any effect |
//! | `done` | made; the outcome is for ever |

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use jiff::Timestamp;
use oms_domain::OrderId;
use oms_ports::PortError;
use oms_ports::effects::{Begun, EffectKey, Effects};
use serde::de::DeserializeOwned;

use super::DynamoOrders;
use super::store::is_ours;
use crate::chance;
use crate::error::{corrupt, store};
use crate::item::{self, Item, json, key, s};
use crate::keys;

const STATUS: &str = "status";
const LEASE_UNTIL: &str = "lease_until";
const OUTCOME: &str = "outcome";

const STARTED: &str = "started";
const FREE: &str = "free";
const DONE: &str = "done";

#[async_trait]
impl Effects for DynamoOrders {
    async fn begin(&self, order: OrderId, effect: &EffectKey, now: Timestamp, until: Timestamp) -> Result<Begun, PortError> {
        let mark = chance::mark()?;
        let Some(found) = self.claim(order, effect, until, &mark).await? else {
            return Ok(Begun::Mine);
        };
        if is_ours(Some(&found), &mark) {
            return Ok(Begun::Mine);
        }
        if item::text(&found, STATUS)? == DONE {
            return item::from_json(&found, OUTCOME).map(Begun::Done);
        }
        if item::parsed::<Timestamp>(&found, LEASE_UNTIL)? > now {
            return Ok(Begun::Held);
        }
        self.take_over(order, effect, &found, until, &mark).await
    }

    async fn finish(&self, order: OrderId, effect: &EffectKey, outcome: &serde_json::Value) -> Result<(), PortError> {
        let update = self
            .effect(order, effect)
            .update_expression("SET #status = :done, #outcome = :outcome")
            .condition_expression("attribute_not_exists(#status) OR #status <> :done")
            .expression_attribute_names("#outcome", OUTCOME)
            .expression_attribute_values(":done", s(DONE))
            .expression_attribute_values(":outcome", json(outcome)?);
        unless_failed(update).await.map(drop)
    }

    async fn outcome(&self, order: OrderId, effect: &EffectKey) -> Result<Option<serde_json::Value>, PortError> {
        match self.item(order, &effect.to_string(), true).await? {
            Some(item) => outcome_of(&item),
            None => Ok(None),
        }
    }

    async fn is_begun(&self, order: OrderId, effect: &EffectKey) -> Result<bool, PortError> {
        match self.item(order, &effect.to_string(), true).await? {
            Some(item) => Ok(item::text(&item, STATUS)? != FREE),
            None => Ok(false),
        }
    }

    async fn doubt(&self, order: OrderId, effect: &EffectKey) -> Result<(), PortError> {
        let update = self
            .effect(order, effect)
            .update_expression("SET #lease = :over")
            .condition_expression("#status = :started")
            .expression_attribute_names("#lease", LEASE_UNTIL)
            .expression_attribute_values(":started", s(STARTED))
            .expression_attribute_values(":over", s(keys::stamp(Timestamp::UNIX_EPOCH)));
        unless_failed(update).await.map(drop)
    }

    async fn abandon(&self, order: OrderId, effect: &EffectKey) -> Result<(), PortError> {
        let update = self
            .effect(order, effect)
            .update_expression("SET #status = :free")
            .condition_expression("#status = :started")
            .expression_attribute_values(":free", s(FREE))
            .expression_attribute_values(":started", s(STARTED));
        unless_failed(update).await.map(drop)
    }
}

impl DynamoOrders {
    /// Claims an effect that nobody has begun or that was given back; else what stands there.
    async fn claim(&self, order: OrderId, effect: &EffectKey, until: Timestamp, mark: &str) -> Result<Option<Item>, PortError> {
        let mut item = key(keys::order(order), effect.to_string());
        item.insert(STATUS.to_owned(), s(STARTED));
        item.insert(LEASE_UNTIL.to_owned(), s(keys::stamp(until)));
        item.insert(keys::WRITE.to_owned(), s(mark));
        let claimed = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#status) OR #status = :free")
            .expression_attribute_names("#status", STATUS)
            .expression_attribute_values(":free", s(FREE))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = claimed else { return Ok(None) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                failed.item().cloned().map(Some).ok_or_else(|| corrupt("a claim failed against nothing"))
            }
            _ => Err(store(error)),
        }
    }

    /// Takes over from a run whose lease is over, unless another was quicker.
    async fn take_over(&self, order: OrderId, effect: &EffectKey, found: &Item, until: Timestamp, mark: &str) -> Result<Begun, PortError> {
        let update = self
            .effect(order, effect)
            .update_expression("SET #lease = :until, #write = :mark")
            .condition_expression("#status = :started AND (#lease = :old OR #write = :mark)")
            .expression_attribute_names("#lease", LEASE_UNTIL)
            .expression_attribute_names("#write", keys::WRITE)
            .expression_attribute_values(":mark", s(mark))
            .expression_attribute_values(":started", s(STARTED))
            .expression_attribute_values(":old", s(item::text(found, LEASE_UNTIL)?))
            .expression_attribute_values(":until", s(keys::stamp(until)));
        Ok(if unless_failed(update).await? { Begun::Unsure } else { Begun::Held })
    }

    fn effect(&self, order: OrderId, effect: &EffectKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::order(order), effect.to_string())))
            .expression_attribute_names("#status", STATUS)
    }
}

/// Updates; false where the condition failed.
pub(super) async fn unless_failed(update: UpdateItemFluentBuilder) -> Result<bool, PortError> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) => Ok(false),
        Err(error) => Err(store(error)),
    }
}

/// The outcome of an effect item; `None` while it is not finished.
pub(super) fn outcome_of<T: DeserializeOwned>(item: &Item) -> Result<Option<T>, PortError> {
    if item::text(item, STATUS)? == DONE { item::from_json(item, OUTCOME).map(Some) } else { Ok(None) }
}
