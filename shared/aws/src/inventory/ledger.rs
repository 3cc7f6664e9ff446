//! Holds and counters as items, and the one transaction that changes them together.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use oms_domain::{OrderId, Sku};
use oms_ports::PortError;

use super::DynamoInventory;
use super::counter::{Counted, Counter, Delta, Moves};
use super::hold::{Change, Hold, Status};
use super::log::Entry;
use super::shards::Shards;
use crate::error::{corrupt, store};
use crate::item::{self, Item, json, key, n, s};
use crate::keys;
use crate::transact::{self, Outcome, Part};

pub(super) const STATUS: &str = "status";
const REV: &str = "rev";
/// Of a hold, and of what came in: JSON of its entries.
pub(super) const LOG: &str = "log";
/// Of what came in: what was asked for, word for word.
pub(super) const ASKED: &str = "asked";
/// Of what came in: who booked it.
pub(super) const BY: &str = "by";
/// Of what came in: when it was booked.
pub(super) const AT: &str = "at";
/// Of a counter: how often it was written. So a reader knows that nothing has moved between two readings.
pub(super) const MOVED: &str = "moved";

/// Names of two numbers.
pub(super) struct Names {
    pub(super) left: &'static str,
    pub(super) taken: &'static str,
}

/// Of a pool.
pub(super) const POOL: Names = Names { left: "free", taken: "taken" };
/// Of a row.
pub(super) const ROW: Names = Names { left: "available", taken: "allocated" };
/// Of a budget, of which only the second is ever written.
pub(super) const BUDGET: Names = Names { left: "left", taken: "used" };

impl Counter {
    /// The names of its two numbers.
    pub(super) fn names(&self) -> &'static Names {
        match self.of {
            Counted::Pool(_) => &POOL,
            Counted::Row(..) => &ROW,
            Counted::Budget(_) => &BUDGET,
        }
    }
}

/// What became of a change.
pub(super) enum Written {
    /// It is written.
    Yes,
    /// The hold is not what it was read as; what it is instead, if it was there.
    Raced(Option<Hold>),
    /// These have less, in one shard at least, than the change takes from it.
    Short(Vec<Shortage>),
}

/// What a change found too little of.
pub(super) struct Shortage {
    pub(super) of: Counted,
    /// Whether it is known to have no other shard.
    pub(super) for_sure: bool,
}

/// How often other transactions were in the way, by what they had in common.
pub(super) type Crowd = BTreeMap<Counted, u32>;

impl DynamoInventory {
    /// The order's hold.
    pub(super) async fn read(&self, order: OrderId) -> Result<Option<Hold>, PortError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::hold(order), keys::HOLD)))
            .consistent_read(true)
            .send()
            .await
            .map_err(store)?;
        answer.item.as_ref().map(from_item).transpose()
    }

    /// Writes the hold and all counters, or nothing.
    pub(super) async fn write(&self, change: &Change, crowd: &mut Crowd) -> Result<Written, PortError> {
        let counters = change.counters();
        let mut parts = vec![self.put_hold(&change.hold)?];
        for (counter, delta) in &counters {
            parts.push(match (&counter.of, change.limits.get(counter)) {
                (Counted::Budget(_), Some(limit)) => self.spend(counter, *delta, *limit)?,
                _ => self.count(counter, *delta)?,
            });
        }
        let mut in_the_way = Vec::new();
        let outcome = transact::write_noting(&self.client, None, &parts, &mut in_the_way).await;
        for part in in_the_way {
            // The first part is the hold, which is nobody else's.
            if let Some(counter) = part.checked_sub(1).and_then(|nth| counters.keys().nth(nth)) {
                *crowd.entry(counter.of.clone()).or_default() += 1;
            }
        }
        match outcome? {
            Outcome::Written => Ok(Written::Yes),
            Outcome::Cancelled(parts) => cancelled(&counters, parts),
        }
    }

    fn put_hold(&self, hold: &Hold) -> Result<TransactWriteItem, PortError> {
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(to_item(hold)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if hold.rev == 1 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("#rev = :was")
                .expression_attribute_names("#rev", REV)
                .expression_attribute_values(":was", n(hold.rev - 1))
        };
        transact::put(put.build())
    }

    /// Adds to the two numbers of a counter; neither may fall below zero. A counter from which nothing is taken may be new.
    pub(super) fn count(&self, counter: &Counter, delta: Delta) -> Result<TransactWriteItem, PortError> {
        transact::update(self.adding(counter, delta, Vec::new()).build())
    }

    /// Uses of a budget, and gives back to it; all together use at most its limit. One that was never used is not there.
    fn spend(&self, counter: &Counter, delta: Delta, limit: i64) -> Result<TransactWriteItem, PortError> {
        let room = limit.saturating_sub(delta.taken);
        if delta.taken <= 0 {
            return self.count(counter, delta);
        }
        let conditions = vec![if room < 0 { "#taken <= :room" } else { "(attribute_not_exists(#taken) OR #taken <= :room)" }];
        transact::update(self.adding(counter, delta, conditions).expression_attribute_values(":room", n(room)).build())
    }

    /// The same, if the counter was written as often as it was when it was read; never, where it was not there.
    pub(super) fn count_if(&self, counter: &Counter, delta: Delta, moved: Option<u64>) -> Result<TransactWriteItem, PortError> {
        let update = match moved {
            None => self.adding(counter, delta, vec!["attribute_not_exists(pk)"]),
            // Counters that nobody has written since they were brought in by an older tool have no such number.
            Some(0) => self.adding(counter, delta, vec!["attribute_exists(pk) AND attribute_not_exists(#moved)"]),
            Some(moved) => self.adding(counter, delta, vec!["#moved = :moved"]).expression_attribute_values(":moved", n(moved)),
        };
        transact::update(update.build())
    }

    fn adding(&self, counter: &Counter, delta: Delta, mut conditions: Vec<&str>) -> UpdateBuilder {
        let names = counter.names();
        let (pk, sk) = counter.key();
        let goods = counter.of.sku().is_some();
        let mut update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(pk, sk)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .update_expression(if goods { "ADD #left :left, #taken :taken, #moved :once" } else { "ADD #taken :taken, #moved :once" })
            .expression_attribute_names("#taken", names.taken)
            .expression_attribute_names("#moved", MOVED)
            .expression_attribute_values(":taken", n(delta.taken))
            .expression_attribute_values(":once", n(1));
        if goods {
            update = update.expression_attribute_names("#left", names.left).expression_attribute_values(":left", n(delta.left));
        }
        if delta.left < 0 {
            conditions.push("#left >= :left_needed");
            update = update.expression_attribute_values(":left_needed", n(-delta.left));
        }
        if delta.taken < 0 {
            conditions.push("#taken >= :taken_needed");
            update = update.expression_attribute_values(":taken_needed", n(-delta.taken));
        }
        if conditions.is_empty() { update } else { update.condition_expression(conditions.join(" AND ")) }
    }

    /// What came in, or was counted, under an id that is good for once.
    pub(super) fn put_entry(&self, sku: &Sku, id: &str, entry: &Entry, who: &[(&str, String)]) -> Result<TransactWriteItem, PortError> {
        let mut item = key(keys::stock_log(sku), id);
        item.insert(LOG.to_owned(), json(&[entry])?);
        item.extend(who.iter().map(|(name, text)| ((*name).to_owned(), s(text))));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
        transact::put(put.build())
    }
}

/// Why a change was not written. A counter that cannot take back what is given back was never lent it: the books are broken.
fn cancelled(counters: &Moves, parts: Vec<Part>) -> Result<Written, PortError> {
    let mut parts = parts.into_iter();
    if let Some(Part::Failed(found)) = parts.next() {
        return found.as_ref().map(from_item).transpose().map(Written::Raced);
    }
    let mut short: Vec<Shortage> = Vec::new();
    for ((counter, delta), part) in counters.iter().zip(parts) {
        let Part::Failed(found) = part else {
            continue;
        };
        let takes = delta.left < 0 || (counter.of.sku().is_none() && delta.taken > 0);
        if !takes {
            return Err(corrupt(format!("the order gives back to {counter} what was never counted as taken")));
        }
        // The first shard of a pool says how many there are.
        let first_of_pool = counter.shard == 0 && matches!(counter.of, Counted::Pool(_));
        let budget = counter.of.sku().is_none();
        let for_sure = budget || first_of_pool && found.as_ref().map_or(Ok(Shards::ONE), Shards::of)? == Shards::ONE;
        if short.last().is_none_or(|last| last.of != counter.of) {
            short.push(Shortage { of: counter.of.clone(), for_sure });
        }
    }
    Ok(Written::Short(short))
}

fn to_item(hold: &Hold) -> Result<Item, PortError> {
    let mut item = key(keys::hold(hold.order), keys::HOLD);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(STATUS, s(spelt(hold.status())));
    set(REV, n(hold.rev));
    set(LOG, json(&hold.log)?);
    if let Some(at) = hold.expires_at {
        let shard = keys::shard(hold.order, keys::TIMER_SHARDS);
        set(keys::EXPIRY_SHARD, s(shard.to_string()));
        set(keys::EXPIRES_AT, s(keys::stamp(at)));
    }
    Ok(item)
}

pub(super) fn from_item(item: &Item) -> Result<Hold, PortError> {
    Ok(Hold {
        order: keys::order_of_hold(item::text(item, keys::PK)?)?,
        rev: item::number(item, REV)?,
        log: item::from_json::<Vec<Entry>>(item, LOG)?,
        expires_at: item::maybe_parsed(item, keys::EXPIRES_AT)?,
    })
}

pub(super) fn spelt(status: Status) -> &'static str {
    match status {
        Status::Held => "held",
        Status::Allocated => "allocated",
        Status::Lapsed => "lapsed",
        Status::Released => "released",
    }
}
