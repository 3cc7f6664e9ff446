//! The proof that the counters are what the log says, for a whole table; and the repair of those that are not.
//!
//! A table that takes orders cannot be read in one moment. So counters are read before the log and after it: one that was written as often
//! after as before stood still meanwhile, and so did all that the log says of it, for both are written together. Those that moved are read
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use oms_domain::OrderId;
use oms_ports::PortError;

use super::DynamoInventory;
use super::counter::{Counted, Counter, Delta, Moves, add_all};
use super::hold::{Hold, Status};
use super::ledger::{LOG, STATUS, from_item, spelt};
use super::log::{self, Entry, What};
use super::shards::{Counts, counts_of};
use crate::error::{corrupt, store};
use crate::item::{Item, from_json, maybe_text, text};
use crate::keys;
use crate::transact::{self, Outcome};

/// How often what moves is read again.
const ROUNDS: u32 = 5;

/// What a look at a whole table came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockProof {
    /// Pools and rows whose numbers are what the log says.
    pub sound: usize,
    /// Orders whose entries were read.
    pub orders: usize,
    /// Entries, those of goods that came and of counts included.
    pub entries: usize,
    /// Pools and rows whose numbers are not.
    pub drifts: Vec<Drift>,
    /// Orders whose own log cannot be.
    pub broken: Vec<(OrderId, String)>,
    /// Pools and rows that moved at each look, so that nothing can be said of them.
    pub restless: Vec<String>,
}

/// A pool or a row whose numbers are not what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    of: Counted,
    /// What is left and what is taken, in all shards, as the counters say.
    pub counted: (i64, i64),
    /// As the log says.
    pub logged: (i64, i64),
    shards: BTreeMap<u16, Shard>,
}

/// One shard of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shard {
    /// As it was read, if it is there.
    seen: Option<Counts>,
    /// What the log says of it. What is left moves between shards without an entry, so only the sum of that means anything.
    logged: Delta,
}

impl Shard {
    fn left(&self) -> i64 {
        self.seen.map_or(0, |seen| seen.left)
    }

    fn taken(&self) -> i64 {
        self.seen.map_or(0, |seen| seen.taken)
    }

    fn is_right(&self) -> bool {
        self.left() >= 0 && self.taken() >= 0 && self.taken() == self.logged.taken
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, left, taken) = match &self.of {
            Counted::Pool(sku) => (format!("the pool of {sku}"), "free", "taken"),
            Counted::Row(sku, vendor, warehouse) => (format!("{sku} at {vendor}/{warehouse}"), "available", "allocated"),
        };
        let ((counted_left, counted_taken), (logged_left, logged_taken)) = (self.counted, self.logged);
        write!(f, "{what}: {counted_left} {left} and {counted_taken} {taken}, by the log {logged_left} and {logged_taken}")?;
        for (nth, shard) in self.shards.iter().filter(|(_, shard)| !shard.is_right()) {
            write!(f, "; shard {nth} has {} and {}, the log knows {} as taken", shard.left(), shard.taken(), shard.logged.taken)?;
        }
        Ok(())
    }
}

impl Drift {
    /// What must be added to each shard so that the numbers are what the log says; `None` where the log itself promises more than there
    /// is, which no counter can mend.
    fn repair(&self) -> Option<BTreeMap<u16, Delta>> {
        if self.logged.0 < 0 || self.shards.values().any(|shard| shard.logged.taken < 0) {
            return None;
        }
        let mut lefts: BTreeMap<u16, i64> = self.shards.iter().map(|(nth, shard)| (*nth, shard.left().max(0))).collect();
        let mut open = self.logged.0 - lefts.values().sum::<i64>();
        if open > 0 {
            *lefts.entry(0).or_default() += open;
        }
        for left in lefts.values_mut() {
            let less = (-open).clamp(0, *left);
            *left -= less;
            open += less;
        }
        let change = |(nth, left): (u16, i64)| {
            let shard = self.shards.get(&nth).copied().unwrap_or_default();
            (nth, Delta { left: left - shard.left(), taken: shard.logged.taken - shard.taken() })
        };
        Some(lefts.into_iter().map(change).filter(|(_, delta)| *delta != Delta::default()).collect())
    }
}

/// The log of a whole table.
#[derive(Default)]
struct Log {
    sums: Moves,
    orders: usize,
    entries: usize,
    broken: Vec<(OrderId, String)>,
}

impl DynamoInventory {
    /// Reads the whole table, three times and more where it moves, and holds counters against log.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where an item cannot be read, and others of the store.
    pub async fn prove(&self) -> Result<StockProof, PortError> {
        let mut before = self.counters().await?;
        let mut sound = BTreeSet::new();
        let mut round = 0;
        loop {
            round += 1;
            let log = self.whole_log().await?;
            let after = self.counters().await?;
            let mut proof = StockProof { orders: log.orders, entries: log.entries, broken: log.broken, ..StockProof::default() };
            for (of, shards) in things(&after, &log.sums) {
                if sound.contains(&of) {
                    continue;
                }
                let stood_still = shards.iter().all(|(shard, found)| before.get(&of.shard(*shard)).copied() == found.seen);
                if !stood_still {
                    proof.restless.push(of.shard(0).to_string());
                } else if let Some(drift) = drift(of.clone(), shards) {
                    proof.drifts.push(drift);
                } else {
                    sound.insert(of);
                }
            }
            proof.sound = sound.len();
            if proof.restless.is_empty() || round == ROUNDS {
                return Ok(proof);
            }
            before = after;
        }
    }

    /// Makes the counters of a drift what the log says, if they are still as they were read: whether it is done. `false` also where the log
    /// itself promises more than there is.
    ///
    /// # Errors
    /// Of the store.
    pub async fn repair(&self, drift: &Drift) -> Result<bool, PortError> {
        let Some(changes) = drift.repair() else {
            return Ok(false);
        };
        let count = |(shard, delta): (&u16, &Delta)| {
            let seen = drift.shards.get(shard).and_then(|shard| shard.seen);
            self.count_if(&drift.of.shard(*shard), *delta, seen.map(|seen| seen.moved))
        };
        let parts = changes.iter().map(count).collect::<Result<Vec<_>, _>>()?;
        if !matches!(transact::write(&self.client, None, &parts).await?, Outcome::Written) {
            return Ok(false);
        }
        if let (Counted::Pool(sku), Some((last, _))) = (&drift.of, drift.shards.last_key_value()) {
            // A first shard that was lost has taken along how many others there are.
            let pool = self.pools(std::slice::from_ref(sku), true).await?.remove(sku);
            if pool.is_some_and(|pool| pool.shards.ever <= *last) {
                self.reshard(sku, last + 1).await?;
            }
        }
        Ok(true)
    }

    async fn counters(&self) -> Result<BTreeMap<Counter, Counts>, PortError> {
        let mut counters = BTreeMap::new();
        for item in self.scan("begins_with(pk, :first) OR begins_with(pk, :second)", ["P#", "S#"]).await? {
            if text(&item, keys::SK)? == keys::SHARDS {
                continue;
            }
            let (pk, sk) = (text(&item, keys::PK)?, text(&item, keys::SK)?);
            let written = if sk == keys::POOL { pk.to_owned() } else { format!("{pk}#{sk}") };
            let counter = Counter::try_from(written).map_err(corrupt)?;
            counters.insert(counter.clone(), counts_of(&item, counter.names())?);
        }
        Ok(counters)
    }

    async fn whole_log(&self) -> Result<Log, PortError> {
        let mut log = Log::default();
        for item in self.scan("begins_with(pk, :first) OR begins_with(pk, :second)", ["H#", "L#"]).await? {
            let entries: Vec<Entry> = from_json(&item, LOG)?;
            if text(&item, keys::SK)? == keys::HOLD {
                let hold = from_item(&item)?;
                log.orders += 1;
                log.broken.extend(fault(&hold, maybe_text(&item, STATUS)).map(|fault| (hold.order, fault)));
            }
            log.entries += entries.len();
            add_all(&mut log.sums, &log::sum(&entries));
        }
        Ok(log)
    }

    async fn scan(&self, filter: &str, prefixes: [&str; 2]) -> Result<Vec<Item>, PortError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&*self.table)
                .consistent_read(true)
                .set_exclusive_start_key(from)
                .filter_expression(filter)
                .expression_attribute_values(":first", AttributeValue::S(prefixes[0].to_owned()))
                .expression_attribute_values(":second", AttributeValue::S(prefixes[1].to_owned()))
                .send()
                .await
                .map_err(store)?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }
}

/// Every pool and row of which there is a counter or an entry, shard by shard.
fn things(counters: &BTreeMap<Counter, Counts>, log: &Moves) -> BTreeMap<Counted, BTreeMap<u16, Shard>> {
    let mut things: BTreeMap<Counted, BTreeMap<u16, Shard>> = BTreeMap::new();
    let mut shard = |counter: &Counter, change: &dyn Fn(&mut Shard)| {
        change(things.entry(counter.of.clone()).or_default().entry(counter.shard).or_default());
    };
    for (counter, counts) in counters {
        shard(counter, &|shard| shard.seen = Some(*counts));
    }
    for (counter, sum) in log {
        shard(counter, &|shard| shard.logged = *sum);
    }
    things
}

/// What is taken must be right in each shard, for there it is given back. What is left moves between shards without an entry: so the sum must
/// be right, and none below zero.
fn drift(of: Counted, shards: BTreeMap<u16, Shard>) -> Option<Drift> {
    let sum = |number: &dyn Fn(&Shard) -> i64| shards.values().map(number).sum::<i64>();
    let counted = (sum(&|shard| shard.left()), sum(&|shard| shard.taken()));
    let logged = (sum(&|shard| shard.logged.left), sum(&|shard| shard.logged.taken));
    let sound = counted == logged && shards.values().all(Shard::is_right);
    (!sound).then_some(Drift { of, counted, logged, shards })
}

/// What cannot be of an order's own log.
fn fault(hold: &Hold, status: Option<&str>) -> Option<String> {
    let stands = spelt(hold.status());
    if status != Some(stands) {
        return Some(format!("it says {} and its log comes to {stands}", status.unwrap_or("nothing")));
    }
    if let Some((counter, taken)) = hold.taken().into_iter().find(|(_, taken)| *taken < 0) {
        return Some(format!("it takes {taken} from {counter}"));
    }
    if hold.status() == Status::Released && !hold.taken().is_empty() {
        return Some(format!("it is released and still takes {:?}", hold.held()));
    }
    let unbalanced = |entry: &&Entry| {
        let side = |pool: bool| -> i64 {
            let of = entry.moves.iter().filter(|(counter, _)| matches!(counter.of, Counted::Pool(_)) == pool);
            of.map(|(_, delta)| delta.left + delta.taken).sum()
        };
        side(true) != side(false)
    };
    let entry = hold.log.iter().find(unbalanced);
    let name = |what: What| serde_json::to_string(&what).unwrap_or_default();
    entry.map(|entry| format!("its entry {} takes goods from one book only", name(entry.what)))
}
