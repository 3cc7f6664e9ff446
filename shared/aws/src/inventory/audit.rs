//! The books of the stock as an auditor reads them: counters as they are, below zero and out of balance included.

use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku, VendorId, WarehouseId};
use oms_ports::PortError;

use super::DynamoInventory;
use super::hold::{FIRST_SHARD, Status};
use super::ledger::{POOL, ROW, spelt};
use crate::batch;
use crate::error::corrupt;
use crate::item::{Item, number, text};
use crate::keys;

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
    /// What it takes, or took, from the pools.
    pub lines: Vec<(Sku, u32)>,
    /// What is set aside for it.
    pub allocations: Vec<Allocation>,
}

impl DynamoInventory {
    /// The books of a SKU, strongly consistent, in two reads: between them orders may change the books.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where the SKU has no pool, and others of the store.
    pub async fn books(&self, sku: &Sku) -> Result<Books, PortError> {
        let pools = batch::partition(&self.client, &self.table, keys::pool(sku, FIRST_SHARD), keys::POOL, true).await?;
        let pool = pools.first().ok_or_else(|| corrupt("the SKU has no pool"))?;
        let rows = batch::partition(&self.client, &self.table, keys::stock(sku), "", true).await?;
        let shelf = |row: &Item| -> Result<Shelf, PortError> {
            let (vendor_id, warehouse_id) = keys::vendor_and_warehouse(text(row, keys::SK)?)?;
            Ok(Shelf { vendor_id, warehouse_id, available: number(row, ROW.left)?, allocated: number(row, ROW.taken)? })
        };
        let shelves = rows.iter().map(shelf).collect::<Result<_, PortError>>()?;
        Ok(Books { free: number(pool, POOL.left)?, taken: number(pool, POOL.taken)?, shelves })
    }

    /// What an order holds or held; `None` where it never held anything.
    ///
    /// # Errors
    /// Of the store.
    pub async fn claim(&self, order: OrderId) -> Result<Option<Claim>, PortError> {
        let hold = self.read(order).await?;
        Ok(hold.map(|hold| Claim {
            status: spelt(hold.status),
            lines: hold.lines.into_iter().map(|line| (line.sku, line.quantity)).collect(),
            allocations: if hold.status == Status::Allocated { hold.allocations } else { Vec::new() },
        }))
    }
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
