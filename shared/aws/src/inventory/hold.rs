//! What an order takes from the stock, and how that may change. Pure.
//!
//! A **pool** says how many of a SKU may still be promised (`free`) and how many are (`taken`). A **row** says how many a vendor's
//! warehouse has left (`available`) and has set aside for orders (`allocated`). For each SKU, whatever happens:
//! `free + taken = sum of available + allocated`. A hold takes from the pool only; an allocation of it moves goods inside the rows and
//! leaves the pool alone; a release gives back to both; goods that leave leave both.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku, VendorId, WarehouseId};
use oms_ports::PortError;
use serde::{Deserialize, Serialize};

use crate::error::corrupt;

/// How a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Taken from the pools, until it expires.
    Held,
    /// Set aside at warehouses as well; does not expire.
    Allocated,
    /// Given back, for ever.
    Released,
}

/// What is taken of one SKU from one shard of its pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// What.
    pub(super) sku: Sku,
    /// From which shard.
    pub(super) shard: u16,
    /// How many.
    pub(super) quantity: u32,
}

/// An order's hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) order: OrderId,
    pub(super) status: Status,
    /// Counts its writes, from 1.
    pub(super) rev: u64,
    /// What it takes from the pools.
    pub(super) lines: Vec<Line>,
    /// What it takes from the rows.
    pub(super) allocations: Vec<Allocation>,
    /// Changes that were made to its allocations, by name.
    pub(super) runs: BTreeSet<u64>,
    /// While it is only held.
    pub(super) expires_at: Option<Timestamp>,
}

/// A row's key.
pub(super) type Row = (Sku, VendorId, WarehouseId);

/// What is added to the two counters of a pool (`free`, `taken`) or of a row (`available`, `allocated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Delta {
    /// To what is left.
    pub(super) left: i64,
    /// To what is taken.
    pub(super) taken: i64,
}

/// A hold as it shall be, and what changes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) hold: Hold,
    pub(super) pools: BTreeMap<(Sku, u16), Delta>,
    pub(super) rows: BTreeMap<Row, Delta>,
}

/// The shard of a SKU's pool that an order takes from. Every pool has one shard today; what a hold took from which is in its lines.
pub(super) const FIRST_SHARD: u16 = 0;

/// A new hold.
pub(super) fn new(order: OrderId, demand: &[(Sku, u32)], expires_at: Timestamp) -> Change {
    let lines: Vec<Line> =
        demand.iter().map(|(sku, quantity)| Line { sku: sku.clone(), shard: FIRST_SHARD, quantity: *quantity }).collect();
    let mut pools = BTreeMap::new();
    for line in &lines {
        add(&mut pools, line.pool(), -line.count(), line.count());
    }
    Change {
        hold: Hold {
            order,
            status: Status::Held,
            rev: 1,
            lines,
            allocations: Vec::new(),
            runs: BTreeSet::new(),
            expires_at: Some(expires_at),
        },
        pools,
        rows: BTreeMap::new(),
    }
}

impl Line {
    fn pool(&self) -> (Sku, u16) {
        (self.sku.clone(), self.shard)
    }

    fn count(&self) -> i64 {
        i64::from(self.quantity)
    }
}

impl Change {
    /// The rows that a shortage concerns: those that are short themselves, and those that take of a SKU whose pool is.
    pub(super) fn short_rows(&self, pools: &[Sku], mut rows: Vec<Row>) -> Vec<Row> {
        let of_short_pools = self
            .rows
            .iter()
            .filter(|(row, delta)| delta.left < 0 && pools.contains(&row.0) && !rows.contains(row))
            .map(|(row, _)| row.clone())
            .collect::<Vec<_>>();
        rows.extend(of_short_pools);
        rows
    }
}

impl Hold {
    /// Moves the expiry; `None` where the hold does not expire.
    pub(super) fn extend(&self, expires_at: Timestamp) -> Option<Change> {
        (self.status == Status::Held).then(|| Change {
            hold: Hold { expires_at: Some(expires_at), ..self.next() },
            pools: BTreeMap::new(),
            rows: BTreeMap::new(),
        })
    }

    /// Makes `allocations` what the order has set aside. An order that has others set aside (an earlier run stopped before it could say
    /// so, or the order is routed anew) gives those back in the same change. `None` where nothing changes.
    pub(super) fn allocate(&self, allocations: &[Allocation]) -> Result<Option<Change>, PortError> {
        if self.status == Status::Allocated && same(&self.allocations, allocations) {
            return Ok(None);
        }
        self.covered_by(allocations)?;
        let mut rows = BTreeMap::new();
        for given in &self.allocations {
            add(&mut rows, row(given), count(given), -count(given));
        }
        for taken in allocations {
            add(&mut rows, row(taken), -count(taken), count(taken));
        }
        Ok(Some(Change {
            hold: Hold { status: Status::Allocated, allocations: allocations.to_vec(), expires_at: None, ..self.next() },
            pools: BTreeMap::new(),
            rows,
        }))
    }

    /// Replaces `from` by `to`. What `from` gives up is not there and leaves the books, rows and pool both; what `to` takes must still
    /// be free in the pool, so that no other order's promise is broken. `None` where this `run` was made before.
    pub(super) fn reallocate(&self, run: u64, from: &[Allocation], to: &[Allocation]) -> Result<Option<Change>, PortError> {
        let Some(mut change) = self.without(run, from)? else {
            return Ok(None);
        };
        for lost in from {
            add(&mut change.rows, row(lost), 0, -count(lost));
            let pool = change.hold.take(&lost.sku, -count(lost))?;
            add(&mut change.pools, pool, 0, -count(lost));
        }
        for taken in to {
            add(&mut change.rows, row(taken), -count(taken), count(taken));
            let pool = change.hold.take(&taken.sku, count(taken))?;
            add(&mut change.pools, pool, -count(taken), count(taken));
            change.hold.allocations.push(taken.clone());
        }
        Ok(Some(change))
    }

    /// Gives some allocations back to rows and pools. `None` where this `run` was made before.
    pub(super) fn release_part(&self, run: u64, allocations: &[Allocation]) -> Result<Option<Change>, PortError> {
        let Some(mut change) = self.without(run, allocations)? else {
            return Ok(None);
        };
        for given in allocations {
            add(&mut change.rows, row(given), count(given), -count(given));
            let pool = change.hold.take(&given.sku, -count(given))?;
            add(&mut change.pools, pool, count(given), -count(given));
        }
        Ok(Some(change))
    }

    /// Gives back `to` where the reallocation `sourcing` was made, else `from`, and sees that it is not made any more. `None` where this `run`
    /// was made before.
    pub(super) fn release_sourced(
        &self,
        run: u64,
        sourcing: u64,
        from: &[Allocation],
        to: &[Allocation],
    ) -> Result<Option<Change>, PortError> {
        let given = if self.runs.contains(&sourcing) { to } else { from };
        let mut change = self.release_part(run, given)?;
        if let Some(change) = &mut change {
            change.hold.runs.insert(sourcing);
        }
        Ok(change)
    }

    /// Takes some allocations off the books of rows and pools. `None` where this `run` was made before.
    pub(super) fn take_off(&self, run: u64, allocations: &[Allocation]) -> Result<Option<Change>, PortError> {
        let Some(mut change) = self.without(run, allocations)? else {
            return Ok(None);
        };
        for gone in allocations {
            add(&mut change.rows, row(gone), 0, -count(gone));
            let pool = change.hold.take(&gone.sku, -count(gone))?;
            add(&mut change.pools, pool, 0, -count(gone));
        }
        Ok(Some(change))
    }

    /// Gives everything back. `None` where that was done before.
    pub(super) fn release(&self) -> Option<Change> {
        if self.status == Status::Released {
            return None;
        }
        let mut pools = BTreeMap::new();
        for line in &self.lines {
            add(&mut pools, line.pool(), line.count(), -line.count());
        }
        let mut rows = BTreeMap::new();
        for given in &self.allocations {
            add(&mut rows, row(given), count(given), -count(given));
        }
        Some(Change {
            hold: Hold { status: Status::Released, lines: Vec::new(), allocations: Vec::new(), expires_at: None, ..self.next() },
            pools,
            rows,
        })
    }

    fn next(&self) -> Self {
        Self { rev: self.rev + 1, ..self.clone() }
    }

    /// What is allocated is what is held: no more, or the pools would promise it twice; no less, or nobody would send the rest.
    fn covered_by(&self, allocations: &[Allocation]) -> Result<(), PortError> {
        let mut open: BTreeMap<&Sku, i64> = BTreeMap::new();
        for line in &self.lines {
            *open.entry(&line.sku).or_default() += line.count();
        }
        for allocation in allocations {
            *open.entry(&allocation.sku).or_default() -= count(allocation);
        }
        if open.values().all(|left| *left == 0) { Ok(()) } else { Err(corrupt("the allocations are not what the order holds")) }
    }

    /// The hold without these allocations, as `run` leaves it; `None` where this run was made before.
    fn without(&self, run: u64, given: &[Allocation]) -> Result<Option<Change>, PortError> {
        if self.runs.contains(&run) {
            return Ok(None);
        }
        let mut left = quantities(&self.allocations);
        for allocation in given {
            let has = left.entry(row(allocation)).or_default();
            *has -= count(allocation);
            if *has < 0 {
                return Err(corrupt("the order gives up what it has not allocated"));
            }
        }
        let mut hold = self.next();
        hold.runs.insert(run);
        hold.allocations = left
            .into_iter()
            .filter(|(_, quantity)| *quantity > 0)
            .map(|(row, quantity)| allocation(row, quantity))
            .collect::<Result<_, _>>()?;
        Ok(Some(Change { hold, pools: BTreeMap::new(), rows: BTreeMap::new() }))
    }

    /// Takes `quantity` more (or fewer) of a SKU; returns the pool it is taken from.
    fn take(&mut self, sku: &Sku, quantity: i64) -> Result<(Sku, u16), PortError> {
        let line =
            self.lines.iter_mut().find(|line| line.sku == *sku).ok_or_else(|| corrupt("the order allocates what it does not hold"))?;
        line.quantity = u32::try_from(line.count() + quantity).map_err(|_| corrupt("the order gives up more than it holds"))?;
        Ok(line.pool())
    }
}

fn add<K: Ord>(deltas: &mut BTreeMap<K, Delta>, key: K, left: i64, taken: i64) {
    let delta = deltas.entry(key).or_default();
    delta.left += left;
    delta.taken += taken;
}

fn row(allocation: &Allocation) -> Row {
    (allocation.sku.clone(), allocation.vendor_id.clone(), allocation.warehouse_id.clone())
}

fn count(allocation: &Allocation) -> i64 {
    i64::from(allocation.quantity)
}

fn allocation(row: Row, quantity: i64) -> Result<Allocation, PortError> {
    let (sku, vendor_id, warehouse_id) = row;
    Ok(Allocation { sku, quantity: u32::try_from(quantity).map_err(|_| corrupt("an allocation is too large"))?, vendor_id, warehouse_id })
}

fn quantities(allocations: &[Allocation]) -> BTreeMap<Row, i64> {
    let mut sums = BTreeMap::new();
    for allocation in allocations {
        *sums.entry(row(allocation)).or_default() += count(allocation);
    }
    sums
}

/// Whether both set aside the same, however it is written down.
fn same(a: &[Allocation], b: &[Allocation]) -> bool {
    quantities(a) == quantities(b)
}

#[cfg(test)]
#[path = "hold_tests.rs"]
mod tests;
