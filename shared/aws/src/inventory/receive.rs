//! Goods that come and goods that are gone, and counts that say otherwise than the books.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;
use oms_ports::PortError;
use oms_ports::stock::{Booked, Booking, OnHand, Spot, StockEntry, Stocked, Stockroom};

use super::DynamoInventory;
use super::counter::{Counted, Moves, add};
use super::ledger::{ASKED, AT, BY, ROW};
use super::log::{Entry, What};
use super::shards::{Reading, Shards, counts_of};
use crate::batch;
use crate::error::{corrupt, store};
use crate::item::{key, s, text};
use crate::keys;
use crate::retry::Backoff;
use crate::transact::{self, Outcome};

/// Most characters of an entry's id.
const LONGEST_ID: usize = 64;

#[async_trait]
impl Stockroom for DynamoInventory {
    async fn book(&self, entry: &StockEntry, booking: &Booking) -> Result<Booked, PortError> {
        if !(1..=LONGEST_ID).contains(&entry.id.chars().count()) {
            return Err(corrupt(format!("the id of an entry has 1 to {LONGEST_ID} characters")));
        }
        let asked = serde_json::to_string(entry).map_err(corrupt)?;
        let mut backoff = Backoff::default();
        loop {
            if let Some(before) = self.booked_before(entry, &asked).await? {
                return Ok(before);
            }
            let plan = match self.plan(entry).await? {
                Ok(plan) => plan,
                Err(missing) => return Ok(Booked::Promised { missing }),
            };
            let booked = Booked::Yes { was: plan.was, now: plan.now };
            if booking.dry || self.write_entry(entry, &asked, plan, booking).await? {
                return Ok(booked);
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }
}

/// What an entry adds to the books as they were read.
struct Plan {
    was: OnHand,
    now: OnHand,
    moves: Moves,
    /// The row as it was read, where the entry rests on that.
    row: Option<Reading>,
}

impl DynamoInventory {
    async fn booked_before(&self, entry: &StockEntry, asked: &str) -> Result<Option<Booked>, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key(keys::stock_log(&entry.sku), id_of(entry))))
            .consistent_read(true)
            .send()
            .await
            .map_err(store)?;
        found.item.map(|item| Ok(if text(&item, ASKED)? == asked { Booked::Repeated } else { Booked::OtherEntry })).transpose()
    }

    /// The entry's row as it is. Of no other shelf is anything read, however many vendors have the SKU.
    async fn row(&self, entry: &StockEntry) -> Result<Option<Reading>, PortError> {
        let first = keys::source(&entry.vendor_id, &entry.warehouse_id, 0);
        let items = batch::partition(&self.client, &self.table, keys::stock(&entry.sku), &first, true).await?;
        let mut counts = BTreeMap::new();
        for item in &items {
            let (vendor_id, warehouse_id, shard) = keys::parts_of_source(text(item, keys::SK)?)?;
            // `w10` begins like `w1`.
            if (&vendor_id, &warehouse_id) == (&entry.vendor_id, &entry.warehouse_id) {
                counts.insert(shard, counts_of(item, &ROW)?);
            }
        }
        // In how many shards it shall be is the sweeper's business: what goes, goes from where it is.
        Ok((!counts.is_empty()).then_some(Reading { shards: Shards::ONE, counts }))
    }

    /// What is to be written; or how many units orders have been promised that are not there.
    async fn plan(&self, entry: &StockEntry) -> Result<Result<Plan, u32>, PortError> {
        let row = self.row(entry).await?;
        let (left, taken) = row.as_ref().map_or((0, 0), |row| (row.left(), row.taken()));
        let change = entry.what.change(left + taken);
        if left + change < 0 {
            return Ok(Err(units(-(left + change))?));
        }
        let mut moves = Moves::new();
        let of = row_of(entry);
        spread(&mut moves, &of, row.as_ref(), change);
        if entry.for_sale {
            let pool = self.pools(std::slice::from_ref(&entry.sku), true).await?.remove(&entry.sku);
            let free = pool.as_ref().map_or(0, Reading::left);
            if free + change < 0 {
                return Ok(Err(units(-(free + change))?));
            }
            spread(&mut moves, &Counted::Pool(entry.sku.clone()), pool.as_ref(), change);
        }
        let allocated = units(taken)?;
        let (was, now) = (OnHand { available: units(left)?, allocated }, OnHand { available: units(left + change)?, allocated });
        let rests_on_row = matches!(entry.what, Stocked::Counted(_));
        // A row that is not there is read, too: as one without shards.
        let row = rests_on_row.then(|| row.unwrap_or_else(Reading::empty));
        Ok(Ok(Plan { was, now, moves, row }))
    }

    /// Whether it is written; if not, somebody was faster, with this entry or another change.
    async fn write_entry(&self, entry: &StockEntry, asked: &str, plan: Plan, booking: &Booking) -> Result<bool, PortError> {
        let what = match entry.what {
            Stocked::Received(_) => What::Received,
            Stocked::Counted(_) => What::Counted,
            Stocked::Lost(_) => What::Lost,
            Stocked::Corrected(_) => What::Corrected,
        };
        let who = [(ASKED, asked.to_owned()), (BY, format!("{}:{}", booking.by.kind, booking.by.id)), (AT, booking.at.to_string())];
        let mut parts = vec![self.put_entry(&entry.sku, &id_of(entry), &Entry::new(what, None, plan.moves.clone()), &who)?];
        let spot = booking.spot;
        let mut moves = plan.moves;
        let of = row_of(entry);
        if let Some(row) = plan.row {
            for shard in row.counts.keys().copied().chain([0]) {
                moves.entry(of.shard(shard)).or_default();
            }
            for (counter, delta) in moves.iter().filter(|(counter, _)| counter.of == of) {
                let part = self.count_if(counter, *delta, row.counts.get(&counter.shard).map(|counts| counts.moved))?;
                parts.push(placed(part, spot.filter(|_| counter.shard == 0)));
            }
            moves.retain(|counter, _| counter.of != of);
        }
        for (counter, delta) in &moves {
            let shelf = counter.of == of && counter.shard == 0;
            parts.push(placed(self.count(counter, *delta)?, spot.filter(|_| shelf)));
        }
        Ok(matches!(transact::write(&self.client, None, &parts).await?, Outcome::Written))
    }
}

fn row_of(entry: &StockEntry) -> Counted {
    Counted::Row(entry.sku.clone(), entry.vendor_id.clone(), entry.warehouse_id.clone())
}

/// What comes, comes to the first shard, whence it is shared out when the shares are next looked at; what goes, goes from where it is.
fn spread(moves: &mut Moves, of: &Counted, reading: Option<&Reading>, change: i64) {
    match reading {
        Some(reading) if change < 0 => {
            for (shard, part) in reading.spread().split_from(0, -change) {
                add(moves, of.shard(shard), -part, 0);
            }
        }
        _ => add(moves, of.shard(0), change, 0),
    }
}

/// The same change of a shelf's first shard, which says as well where the shelf is. In the one transaction: else a crash would leave a shelf that is
/// booked and never found.
fn placed(mut part: TransactWriteItem, spot: Option<Spot>) -> TransactWriteItem {
    if let (Some(update), Some(spot)) = (&mut part.update, spot) {
        update.update_expression.push_str(" SET #place = :place");
        update.expression_attribute_names.get_or_insert_default().insert("#place".to_owned(), keys::PLACE.to_owned());
        update.expression_attribute_values.get_or_insert_default().insert(":place".to_owned(), s(keys::place(spot.lat, spot.lon)));
    }
    part
}

/// Beside the ids that the ledger itself gives, which hold a `#` after another word.
fn id_of(entry: &StockEntry) -> String {
    format!("entry#{}", entry.id)
}

fn units(count: i64) -> Result<u32, PortError> {
    u32::try_from(count).map_err(|_| corrupt("a count is below zero or too large"))
}
