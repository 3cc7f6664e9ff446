//! The books of the stock as an auditor reads them: counters as they are, below zero and out of balance included.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::types::{Get, TransactGetItem};
use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku, VendorId, WarehouseId};
use oms_ports::PortError;

use super::DynamoInventory;
use super::counter::{Counted, Delta};
use super::hold::Hold;
use super::ledger::{from_item, spelt};
use super::shards::{Reading, Rows, Shards, counts_of, no_pool};
use crate::error::{corrupt, store};
use crate::item::{Item, key};
use crate::keys;
use crate::retry::Backoff;

/// Everything the books say of one SKU. Counters are units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// May still be promised.
    pub free: i64,
    /// Is promised.
    pub taken: i64,
    /// Vendors' warehouses, by vendor.
    pub shelves: Vec<Shelf>,
}

/// A SKU at one vendor's warehouse. Counters are units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// May still be set aside.
    pub available: i64,
    /// Is set aside for orders.
    pub allocated: i64,
}

impl Books {
    /// What is wrong with them; `None` where no counter is below zero, and what is promised or may be is what the shelves hold.
    pub fn fault(&self) -> Option<String> {
        let of_shelves = self.shelves.iter().flat_map(|shelf| [shelf.available, shelf.allocated]);
        if let Some(below) = [self.free, self.taken].into_iter().chain(of_shelves).find(|counter| *counter < 0) {
            return Some(format!("a counter is {below}: {self:?}"));
        }
        let (pool, shelves) = (self.free + self.taken, self.available() + self.allocated());
        (pool != shelves).then(|| format!("the pool counts {pool} and the shelves {shelves}: {self:?}"))
    }

    /// Units that may still be set aside, on all shelves.
    pub fn available(&self) -> i64 {
        self.shelves.iter().map(|shelf| shelf.available).sum()
    }

    /// Units that are set aside, on all shelves.
    pub fn allocated(&self) -> i64 {
        self.shelves.iter().map(|shelf| shelf.allocated).sum()
    }
}

/// What the books say of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// `held`, `allocated` or `released`.
    pub status: &'static str,
    /// What it takes from the pools.
    pub lines: Vec<(Sku, u32)>,
    /// What is set aside for it.
    pub allocations: Vec<Allocation>,
}

/// A SKU and orders that take from it, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The books of the SKU.
    pub books: Books,
    /// Each shard of the pool: what is free, and what is taken.
    pub pool: Vec<(i64, i64)>,
    /// Of each order that ever held some: what it takes from the pool, what is set aside for it, and what of the SKU left the books for
    /// it, with a carrier or as a vendor's loss.
    pub orders: BTreeMap<OrderId, Share>,
}

/// An order's part in a SKU, in units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Taken from the pool.
    pub held: i64,
    /// Set aside at warehouses.
    pub allocated: i64,
    /// No longer in the books.
    pub gone: i64,
}

impl DynamoInventory {
    /// The books of a SKU, strongly consistent, in two reads or three: between them orders may change the books.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where the SKU has no pool, and others of the store.
    pub async fn books(&self, sku: &Sku) -> Result<Books, PortError> {
        let pool = self.pools(std::slice::from_ref(sku), true).await?.remove(sku).ok_or_else(|| no_pool(sku))?;
        Ok(books(&pool, &self.rows(sku, true).await?))
    }

    /// What an order holds or held; `None` where it never held anything.
    ///
    /// # Errors
    /// Of the store.
    pub async fn claim(&self, order: OrderId) -> Result<Option<Claim>, PortError> {
        self.read(order).await?.as_ref().map(claim).transpose()
    }

    /// The books of a SKU and what orders have of it, all of one moment: one transaction reads them.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where the SKU has no pool or there are more counters and orders than a transaction takes,
    /// [`PortError::Conflict`] where they change faster than they can be read together, and others of the store.
    pub async fn moment(&self, sku: &Sku, orders: &[OrderId]) -> Result<Moment, PortError> {
        let mut backoff = Backoff::default();
        loop {
            let shards = self.pools(std::slice::from_ref(sku), true).await?.remove(sku).ok_or_else(|| no_pool(sku))?.shards;
            let places = self.rows(sku, true).await?.into_keys();
            let of: Vec<Counted> =
                places.map(|(sku, vendor, warehouse)| Counted::Row(sku, vendor, warehouse)).chain([Counted::Pool(sku.clone())]).collect();
            let counters: Vec<_> = of.iter().flat_map(|of| (0..shards.ever).map(|shard| of.shard(shard))).collect();
            let wanted = counters.iter().map(super::counter::Counter::key).map(|(pk, sk)| key(pk, sk));
            let wanted = wanted.chain(orders.iter().map(|order| key(keys::hold(*order), keys::HOLD))).collect();
            if let Some(items) = self.at_once(wanted).await? {
                let mut readings: BTreeMap<Counted, Reading> = BTreeMap::new();
                for (counter, item) in counters.iter().zip(&items) {
                    if let Some(item) = item {
                        let reading = readings.entry(counter.of.clone()).or_insert_with(Reading::empty);
                        reading.counts.insert(counter.shard, counts_of(item, counter.names())?);
                    }
                }
                let first = items.get(counters.len() - usize::from(shards.ever)).cloned().flatten();
                let holds = items.iter().skip(counters.len()).flatten().map(from_item).collect::<Result<Vec<_>, _>>()?;
                // Spread over more shards meanwhile: those are not among what was read.
                if first.as_ref().map(Shards::of).transpose()? == Some(shards) {
                    return moment(sku, readings, &holds);
                }
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }

    /// Items of one moment; `None` where some of them were being written.
    async fn at_once(&self, wanted: Vec<Item>) -> Result<Option<Vec<Option<Item>>>, PortError> {
        let get = |key| Get::builder().table_name(&*self.table).set_key(Some(key)).build().map_err(corrupt);
        let gets = wanted.into_iter().map(|key| Ok(TransactGetItem::builder().get(get(key)?).build())).collect::<Result<_, PortError>>()?;
        let sent = self.client.transact_get_items().set_transact_items(Some(gets)).send().await;
        match sent {
            Ok(found) => Ok(Some(found.responses.unwrap_or_default().into_iter().map(|response| response.item).collect())),
            Err(error) if error.as_service_error().is_some_and(TransactGetItemsError::is_transaction_canceled_exception) => Ok(None),
            Err(error) => Err(store(error)),
        }
    }
}

fn books(pool: &Reading, rows: &Rows) -> Books {
    let shelf = |(row, reading): (&super::hold::Row, &Reading)| {
        let (_, vendor_id, warehouse_id) = row.clone();
        Shelf { vendor_id, warehouse_id, available: reading.left(), allocated: reading.taken() }
    };
    Books { free: pool.left(), taken: pool.taken(), shelves: rows.iter().map(shelf).collect() }
}

fn claim(hold: &Hold) -> Result<Claim, PortError> {
    let units = |count: i64| u32::try_from(count).map_err(|_| corrupt("a hold takes less than nothing"));
    let lines = hold.held().into_iter().map(|(sku, taken)| Ok((sku, units(taken)?)));
    let allocations = hold
        .allocated()
        .into_iter()
        .map(|((sku, vendor_id, warehouse_id), taken)| Ok(Allocation { sku, quantity: units(taken)?, vendor_id, warehouse_id }));
    Ok(Claim {
        status: spelt(hold.status()),
        lines: lines.collect::<Result<_, PortError>>()?,
        allocations: allocations.collect::<Result<_, PortError>>()?,
    })
}

fn moment(sku: &Sku, mut readings: BTreeMap<Counted, Reading>, holds: &[Hold]) -> Result<Moment, PortError> {
    let pool = readings.remove(&Counted::Pool(sku.clone())).ok_or_else(|| no_pool(sku))?;
    let rows = readings.into_iter().filter_map(|(of, reading)| match of {
        Counted::Row(sku, vendor, warehouse) => Some(((sku, vendor, warehouse), reading)),
        Counted::Pool(_) => None,
    });
    let rows: Rows = rows.collect();
    let share = |hold: &Hold| {
        let mut share = Share::default();
        for (counter, Delta { left, taken }) in super::log::sum(&hold.log).iter().filter(|(counter, _)| counter.of.sku() == sku) {
            match counter.of {
                Counted::Pool(_) => {
                    share.held += taken;
                    share.gone -= left + taken;
                }
                Counted::Row(..) => share.allocated += taken,
            }
        }
        share
    };
    Ok(Moment {
        books: books(&pool, &rows),
        pool: pool.counts.values().map(|counts| (counts.left, counts.taken)).collect(),
        orders: holds.iter().map(|hold| (hold.order, share(hold))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_below_zero_and_books_out_of_balance_are_told() {
        let books = |free, taken, available, allocated| {
            let (vendor_id, warehouse_id) = ("ven-1".parse().unwrap(), "w1".parse().unwrap());
            Books { free, taken, shelves: vec![Shelf { vendor_id, warehouse_id, available, allocated }] }
        };
        for (books, told) in [
            (books(7, 3, 8, 2), None),
            (books(-1, 11, 8, 2), Some("a counter is -1")),
            (books(10, 0, 11, -1), Some("a counter is -1")),
            (books(7, 3, 9, 2), Some("the pool counts 10 and the shelves 11")),
        ] {
            let fault = books.fault();
            assert_eq!(fault.is_some(), told.is_some(), "{fault:?}");
            assert!(fault.unwrap_or_default().starts_with(told.unwrap_or_default()), "{books:?}");
        }
    }
}
