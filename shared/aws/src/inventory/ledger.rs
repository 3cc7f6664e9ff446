//! Holds and counters as items, and the one transaction that changes them together.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku};
use oms_ports::PortError;

use super::DynamoInventory;
use super::hold::{Change, Delta, Hold, Line, Row, Status};
use crate::error::{corrupt, store};
use crate::item::{self, Item, json, key, n, s};
use crate::keys;
use crate::transact::{self, Outcome, Part};

const STATUS: &str = "status";
const REV: &str = "rev";
const LINES: &str = "lines";
const ALLOCATIONS: &str = "allocations";
const RUNS: &str = "runs";

/// Names of two counters.
pub(super) struct Counters {
    pub(super) left: &'static str,
    pub(super) taken: &'static str,
}

/// Of a pool.
pub(super) const POOL: Counters = Counters { left: "free", taken: "taken" };
/// Of a row.
pub(super) const ROW: Counters = Counters { left: "available", taken: "allocated" };

/// What became of a change.
pub(super) enum Written {
    /// It is written.
    Yes,
    /// The hold is not what it was read as; what it is instead, if it was there.
    Raced(Option<Hold>),
    /// These pools or rows have less than the change takes.
    Short {
        /// SKUs whose pool has less.
        pools: Vec<Sku>,
        /// Rows that have less.
        rows: Vec<Row>,
    },
}

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
    pub(super) async fn write(&self, change: &Change) -> Result<Written, PortError> {
        let mut parts = vec![self.put_hold(&change.hold)?];
        for ((sku, shard), delta) in &change.pools {
            parts.push(self.count(keys::pool(sku, *shard), keys::POOL, &POOL, *delta)?);
        }
        for ((sku, vendor, warehouse), delta) in &change.rows {
            let sk = keys::source(vendor, warehouse);
            parts.push(self.count(keys::stock(sku), &sk, &ROW, *delta)?);
        }
        match transact::write(&self.client, None, &parts).await? {
            Outcome::Written => Ok(Written::Yes),
            Outcome::Cancelled(parts) => cancelled(change, parts),
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

    /// Adds to two counters; neither may fall below zero.
    fn count(&self, pk: String, sk: &str, names: &Counters, delta: Delta) -> Result<TransactWriteItem, PortError> {
        let needs = |change: i64| n((-change).max(0));
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(pk, sk)))
            .update_expression("SET #left = #left + :left, #taken = #taken + :taken")
            .condition_expression("#left >= :left_needed AND #taken >= :taken_needed")
            .expression_attribute_names("#left", names.left)
            .expression_attribute_names("#taken", names.taken)
            .expression_attribute_values(":left", n(delta.left))
            .expression_attribute_values(":taken", n(delta.taken))
            .expression_attribute_values(":left_needed", needs(delta.left))
            .expression_attribute_values(":taken_needed", needs(delta.taken));
        transact::update(update.build())
    }
}

/// Why a change was not written. A counter that cannot take back what is given back was never lent it: the books are broken.
fn cancelled(change: &Change, parts: Vec<Part>) -> Result<Written, PortError> {
    let mut parts = parts.into_iter();
    if let Some(Part::Failed(found)) = parts.next() {
        return found.as_ref().map(from_item).transpose().map(Written::Raced);
    }
    let failed: Vec<bool> = parts.map(|part| part.failed()).collect();
    let (pools, rows) = failed.split_at(change.pools.len().min(failed.len()));
    Ok(Written::Short {
        pools: short(change.pools.iter(), pools)?.into_iter().map(|(sku, _)| sku).collect(),
        rows: short(change.rows.iter(), rows)?,
    })
}

/// The keys whose counter has less than is taken from it.
fn short<'a, K: Clone + 'a>(deltas: impl Iterator<Item = (&'a K, &'a Delta)>, failed: &[bool]) -> Result<Vec<K>, PortError> {
    deltas
        .zip(failed)
        .filter(|(_, failed)| **failed)
        .map(
            |((key, delta), _)| {
                if delta.left < 0 { Ok(key.clone()) } else { Err(corrupt("the order gives back what was never counted as taken")) }
            },
        )
        .collect()
}

fn to_item(hold: &Hold) -> Result<Item, PortError> {
    let mut item = key(keys::hold(hold.order), keys::HOLD);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(STATUS, s(spelt(hold.status)));
    set(REV, n(hold.rev));
    set(LINES, json(&hold.lines)?);
    set(ALLOCATIONS, json(&hold.allocations)?);
    set(RUNS, json(&hold.runs)?);
    if let Some(at) = hold.expires_at {
        let shard = keys::shard(hold.order, keys::TIMER_SHARDS);
        set(keys::EXPIRY_SHARD, s(shard.to_string()));
        set(keys::EXPIRES_AT, s(keys::stamp(at)));
    }
    Ok(item)
}

fn from_item(item: &Item) -> Result<Hold, PortError> {
    Ok(Hold {
        order: keys::order_of_hold(item::text(item, keys::PK)?)?,
        status: status(item::text(item, STATUS)?)?,
        rev: item::number(item, REV)?,
        lines: item::from_json::<Vec<Line>>(item, LINES)?,
        allocations: item::from_json::<Vec<Allocation>>(item, ALLOCATIONS)?,
        runs: item::from_json(item, RUNS)?,
        expires_at: item::maybe_parsed(item, keys::EXPIRES_AT)?,
    })
}

pub(super) fn spelt(status: Status) -> &'static str {
    match status {
        Status::Held => "held",
        Status::Allocated => "allocated",
        Status::Released => "released",
    }
}

fn status(text: &str) -> Result<Status, PortError> {
    [Status::Held, Status::Allocated, Status::Released]
        .into_iter()
        .find(|status| spelt(*status) == text)
        .ok_or_else(|| corrupt("a hold has no known status"))
}
