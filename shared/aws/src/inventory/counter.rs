//! Counted things, their shards, and which shards an order takes from. Pure, and the same for whatever is counted in two numbers.
//!
//! A thing that many orders want at once is counted in several **shards**, each an item of its own, so that orders do not stand in each
//! other's way: DynamoDB lets one transaction at a time write an item. An order takes from its **home**, which follows from its id; from
//! another shard where its home has too little; from several where none has enough. It gives back to where it took from.

use std::collections::BTreeMap;
use std::fmt;

use oms_domain::{OrderId, Sku, VendorId, WarehouseId};
use serde::{Deserialize, Serialize};

use crate::keys;

/// Most shards of one thing: what an order may have to take from, with room in one transaction for all its other lines.
pub(super) const MOST_SHARDS: u16 = 32;

/// Something that is counted: how much of it is left, and how much is taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counted {
    /// What may be promised of a SKU, and what is.
    Pool(Sku),
    /// What a vendor's warehouse has left of a SKU, and has set aside.
    Row(Sku, VendorId, WarehouseId),
}

/// One shard of it: one item of the table. Written as one text, in which nothing but the separators holds a `#`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Counter {
    pub(super) of: Counted,
    pub(super) shard: u16,
}

/// What is added to the two numbers of a counter: `[left, taken]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(i64, i64)", into = "(i64, i64)")]
pub(super) struct Delta {
    /// To what is left.
    pub(super) left: i64,
    /// To what is taken.
    pub(super) taken: i64,
}

/// What is added to which counters.
pub(super) type Moves = BTreeMap<Counter, Delta>;

impl Counted {
    /// Of which SKU.
    pub(super) fn sku(&self) -> &Sku {
        match self {
            Self::Pool(sku) | Self::Row(sku, ..) => sku,
        }
    }

    /// One of its shards.
    pub(super) fn shard(&self, shard: u16) -> Counter {
        Counter { of: self.clone(), shard }
    }
}

impl Counter {
    /// Partition and sort key of its item.
    pub(super) fn key(&self) -> (String, String) {
        match &self.of {
            Counted::Pool(sku) => (keys::pool(sku, self.shard), keys::POOL.to_owned()),
            Counted::Row(sku, vendor, warehouse) => (keys::stock(sku), keys::source(vendor, warehouse, self.shard)),
        }
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pk, sk) = self.key();
        match self.of {
            Counted::Pool(_) => f.write_str(&pk),
            Counted::Row(..) => write!(f, "{pk}#{sk}"),
        }
    }
}

impl From<Counter> for String {
    fn from(counter: Counter) -> Self {
        counter.to_string()
    }
}

impl TryFrom<String> for Counter {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let words: Vec<&str> = text.split('#').collect();
        let counter = match words.as_slice() {
            ["P", sku, shard] => parsed_pool(sku, shard),
            ["S", sku, vendor, warehouse] => parsed_row(sku, vendor, warehouse, "0"),
            ["S", sku, vendor, warehouse, shard] => parsed_row(sku, vendor, warehouse, shard),
            _ => None,
        };
        counter.ok_or("no counter of the stock")
    }
}

fn parsed_pool(sku: &str, shard: &str) -> Option<Counter> {
    Some(Counted::Pool(sku.parse().ok()?).shard(shard.parse().ok()?))
}

fn parsed_row(sku: &str, vendor: &str, warehouse: &str, shard: &str) -> Option<Counter> {
    let row = Counted::Row(sku.parse().ok()?, vendor.parse().ok()?, warehouse.parse().ok()?);
    Some(row.shard(shard.parse().ok()?))
}

impl From<(i64, i64)> for Delta {
    fn from((left, taken): (i64, i64)) -> Self {
        Self { left, taken }
    }
}

impl From<Delta> for (i64, i64) {
    fn from(delta: Delta) -> Self {
        (delta.left, delta.taken)
    }
}

/// Adds to what is added to one counter.
pub(super) fn add(moves: &mut Moves, counter: Counter, left: i64, taken: i64) {
    let delta = moves.entry(counter).or_default();
    delta.left += left;
    delta.taken += taken;
}

/// Adds all of `more`.
pub(super) fn add_all(moves: &mut Moves, more: &Moves) {
    for (counter, delta) in more {
        add(moves, counter.clone(), delta.left, delta.taken);
    }
}

/// How a thing is spread over its shards, as far as one knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spread {
    /// So many shards, at least one; nobody has looked what each has left.
    Shards(u16),
    /// What each shard has left. Those from `live` on are given up: they are still taken from, but nothing is moved there.
    Lefts {
        /// Shards in use.
        live: u16,
        /// By shard; one that is not there has nothing.
        lefts: BTreeMap<u16, i64>,
    },
}

impl Default for Spread {
    fn default() -> Self {
        Self::Shards(1)
    }
}

/// What is known of the things that an order takes from. Of a thing that is not in it, that it has one shard.
pub(super) type Known = BTreeMap<Counted, Spread>;

/// The shard that an order takes from first.
pub(super) fn home(order: OrderId, live: u16) -> u16 {
    u16::from(keys::shard(order, u8::try_from(live.clamp(1, MOST_SHARDS)).unwrap_or(1)))
}

impl Spread {
    /// Shards in use.
    fn live(&self) -> u16 {
        match self {
            Self::Shards(live) | Self::Lefts { live, .. } => *live,
        }
    }

    /// From which shards an order takes so many.
    pub(super) fn split(&self, order: OrderId, quantity: i64) -> BTreeMap<u16, i64> {
        self.split_from(home(order, self.live()), quantity)
    }

    /// From which shards so many are taken, `home` first, each shard once. Where all have too little together, `home` is asked for the
    /// rest, and refuses.
    pub(super) fn split_from(&self, home: u16, quantity: i64) -> BTreeMap<u16, i64> {
        let Self::Lefts { lefts, .. } = self else {
            return BTreeMap::from([(home, quantity)]);
        };
        // Orders whose homes are empty go on to different shards, not all to the fullest.
        let from_home = lefts.range(home..).chain(lefts.range(..home));
        if let Some((shard, _)) = from_home.filter(|(_, left)| **left >= quantity).next() {
            return BTreeMap::from([(*shard, quantity)]);
        }
        let mut fullest: Vec<(i64, u16)> = lefts.iter().map(|(shard, left)| (*left, *shard)).collect();
        fullest.sort_by_key(|(left, shard)| (-left, *shard));
        let mut taken = BTreeMap::new();
        let mut open = quantity;
        for (left, shard) in fullest {
            let part = left.min(open);
            if part > 0 {
                taken.insert(shard, part);
                open -= part;
            }
        }
        if open > 0 {
            *taken.entry(home).or_default() += open;
        }
        taken
    }

    /// Half of what the fullest shard has left goes along to the order's home, if that is empty once the order has taken these: what
    /// one order had to look for, the next ones find at home.
    pub(super) fn refill(&self, order: OrderId, taken: &BTreeMap<u16, i64>) -> Option<(u16, u16, i64)> {
        let Self::Lefts { live, lefts } = self else {
            return None;
        };
        let home = home(order, *live);
        let after = |shard: u16| lefts.get(&shard).unwrap_or(&0) - taken.get(&shard).unwrap_or(&0);
        let fullest = lefts.keys().copied().max_by_key(|shard| (after(*shard), *shard))?;
        let half = after(fullest) / 2;
        (fullest != home && after(home) == 0 && half > 0).then_some((fullest, home, half))
    }

    /// What is added to what is left in each shard so that all in use have their share; nothing where each has at least half of it and
    /// those given up are empty.
    pub(super) fn levelled(&self) -> BTreeMap<u16, i64> {
        let Self::Lefts { live, lefts } = self else {
            return BTreeMap::new();
        };
        let sum: i64 = lefts.values().sum();
        let (share, rest) = (sum / i64::from(*live), sum % i64::from(*live));
        let left = |shard: u16| lefts.get(&shard).copied().unwrap_or(0);
        let lacking = (0..*live).any(|shard| 2 * left(shard) < share);
        let stranded = lefts.range(*live..).any(|(_, left)| *left > 0);
        if !lacking && !stranded {
            return BTreeMap::new();
        }
        let target = |shard: u16| if shard < *live { share + i64::from(i64::from(shard) < rest) } else { 0 };
        let shards = (0..*live).chain(lefts.range(*live..).map(|(shard, _)| *shard));
        shards.map(|shard| (shard, target(shard) - left(shard))).filter(|(_, change)| *change != 0).collect()
    }
}

#[cfg(test)]
#[path = "counter_tests.rs"]
mod tests;
