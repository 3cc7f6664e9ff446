//! The stock ledger in DynamoDB. What may change is decided in [`hold`], how it is written in [`ledger`].

mod audit;
mod hold;
mod ledger;
mod seed;
mod sources;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use futures::future::try_join_all;
use jiff::Timestamp;
use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku};
use oms_ports::PortError;
use oms_ports::stock::{Allocated, Availability, Expired, Held, Inventory, Source, Sources, Spot};

pub use self::audit::{Books, Claim, Shelf};
use self::hold::{Change, Hold, Status};
use self::ledger::{POOL, Written};
use crate::batch::{self, Timers};
use crate::error::corrupt;
use crate::item::{key, number, parsed, text};
use crate::keys;
use crate::retry::Backoff;

const EXPIRY: Timers = Timers { name: keys::BY_EXPIRY, shard: keys::EXPIRY_SHARD, at: keys::EXPIRES_AT, due: batch::AFTERWARDS };

/// The inventory table.
#[derive(Debug, Clone)]
pub struct DynamoInventory {
    client: Client,
    table: Arc<str>,
}

/// What came of a change that was decided on the hold as it stands.
enum Made {
    Yes,
    /// There was nothing to do.
    Nothing,
    Short(Allocated),
}

#[async_trait]
impl Inventory for DynamoInventory {
    async fn available(&self, skus: &[Sku]) -> Result<Vec<Availability>, PortError> {
        let wanted = skus.iter().map(|sku| key(keys::pool(sku, hold::FIRST_SHARD), keys::POOL)).collect();
        let pools = batch::get(&self.client, &self.table, wanted).await?;
        skus.iter()
            .map(|sku| {
                let pk = keys::pool(sku, hold::FIRST_SHARD);
                let pool = pools.iter().find(|pool| text(pool, keys::PK).is_ok_and(|p| p == pk));
                Ok(Availability { sku: sku.clone(), free: pool.map_or(Ok(0), |pool| number(pool, POOL.left))? })
            })
            .collect()
    }

    async fn sources(&self, skus: &[Sku]) -> Result<Sources, PortError> {
        let found = try_join_all(skus.iter().map(|sku| self.first_sources(sku))).await?;
        let crowded = skus.iter().zip(&found).filter(|(_, (_, more))| *more).map(|(sku, _)| sku.clone()).collect();
        Ok(Sources { rows: found.into_iter().flat_map(|(rows, _)| rows).collect(), crowded })
    }

    async fn sources_near(&self, sku: &Sku, spot: Spot) -> Result<Vec<Source>, PortError> {
        self.nearby(sku, spot).await
    }

    async fn hold(&self, order: OrderId, demand: &[(Sku, u32)], expires_at: Timestamp) -> Result<Held, PortError> {
        // Written blind: nearly every hold is the order's first, and the condition tells of the others.
        match self.write(&hold::new(order, demand, expires_at)).await? {
            Written::Yes => Ok(Held::Yes),
            Written::Raced(Some(found)) => Ok(match found.status {
                Status::Held | Status::Allocated => Held::Yes,
                Status::Released => Held::Released,
            }),
            Written::Raced(None) => Err(corrupt("a hold failed against nothing")),
            Written::Short { pools, .. } => Ok(Held::Short(pools)),
        }
    }

    async fn extend(&self, order: OrderId, expires_at: Timestamp) -> Result<(), PortError> {
        let longer = |hold: &Hold| Ok(hold.extend(expires_at));
        self.change(order, longer).await.map(drop)
    }

    async fn allocate(&self, order: OrderId, allocations: &[Allocation]) -> Result<Allocated, PortError> {
        let allocate = |hold: &Hold| match hold.status {
            Status::Held | Status::Allocated => hold.allocate(allocations),
            Status::Released => Ok(None),
        };
        self.allocated(order, allocate).await
    }

    async fn reallocate(&self, order: OrderId, run: u64, from: &[Allocation], to: &[Allocation]) -> Result<Allocated, PortError> {
        let reallocate = |hold: &Hold| match hold.status {
            Status::Allocated => hold.reallocate(run, from, to),
            Status::Held | Status::Released => Ok(None),
        };
        self.allocated(order, reallocate).await
    }

    async fn release(&self, order: OrderId) -> Result<(), PortError> {
        let release = |hold: &Hold| Ok(hold.release());
        self.given_back(order, release).await
    }

    async fn release_part(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        let release = |hold: &Hold| match hold.status {
            Status::Allocated => hold.release_part(run, allocations),
            Status::Held | Status::Released => Ok(None),
        };
        self.given_back(order, release).await
    }

    async fn release_sourced(
        &self,
        order: OrderId,
        run: u64,
        sourcing: u64,
        from: &[Allocation],
        to: &[Allocation],
    ) -> Result<(), PortError> {
        let release = |hold: &Hold| match hold.status {
            Status::Allocated => hold.release_sourced(run, sourcing, from, to),
            Status::Held | Status::Released => Ok(None),
        };
        self.given_back(order, release).await
    }

    async fn take_off(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        let take_off = |hold: &Hold| match hold.status {
            Status::Allocated => hold.take_off(run, allocations),
            Status::Held | Status::Released => Err(corrupt("goods left that were not allocated")),
        };
        self.given_back(order, take_off).await
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
        Self { client, table: table.into() }
    }

    /// Reads the hold, decides, writes on condition that the hold is still the same; decides anew where it is not.
    async fn change(
        &self,
        order: OrderId,
        decide: impl Fn(&Hold) -> Result<Option<Change>, PortError> + Send + Sync,
    ) -> Result<Option<(Hold, Made)>, PortError> {
        let mut backoff = Backoff::default();
        loop {
            let Some(hold) = self.read(order).await? else {
                return Ok(None);
            };
            let Some(change) = decide(&hold)? else {
                return Ok(Some((hold, Made::Nothing)));
            };
            match self.write(&change).await? {
                Written::Yes => return Ok(Some((change.hold, Made::Yes))),
                Written::Short { pools, rows } => {
                    let short = Allocated::Short(change.short_rows(&pools, rows));
                    return Ok(Some((hold, Made::Short(short))));
                }
                Written::Raced(_) => {}
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }

    async fn allocated(
        &self,
        order: OrderId,
        decide: impl Fn(&Hold) -> Result<Option<Change>, PortError> + Send + Sync,
    ) -> Result<Allocated, PortError> {
        Ok(match self.change(order, decide).await? {
            None => Allocated::NoHold,
            Some((_, Made::Short(short))) => short,
            Some((hold, Made::Yes | Made::Nothing)) => match hold.status {
                Status::Allocated => Allocated::Yes,
                Status::Held | Status::Released => Allocated::NoHold,
            },
        })
    }

    /// A change that only gives back, or takes off what is taken, and so cannot come short.
    async fn given_back(
        &self,
        order: OrderId,
        decide: impl Fn(&Hold) -> Result<Option<Change>, PortError> + Send + Sync,
    ) -> Result<(), PortError> {
        match self.change(order, decide).await? {
            Some((_, Made::Short(_))) => Err(corrupt("stock ran short of what was given back")),
            None | Some((_, Made::Yes | Made::Nothing)) => Ok(()),
        }
    }
}
