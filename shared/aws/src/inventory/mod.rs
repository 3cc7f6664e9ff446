//! The stock ledger in DynamoDB. What may change is decided in [`hold`], how it is written in [`ledger`], and where it is taken from in
//! [`counter`].

mod audit;
mod budget;
mod counter;
mod hold;
mod ledger;
mod log;
mod proof;
mod receive;
mod seed;
mod shards;
mod sources;
mod tend;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use futures::future::try_join_all;
use jiff::Timestamp;
use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku};
use oms_ports::PortError;
use oms_ports::budget::{Budget, BudgetKey, Portion};
use oms_ports::stock::{Allocated, Availability, Demand, Exchange, Expired, Held, Inventory, MOST_HELD, Source, Sources, Spot};

pub use self::audit::{Books, Claim, Moment, Share, Shelf};
use self::budget::refusal;
use self::counter::{Counted, Known};
use self::hold::{Change, Hold, Row, Status};
use self::ledger::{Crowd, Written};
pub use self::proof::{Drift, StockProof};
use self::shards::Memory;
use crate::batch::{self, Timers};
use crate::error::corrupt;
use crate::item::{parsed, text};
use crate::keys;
use crate::retry::Backoff;

const EXPIRY: Timers = Timers { name: keys::BY_EXPIRY, shard: keys::EXPIRY_SHARD, at: keys::EXPIRES_AT, due: batch::AFTERWARDS };

/// The inventory table.
#[derive(Debug, Clone)]
pub struct DynamoInventory {
    client: Client,
    table: Arc<str>,
    memory: Arc<Memory>,
}

/// Decides on a hold as it stands. Not a generic: the code around it is long, and would be there once for each decision.
type Decide<'a> = &'a (dyn Fn(&Hold, &Known) -> Result<Option<Change>, PortError> + Send + Sync);

/// What came of a change that was decided on the hold as it stands.
enum Made {
    Yes,
    /// There was nothing to do.
    Nothing,
    /// These rows have too little, or the pools of their SKUs.
    Short(Vec<Row>),
}

#[async_trait]
impl Inventory for DynamoInventory {
    async fn available(&self, skus: &[Sku]) -> Result<Vec<Availability>, PortError> {
        let pools = self.pools(skus, false).await?;
        let free = |sku: &Sku| pools.get(sku).map_or(0, shards::Reading::left);
        Ok(skus.iter().map(|sku| Availability { sku: sku.clone(), free: u32::try_from(free(sku)).unwrap_or(0) }).collect())
    }

    async fn sources(&self, skus: &[Sku]) -> Result<Sources, PortError> {
        let found = try_join_all(skus.iter().map(|sku| self.first_sources(sku))).await?;
        let crowded = skus.iter().zip(&found).filter(|(_, (_, more))| *more).map(|(sku, _)| sku.clone()).collect();
        Ok(Sources { rows: found.into_iter().flat_map(|(rows, _)| rows).collect(), crowded })
    }

    async fn sources_near(&self, sku: &Sku, spot: Spot) -> Result<Vec<Source>, PortError> {
        self.nearby(sku, spot).await
    }

    async fn used(&self, order: OrderId, budgets: &[BudgetKey]) -> Result<BTreeMap<BudgetKey, u64>, PortError> {
        self.used_by_others(order, budgets).await
    }

    async fn reserve(&self, order: OrderId, demand: &Demand, expires_at: Timestamp) -> Result<Held, PortError> {
        let mut crowd = Crowd::new();
        let held = self.held(order, demand, expires_at, &mut crowd).await;
        self.note(order, &crowd).await;
        held
    }

    async fn exchange(&self, order: OrderId, run: u64, goods: &[Exchange]) -> Result<Held, PortError> {
        let exchange = |hold: &Hold, known: &Known| match hold.status() {
            Status::Held => hold.exchange(run, goods, known),
            Status::Allocated | Status::Lapsed | Status::Released => Ok(None),
        };
        Ok(match self.change(order, &exchange).await? {
            Some((_, Made::Short(_))) => Held::Short(goods.iter().map(|of| of.to.clone()).collect()),
            Some((hold, Made::Yes | Made::Nothing)) if hold.status() == Status::Held => Held::Yes,
            Some(_) | None => Held::Released,
        })
    }

    async fn lapse(&self, order: OrderId, now: Timestamp) -> Result<(), PortError> {
        let lapse = |hold: &Hold, _: &Known| Ok(hold.lapse(now));
        self.given_back(order, &lapse).await
    }

    async fn extend(&self, order: OrderId, expires_at: Timestamp) -> Result<(), PortError> {
        let longer = |hold: &Hold, _: &Known| Ok(hold.extend(expires_at));
        self.change(order, &longer).await.map(drop)
    }

    async fn allocate_on(&self, order: OrderId, allocations: &[Allocation], days: &[Budget]) -> Result<Allocated, PortError> {
        let allocate = |hold: &Hold, known: &Known| match hold.status() {
            Status::Held | Status::Allocated => hold.allocate(allocations, days, known),
            Status::Lapsed | Status::Released => Ok(None),
        };
        let made = self.change(order, &allocate).await?;
        if let Some((hold, Made::Short(_))) = &made
            && hold.unbegun()?.is_some()
        {
            // All or nothing: what pieces of it have set aside goes back.
            while let Some((_, Made::Yes)) = self.change(order, &|hold: &Hold, _: &Known| hold.unbegun()).await? {}
        }
        Ok(allocated(made))
    }

    async fn reallocate_on(
        &self,
        order: OrderId,
        run: u64,
        from: &[Allocation],
        to: &[Allocation],
        days: &[Budget],
    ) -> Result<Allocated, PortError> {
        let reallocate = |hold: &Hold, known: &Known| match hold.status() {
            Status::Allocated => hold.reallocate(run, (from, to), days, known),
            Status::Held | Status::Lapsed | Status::Released => Ok(None),
        };
        let made = self.change(order, &reallocate).await?;
        if let Some((hold, Made::Short(_))) = &made
            && hold.taken_back(|of| of == run).is_some()
        {
            // All or nothing: what pieces of it have moved goes back.
            self.change(order, &|hold: &Hold, _: &Known| Ok(hold.taken_back(|of| of == run))).await?;
        }
        Ok(allocated(made))
    }

    async fn release(&self, order: OrderId) -> Result<(), PortError> {
        let release = |hold: &Hold, _: &Known| Ok(hold.release());
        self.given_back(order, &release).await
    }

    async fn release_portion(&self, order: OrderId, run: u64, allocations: &[Allocation], portion: Portion) -> Result<(), PortError> {
        let release = |hold: &Hold, _: &Known| match hold.status() {
            Status::Allocated => hold.release_part(run, allocations, portion),
            Status::Held | Status::Lapsed | Status::Released => Ok(None),
        };
        self.given_back(order, &release).await
    }

    async fn release_sourced(
        &self,
        order: OrderId,
        run: u64,
        sourcing: u64,
        (from, to): (&[Allocation], &[Allocation]),
        portion: Portion,
    ) -> Result<(), PortError> {
        let release = |hold: &Hold, _: &Known| match hold.status() {
            Status::Allocated => hold.release_sourced(run, sourcing, (from, to), portion),
            Status::Held | Status::Lapsed | Status::Released => Ok(None),
        };
        self.given_back(order, &release).await
    }

    async fn take_off(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        let take_off = |hold: &Hold, _: &Known| match hold.status() {
            Status::Allocated => hold.take_off(run, allocations),
            Status::Held | Status::Lapsed | Status::Released => Err(corrupt("goods left that were not allocated")),
        };
        self.given_back(order, &take_off).await
    }

    async fn expired(&self, now: Timestamp, limit: u16) -> Result<Vec<Expired>, PortError> {
        let until = keys::stamp(now);
        let due = batch::due(&self.client, &self.table, &EXPIRY, &until, limit).await?;
        due.iter()
            .map(|item| Ok(Expired { order_id: keys::order_of_hold(text(item, keys::PK)?)?, expires_at: parsed(item, keys::EXPIRES_AT)? }))
            .collect()
    }
}

impl DynamoInventory {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into(), memory: Arc::default() }
    }

    /// Takes from where it is thought to be; looks where it is only if that fails.
    async fn held(&self, order: OrderId, demand: &Demand, expires_at: Timestamp, crowd: &mut Crowd) -> Result<Held, PortError> {
        let mut known = self.memory.known(demand.goods.iter().map(|(sku, _)| sku));
        let mut backoff = Backoff::default();
        // Written blind: nearly every hold is the order's first, and the condition tells of the others.
        let mut found: Option<Hold> = None;
        loop {
            let change = match &found {
                None => hold::new(order, demand, &known, expires_at),
                Some(hold) => match hold.hold_anew(demand, &known, expires_at)? {
                    Some(change) => change,
                    None => return Ok(if hold.status() == Status::Released { Held::Released } else { Held::Yes }),
                },
            };
            if change.counters().len() > MOST_HELD {
                return Ok(Held::TooMany);
            }
            match self.write(&change, crowd).await? {
                Written::Yes => return Ok(Held::Yes),
                // It says how it stands: no need to wait, unless it keeps changing.
                Written::Raced(Some(hold)) if found.is_none() => {
                    found = Some(hold);
                    continue;
                }
                Written::Raced(Some(hold)) => found = Some(hold),
                Written::Raced(None) => return Err(corrupt("a hold failed against nothing")),
                Written::Short(short) => {
                    let refused = self.look(&mut known, &change, short).await?;
                    if !refused.is_empty() {
                        return Ok(refusal(demand, &refused));
                    }
                }
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }

    /// Reads the hold, decides, writes on condition that the hold is still the same; decides anew where it is not.
    async fn change(&self, order: OrderId, decide: Decide<'_>) -> Result<Option<(Hold, Made)>, PortError> {
        let mut crowd = Crowd::new();
        let changed = self.changed(order, decide, &mut crowd).await;
        self.note(order, &crowd).await;
        changed
    }

    async fn changed(&self, order: OrderId, decide: Decide<'_>, crowd: &mut Crowd) -> Result<Option<(Hold, Made)>, PortError> {
        let mut backoff = Backoff::default();
        // What was looked at, over what is remembered.
        let mut looked = Known::new();
        loop {
            let Some(hold) = self.read(order).await? else {
                return Ok(None);
            };
            let mut known = self.memory.known(hold.held().keys());
            known.extend(looked.clone());
            let Some(change) = decide(&hold, &known)? else {
                return Ok(Some((hold, Made::Nothing)));
            };
            let piece = change.begun(&hold);
            match self.write(piece.as_ref().unwrap_or(&change), crowd).await? {
                Written::Yes if piece.as_ref().unwrap_or(&change).goes_on => continue,
                Written::Yes => return Ok(Some((change.hold, Made::Yes))),
                Written::Short(short) => {
                    let refused: Vec<Counted> = self.look(&mut looked, &change, short).await?;
                    if !refused.is_empty() {
                        return Ok(Some((hold, Made::Short(change.short_rows(&refused)))));
                    }
                }
                Written::Raced(_) => {}
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }

    /// A change that only gives back, or takes off what is taken, and so cannot come short.
    async fn given_back(&self, order: OrderId, decide: Decide<'_>) -> Result<(), PortError> {
        match self.change(order, decide).await? {
            Some((_, Made::Short(_))) => Err(corrupt("stock ran short of what was given back")),
            None | Some((_, Made::Yes | Made::Nothing)) => Ok(()),
        }
    }
}

/// What a change comes to that sets goods aside.
fn allocated(made: Option<(Hold, Made)>) -> Allocated {
    match made {
        None => Allocated::NoHold,
        Some((_, Made::Short(rows))) => Allocated::Short(rows),
        Some((hold, Made::Yes | Made::Nothing)) => match hold.status() {
            Status::Allocated => Allocated::Yes,
            Status::Held | Status::Lapsed | Status::Released => Allocated::NoHold,
        },
    }
}
