//! Brings stock in.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use oms_contract::reference::StockRow;
use oms_domain::Sku;
use oms_ports::PortError;
use oms_ports::stock::Spot;

use super::DynamoInventory;
use super::hold::FIRST_SHARD;
use super::ledger::{POOL, ROW};
use crate::batch;
use crate::error::{corrupt, store};
use crate::item::{key, maybe_text, n, number, s};
use crate::keys;
use crate::retry::Backoff;
use crate::transact::{self, MOST_PARTS, Outcome, Part};

impl DynamoInventory {
    /// Adds the rows of one SKU that are not there yet, and what they have to the pool: rows and pool never disagree, and a row that is
    /// there is left as it is. Returns how many rows are new.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where the rows are of several SKUs, or more than a transaction takes.
    pub async fn stock(&self, sku: &Sku, rows: &[StockRow]) -> Result<usize, PortError> {
        if rows.iter().any(|row| row.sku != *sku) {
            return Err(corrupt("rows of another product"));
        }
        if rows.len() >= MOST_PARTS {
            return Err(corrupt("more rows than a transaction takes"));
        }
        let mut new: Vec<&StockRow> = rows.iter().collect();
        while !new.is_empty() {
            let mut parts = vec![self.pool_gains(sku, &new)?];
            for row in &new {
                parts.push(self.new_row(row)?);
            }
            match transact::write(&self.client, None, &parts).await? {
                Outcome::Written => return Ok(new.len()),
                Outcome::Cancelled(parts) => {
                    let there = parts.iter().skip(1).map(Part::failed);
                    new = new.into_iter().zip(there).filter(|(_, there)| !there).map(|(row, _)| row).collect();
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
        let outcome = transact::write(&self.client, None, &[self.new_row(row)?]).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    /// Raises each row of one SKU that has less left than said here to that number, and the pool by as much: what orders have taken
    /// stays taken. A row that is not there is left out. Returns how many rows were raised.
    ///
    /// # Errors
    /// [`PortError::Conflict`] where orders take from the rows faster than they can be raised, and others of the store.
    pub async fn restock(&self, sku: &Sku, rows: &[StockRow]) -> Result<usize, PortError> {
        let mut backoff = Backoff::default();
        loop {
            let found = batch::partition(&self.client, &self.table, keys::stock(sku), "", true).await?;
            let mut parts = Vec::new();
            let mut gain = 0;
            for row in rows {
                let sk = keys::source(&row.vendor_id, &row.warehouse_id);
                let Some(item) = found.iter().find(|item| maybe_text(item, keys::SK) == Some(&sk)) else {
                    continue;
                };
                let left: u32 = number(item, ROW.left)?;
                if left < row.available {
                    gain += u64::from(row.available - left);
                    parts.push(self.raise(row, left)?);
                }
            }
            if parts.is_empty() {
                return Ok(0);
            }
            let raised = parts.len();
            parts.push(self.pool_gain(sku, gain)?);
            if let Outcome::Written = transact::write(&self.client, None, &parts).await? {
                return Ok(raised);
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
            .set_key(Some(key(keys::stock(&row.sku), keys::source(&row.vendor_id, &row.warehouse_id))))
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

    /// Sets what is left of a row, if it is still what it was.
    fn raise(&self, row: &StockRow, was: u32) -> Result<TransactWriteItem, PortError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(keys::stock(&row.sku), keys::source(&row.vendor_id, &row.warehouse_id))))
            .update_expression("SET #left = :left")
            .condition_expression("#left = :was")
            .expression_attribute_names("#left", ROW.left)
            .expression_attribute_values(":left", n(row.available))
            .expression_attribute_values(":was", n(was));
        transact::update(update.build())
    }

    fn pool_gains(&self, sku: &Sku, rows: &[&StockRow]) -> Result<TransactWriteItem, PortError> {
        self.pool_gain(sku, rows.iter().map(|row| u64::from(row.available)).sum())
    }

    fn pool_gain(&self, sku: &Sku, gain: u64) -> Result<TransactWriteItem, PortError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(keys::pool(sku, FIRST_SHARD), keys::POOL)))
            .update_expression("ADD #free :gain, #taken :none")
            .expression_attribute_names("#free", POOL.left)
            .expression_attribute_names("#taken", POOL.taken)
            .expression_attribute_values(":gain", n(gain))
            .expression_attribute_values(":none", n(0));
        transact::update(update.build())
    }

    fn new_row(&self, row: &StockRow) -> Result<TransactWriteItem, PortError> {
        let sk = keys::source(&row.vendor_id, &row.warehouse_id);
        let mut item = key(keys::stock(&row.sku), sk);
        item.insert(ROW.left.to_owned(), n(row.available));
        item.insert(ROW.taken.to_owned(), n(0));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
        transact::put(put.build())
    }
}
