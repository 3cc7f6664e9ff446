//! How things are spread over shards: what this process knows of it, what the table says, and moving what is left from shard to shard.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oms_domain::Sku;
use oms_ports::PortError;
use tokio::time::Instant;

use super::DynamoInventory;
use super::counter::{Counted, Known, Moves, Spread, add};
use super::hold::{Change, Row};
use super::ledger::{MOVED, POOL, ROW, Shortage};
use crate::batch;
use crate::error::corrupt;
use crate::item::{Item, key, maybe_text, number, text};
use crate::keys;
use crate::retry::Backoff;
use crate::transact::{self, Outcome};

/// In how many shards a pool is, and was; on its first shard and, for those who read the rows, beside these.
pub(super) const LIVE: &str = "shards";
pub(super) const EVER: &str = "shards_ever";

/// How long one may rely on a thing's having one shard only. Who takes from it has just read where it is.
const FRESH: Duration = Duration::from_secs(1);
/// SKUs that a process remembers; then it starts anew.
const MOST_REMEMBERED: usize = 10_000;

/// What this process has read of how SKUs are spread. It may be old: every write has its condition, and who fails looks again.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Sku, Seen>>);

#[derive(Debug, Clone)]
struct Seen {
    at: Instant,
    shards: Shards,
    rows: BTreeMap<Row, BTreeMap<u16, i64>>,
}

/// In how many shards a SKU is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shards {
    /// Which are in use: those below it.
    pub(super) live: u16,
    /// Which may be there: those below it.
    pub(super) ever: u16,
}

impl Shards {
    pub(super) const ONE: Self = Self { live: 1, ever: 1 };

    /// As the item says; one where it says nothing.
    pub(super) fn of(item: &Item) -> Result<Self, PortError> {
        if item.contains_key(LIVE) { Ok(Self { live: number(item, LIVE)?, ever: number(item, EVER)? }) } else { Ok(Self::ONE) }
    }
}

impl Memory {
    /// What is known of these SKUs' pools and rows.
    pub(super) fn known<'a>(&self, skus: impl IntoIterator<Item = &'a Sku>) -> Known {
        let mut known = Known::new();
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (sku, seen) in skus.into_iter().filter_map(|sku| Some((sku, memory.get(sku)?))) {
            let live = seen.shards.live;
            known.insert(Counted::Pool(sku.clone()), Spread::Shards(live));
            for ((sku, vendor, warehouse), lefts) in seen.rows.iter().filter(|(_, lefts)| lefts.len() > 1) {
                let spread = Spread::Lefts { live, lefts: lefts.clone() };
                known.insert(Counted::Row(sku.clone(), vendor.clone(), warehouse.clone()), spread);
            }
        }
        known
    }

    pub(super) fn shards(&self, sku: &Sku) -> Option<Shards> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(sku).map(|seen| seen.shards)
    }

    /// Whether a thing had one shard a moment ago, so that what that shard says is what there is.
    fn single(&self, of: &Counted) -> bool {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        of.sku().and_then(|sku| memory.get(sku)).is_some_and(|seen| seen.at.elapsed() <= FRESH && seen.shards == Shards::ONE)
    }

    fn learn(&self, sku: &Sku, shards: Shards, rows: Option<BTreeMap<Row, BTreeMap<u16, i64>>>) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= MOST_REMEMBERED {
            memory.clear();
        }
        let rows = rows.or_else(|| memory.get(sku).map(|seen| seen.rows.clone())).unwrap_or_default();
        memory.insert(sku.clone(), Seen { at: Instant::now(), shards, rows });
    }
}

/// A thing's shards as they were read, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) shards: Shards,
    /// By shard.
    pub(super) counts: BTreeMap<u16, Counts>,
}

/// One shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) left: i64,
    pub(super) taken: i64,
    /// How often it was written.
    pub(super) moved: u64,
}

impl Reading {
    /// Of what is not there.
    pub(super) fn empty() -> Self {
        Self { shards: Shards::ONE, counts: BTreeMap::new() }
    }

    pub(super) fn spread(&self) -> Spread {
        Spread::Lefts { live: self.shards.live, lefts: self.counts.iter().map(|(shard, counts)| (*shard, counts.left)).collect() }
    }

    pub(super) fn left(&self) -> i64 {
        self.counts.values().map(|counts| counts.left).sum()
    }

    pub(super) fn taken(&self) -> i64 {
        self.counts.values().map(|counts| counts.taken).sum()
    }
}

/// All of a SKU's rows as they were read.
pub(super) type Rows = BTreeMap<Row, Reading>;

impl DynamoInventory {
    /// All shards of these SKUs' pools; a SKU without a pool is not among them.
    pub(super) async fn pools(&self, skus: &[Sku], consistent: bool) -> Result<BTreeMap<Sku, Reading>, PortError> {
        let skus: BTreeSet<&Sku> = skus.iter().collect();
        let wanted = |sku: &Sku, shards: std::ops::Range<u16>| -> Vec<Item> {
            shards.map(|shard| key(keys::pool(sku, shard), keys::POOL)).collect()
        };
        let ever = |sku: &Sku| self.memory.shards(sku).map_or(1, |shards| shards.ever);
        let first = skus.iter().flat_map(|sku| wanted(sku, 0..ever(sku))).collect();
        let mut found = self.shards_by_key(first, consistent).await?;
        // Who did not know better has asked for the first shards only.
        let mut rest = Vec::new();
        for sku in &skus {
            if let Some(first) = found.get(&keys::pool(sku, 0)) {
                rest.extend(wanted(sku, ever(sku)..Shards::of(first)?.ever));
            }
        }
        if !rest.is_empty() {
            found.extend(self.shards_by_key(rest, consistent).await?);
        }
        let mut pools = BTreeMap::new();
        for sku in skus {
            let Some(shards) = found.get(&keys::pool(sku, 0)).map(Shards::of).transpose()? else {
                continue;
            };
            self.memory.learn(sku, shards, None);
            let mut counts = BTreeMap::new();
            for shard in 0..shards.ever {
                if let Some(item) = found.get(&keys::pool(sku, shard)) {
                    counts.insert(shard, counts_of(item, &POOL)?);
                }
            }
            pools.insert(sku.clone(), Reading { shards, counts });
        }
        Ok(pools)
    }

    async fn shards_by_key(&self, wanted: Vec<Item>, consistent: bool) -> Result<HashMap<String, Item>, PortError> {
        let found = batch::read(&self.client, &self.table, wanted, consistent).await?;
        found.into_iter().map(|item| Ok((text(&item, keys::PK)?.to_owned(), item))).collect()
    }

    /// All rows of a SKU.
    pub(super) async fn rows(&self, sku: &Sku, consistent: bool) -> Result<Rows, PortError> {
        let items = batch::partition(&self.client, &self.table, keys::stock(sku), "", consistent).await?;
        self.rows_of(sku, &items)
    }

    /// The rows that these items of a SKU's partition are.
    pub(super) fn rows_of(&self, sku: &Sku, items: &[Item]) -> Result<Rows, PortError> {
        let is_layout = |item: &&Item| maybe_text(item, keys::SK) == Some(keys::SHARDS);
        let shards = items.iter().find(is_layout).map_or(Ok(Shards::ONE), Shards::of)?;
        let mut rows = Rows::new();
        for item in items.iter().filter(|item| !is_layout(item)) {
            let (vendor, warehouse, shard) = keys::parts_of_source(text(item, keys::SK)?)?;
            let row = rows.entry((sku.clone(), vendor, warehouse)).or_insert_with(|| Reading { shards, counts: BTreeMap::new() });
            row.counts.insert(shard, counts_of(item, &ROW)?);
        }
        let lefts = |reading: &Reading| reading.counts.iter().map(|(shard, counts)| (*shard, counts.left)).collect();
        self.memory.learn(sku, shards, Some(rows.iter().map(|(row, reading)| (row.clone(), lefts(reading))).collect()));
        Ok(rows)
    }

    /// Looks at what a change found short in the shards that it chose. Those of which all shards together have too little are the answer;
    /// what the others have where is added to what is known, for the next try.
    pub(super) async fn look(&self, known: &mut Known, change: &Change, short: Vec<Shortage>) -> Result<Vec<Counted>, PortError> {
        let mut refused = Vec::new();
        for Shortage { of, for_sure } in short {
            let only = for_sure || self.memory.single(&of);
            if !only && self.enough(known, &of, change.needs(&of)).await? {
                continue;
            }
            refused.push(of);
        }
        Ok(refused)
    }

    /// Whether there may be enough in all shards. Not so only where they had too little at one moment: what moves from one to another while
    /// they are read one by one is in neither, so who sees too little looks twice, and believes what has not moved in between.
    async fn enough(&self, known: &mut Known, of: &Counted, needed: i64) -> Result<bool, PortError> {
        let mut reading = self.shards_of(of).await?;
        let mut backoff = Backoff::default();
        while reading.left() < needed {
            if reading.shards == Shards::ONE {
                return Ok(false);
            }
            let again = self.shards_of(of).await?;
            if again == reading {
                return Ok(false);
            }
            reading = again;
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
        known.insert(of.clone(), reading.spread());
        Ok(true)
    }

    async fn shards_of(&self, of: &Counted) -> Result<Reading, PortError> {
        Ok(match of {
            Counted::Pool(sku) => self.pools(std::slice::from_ref(sku), true).await?.remove(sku).unwrap_or_else(Reading::empty),
            Counted::Row(sku, vendor, warehouse) => {
                let row = (sku.clone(), vendor.clone(), warehouse.clone());
                self.rows(sku, true).await?.remove(&row).unwrap_or_else(Reading::empty)
            }
            // Its one counter has said what it has to say.
            Counted::Budget(_) => Reading::empty(),
        })
    }

    /// Moves what is left between the shards of a thing until each has its share, in one transaction. Returns how many units moved.
    pub(super) async fn level(&self, of: &Counted) -> Result<u64, PortError> {
        let mut backoff = Backoff::default();
        loop {
            let changes = self.shards_of(of).await?.spread().levelled();
            if changes.is_empty() {
                return Ok(0);
            }
            let mut moves = Moves::new();
            for (shard, left) in &changes {
                add(&mut moves, of.shard(*shard), *left, 0);
            }
            let parts = moves.iter().map(|(counter, delta)| self.count(counter, *delta)).collect::<Result<Vec<_>, _>>()?;
            if let Outcome::Written = transact::write(&self.client, None, &parts).await? {
                return Ok(changes.values().filter_map(|left| u64::try_from(*left).ok()).sum());
            }
            if !backoff.wait().await {
                return Err(PortError::Conflict);
            }
        }
    }

    /// The pool of a SKU and its rows.
    pub(super) async fn counted(&self, sku: &Sku) -> Result<Vec<Counted>, PortError> {
        let rows = self.rows(sku, true).await?.into_keys().map(|(sku, vendor, warehouse)| Counted::Row(sku, vendor, warehouse));
        Ok(std::iter::once(Counted::Pool(sku.clone())).chain(rows).collect())
    }
}

pub(super) fn counts_of(item: &Item, names: &super::ledger::Names) -> Result<Counts, PortError> {
    let moved = if item.contains_key(MOVED) { number(item, MOVED)? } else { 0 };
    let left = if names.left == super::ledger::BUDGET.left { 0 } else { number(item, names.left)? };
    Ok(Counts { left, taken: number(item, names.taken)?, moved })
}

/// A SKU that the table does not know.
pub(super) fn no_pool(sku: &Sku) -> PortError {
    corrupt(format!("{sku} has no pool"))
}
