//! More shards for what orders crowd at, and their shares for the shards there are.
//!
//! Whose transaction others were in the way of leaves a note, under an id of its own so that notes are in nobody's way. The sweeper counts
//! the notes and throws them away. Nobody reads more than one partition for it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use oms_domain::{OrderId, Sku};
use oms_ports::PortError;
use oms_ports::stock::Tended;

use super::DynamoInventory;
use super::counter::MOST_SHARDS;
use super::ledger::Crowd;
use super::shards::{EVER, LIVE, Shards, no_pool};
use crate::batch;
use crate::error::{corrupt, store};
use crate::item::{Item, key, n, number, text};
use crate::keys;
use crate::transact::{self, MOST_PARTS, Outcome};

/// How often others were in the way of a change before it is worth a note: once may happen to anybody.
const WORTH_A_NOTE: u32 = 2;
/// How often others were in the way of all changes of a SKU between two runs of the sweeper before it gets more shards.
const CROWDED: u32 = 20;
/// How many times as many it gets.
const STEP: u16 = 4;
/// Most shards that a SKU gets by itself.
const MOST_BY_ITSELF: u16 = 16;

/// Attribute of a note: how often others were in the way.
const TIMES: &str = "times";

impl DynamoInventory {
    /// Leaves a note of each SKU at which others were in the way of an order. A note that is lost costs nobody anything.
    pub(super) async fn note(&self, order: OrderId, crowd: &Crowd) {
        let mut by_sku: BTreeMap<&Sku, u32> = BTreeMap::new();
        for (of, times) in crowd {
            *by_sku.entry(of.sku()).or_default() += times;
        }
        let full = |sku: &Sku| self.memory.shards(sku).is_some_and(|shards| shards.live >= MOST_BY_ITSELF);
        for (sku, times) in by_sku.into_iter().filter(|(sku, times)| *times >= WORTH_A_NOTE && !full(sku)) {
            let mut item = key(keys::HOT, keys::crowded(sku, order));
            item.insert(TIMES.to_owned(), n(times));
            let put = self.client.put_item().table_name(&*self.table).set_item(Some(item)).send().await;
            if let Err(error) = put.map_err(store) {
                tracing::warn!(error = %error, "A note that orders crowd at {sku} was lost");
            }
        }
    }

    /// What the port's `tend` does.
    pub(super) async fn tended(&self) -> Result<Vec<Tended>, PortError> {
        let items = batch::partition(&self.client, &self.table, keys::HOT.to_owned(), "", false).await?;
        let mut crowds: BTreeMap<Sku, u32> = BTreeMap::new();
        let mut notes = Vec::new();
        let mut sharded: Vec<Sku> = Vec::new();
        for item in &items {
            let sk = text(item, keys::SK)?;
            if let Some(sku) = sk.strip_prefix(keys::SHARDED_PREFIX) {
                sharded.push(sku_of(sku)?);
            } else if let Some((sku, _)) = sk.strip_prefix(keys::CROWDED_PREFIX).and_then(|rest| rest.split_once('#')) {
                *crowds.entry(sku_of(sku)?).or_default() += number::<u32>(item, TIMES)?;
                notes.push(sk);
            }
        }
        let mut tended = Vec::new();
        for (sku, _) in crowds.iter().filter(|(_, times)| **times >= CROWDED) {
            let was = self.shards_now(sku).await?.live;
            let shards = was.saturating_mul(STEP).min(MOST_BY_ITSELF);
            if shards > was {
                tended.push(self.reshard(sku, shards).await?);
            }
        }
        for sku in &sharded {
            if tended.iter().any(|done| done.sku == *sku) {
                continue;
            }
            let shards = self.shards_now(sku).await?.live;
            let moved = self.rebalance(sku).await?;
            if moved > 0 {
                tended.push(Tended { sku: sku.clone(), was: shards, shards, moved });
            }
        }
        // Last: whoever is stopped before finds them again.
        for notes in notes.chunks(MOST_PARTS) {
            let parts = notes.iter().map(|note| self.without_note(note)).collect::<Result<Vec<_>, _>>()?;
            transact::write(&self.client, None, &parts).await?;
        }
        Ok(tended)
    }

    /// Counts a SKU, its pool and each of its rows, in so many shards from now on, and gives each its share. What orders took from a shard
    /// that is given up, they give back to it; it is emptied again at the next occasion.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where the SKU has no pool or the number is not from 1 to 32, [`PortError::Conflict`] where somebody else
    /// does the same, and others of the store.
    pub async fn reshard(&self, sku: &Sku, shards: u16) -> Result<Tended, PortError> {
        if !(1..=MOST_SHARDS).contains(&shards) {
            return Err(corrupt(format!("{sku} cannot be counted in {shards} shards, only in 1 to {MOST_SHARDS}")));
        }
        let was = self.shards_now(sku).await?;
        if was.live != shards {
            let parts = self.layout(sku, was, Shards { live: shards, ever: was.ever.max(shards) })?;
            if let Outcome::Cancelled(_) = transact::write(&self.client, None, &parts).await? {
                return Err(PortError::Conflict);
            }
        }
        let moved = self.rebalance(sku).await?;
        Ok(Tended { sku: sku.clone(), was: was.live, shards, moved })
    }

    /// Gives each shard of a SKU's pool and rows its share of what is left, one transaction a thing. Returns how many units moved.
    ///
    /// # Errors
    /// [`PortError::Conflict`] where orders take faster than shares can be reckoned, and others of the store.
    pub async fn rebalance(&self, sku: &Sku) -> Result<u64, PortError> {
        let mut moved = 0;
        for of in self.counted(sku).await? {
            moved += self.level(&of).await?;
        }
        Ok(moved)
    }

    /// In how many shards a SKU is counted.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where it has no pool, and others of the store.
    pub async fn shards(&self, sku: &Sku) -> Result<u16, PortError> {
        Ok(self.shards_now(sku).await?.live)
    }

    async fn shards_now(&self, sku: &Sku) -> Result<Shards, PortError> {
        let pool = self.pools(std::slice::from_ref(sku), true).await?.remove(sku);
        pool.map(|pool| pool.shards).ok_or_else(|| no_pool(sku))
    }

    /// What says in how many shards a SKU is counted: on its pool for those who promise, beside its rows for those who read these, in the
    /// sweeper's list.
    fn layout(&self, sku: &Sku, was: Shards, now: Shards) -> Result<Vec<TransactWriteItem>, PortError> {
        let pool = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(keys::pool(sku, 0), keys::POOL)))
            .update_expression("SET #live = :live, #ever = :ever")
            .condition_expression("attribute_exists(pk) AND (#live = :was OR (attribute_not_exists(#live) AND :was = :one))")
            .expression_attribute_names("#live", LIVE)
            .expression_attribute_names("#ever", EVER)
            .expression_attribute_values(":live", n(now.live))
            .expression_attribute_values(":ever", n(now.ever))
            .expression_attribute_values(":was", n(was.live))
            .expression_attribute_values(":one", n(1));
        let put = |mut item: Item| {
            item.insert(LIVE.to_owned(), n(now.live));
            item.insert(EVER.to_owned(), n(now.ever));
            transact::put(Put::builder().table_name(&*self.table).set_item(Some(item)).build())
        };
        let beside_rows = put(key(keys::stock(sku), keys::SHARDS))?;
        Ok(vec![transact::update(pool.build())?, beside_rows, put(key(keys::HOT, keys::sharded(sku)))?])
    }

    fn without_note(&self, sk: &str) -> Result<TransactWriteItem, PortError> {
        let delete = Delete::builder().table_name(&*self.table).set_key(Some(key(keys::HOT, sk))).build().map_err(corrupt)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn sku_of(text: &str) -> Result<Sku, PortError> {
    text.parse().map_err(|_| corrupt("a note names no SKU"))
}
