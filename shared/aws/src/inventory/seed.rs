//! Brings stock in from files: each row once.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use oms_contract::reference::StockRow;
use oms_domain::Sku;
use oms_ports::PortError;
use oms_ports::stock::Spot;

use super::DynamoInventory;
use super::counter::{Counted, Moves, add};
use super::log::{Entry, What};
use crate::error::{corrupt, store};
use crate::item::{key, s};
use crate::keys;
use crate::retry::Backoff;
use crate::transact::{self, MOST_PARTS, Outcome, Part};

impl DynamoInventory {
    /// Adds the rows of one SKU that are not there yet, and what they have to the pool: rows and pool never disagree, and a row that is
    /// there is left as it is. Returns how many rows are new.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where the rows are of several SKUs.
    pub async fn stock(&self, sku: &Sku, rows: &[StockRow]) -> Result<usize, PortError> {
        if rows.iter().any(|row| row.sku != *sku) {
            return Err(corrupt("rows of another product"));
        }
        let mut added = 0;
        // A row is a counter and an entry; the pool is the last part.
        for rows in rows.chunks((MOST_PARTS - 1) / 2) {
            added += self.open(sku, rows.iter().collect()).await?;
        }
        Ok(added)
    }

    async fn open(&self, sku: &Sku, mut new: Vec<&StockRow>) -> Result<usize, PortError> {
        let pool = Counted::Pool(sku.clone()).shard(0);
        while !new.is_empty() {
            let mut promised = Moves::new();
            let mut parts = Vec::new();
            for row in &new {
                let gain = i64::from(row.available);
                let counter = counted(row).shard(0);
                let mut moves = Moves::new();
                add(&mut moves, counter.clone(), gain, 0);
                add(&mut moves, pool.clone(), gain, 0);
                add(&mut promised, pool.clone(), gain, 0);
                parts.push(self.count_if(&counter, moves[&counter], None)?);
                parts.push(self.put_entry(sku, &opening(row), &Entry::new(What::Opened, None, moves), &[])?);
            }
            parts.push(self.count(&pool, promised[&pool])?);
            match transact::write(&self.client, None, &parts).await? {
                Outcome::Written => return Ok(new.len()),
                Outcome::Cancelled(parts) => {
                    let there = parts.chunks(2).map(|row_and_entry| row_and_entry.iter().any(Part::failed));
                    let left = new.iter().zip(there).filter(|(_, there)| !there).map(|(row, _)| *row).collect();
                    new = left;
                }
            }
        }
        Ok(0)
    }

    /// Adds a row that is not there yet without promising anything of it: its vendor may not sell. Returns whether it is new.
    ///
    /// # Errors
    /// Of the store.
    pub async fn shelve(&self, row: &StockRow) -> Result<bool, PortError> {
        let counter = counted(row).shard(0);
        let mut moves = Moves::new();
        add(&mut moves, counter.clone(), i64::from(row.available), 0);
        let counted = self.count_if(&counter, moves[&counter], None)?;
        let entry = self.put_entry(&row.sku, &opening(row), &Entry::new(What::Opened, None, moves), &[])?;
        let outcome = transact::write(&self.client, None, &[counted, entry]).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    /// Raises each row of one SKU that has less left than said here to that number, and the pool by as much: what orders have taken
    /// stays taken. A row that is not there is left out. Returns how many rows were raised.
    ///
    /// # Errors
    /// [`PortError::Conflict`] where orders take from the rows faster than they can be raised, and others of the store.
    pub async fn restock(&self, sku: &Sku, rows: &[StockRow]) -> Result<usize, PortError> {
        let mut raised = 0;
        for row in rows {
            raised += usize::from(self.raise(sku, row).await?);
        }
        Ok(raised)
    }

    async fn raise(&self, sku: &Sku, row: &StockRow) -> Result<bool, PortError> {
        let place = (row.sku.clone(), row.vendor_id.clone(), row.warehouse_id.clone());
        let (pool, counter) = (Counted::Pool(sku.clone()).shard(0), counted(row).shard(0));
        let mut backoff = Backoff::default();
        loop {
            let found = self.rows(sku, true).await?.remove(&place);
            let Some((reading, first)) = found.and_then(|reading| Some((reading.left(), *reading.counts.get(&0)?))) else {
                return Ok(false);
            };
            let gain = i64::from(row.available) - reading;
            if gain <= 0 {
                return Ok(false);
            }
            let mut moves = Moves::new();
            add(&mut moves, counter.clone(), gain, 0);
            add(&mut moves, pool.clone(), gain, 0);
            // What was written so often is raised once; so the id is one that nobody has.
            let id = format!("refill#{}#{}", keys::source(&row.vendor_id, &row.warehouse_id, 0), first.moved);
            let parts = [
                self.count_if(&counter, moves[&counter], Some(first.moved))?,
                self.count(&pool, moves[&pool])?,
                self.put_entry(sku, &id, &Entry::new(What::Received, None, moves), &[])?,
            ];
            if let Outcome::Written = transact::write(&self.client, None, &parts).await? {
                return Ok(true);
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }

    /// Says where a shelf is (degrees north and east), so that it is found by its place. Does nothing where there is no such shelf.
    ///
    /// # Errors
    /// Of the store.
    pub async fn place(&self, row: &StockRow, spot: Spot) -> Result<(), PortError> {
        let placed = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::stock(&row.sku), keys::source(&row.vendor_id, &row.warehouse_id, 0))))
            .update_expression("SET #place = :place")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#place", keys::PLACE)
            .expression_attribute_values(":place", s(keys::place(spot.lat, spot.lon)))
            .send()
            .await;
        match placed {
            Err(error) if matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) => Ok(()),
            other => other.map(drop).map_err(store),
        }
    }
}

fn counted(row: &StockRow) -> Counted {
    Counted::Row(row.sku.clone(), row.vendor_id.clone(), row.warehouse_id.clone())
}

/// The id of a row's first entry.
fn opening(row: &StockRow) -> String {
    format!("opening#{}", keys::source(&row.vendor_id, &row.warehouse_id, 0))
}
