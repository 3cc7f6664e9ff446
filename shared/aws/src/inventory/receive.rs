//! Goods that come, and counts that say otherwise than the books.

use async_trait::async_trait;
use oms_ports::PortError;
use oms_ports::stock::{Booked, OnHand, StockEntry, Stocked, Stockroom};

use super::DynamoInventory;
use super::counter::{Counted, Delta, Moves, add};
use super::ledger::ASKED;
use super::log::{Entry, What};
use super::shards::Reading;
use crate::error::{corrupt, store};
use crate::item::{key, text};
use crate::keys;
use crate::retry::Backoff;
use crate::transact::{self, Outcome};

/// Most characters of an entry's id.
const LONGEST_ID: usize = 64;

#[async_trait]
impl Stockroom for DynamoInventory {
    async fn book(&self, entry: &StockEntry, dry: bool) -> Result<Booked, PortError> {
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
            if dry || self.write_entry(entry, &asked, plan).await? {
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

    /// What is to be written; or how many units orders have been promised that are not there.
    async fn plan(&self, entry: &StockEntry) -> Result<Result<Plan, u32>, PortError> {
        let place = (entry.sku.clone(), entry.vendor_id.clone(), entry.warehouse_id.clone());
        let row = self.rows(&entry.sku, true).await?.remove(&place);
        let (left, taken) = row.as_ref().map_or((0, 0), |row| (row.left(), row.taken()));
        let change = match entry.what {
            Stocked::Received(quantity) => i64::from(quantity),
            Stocked::Counted(quantity) => i64::from(quantity) - left - taken,
        };
        if left + change < 0 {
            return Ok(Err(units(-(left + change))?));
        }
        let mut moves = Moves::new();
        let of = Counted::Row(place.0, place.1, place.2);
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
    async fn write_entry(&self, entry: &StockEntry, asked: &str, plan: Plan) -> Result<bool, PortError> {
        let what = match entry.what {
            Stocked::Received(_) => What::Received,
            Stocked::Counted(_) => What::Counted,
        };
        let mut parts = vec![self.put_entry(&entry.sku, &id_of(entry), &Entry::new(what, None, plan.moves.clone()), Some(asked))?];
        let mut moves = plan.moves;
        let of = Counted::Row(entry.sku.clone(), entry.vendor_id.clone(), entry.warehouse_id.clone());
        if let Some(row) = plan.row {
            for shard in row.counts.keys().copied().chain([0]) {
                moves.entry(of.shard(shard)).or_insert_with(Delta::default);
            }
            for (counter, delta) in moves.iter().filter(|(counter, _)| counter.of == of) {
                parts.push(self.count_if(counter, *delta, row.counts.get(&counter.shard).map(|counts| counts.moved))?);
            }
            moves.retain(|counter, _| counter.of != of);
        }
        for (counter, delta) in &moves {
            parts.push(self.count(counter, *delta)?);
        }
        Ok(matches!(transact::write(&self.client, None, &parts).await?, Outcome::Written))
    }
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

/// Beside the ids that the ledger itself gives, which hold a `#` after another word.
fn id_of(entry: &StockEntry) -> String {
    format!("entry#{}", entry.id)
}

fn units(count: i64) -> Result<u32, PortError> {
    u32::try_from(count).map_err(|_| corrupt("a count is below zero or too large"))
}
